"""Control and status registers of the model.

Source: RISC-V Privileged 1.13 chapters 2 and 3.1, Unprivileged 20240411 §8.1 (Zicntr). What they
leave open is listed in the docstring of `ControlRegisters`.
"""

from cpu.options import IMPLEMENTATION_ID
from sim.iss.csr_numbers import VOLATILE, Csr, Mode
from sim.iss.pmp import PMP_REGISTERS, MemoryProtection
from sim.traps import FAST_INTERRUPTS, INTERRUPT_FLAG, INTERRUPT_PRIORITY, InterruptCause

__all__ = ["INTERRUPT_MASK", "VOLATILE", "WITH_USER_MODE", "ControlRegisters", "Csr"]

_WORD = 0xFFFF_FFFF

INTERRUPT_MASK = sum(1 << number for number in (*InterruptCause, *FAST_INTERRUPTS))
"""Bits of ``mie`` and ``mip`` that exist."""

_MSTATUS_MIE = 1 << 3
_MSTATUS_MPIE = 1 << 7
_MSTATUS_MPP_BIT = 11
_MSTATUS_MPP = 3 << _MSTATUS_MPP_BIT
_MSTATUS_MPRV = 1 << 17
_MSTATUS_TW = 1 << 21
_MTVEC_VECTORED = 1
_MTVEC_VECTOR_BITS = 0x7C  # 32 vectors of one word
_MCAUSE_MASK = INTERRUPT_FLAG | 31
_MISA_MXL_32 = 1 << 30
_B_EXTENSIONS = {"zba", "zbb", "zbs"}  # which together are B

# Counters 3 to 31 and their events exist and are 0 (§3.1.10), as are the identities.
_READ_AS_ZERO = {Csr.MSTATUSH, Csr.MVENDORID, Csr.MARCHID, Csr.MHARTID, Csr.MCONFIGPTR,
                 *range(0xB03, 0xB20), *range(0xB83, 0xBA0), *range(0x323, 0x340)}

WITH_USER_MODE = PMP_REGISTERS | {Csr.MCOUNTEREN, Csr.MENVCFG, Csr.MENVCFGH}
"""Registers that only harts with user mode have."""

_INHIBIT_BITS = {1 << 0: Csr.MCYCLE, 1 << 2: Csr.MINSTRET}


class ControlRegisters:
    """The CSRs of a hart, its mode, and what traps do to them.

    Parameters:
        extensions : frozenset of str, for ``misa``.
        pmp_entries : int of PMP_ENTRIES; with None there is neither user mode nor PMP.
    Members:
        mode : Mode, of the next instruction.
        values : dict of the registers that are plain storage.
        protection : MemoryProtection.
        retired : int, instructions retired so far; the hart counts it up after each of them.
        lines : int, interrupt lines as ``mip`` shows them.
        time : int, what ``time`` shows.
        observed : dict of {number: value}, read instead of the model's own value: what a caller
            who follows another hart has seen there (see `VOLATILE`).

    Chosen where the specification leaves a choice: ``misa`` is read-only; ``mip`` is read-only;
    the base in ``mtvec`` is a multiple of 4, in vectored mode of 128; ``mcause`` keeps the flag and
    5 bits; MPP starts as the lowest mode, and so it becomes by a write of a mode that does not
    exist; ``wfi`` in user mode with TW = 1 traps at once; ``menvcfg`` is read-only 0;
    ``mcountinhibit`` can stop ``mcycle`` and ``minstret``; without a clock ``mcycle`` counts
    instructions. `MemoryProtection` lists what concerns the PMP.
    """

    def __init__(self, *, extensions=frozenset(), pmp_entries=None):
        has_user_mode = pmp_entries is not None
        letters = "IM" + "B" * (extensions >= _B_EXTENSIONS) + "U" * has_user_mode
        self._misa = _MISA_MXL_32 | sum(1 << (ord(letter) - ord("A")) for letter in letters)
        self._known = frozenset(Csr) | _READ_AS_ZERO
        if not has_user_mode:
            self._known -= WITH_USER_MODE
        self._lowest_mode = Mode.USER if has_user_mode else Mode.MACHINE
        self._mstatus_bits = _MSTATUS_MIE | _MSTATUS_MPIE | (
            _MSTATUS_MPRV | _MSTATUS_TW if has_user_mode else 0)
        self.mode = Mode.MACHINE
        self.protection = MemoryProtection(pmp_entries or 0)
        self.values = {Csr.MSTATUS: self._lowest_mode << _MSTATUS_MPP_BIT, Csr.MIE: 0, Csr.MTVEC: 0,
                       Csr.MCOUNTEREN: 0, Csr.MSCRATCH: 0, Csr.MEPC: 0, Csr.MCAUSE: 0,
                       Csr.MTVAL: 0}
        self.retired = 0
        self.lines = 0
        self.time = 0
        self.observed = {}
        self._offsets = {Csr.MCYCLE: 0, Csr.MINSTRET: 0}  # of the counters against `retired`
        self._stopped = {}  # values of the counters that are stopped

    def exists(self, number):
        """True if ``number`` is implemented."""
        return number in self._known

    def permits(self, number):
        """True if the mode may access the register ``number``, which must exist (§2.1, §3.1.11).

        The only ones that user mode can reach are the counters, as ``mcounteren`` says.
        """
        if self.mode == Mode.MACHINE:
            return True
        return number >> 8 & 3 == Mode.USER and bool(
            self.values[Csr.MCOUNTEREN] >> (number & 31) & 1)

    def read(self, number):
        """The value of the register ``number``, which must exist."""
        if number in self.observed:
            return self.observed[number]
        if number in self.values:
            return self.values[number]
        if number in PMP_REGISTERS:
            return self.protection.read(number)
        if number == Csr.MISA:
            return self._misa
        if number == Csr.MIMPID:
            return IMPLEMENTATION_ID
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
        if number == Csr.MSTATUS:
            self._write_mstatus(value)
        elif number in self.values:
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
        elif number in PMP_REGISTERS:
            self.protection.write(number, value)

    def _write_mstatus(self, value):
        mpp = value & _MSTATUS_MPP
        if mpp != Mode.MACHINE << _MSTATUS_MPP_BIT:
            mpp = self._lowest_mode << _MSTATUS_MPP_BIT
        self.values[Csr.MSTATUS] = value & self._mstatus_bits | mpp

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
        """True if interrupts are taken: in user mode always (§3.1.6.1), else as MIE says."""
        return self.mode == Mode.USER or bool(self.values[Csr.MSTATUS] & _MSTATUS_MIE)

    @property
    def data_mode(self):
        """The mode whose rights loads and stores have: MPP while MPRV is set (§3.1.6.3).

        MPRV is never set in user mode, because ``mret`` clears it.
        """
        status = self.values[Csr.MSTATUS]
        return status >> _MSTATUS_MPP_BIT & 3 if status & _MSTATUS_MPRV else self.mode

    @property
    def wait_traps(self):
        """True if ``wfi`` is illegal: in user mode while TW is set (§3.1.6.5)."""
        return self.mode == Mode.USER and bool(self.values[Csr.MSTATUS] & _MSTATUS_TW)

    def enter_trap(self, mcause, mtval, pc):
        """What a trap at ``pc`` does; returns the address of the handler."""
        values = self.values
        values[Csr.MEPC] = pc
        values[Csr.MCAUSE] = mcause
        values[Csr.MTVAL] = mtval
        status = values[Csr.MSTATUS]
        values[Csr.MSTATUS] = (status & (_MSTATUS_MPRV | _MSTATUS_TW)
                               | (_MSTATUS_MPIE if status & _MSTATUS_MIE else 0)
                               | self.mode << _MSTATUS_MPP_BIT)
        self.mode = Mode.MACHINE
        base, vectored = values[Csr.MTVEC] & ~3, values[Csr.MTVEC] & _MTVEC_VECTORED
        if vectored and mcause & INTERRUPT_FLAG:
            return (base + 4 * (mcause & ~INTERRUPT_FLAG)) & _WORD
        return base

    def leave_trap(self):
        """What ``mret`` in machine mode does; returns the address where it goes on."""
        status = self.values[Csr.MSTATUS]
        self.mode = Mode(status >> _MSTATUS_MPP_BIT & 3)
        kept = _MSTATUS_TW | (_MSTATUS_MPRV if self.mode == Mode.MACHINE else 0)
        self.values[Csr.MSTATUS] = (status & kept | _MSTATUS_MPIE
                                    | (_MSTATUS_MIE if status & _MSTATUS_MPIE else 0)
                                    | self._lowest_mode << _MSTATUS_MPP_BIT)
        return self.values[Csr.MEPC]


_WRITABLE = {
    Csr.MIE: INTERRUPT_MASK,
    Csr.MTVEC: _WORD & ~2,
    Csr.MCOUNTEREN: 7,
    Csr.MSCRATCH: _WORD,
    Csr.MEPC: _WORD & ~3,
    Csr.MCAUSE: _MCAUSE_MASK,
    Csr.MTVAL: _WORD,
}
