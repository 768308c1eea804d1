"""The multiplier."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

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
        a, b = Signal(signed(33)), Signal(signed(33))
        high = Signal()
        a_signed = (self.funct3[0:2] == 1) | (self.funct3[0:2] == 2)
        b_signed = self.funct3[0:2] == 1
        with m.If(self.start):
            m.d.sync += [
                a.eq(Cat(self.a, self.a[31] & a_signed)),
                b.eq(Cat(self.b, self.b[31] & b_signed)),
                high.eq(self.funct3[0:2] != 0),
            ]

        # Halves of 16 unsigned and 17 signed bits, as 18-bit signed DSP operands.
        a_low, b_low = Signal(signed(18)), Signal(signed(18))
        a_high, b_high = Signal(signed(18)), Signal(signed(18))
        low, high_product = Signal(signed(36)), Signal(signed(36))
        cross_a, cross_b = Signal(signed(36)), Signal(signed(36))
        x, y, z = Signal(48), Signal(48), Signal(48)
        total = Signal(64)
        m.d.comb += [
            a_low.eq(a[0:16]), a_high.eq(a[16:33].as_signed()),
            b_low.eq(b[0:16]), b_high.eq(b[16:33].as_signed()),
            low.eq(a_low * b_low), high_product.eq(a_high * b_high),
            cross_a.eq(a_high * b_low), cross_b.eq(a_low * b_high),
            x.eq(Cat(low[16:32], high_product)), y.eq(cross_a), z.eq(cross_b),
            # Three terms by one chain of carries.
            total.eq(Cat(low[0:16], (x ^ y ^ z) + (((x & y) | (x & z) | (y & z)) << 1))),
            self.result.eq(Mux(high, total[32:64], total[0:32])),
        ]
        return m
