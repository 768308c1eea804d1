"""The register table of a coprocessor: what all share, and the descriptor of its datapath."""

from dataclasses import dataclass

from coprocessors.shell.datapath import JobError
from soc.fabric.registers import PAGE_BYTES, Access, Field, MemoryRange, Register, RegisterTable

__all__ = ["DESCRIPTOR_OFFSET", "GUARD_WINDOWS", "JOB_QUEUE_DEPTH", "MAX_AGE", "RECORD_SLOTS",
           "RECORD_WORDS", "ShellTables"]


DESCRIPTOR_OFFSET = 0x100
"""Byte offset of the first descriptor register."""

GUARD_WINDOWS = 4
"""Windows of the guard."""

JOB_QUEUE_DEPTH = 4
"""Jobs that may wait behind those under way."""

MAX_AGE = 1 << 14
"""Jobs of a coprocessor, the youngest first, that another job may wait for."""

RECORD_SLOTS = 4
"""Ended jobs whose record can be read; job n is in slot n mod RECORD_SLOTS."""

RECORD_WORDS = 8
"""32-bit words of a record."""

_ERRORS = {error.name.lower(): error.value for error in JobError}


def _identity(kind, version):
    return [
        Register("id", 0x000, "What the coprocessor is; a driver checks it.", [
            Field("version", 16, Access.RO, "Version of the block.", reset=version),
            Field("kind", 16, Access.RO, "Kind of the block.", reset=kind)]),
        Register("control", 0x004, "Commands; several may be given at once.", [
            Field("start", 1, Access.COMMAND,
                  "Puts a job made of the descriptor and `wait` into the queue."),
            Field("abort", 1, Access.COMMAND,
                  "Ends every submitted job with `aborted`. No effect when there is none."),
            Field("acknowledge", 1, Access.COMMAND,
                  "Lets jobs go on after an error, and clears `status.error`."),
            Field("zeroize", 1, Access.COMMAND,
                  "Aborts, then overwrites the descriptor, the queue and all data.")]),
        Register("status", 0x008, "State.", [
            Field("busy", 1, Access.RO, "A submitted job has not ended."),
            Field("queue_full", 1, Access.RO, "A START would be refused."),
            Field("stopped", 1, Access.RO, "A job failed; the next waits for `acknowledge`."),
            Field("zeroizing", 1, Access.RO, "Zeroize is under way."),
            Field("level", 3, Access.RO, "Jobs in the queue, 0 to 4."),
            Field("reserved", 1, Access.RO, ""),
            Field("error", 4, Access.RO, "Error of the job that stopped the coprocessor.",
                  values=_ERRORS)]),
        Register("refused", 0x00C, "Why a START was refused; such a START changed nothing else.", [
            Field("queue_full", 1, Access.W1C, "The queue was full."),
            Field("bad_dependency", 1, Access.W1C,
                  "`wait` named no coprocessor, a job that it had not accepted yet, or one "
                  f"that {MAX_AGE:,} younger ones have followed.")]),
    ]


def _progress():
    return [
        Register("submitted", 0x010, "Jobs accepted since reset.", [
            Field("value", 16, Access.RO, "Number of the latest job, modulo 65536; the first is "
                                          "1.")]),
        Register("completed", 0x014, "Jobs ended since reset, with or without an error.", [
            Field("value", 16, Access.RO, "Number of the latest job, modulo 65536.")]),
        Register("interrupt_enable", 0x018, "Which events raise the interrupt.", [
            Field("done", 1, Access.RW, "A job ended without an error."),
            Field("error", 1, Access.RW, "A job ended with an error.")]),
        Register("interrupt_pending", 0x01C, "Events since their bits were cleared.", [
            Field("done", 1, Access.W1C, "A job ended without an error."),
            Field("error", 1, Access.W1C, "A job ended with an error.")]),
        Register("wait", 0x020, "What the jobs started next wait for. A job that ended more than "
                                "three jobs ago counts as ended without an error.", [
            Field("enable", 1, Access.RW, "1: wait for `job` of `source`."),
            Field("source", 3, Access.RW, "Number of the coprocessor of the awaited job."),
            Field("overlap", 1, Access.RW,
                  "1: the job may start before the job in front of it has ended, whose results it "
                  "then must not use."),
            Field("reserved", 11, Access.RO, ""),
            Field("job", 16, Access.RW, "Number of the awaited job.")]),
    ]


def _guard():
    registers = []
    for number in range(GUARD_WINDOWS):
        offset = PAGE_BYTES + 0x10 * number
        registers += [
            Register(f"window{number}_base", offset, "Start of the window.", [
                Field("reserved", 3, Access.RO, ""),
                Field("value", 29, Access.RW, "First byte / 8.")], machine_only=True),
            Register(f"window{number}_end", offset + 4, "End of the window.", [
                Field("reserved", 3, Access.RO, ""),
                Field("value", 29, Access.RW, "First byte behind it / 8.")], machine_only=True),
            Register(f"window{number}_rights", offset + 8, "What jobs may do in the window.", [
                Field("read", 1, Access.RW, "Read."),
                Field("write", 1, Access.RW, "Write."),
                Field("lock", 1, Access.RW, "Keeps the window as it is until reset.")],
                machine_only=True),
        ]
    return registers


_RECORDS = MemoryRange(
    "records", 0x040, RECORD_SLOTS * RECORD_WORDS,
    "One record for each of the last four ended jobs, in slot (number mod 4), 8 words: number "
    "[15:0] and error [19:16]; busy cycles; cycles stalled on input; cycles stalled on output; "
    "bytes read; bytes written; two zeros. Cycles count from the job's start, or from the end of "
    "the job before it where they overlap.")


@dataclass(frozen=True)
class ShellTables:
    """The tables of one coprocessor.

    Parameters:
        name       : str, of the block.
        doc        : str, a sentence about it.
        descriptor : registers of the job descriptor, at DESCRIPTOR_OFFSET or above in page 0, all
            fields RW.
        kind, version : int, what the ID register shows.
    Members: ``whole`` is the table of the block (2 pages: registers, guard); ``common``,
        ``descriptor_part`` and ``guard`` are the parts of it that the gateware keeps apart: zeroize
        resets the second, and locks close the third.
    Raises: ValueError for a descriptor register at a wrong place or of a wrong kind.
    """

    name: str
    doc: str
    descriptor: tuple
    kind: int = 0
    version: int = 0

    def __post_init__(self):
        for register in self.descriptor:
            if not DESCRIPTOR_OFFSET <= register.offset < PAGE_BYTES:
                raise ValueError(f"Offset of descriptor register {register.name} must be from "
                                 f"{DESCRIPTOR_OFFSET:#x} to {PAGE_BYTES - 4:#x}, "
                                 f"not {register.offset:#x}")
            for _, field in register.placed_fields():
                if field.access is not Access.RW:
                    raise ValueError(f"Access of descriptor field {register.name}.{field.name} "
                                     f"must be RW, not {field.access.name}")

    def _common(self):
        return [*_identity(self.kind, self.version), *_progress()]

    def _table(self, registers, ranges=()):
        return RegisterTable(self.name, self.doc, registers, ranges, pages=2)

    @property
    def whole(self):
        return self._table([*self._common(), *self.descriptor, *_guard()], [_RECORDS])

    @property
    def common(self):
        return self._table(self._common(), [_RECORDS])

    @property
    def descriptor_part(self):
        return self._table(self.descriptor)

    @property
    def guard(self):
        return self._table(_guard())
