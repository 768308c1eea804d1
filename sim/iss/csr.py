"""Control and status registers of the model.

Source: RISC-V Privileged 1.13 chapters 2 and 3.1, Unprivileged 20240411 §8.1 (Zicntr). What they
leave open is listed in the docstring of `ControlRegisters`.
"""

from enum import IntEnum

from sim.traps import FAST_INTERRUPTS, INTERRUPT_FLAG, INTERRUPT_PRIORITY, InterruptCause

__all__ = ["INTERRUPT_MASK", "VOLATILE", "ControlRegisters", "Csr"]

_WORD = 0xFFFF_FFFF

INTERRUPT_MASK = sum(1 << number for number in (*InterruptCause, *FAST_INTERRUPTS))
"""Bits of ``mie`` and ``mip`` that exist."""

_MSTATUS_MIE = 1 << 3
_MSTATUS_MPIE = 1 << 7
_MSTATUS_MPP_MACHINE = 3 << 11
_MTVEC_VECTORED = 1
_MTVEC_VECTOR_BITS = 0x7C  # 32 vectors of one word
_MCAUSE_MASK = INTERRUPT_FLAG | 31
_MISA_MXL_32 = 1 << 30
_B_EXTENSIONS = {"zba", "zbb", "zbs"}  # which together are B


class Csr(IntEnum):
    """Numbers of the registers that hold something."""

    MSTATUS = 0x300
    MISA = 0x301
    MIE = 0x304
    MTVEC = 0x305
    MSTATUSH = 0x310
    MCOUNTINHIBIT = 0x320
    MSCRATCH = 0x340
    MEPC = 0x341
    MCAUSE = 0x342
    MTVAL = 0x343
    MIP = 0x344
    MCYCLE = 0xB00
    MINSTRET = 0xB02
    MCYCLEH = 0xB80
    MINSTRETH = 0xB82
    CYCLE = 0xC00
    TIME = 0xC01
    INSTRET = 0xC02
    CYCLEH = 0xC80
    TIMEH = 0xC81
    INSTRETH = 0xC82
    MVENDORID = 0xF11
    MARCHID = 0xF12
    MIMPID = 0xF13
    MHARTID = 0xF14
    MCONFIGPTR = 0xF15


VOLATILE = frozenset({Csr.MIP, Csr.MCYCLE, Csr.MCYCLEH, Csr.CYCLE, Csr.CYCLEH, Csr.TIME, Csr.TIMEH})
"""Registers that the program alone does not determine: they depend on time or on the outside."""

# Counters 3 to 31 and their events exist and are 0 (§3.1.10), as are the identities.
_READ_AS_ZERO = {Csr.MSTATUSH, Csr.MVENDORID, Csr.MARCHID, Csr.MIMPID, Csr.MHARTID, Csr.MCONFIGPTR,
                 *range(0xB03, 0xB20), *range(0xB83, 0xBA0), *range(0x323, 0x340)}

_INHIBIT_BITS = {1 << 0: Csr.MCYCLE, 1 << 2: Csr.MINSTRET}


class ControlRegisters:
    """The CSRs of a hart with machine mode alone, and what traps do to them.

    Parameters: extensions : frozenset of str, for ``misa``.
    Members:
        values : dict of the registers that are plain storage.
        retired : int, instructions retired so far; the hart counts it up after each of them.
        lines : int, interrupt lines as ``mip`` shows them.
        time : int, what ``time`` shows.
        observed : dict of {number: value}, read instead of the model's own value: what a caller
            who follows another hart has seen there (see `VOLATILE`).

    Chosen where the specification leaves a choice: ``misa`` is read-only; ``mip`` is read-only;
    the base in ``mtvec`` is a multiple of 4, in vectored mode of 128; ``mcause`` keeps the flag and
    5 bits; MPP is always machine mode; ``mcountinhibit`` can stop ``mcycle`` and ``minstret``;
    without a clock ``mcycle`` counts instructions.
    """

    def __init__(self, *, extensions=frozenset()):
        letters = "IMB" if extensions >= _B_EXTENSIONS else "IM"
        self._misa = _MISA_MXL_32 | sum(1 << (ord(letter) - ord("A")) for letter in letters)
        self.values = {Csr.MSTATUS: 0, Csr.MIE: 0, Csr.MTVEC: 0, Csr.MSCRATCH: 0, Csr.MEPC: 0,
                       Csr.MCAUSE: 0, Csr.MTVAL: 0}
        self.retired = 0
        self.lines = 0
        self.time = 0
        self.observed = {}
        self._offsets = {Csr.MCYCLE: 0, Csr.MINSTRET: 0}  # of the counters against `retired`
        self._stopped = {}  # values of the counters that are stopped

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
            return self._misa
        if number == Csr.MIP:
            return self.lines & INTERRUPT_MASK
        if number == Csr.MCOUNTINHIBIT:
            return sum(bit for bit, counter in _INHIBIT_BITS.items() if counter in self._stopped)
        if number in (Csr.TIME, Csr.TIMEH):
            return self.time >> (32 if number == Csr.TIMEH else 0) & _WORD
        low, high = number & 2 | Csr.MCYCLE, number & 0x80
        if low | high == number or low | high == number - (Csr.CYCLE - Csr.MCYCLE):
            return self._counter(low) >> (32 if high else 0) & _WORD
        return 0

    def write(self, number, value):
        """Writes the register ``number``, which must exist and not be read-only by its number."""
        if number in self.values:
            if number == Csr.MTVEC and value & _MTVEC_VECTORED:
                value &= ~_MTVEC_VECTOR_BITS
            self.values[number] = value & _WRITABLE[number]
        elif number in (Csr.MCYCLE, Csr.MINSTRET):
            self._set_counter(number, self._counter(number) >> 32 << 32 | value)
        elif number in (Csr.MCYCLEH, Csr.MINSTRETH):
            number -= 0x80
            self._set_counter(number, value << 32 | (self._counter(number) & _WORD))
        elif number == Csr.MCOUNTINHIBIT:
            self._inhibit(value)

    def _counter(self, number):
        if number in self._stopped:
            return self._stopped[number]
        return (self.retired + self._offsets[number]) & 0xFFFF_FFFF_FFFF_FFFF

    def _set_counter(self, number, value):
        """Makes the counter hold ``value`` after the instruction under way.

        An instruction that writes a counter does not count in it (§3.1.10).
        """
        if number in self._stopped:
            self._stopped[number] = value
        else:
            self._offsets[number] = value - (self.retired + 1)

    def _inhibit(self, value):
        """Stops and starts counters, after the instruction under way."""
        for bit, number in _INHIBIT_BITS.items():
            if value & bit and number not in self._stopped:
                self._stopped[number] = self._counter(number) + 1
            elif not value & bit and number in self._stopped:
                self._set_counter(number, self._stopped.pop(number))

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
        base, vectored = values[Csr.MTVEC] & ~3, values[Csr.MTVEC] & _MTVEC_VECTORED
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
