"""The arithmetic and logic unit."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Alu"]


class Alu(wiring.Component):
    """Integer operations of OP and OP-IMM, and the comparison of branches.

    Members:
        a, b      : In(32), operands.
        funct3    : In(3), of the instruction.
        alternate : In(1), subtract instead of add; shift in the sign.
        compare   : In(1), subtract for a comparison.
        unsigned  : In(1), the comparison is of unsigned numbers.
        result    : Out(32).
        less, equal : Out(1), a < b, and a = b; ``less`` only under ``compare``.
    Timing: combinational.
    Source: RISC-V Unprivileged ISA §2.4.
    """

    a: In(32)
    b: In(32)
    funct3: In(3)
    alternate: In(1)
    compare: In(1)
    unsigned: In(1)
    result: Out(32)
    less: Out(1)
    equal: Out(1)

    def elaborate(self, platform):
        m = Module()
        a, b = self.a, self.b

        # One adder does both: the bit below the operands carries in the 1 of -b = ~b + 1.
        subtract = self.compare | self.alternate
        total = Signal(34)
        m.d.comb += [
            total.eq(Cat(subtract, a) + Cat(subtract, b ^ subtract.replicate(32))),
            self.less.eq(Mux(self.unsigned, ~total[33],
                             Mux(a[31] ^ b[31], a[31], total[32]))),
            self.equal.eq(a == b),
        ]

        # One right shifter does both directions: a left shift goes in and out reversed.
        left = ~self.funct3[2]
        fill = self.alternate & a[31]
        into = Mux(left, a[::-1], a)
        shifted = Signal(32)
        m.d.comb += shifted.eq(Cat(into, fill).as_signed() >> b[0:5])

        with m.Switch(self.funct3):
            with m.Case(0b000):
                m.d.comb += self.result.eq(total[1:33])
            with m.Case(0b001):
                m.d.comb += self.result.eq(shifted[::-1])
            with m.Case(0b101):
                m.d.comb += self.result.eq(shifted)
            with m.Case(0b010, 0b011):
                m.d.comb += self.result.eq(self.less)
            with m.Case(0b100):
                m.d.comb += self.result.eq(a ^ b)
            with m.Case(0b110):
                m.d.comb += self.result.eq(a | b)
            with m.Case(0b111):
                m.d.comb += self.result.eq(a & b)
        return m
