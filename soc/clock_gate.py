"""Stops the clock of a coprocessor while nothing in it can change."""

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

__all__ = ["CLOCK_GATE_VERILOG", "ClockGate"]


CLOCK_GATE_VERILOG = """\
// The cell that stops a clock: it takes `enable` while the clock is low. An FPGA has no use for it
// (its registers have enables, and gated clocks cost skew), so synthesis passes the clock through.
module gluechip_clock_gate(input clk, input enable, output gated);
`ifdef GLUECHIP_CLOCK_GATES
  reg open = 1;
  always @* if (!clk) open = enable;
  assign gated = clk & open;
`else
  assign gated = clk;
`endif
endmodule
"""
"""The cell, which the Verilog of a chip needs once.

The macro GLUECHIP_CLOCK_GATES makes it stop the clock. The fast simulation defines it, for most
cycles of most programs pass without a coprocessor at work. It changes no result: a stopped
register is one that would have kept its value.
"""


class ClockGate(wiring.Component):
    """Runs the clock of ``domain`` while ``wake`` is high and for LINGER_CYCLES after.

    Parameters: domain : str, a clock domain of the surrounding module that has no other driver.
    Members:    wake : In(1), combinational: the edge that ends this cycle is not left out.
    Timing:     the domain is reset one cycle after its surroundings.
    """

    LINGER_CYCLES = 15
    """Longer than any pipeline in a coprocessor takes to run empty when its last job has ended."""

    def __init__(self, domain):
        self._domain = domain
        super().__init__({"wake": In(1)})

    def elaborate(self, platform):
        m = Module()
        linger = Signal(range(self.LINGER_CYCLES + 1), init=self.LINGER_CYCLES)
        with m.If(self.wake):
            m.d.sync += linger.eq(self.LINGER_CYCLES)
        with m.Elif(linger != 0):
            m.d.sync += linger.eq(linger - 1)
        m.submodules.cell = Instance(
            "gluechip_clock_gate", i_clk=ClockSignal(),
            i_enable=self.wake | (linger != 0) | ResetSignal(), o_gated=ClockSignal(self._domain))
        # A register of the domain itself, or all its logic would be computed in each cycle.
        reset = Signal(init=1, reset_less=True)
        m.d[self._domain] += reset.eq(ResetSignal())
        m.d.comb += ResetSignal(self._domain).eq(reset)
        return m
