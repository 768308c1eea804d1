"""Which interrupt is taken."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["EXTERNAL", "FAST", "INTERRUPT_MASK", "Interrupts", "SOFTWARE", "TIMER"]


SOFTWARE, TIMER, EXTERNAL = 3, 7, 11
"""Bits of mip and mie, and exception codes, of the standard interrupts."""

FAST = 16
"""The first of the 16 fast local interrupts."""

INTERRUPT_MASK = 0xFFFF << FAST | 1 << EXTERNAL | 1 << SOFTWARE | 1 << TIMER
"""Bits that mip and mie have."""


class Interrupts(wiring.Component):
    """Registers the interrupt lines, and picks the one to take.

    Members:
        timer, software, external : In(1); fast : In(16), level-sensitive lines.
        enable : In(32), mie.
        pending : Out(32), mip: the lines one cycle ago.
        any    : Out(1), an interrupt is pending and enabled.
        code   : Out(5), which of them, in the cycle after ``any``.
    Timing: from line to ``any`` 1 cycle, to ``code`` 2.
    Source: RISC-V Privileged 1.13 §3.1.9. Fast local interrupts come first, those with the lowest
        number before the others, as the specification leaves open; then external, software, timer.
    """

    timer: In(1)
    software: In(1)
    external: In(1)
    fast: In(16)
    enable: In(32)
    pending: Out(32)
    any: Out(1)
    code: Out(5)

    def elaborate(self, platform):
        m = Module()
        lines, active = Signal(32), Signal(32)
        m.d.comb += [
            lines[SOFTWARE].eq(self.software),
            lines[TIMER].eq(self.timer),
            lines[EXTERNAL].eq(self.external),
            lines[FAST:].eq(self.fast),
            active.eq(self.pending & self.enable),
            self.any.eq(active.any()),
        ]
        m.d.sync += self.pending.eq(lines)
        for number in (TIMER, SOFTWARE, EXTERNAL, *reversed(range(FAST, 32))):
            with m.If(active[number]):  # the last assignment wins
                m.d.sync += self.code.eq(number)
        return m
