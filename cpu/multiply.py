"""The multiplier."""

from itertools import product

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.fabric.dsp import DspMultiplier

__all__ = ["Multiplier"]


class Multiplier(wiring.Component):
    """32 by 32 bit multiplication in four products of one DSP each.

    Members:
        start  : In(1), take the operands.
        funct3 : In(3), of mul, mulh, mulhsu or mulhu.
        a, b   : In(32), operands.
        result : Out(32), in the cycle after ``start`` and until the next.
    Timing: one multiplication a cycle, latency 1, whatever the operands.
    Source: RISC-V Unprivileged ISA, M extension.
    """

    start: In(1)
    funct3: In(3)
    a: In(32)
    b: In(32)
    result: Out(32)

    def elaborate(self, platform):
        m = Module()
        high = Signal()
        a_signed = (self.funct3[0:2] == 1) | (self.funct3[0:2] == 2)
        b_signed = self.funct3[0:2] == 1
        with m.If(self.start):
            m.d.sync += high.eq(self.funct3[0:2] != 0)

        # Halves of 16 unsigned and 17 signed bits, as operands of 18 signed bits.
        halves_a, halves_b = (
            {"low": value[0:16], "high": Cat(value[16:], value[31] & is_signed).as_signed()}
            for value, is_signed in ((self.a, a_signed), (self.b, b_signed)))
        products = {}
        for (name_a, half_a), (name_b, half_b) in product(halves_a.items(), halves_b.items()):
            m.submodules[f"{name_a}_{name_b}"] = part = DspMultiplier(output_register=False)
            m.d.comb += [part.enable.eq(self.start), part.a.eq(half_a), part.b.eq(half_b)]
            products[name_a, name_b] = part.product
        low = products["low", "low"]
        x, y, z = Signal(48), Signal(48), Signal(48)
        total = Signal(64)
        m.d.comb += [
            x.eq(Cat(low[16:32], products["high", "high"])),
            y.eq(products["high", "low"]), z.eq(products["low", "high"]),
            # Three terms by one chain of carries.
            total.eq(Cat(low[0:16], (x ^ y ^ z) + (((x & y) | (x & z) | (y & z)) << 1))),
            self.result.eq(Mux(high, total[32:64], total[0:32])),
        ]
        return m
