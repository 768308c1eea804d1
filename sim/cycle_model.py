"""The time that a program takes, from what it retires and the cycle table alone."""

from dataclasses import replace
from functools import cache
from typing import NamedTuple

from cpu.bit_manipulation import ENCODINGS
from cpu.cycles import load_cycle_table

__all__ = ["CycleModel", "Retired", "Timing"]

_LOAD, _MISC_MEM, _OP_IMM, _STORE, _OP = 0x03, 0x0F, 0x13, 0x23, 0x33
_BRANCH, _JALR, _JAL, _SYSTEM = 0x63, 0x67, 0x6F, 0x73
_READS_RS1 = {_LOAD, _STORE, _BRANCH, _JALR, _OP, _OP_IMM}
_READS_RS2 = {_STORE, _BRANCH, _OP}
_LOAD_FUNCT3 = {0, 1, 2, 4, 5}
_MRET, _WFI = 0x3020_0073, 0x1050_0073
_MSECCFG = 0x747
_BITS = ("clz ctz cpop min minu max maxu rev8 brev8 orc.b zip unzip czero.eqz czero.nez").split()
_BITS_PATTERNS = [(int(pattern.replace("0", "1").replace("-", "0"), 2),
                   int(pattern.replace("-", "0"), 2))
                  for _, pattern in map(ENCODINGS.__getitem__, _BITS)]
_USES = {"load": "load_use", "load_itcm": "load_use", "load_external": "load_use",
         "bus_load": "load_use", "mul": "mul_use", "bits": "bits_use", "div": "div_use"}
_LOAD_EXTERNAL = "load_external"
_STORES = {"store", "store_itcm", "bus_store"}


class Retired(NamedTuple):
    """One retired instruction, or one that trapped.

    word : int, or None when it could not be fetched. pc, next_pc : int. trap : bool, it raised an
    exception. interrupted : bool, an interrupt was taken before it. address : int, what it loads
    from or stores to; any for others.
    """

    word: int | None
    pc: int
    next_pc: int
    trap: bool = False
    interrupted: bool = False
    address: int = 0


class Timing(NamedTuple):
    """Cycles, counted from reset, in which an instruction executes and by which it retires.

    ``retires`` is the cycle in which an instruction of one cycle would execute that retires then.
    """

    executes: int
    retires: int


@cache
def _registers_read(word):
    """As the core has it: by the opcode, whether the rest is legal or not."""
    opcode = word & 0x7C | 3
    reads_rs1 = opcode in _READS_RS1 or (opcode == _SYSTEM and not word >> 14 & 1)
    return {*([word >> 15 & 31] if reads_rs1 else ()),
            *([word >> 20 & 31] if opcode in _READS_RS2 else ())} - {0}


def _is_load(word):
    return word is not None and word & 0x7F == _LOAD and word >> 12 & 7 in _LOAD_FUNCT3


@cache
def _kind(word):
    """Class of a legal instruction; that of loads, stores and branches is not yet decided."""
    opcode, funct3 = word & 0x7F, word >> 12 & 7
    if opcode in (_LOAD, _STORE, _BRANCH):
        return {_LOAD: "load", _STORE: "store", _BRANCH: "branch"}[opcode]
    if opcode in (_JAL, _JALR):
        return "jump"
    if opcode == _MISC_MEM:
        return "fence_i" if funct3 == 1 else "alu"
    if opcode == _OP and word >> 25 == 1:
        return "div" if funct3 & 4 else "mul"
    if any(word & mask == match for mask, match in _BITS_PATTERNS):
        return "bits"
    if opcode != _SYSTEM:
        return "alu"
    if not funct3 & 3:
        return {_MRET: "mret", _WFI: "wfi"}[word]
    number, writes = word >> 20, funct3 & 3 == 1 or word >> 15 & 31
    protects = number >> 5 == 0x3A0 >> 5 or number == _MSECCFG
    return "csr_protection" if writes and protects else "csr"


class CycleModel:
    """Tells in which cycle each instruction of a trace executes and retires.

    All times are those of ``cpu/cycles.toml``; what is decided here is of which class an
    instruction is and which hazards there are. Two things come from outside: how long the core
    sleeps in ``wfi``, and when interrupts are taken.

    Parameters:
        itcm, ram : Region; any other data address is one on the register bus, but for those in
            ``external`` : Region, or None.
        external_wait_cycles : int, what a load from there takes beside, as the core was built.
        table : as `load_cycle_table` returns it, which is asked unless given.
    Members:
        slept : int, cycles asleep up to now, all of them within the times told.
    """

    def __init__(self, *, itcm, ram, external=None, external_wait_cycles=0, table=None):
        self._itcm, self._ram, self._external = itcm, ram, external
        self.table = dict(load_cycle_table() if table is None else table)
        load = self.table[_LOAD_EXTERNAL]
        self.table[_LOAD_EXTERNAL] = replace(load, cycles=load.cycles + external_wait_cycles,
                                             late=load.late + external_wait_cycles)
        self.slept = 0
        self._last = None  # Retired, its class, its Timing and the cycles it slept

    def kind(self, retired):
        """Name in the table of the class of an instruction.

        A branch to the next instruction is one that is not taken: the trace does not tell.
        """
        if retired.trap:
            return "trap_entry"
        kind = _kind(retired.word)
        if kind == "branch":
            return "branch_not_taken" if retired.next_pc == retired.pc + 4 else "branch_taken"
        if kind in ("load", "store"):
            if retired.address in self._ram:
                return kind
            if self._external and retired.address in self._external:
                return _LOAD_EXTERNAL
            return f"{kind}_itcm" if retired.address in self._itcm else f"bus_{kind}"
        return kind

    def hazard(self, first, second):
        """Name of what makes ``second`` wait behind ``first``, besides its class; or None."""
        if second.interrupted or second.word is None:
            return None
        kind = self.kind(first)
        if kind in _STORES:
            return "load_after_store" if _is_load(second.word) else None
        if kind in _USES and first.word >> 7 & 31 in _registers_read(second.word):
            return _USES[kind]
        return None

    @property
    def executed(self):
        """Cycle in which the last instruction executed."""
        return self._last[2].executes

    def can_take(self, cycle):
        """Whether an interrupt may take the place of the instruction behind the last, then."""
        _, kind, timing, slept = self._last
        passed, entry = cycle - timing.executes - slept, self.table[kind]
        return passed == entry.interruptible or passed >= entry.cycles

    def follow(self, retired, *, asleep=(), taken=None):
        """Returns the `Timing` of the next instruction of the trace.

        Parameters:
            asleep : iterable of int, cycles in which the core slept since the last instruction
                retired, and perhaps some earlier ones.
            taken : int, for an instruction with ``interrupted``: the cycle in which the interrupt
                took the place of another instruction, see `can_take`.
        """
        if retired.interrupted:
            executes = taken + self.table["irq_taken"].cycles
        elif self._last is None:
            executes = self.table["reset"].cycles
        else:
            last, kind, timing, slept = self._last
            hazard = self.hazard(last, retired)
            executes = (timing.executes + slept + self.table[kind].cycles
                        + (self.table[hazard].cycles if hazard else 0))
        kind = self.kind(retired)
        slept = sum(cycle >= executes for cycle in asleep) if kind == "wfi" else 0
        self.slept += slept
        timing = Timing(executes, executes + slept + self.table[kind].late)
        self._last = retired, kind, timing, slept
        return timing
