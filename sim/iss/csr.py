"""Control and status registers of the model.

Source: RISC-V Privileged 1.13 chapters 2 and 3.1. What the specification leaves open is listed in
the docstring of `ControlRegisters`.
"""

from enum import IntEnum

from sim.traps import FAST_INTERRUPTS, INTERRUPT_FLAG, INTERRUPT_PRIORITY, InterruptCause

__all__ = ["INTERRUPT_MASK", "ControlRegisters", "Csr"]

_WORD = 0xFFFF_FFFF

INTERRUPT_MASK = sum(1 << number for number in (*InterruptCause, *FAST_INTERRUPTS))
"""Bits of ``mie`` and ``mip`` that exist."""

_MSTATUS_MIE = 1 << 3
_MSTATUS_MPIE = 1 << 7
_MSTATUS_MPP_MACHINE = 3 << 11
_MCAUSE_MASK = INTERRUPT_FLAG | 31
_MISA_RV32IM = (1 << 30) | (1 << (ord("I") - ord("A"))) | (1 << (ord("M") - ord("A")))


class Csr(IntEnum):
    """Numbers of the registers that hold something."""

    MSTATUS = 0x300
    MISA = 0x301
    MIE = 0x304
    MTVEC = 0x305
    MSTATUSH = 0x310
    MSCRATCH = 0x340
    MEPC = 0x341
    MCAUSE = 0x342
    MTVAL = 0x343
    MIP = 0x344
    MCYCLE = 0xB00
    MINSTRET = 0xB02
    MCYCLEH = 0xB80
    MINSTRETH = 0xB82
    MVENDORID = 0xF11
    MARCHID = 0xF12
    MIMPID = 0xF13
    MHARTID = 0xF14
    MCONFIGPTR = 0xF15


# Counters 3 to 31 and their events exist and are 0 (§3.1.10), as are the identities.
_READ_AS_ZERO = {Csr.MSTATUSH, Csr.MVENDORID, Csr.MARCHID, Csr.MIMPID, Csr.MHARTID, Csr.MCONFIGPTR,
                 *range(0xB03, 0xB20), *range(0xB83, 0xBA0), *range(0x323, 0x340)}


class ControlRegisters:
    """The CSRs of a hart with machine mode alone, and what traps do to them.

    Members:
        values : dict of the registers that are plain storage.
        retired : int, instructions retired so far; the hart counts it up after each of them.
        lines : int, interrupt lines as ``mip`` shows them.
        observed : dict of {number: value}, read instead of the model's own value: what a caller
            who follows another hart has seen there (cycle counters, interrupt lines).

    Chosen where the specification leaves a choice: ``misa`` is read-only; ``mip`` is read-only;
    ``mtvec`` takes any base that is a multiple of 4; ``mcause`` keeps the flag and 5 bits; MPP is
    always machine mode; without a clock ``mcycle`` counts instructions.
    """

    def __init__(self):
        self.values = {Csr.MSTATUS: 0, Csr.MIE: 0, Csr.MTVEC: 0, Csr.MSCRATCH: 0, Csr.MEPC: 0,
                       Csr.MCAUSE: 0, Csr.MTVAL: 0}
        self.retired = 0
        self.lines = 0
        self.observed = {}
        self._counter_offsets = {Csr.MCYCLE: 0, Csr.MINSTRET: 0}

    def exists(self, number):
        """True if ``number`` is implemented."""
        return number in self._known

    _known = frozenset(Csr) | _READ_AS_ZERO

    def read(self, number):
        """The value of the register ``number``, which must exist."""
        if number in self.observed:
            return self.observed[number]
        if number in self.values:
            extra = _MSTATUS_MPP_MACHINE if number == Csr.MSTATUS else 0
            return self.values[number] | extra
        if number == Csr.MISA:
            return _MISA_RV32IM
        if number == Csr.MIP:
            return self.lines & INTERRUPT_MASK
        if number in (Csr.MCYCLE, Csr.MINSTRET):
            return self._counter(number) & _WORD
        if number in (Csr.MCYCLEH, Csr.MINSTRETH):
            return self._counter(number - 0x80) >> 32
        return 0

    def write(self, number, value):
        """Writes the register ``number``, which must exist and not be read-only by its number."""
        if number in self.values:
            self.values[number] = value & _WRITABLE[number]
        elif number in (Csr.MCYCLE, Csr.MINSTRET):
            self._set_counter(number, self._counter(number) >> 32 << 32 | value)
        elif number in (Csr.MCYCLEH, Csr.MINSTRETH):
            number -= 0x80
            self._set_counter(number, value << 32 | (self._counter(number) & _WORD))

    def _counter(self, number):
        return (self.retired + self._counter_offsets[number]) & 0xFFFF_FFFF_FFFF_FFFF

    def _set_counter(self, number, value):
        # The instruction that writes a counter does not count in it (§3.1.10), but in `retired`.
        self._counter_offsets[number] = value - (self.retired + 1)

    def pending(self):
        """Number of the interrupt that is pending and enabled and comes first, or None.

        MIE of ``mstatus`` is not looked at: this is what ends ``wfi``.
        """
        waiting = self.lines & self.values[Csr.MIE]
        if not waiting:
            return None
        return next(number for number in INTERRUPT_PRIORITY if waiting >> number & 1)

    @property
    def interrupts_enabled(self):
        """MIE of ``mstatus``."""
        return bool(self.values[Csr.MSTATUS] & _MSTATUS_MIE)

    def enter_trap(self, mcause, mtval, pc):
        """What a trap at ``pc`` does; returns the address of the handler."""
        values = self.values
        values[Csr.MEPC] = pc
        values[Csr.MCAUSE] = mcause
        values[Csr.MTVAL] = mtval
        values[Csr.MSTATUS] = _MSTATUS_MPIE if values[Csr.MSTATUS] & _MSTATUS_MIE else 0
        base, vectored = values[Csr.MTVEC] & ~3, values[Csr.MTVEC] & 1
        if vectored and mcause & INTERRUPT_FLAG:
            return (base + 4 * (mcause & ~INTERRUPT_FLAG)) & _WORD
        return base

    def leave_trap(self):
        """What ``mret`` does; returns the address where it goes on."""
        mpie = self.values[Csr.MSTATUS] & _MSTATUS_MPIE
        self.values[Csr.MSTATUS] = _MSTATUS_MPIE | (_MSTATUS_MIE if mpie else 0)
        return self.values[Csr.MEPC]


_WRITABLE = {
    Csr.MSTATUS: _MSTATUS_MIE | _MSTATUS_MPIE,
    Csr.MIE: INTERRUPT_MASK,
    Csr.MTVEC: _WORD & ~2,
    Csr.MSCRATCH: _WORD,
    Csr.MEPC: _WORD & ~3,
    Csr.MCAUSE: _MCAUSE_MASK,
    Csr.MTVAL: _WORD,
}
