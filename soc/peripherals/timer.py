"""Timer and software interrupt, in the usual CLINT layout for one hart."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.fabric.bus import RegisterBusSignature
from soc.fabric.registers import Access, Field, Register, RegisterBank, RegisterTable

__all__ = ["TIMER_TABLE", "Timer"]


_NEVER = 0xFFFF_FFFF

TIMER_TABLE = RegisterTable(
    "clint", "Machine timer and software interrupt (CLINT layout). mtime counts clock cycles. "
    "Reading mtime: read high, low, high again, and repeat when the two highs differ. "
    "Setting mtimecmp without an interrupt in between: write all ones to high, then low, then "
    "high. Setting mtime: write 0 to low, then high, then low.", [
        Register("msip", 0x0000, "Software interrupt.", [
            Field("value", 1, Access.RW, "While 1, the software interrupt is pending.")]),
        Register("mtimecmp_low", 0x4000, "Low half of mtimecmp.", [
            Field("value", 32, Access.RW, "The timer interrupt is pending while mtime is not "
                  "below mtimecmp.", reset=_NEVER)]),
        Register("mtimecmp_high", 0x4004, "High half of mtimecmp.", [
            Field("value", 32, Access.RW, "See mtimecmp_low.", reset=_NEVER)]),
        Register("mtime_low", 0xBFF8, "Low half of mtime.", [
            Field("value", 32, Access.SHARED, "Clock cycles since reset.")]),
        Register("mtime_high", 0xBFFC, "High half of mtime.", [
            Field("value", 32, Access.SHARED, "See mtime_low.")]),
    ], pages=16)


class Timer(wiring.Component):
    """Counts clock cycles and compares.

    Members: bus, select : as `RegisterBank`.
             time : Out(64), mtime.
             timer_interrupt, software_interrupt : Out(1), levels.
    Timing:  ``time`` grows by 1 each cycle. A write to one half of mtime replaces that half only;
             a carry out of the low half that falls into the same cycle still reaches the high one.
             ``timer_interrupt`` follows mtime and mtimecmp 2 cycles later, ``software_interrupt``
             its register at once.
    Source:  RISC-V Privileged 1.13 §3.2.1.
    """

    def __init__(self):
        super().__init__({
            "bus": In(RegisterBusSignature()),
            "select": In(1),
            "time": Out(64),
            "timer_interrupt": Out(1),
            "software_interrupt": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.bank = bank = RegisterBank(TIMER_TABLE)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)
        compare = Cat(bank.mtimecmp_low.value.value, bank.mtimecmp_high.value.value)
        m.d.comb += [
            bank.select.eq(self.select),
            self.software_interrupt.eq(bank.msip.value.value),
        ]
        m.d.sync += self.time.eq(self.time + 1)
        for half, register in ((self.time[:32], bank.mtime_low), (self.time[32:], bank.mtime_high)):
            m.d.comb += register.value.value.eq(half)
            with m.If(register.value.strobe):
                m.d.sync += half.eq(register.value.written)
        # Two short steps instead of a 64-bit comparison: halves first, then their sum.
        high_above, high_equal, low_reached = Signal(), Signal(), Signal()
        m.d.sync += [
            high_above.eq(self.time[32:] > compare[32:]),
            high_equal.eq(self.time[32:] == compare[32:]),
            low_reached.eq(self.time[:32] >= compare[:32]),
            self.timer_interrupt.eq(high_above | (high_equal & low_reached)),
        ]
        return m
