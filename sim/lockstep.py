"""Compares what a core retires with the instruction-set model, instruction by instruction."""

from collections import Counter, deque
from typing import NamedTuple

from sim.iss.csr import INTERRUPT_MASK, VOLATILE, Csr
from sim.traps import INTERRUPT_PRIORITY, describe_trap

__all__ = ["LineHistory", "Lockstep", "Mismatch", "RvfiRecord"]

_XLEN_32 = 1
_LATEST = 16  # instructions before a mismatch that its message shows
_DECISION_CYCLES = 8  # at most, from the decision about an interrupt to the retirement before it
_PATIENCE = 4  # retirements that an enabled interrupt may have to wait for


class Mismatch(AssertionError):
    """The core did something else than the model, or something that is not allowed."""


class RvfiRecord(NamedTuple):
    """One retirement of the core, with the names of the RISC-V Formal Interface."""

    order: int
    insn: int
    trap: int
    halt: int
    intr: int
    mode: int
    ixl: int
    rs1_addr: int
    rs2_addr: int
    rs1_rdata: int
    rs2_rdata: int
    rd_addr: int
    rd_wdata: int
    pc_rdata: int
    pc_wdata: int
    mem_addr: int
    mem_rmask: int
    mem_wmask: int
    mem_rdata: int
    mem_wdata: int


def _exact_access(record):
    """Address, read mask, write mask, data read, data written, all from the first byte on.

    RVFI may name an access by its aligned word, with the masks and the data in their lanes.
    """
    mask = record.mem_rmask | record.mem_wmask
    if not mask:
        return 0, 0, 0, 0, 0
    lane = (mask & -mask).bit_length() - 1

    def kept(data, mask):
        return sum(data & 0xFF << 8 * i for i in range(4) if mask >> i & 1) >> 8 * lane
    return (record.mem_addr + lane, record.mem_rmask >> lane, record.mem_wmask >> lane,
            kept(record.mem_rdata, record.mem_rmask), kept(record.mem_wdata, record.mem_wmask))


class LineHistory:
    """Interrupt lines over the cycles in which a core may have decided about an interrupt."""

    def __init__(self):
        self._lines = [0] * _DECISION_CYCLES

    def add(self, lines):
        """Notes the lines of one more cycle, in the places that they have in ``mip``."""
        self._lines.append(lines)

    def window(self):
        """Lines seen at any time and held all the time, since shortly before the last call."""
        seen, held = 0, INTERRUPT_MASK
        for lines in self._lines:
            seen |= lines
            held &= lines
        del self._lines[:-_DECISION_CYCLES]
        return seen, held


class Lockstep:
    """Follows a core with a hart of the model.

    Parameters:
        hart : Hart, in the state of the core before the first record. Where it maps a device whose
            answers the model cannot know, that must be a `Device` that reads `device_data`.
        unknown : iterable of int, registers whose first contents the model takes from the core.
        observe : callable(Retirement), called for each instruction that agrees, with the model's
            word for it; or None.
    The core must sleep in ``wfi`` until an interrupt is pending that ``mie`` enables.

    Members:
        counts : Counter of what has been compared: mnemonics, ``trap <mcause>``,
            ``interrupt <number>``.
    """

    def __init__(self, hart, *, unknown=(), observe=None):
        self.hart = hart
        self._observe = observe
        self._unknown = set(unknown)
        self.counts = Counter()
        self._device_data = 0
        self._latest = deque(maxlen=_LATEST)
        self._order = None
        self._after_trap = False
        self._waited = 0
        self._wfi_lines = None  # lines seen up to the wfi that was the last instruction

    def device_data(self, offset, size):
        """What the core has read in the load that is compared now."""
        return self._device_data

    def follow(self, record, lines_seen, lines_held):
        """Does and compares the instruction of one `RvfiRecord`.

        Parameters:
            lines_seen : int, interrupt lines (as in ``mip``) that were high at any time when the
                core may have decided about an interrupt before this instruction.
            lines_held : int, those that were high all that time; see `LineHistory`.
        Returns: number of the interrupt that was taken before this instruction, or None.
        Raises: Mismatch.
        """
        self._check_sleep(record, lines_seen)
        interrupt = self._interrupt(record, lines_seen, lines_held)
        if interrupt is not None:
            self.hart.interrupt(interrupt)
            self.counts[f"interrupt {interrupt}"] += 1
        access = _exact_access(record)
        self._device_data = access[3]
        number = record.insn >> 20
        self.hart.csrs.observed = {number: record.rd_wdata} if (
            record.insn & 0x7F == 0x73 and number in VOLATILE and record.rd_addr) else {}
        self._adopt_unknown(record)
        expected = self.hart.step()
        self._latest.append((record, expected))
        self._compare(record, expected, access)
        if self._observe:
            self._observe(expected)
        self._after_trap = expected.trap
        waits = expected.name == "wfi" and not expected.trap
        self._wfi_lines = lines_seen if waits else None
        self.counts[expected.name] += 1
        if expected.trap:
            self.counts[f"trap {self.hart.csrs.read(Csr.MCAUSE)}"] += 1
        return interrupt

    def _adopt_unknown(self, record):
        for register, value in ((record.rs1_addr, record.rs1_rdata),
                                (record.rs2_addr, record.rs2_rdata)):
            if register in self._unknown:
                self.hart.x[register] = value
                self._unknown.discard(register)
        self._unknown.discard(record.rd_addr)

    def _check_sleep(self, record, lines_seen):
        if self._wfi_lines is not None:
            enabled = self.hart.csrs.read(Csr.MIE)
            if not (self._wfi_lines | lines_seen) & enabled:
                self._fail(f"wfi must wait for one of the interrupts {enabled:#x}")

    def _interrupt(self, record, lines_seen, lines_held):
        """The interrupt that the core took before ``record``, if any, found legal."""
        csrs = self.hart.csrs
        possible = lines_seen & csrs.read(Csr.MIE) if csrs.interrupts_enabled else 0
        due = lines_held & csrs.read(Csr.MIE) if csrs.interrupts_enabled else 0
        if not record.intr or self._after_trap:
            self._waited = self._waited + 1 if due else 0
            if self._waited > _PATIENCE:
                self._fail(f"interrupts {due:#x} are enabled and pending, but not taken")
            return None
        self._waited = 0
        number = self._cause_taken(record, possible)
        if number is None or not possible >> number & 1:
            self._fail(f"interrupt {number} taken at {record.pc_rdata:#010x}, but only "
                       f"{possible:#x} are enabled and pending")
        before = INTERRUPT_PRIORITY[:INTERRUPT_PRIORITY.index(number)]
        if any(due >> other & 1 for other in before):
            self._fail(f"interrupt {number} taken, but one of {due:#x} comes before it")
        return number

    def _cause_taken(self, record, possible):
        """Number of the interrupt, from the vector, from a read of mcause, or the first one."""
        mtvec = self.hart.csrs.read(Csr.MTVEC)
        if mtvec & 1:
            return (record.pc_rdata - (mtvec & ~3)) // 4
        if record.insn & 0x7F == 0x73 and record.insn >> 20 == Csr.MCAUSE and record.rd_addr:
            return record.rd_wdata & 31
        return next((number for number in INTERRUPT_PRIORITY if possible >> number & 1), None)

    def _compare(self, record, expected, access):
        if self._order is not None and record.order != self._order + 1:
            self._fail(f"order must be {self._order + 1}, not {record.order}")
        self._order = record.order
        pairs = {
            "trap": (record.trap, expected.trap),
            "pc_rdata": (record.pc_rdata, expected.pc_rdata),
            "pc_wdata": (record.pc_wdata, expected.pc_wdata),
            "rd_addr": (record.rd_addr, expected.rd_addr),
            "rd_wdata": (record.rd_wdata, expected.rd_wdata),
            "mem_addr": (access[0], expected.mem_addr),
            "mem_rmask": (access[1], expected.mem_rmask),
            "mem_wmask": (access[2], expected.mem_wmask),
            "mem_rdata": (access[3], expected.mem_rdata),
            "mem_wdata": (access[4], expected.mem_wdata),
            "mode": (record.mode, expected.mode),
            "ixl": (record.ixl, _XLEN_32),
            "halt": (record.halt, 0),
        }
        if expected.name != "fetch":
            pairs["insn"] = (record.insn, expected.insn)
        if not self._after_trap:
            pairs["intr"] = (record.intr, expected.intr)
        if expected.rs1_addr:
            pairs["rs1_addr"] = (record.rs1_addr, expected.rs1_addr)
            pairs["rs1_rdata"] = (record.rs1_rdata, expected.rs1_rdata)
        if expected.rs2_addr:
            pairs["rs2_addr"] = (record.rs2_addr, expected.rs2_addr)
            pairs["rs2_rdata"] = (record.rs2_rdata, expected.rs2_rdata)
        wrong = [f"{name} must be {right:#x}, not {got:#x}"
                 for name, (got, right) in pairs.items() if got != right]
        if wrong:
            self._fail("; ".join(wrong))

    def _fail(self, message):
        lines = [f"{record.order:8} {expected.pc_rdata:08x} {expected.insn:08x} {expected.name:8}"
                 + (f" x{expected.rd_addr} = {expected.rd_wdata:#010x}" if expected.rd_addr else "")
                 + (f" [{expected.mem_addr:#010x}]" if expected.mem_rmask or expected.mem_wmask
                    else "")
                 + (" trap" if expected.trap else "") + (" intr" if expected.intr else "")
                 for record, expected in self._latest]
        csrs = self.hart.csrs
        lines.append("last trap: " + describe_trap(*map(csrs.read, (Csr.MCAUSE, Csr.MEPC,
                                                                    Csr.MTVAL))))
        raise Mismatch(f"{message}\nThe model's latest instructions, this one last:\n"
                       + "\n".join(lines))
