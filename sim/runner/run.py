"""Runs a program on the compiled SoC and says how it went."""

import codecs
import contextlib
import math
import os
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from sim.cycle_model import Retired
from sim.runner.build import TRACE_FORMATS, build_runner
from sim.runner.image import add_external, load_image
from sim.runner.symbols import Symbols
from soc.soc_map import COPROCESSORS, memory_map

__all__ = ["DEFAULT_MAX_CYCLES", "Conflict", "RunResult", "Step", "Trap", "check_writable", "run"]


DEFAULT_MAX_CYCLES = 2_000_000_000
"""Cycles after which a run is ended: an hour or so."""

_LOAD, _STORE = 0x03, 0x23  # opcodes

_EXIT_CYCLE_LIMIT, _EXIT_TRAP_LOOP, _EXIT_CONFLICT, _EXIT_INTERRUPTED = 124, 125, 123, 130


@dataclass(frozen=True)
class Trap:
    """The exception, whose handler had not returned when the run ended.

    Members: pc, instruction; base (what its rs1 held); came_from (pc of the instruction before);
        handler (where the core went): int.
    """

    pc: int
    instruction: int
    base: int
    came_from: int
    handler: int

    @property
    def address(self):
        """What the instruction wanted to load or store; None when it is neither."""
        word = self.instruction
        if word & 0x7F == _LOAD:
            offset = word >> 20
        elif word & 0x7F == _STORE:
            offset = word >> 25 << 5 | word >> 7 & 0x1F
        else:
            return None
        return (self.base + offset - (offset >> 11 << 12)) & 0xFFFF_FFFF

    def describe(self, names):
        """A sentence about it; ``names`` : Symbols."""
        if (self.pc - self.came_from) & 0xFFFF_FFFF != 4:
            jump = f", reached from {names.describe(self.came_from)}"
        else:
            jump = ""
        what = f"{self.instruction:#010x}"
        if self.address is not None:
            what += f" {'loads from' if self.instruction & 0x7F == _LOAD else 'stores to'} "
            what += f"{self.address:#010x}"
        if not names.holds_code(self.pc):
            return f"The program trapped at {names.describe(self.pc)}{jump}: it has no code there"
        return f"The program trapped at {names.describe(self.pc)}{jump}; its instruction {what}"


@dataclass(frozen=True)
class Conflict:
    """A load or store of the program to a buffer of a job under way.

    Members: cycle, pc, address: int; store (bool, else a load); job_writes (bool, else the job
        reads there); coprocessor (str); job (its number); operand (str, its name).
    """

    cycle: int
    pc: int
    address: int
    store: bool
    job_writes: bool
    coprocessor: str
    job: int
    operand: str


@dataclass(frozen=True)
class Step:
    """A pair of instructions that retired one behind the other.

    Members: first, second : Retired, whose ``address`` is the base of the memory accessed, or 0.
        count : int, how often. cycles : int, from retirement to retirement, of all together, but
        for ``slept``, those that ``second`` slept.
    """

    first: Retired
    second: Retired
    count: int
    cycles: int
    slept: int


@dataclass(frozen=True)
class RunResult:
    """How a run went.

    Members:
        reason    : "exit", "cycle_limit", "interrupted" or "trap_loop".
        exit_code : int, what the program wrote to system.exit; None unless ``reason`` is "exit".
        cycles, retired : int, clock cycles since reset and instructions.
        seconds   : float, time it took, without building.
        uart_text : str, what the program sent, decoded as UTF-8; U+FFFD stands for what is none.
        symbols   : dict of {name: bytes}, contents at the end of the symbols asked for.
        pc        : int, the last instruction retired. sleeping : bool, the core waits in ``wfi``.
        trap      : Trap or None. conflicts : list of Conflict.
        interrupted_at : int, the pc at which an interrupt came whose handler had not returned when
            the run ended, or None.
        elf       : Path of the program. steps : list of Step, if asked for.
    """

    reason: str
    exit_code: int | None
    cycles: int
    retired: int
    seconds: float
    uart_text: str
    pc: int
    sleeping: bool
    elf: Path
    trap: Trap | None = None
    interrupted_at: int | None = None
    conflicts: list = field(default_factory=list)
    symbols: dict = field(default_factory=dict)
    steps: list = field(default_factory=list)

    @property
    def cycles_per_second(self):
        """Simulated clock cycles in one second of real time."""
        return self.cycles / self.seconds if self.seconds else math.inf

    @property
    def status(self):
        """Exit code for the shell.

        The program's own (255 when it does not fit one), 123 when it ended with 0 but touched the
        buffers of a job under way, 124 at the cycle limit, 125 when traps had no handler, 130 when
        interrupted.
        """
        if self.reason != "exit":
            return {"cycle_limit": _EXIT_CYCLE_LIMIT, "trap_loop": _EXIT_TRAP_LOOP,
                    "interrupted": _EXIT_INTERRUPTED}[self.reason]
        if self.exit_code:
            return self.exit_code if self.exit_code < 256 else 255
        return _EXIT_CONFLICT if self.conflicts else 0

    def report(self):
        """Lines of text that say how the run ended, with source lines."""
        names = Symbols(self.elf)
        lines = [_describe_conflict(conflict, names) for conflict in self.conflicts]
        if self.interrupted_at is not None and self.status:
            lines.append(f"An interrupt came at {names.describe(self.interrupted_at)}; its handler "
                         "did not return")
        if self.trap and self.status:
            lines.append(self.trap.describe(names))
        where = f"{'asleep in wfi at' if self.sleeping else 'at'} {names.describe(self.pc)}"
        if self.reason == "exit":
            lines.append(f"The program ended with exit code {self.exit_code}")
        elif self.reason == "cycle_limit":
            lines.append(f"Cycle limit reached; the core is {where}. Set another limit with "
                         "--max-cycles")
        elif self.reason == "interrupted":
            lines.append(f"Interrupted; the core is {where}")
        else:
            lines.append("Stopped: the program traps for ever, since what should handle traps, at "
                         f"{names.describe(self.trap.handler)} by mtvec, traps itself")
        lines.append(f"{self.cycles:,} cycles, {self.retired:,} instructions, {self.seconds:.2f} s:"
                     f" {self.cycles_per_second:,.0f} cycles per second")
        return lines


def _describe_conflict(conflict, names):
    program = "stores to" if conflict.store else "loads from"
    job = "writes" if conflict.job_writes else "reads"
    return (f"The program {program} {conflict.address:#010x} at {names.describe(conflict.pc)} in "
            f"cycle {conflict.cycle:,}, which {conflict.coprocessor} job {conflict.job} {job} as "
            f"its {conflict.operand}: wait for the job first")


def run(elf, configuration, *, max_cycles=DEFAULT_MAX_CYCLES, trace=None, watch=True, symbols=(),
        output=None, interactive=False, profile=False, debugger=None, external=None,
        progress=lambda step: None):
    """Runs the program in the file ``elf`` on the chip of ``configuration``; returns a RunResult.

    Parameters:
        max_cycles  : int, when to give up.
        trace       : path of a waveform file to write, its suffix one of TRACE_FORMATS, or None.
        watch       : bool, look out for touches of buffers of jobs under way.
        symbols     : names whose contents at the end the result shall hold.
        output      : text stream to which the serial line is copied live, byte by byte where it
                      has a ``buffer``, else decoded as UTF-8; or None.
        profile     : bool, the result shall have ``steps``.
        interactive : bool, send what comes on stdin to the chip.
        debugger    : `DebugServer`, to which a debugger may connect; or None.
        external    : bytes, what lies in external memory from its start on, or None.
        progress    : as `build_runner`.
    Raises: ValueError for a program that does not fit or a trace file that cannot be written,
        RuntimeError when the simulator cannot be built or fails.

    SIGINT or SIGTERM ends the run and is told in the result. The serial line is sampled at the
    divisor that the program sets.
    """
    from firmware.build import boot_code

    if debugger is not None and not configuration.debug:
        raise ValueError(f"Chip {configuration.name} must have a debug port: choose another preset")
    if max_cycles < 1:
        raise ValueError(f"max_cycles must be 1 or more, not {max_cycles}")
    trace_format = _trace_format(trace)
    if trace is not None:
        check_writable(trace, "Trace file")
    elf = Path(elf)
    image = load_image(elf, configuration, boot_code(configuration))
    if external is not None:
        image = add_external(image, external, configuration)
    names = Symbols(elf) if symbols else None
    spans = {name: names.span(name) for name in symbols}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        (scratch / "image").write_bytes(image.encode())
        arguments = ["--image", scratch / "image", "--report", scratch / "report",
                     "--max-cycles", max_cycles]
        for number, (address, size) in enumerate(spans.values()):
            arguments += ["--dump", f"{address}:{size}:{scratch / f'dump{number}'}"]
        if trace is not None:
            arguments += ["--trace", Path(trace).absolute()]
        if not watch:
            arguments.append("--no-watch")
        if profile:
            arguments += ["--profile", scratch / "profile"]
        if interactive:
            arguments.append("--stdin")
        if debugger is not None:
            arguments += debugger.arguments()
        program = build_runner(configuration, trace=trace_format, progress=progress)
        if debugger is not None:
            debugger.announce(elf)
        uart_text = _execute([program, *arguments], output, interactive, debugger)
        return _read_report(scratch / "report", elf, uart_text, {
            name: (scratch / f"dump{number}").read_bytes() for number, name in enumerate(spans)},
            _read_steps(scratch / "profile", configuration) if profile else [])


def check_writable(path, what):
    """Raises ValueError unless the file ``path`` can be written; ``what`` names it there."""
    path = Path(path)
    try:
        if not path.exists():
            path.touch()
            path.unlink()
        elif path.is_dir() or not os.access(path, os.W_OK):
            raise OSError(0, "Is a directory" if path.is_dir() else "Permission denied")
    except OSError as error:
        raise ValueError(f"{what} must be one that can be written, not {path}: {error.strerror}"
                         ) from None


def _trace_format(trace):
    if trace is None:
        return None
    suffix = Path(trace).suffix.lstrip(".")
    if suffix not in TRACE_FORMATS:
        raise ValueError(f"Trace file must end in {' or '.join('.' + f for f in TRACE_FORMATS)}, "
                         f"not {trace}")
    return suffix


def _execute(command, output, interactive, debugger):
    """Runs the simulator; returns what the chip has sent."""
    child = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                             stdin=None if interactive else subprocess.DEVNULL,
                             pass_fds=[] if debugger is None else [debugger.descriptor])
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    texts = []
    with child, _interrupts_go_to(child):
        while True:
            piece = child.stdout.read1()
            texts.append(decoder.decode(piece, final=not piece))
            if output is not None:
                _copy(piece, texts[-1], output)
            if not piece:
                break
    if child.returncode != 0:
        raise RuntimeError(f"The simulator failed with code {child.returncode}")
    return "".join(texts)


def _copy(piece, text, output):
    binary = getattr(output, "buffer", None)
    if binary is None:
        output.write(text)
    else:
        output.flush()
        binary.write(piece)
    output.flush()


@contextlib.contextmanager
def _interrupts_go_to(child):
    """SIGINT and SIGTERM end the simulator, which then reports, and not this process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.signal(number, lambda number, frame: child.send_signal(number))
                for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _read_steps(path, configuration):
    itcm, sites, steps = memory_map(configuration).itcm, [], []
    for line in path.read_text().splitlines():
        kind, *words = line.split()
        values = list(map(int, words))
        if kind == "site":
            pc, word, next_pc, region, trap, interrupted = values
            sites.append(Retired(word if pc in itcm else None, pc, next_pc, bool(trap),
                                 bool(interrupted), region))
        else:
            first, second, *rest = values
            steps.append(Step(sites[first], sites[second], *rest))
    return steps


def _read_report(path, elf, uart_text, symbols, steps):
    from soc.coprocessors import operand_names

    values, trap, conflicts = {}, None, []
    for line in path.read_text().splitlines():
        key, *words = line.split()
        if key == "trap":
            trap = Trap(*map(int, words))
        elif key == "conflict":
            cycle, pc, address, store, job_writes, coprocessor, job, operand = map(int, words)
            name = COPROCESSORS[coprocessor]
            conflicts.append(Conflict(cycle, pc, address, bool(store), bool(job_writes), name, job,
                                      operand_names(name)[operand]))
        else:
            values[key] = words[0]
    return RunResult(
        reason=values["reason"],
        exit_code=int(values["exit_code"]) if values["reason"] == "exit" else None,
        cycles=int(values["cycles"]), retired=int(values["retired"]),
        seconds=float(values["seconds"]), uart_text=uart_text, pc=int(values["pc"]),
        sleeping=values["sleeping"] == "1", elf=elf, trap=trap, conflicts=conflicts,
        interrupted_at=int(values["interrupted_at"]) if "interrupted_at" in values else None,
        symbols=symbols, steps=steps)
