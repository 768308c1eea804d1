"""One multiplier of the ECP5, with its own registers."""

from amaranth.hdl import ClockSignal, Instance, Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["DSP_LATENCY", "DspMultiplier"]


DSP_LATENCY = 2
"""Cycles from the operands of a `DspMultiplier` to their product; one fewer without its output
register."""


class DspMultiplier(wiring.Component):
    """Product of two signed 18-bit numbers, as one MULT18X18D.

    Synthesis never uses the registers inside the primitive by itself, so it is instantiated.

    Parameters: output_register : bool, the product leaves from a register as well.
    Members: enable : In(1), takes the operands; a, b : In(signed(18)); product : Out(signed(36)).
    Timing:  one product a cycle, DSP_LATENCY cycles after its operands; without ``enable`` the
        operands stay.
    Source:  Lattice FPGA-TN-02205.
    """

    def __init__(self, *, output_register=True):
        self._output_register = output_register
        super().__init__({"enable": In(1, init=1), "a": In(signed(18)), "b": In(signed(18)),
                          "product": Out(signed(36))})

    def elaborate(self, platform):
        m = Module()
        ports = {f"i_A{bit}": self.a[bit] for bit in range(18)}
        ports |= {f"i_B{bit}": self.b[bit] for bit in range(18)}
        ports |= {f"o_P{bit}": self.product[bit] for bit in range(36)}
        # B_SHIFT: the pin SOURCEB chooses between B and the shift input, at all times B.
        # The shift inputs SRIA and SRIB must stay unconnected: tied to 0 they cannot be routed.
        m.submodules.dsp = Instance(
            "MULT18X18D",
            p_REG_INPUTA_CLK="CLK0", p_REG_INPUTB_CLK="CLK0",
            p_REG_OUTPUT_CLK="CLK0" if self._output_register else "NONE",
            p_REG_OUTPUT_CE="CE1",
            p_SOURCEB_MODE="B_SHIFT", p_GSR="DISABLED",
            i_CLK0=ClockSignal(), i_CE0=self.enable, i_CE1=1, i_RST0=0,
            i_SIGNEDA=1, i_SIGNEDB=1, i_SOURCEA=0, i_SOURCEB=0, **ports)
        return m
