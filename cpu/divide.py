"""The divider."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Divider"]


class Divider(wiring.Component):
    """32 by 32 bit division, one bit of the quotient a cycle.

    Members:
        start  : In(1), take the operands. Not while ``busy``.
        abort  : In(1), forget the division; wins over ``start``.
        funct3 : In(3), of div, divu, rem or remu.
        a, b   : In(32), dividend and divisor.
        busy   : Out(1), a division is under way.
        last   : Out(1), in the last cycle of ``busy``.
        result : Out(32), in the cycle after ``last`` and until the next ``start``.
    Timing: ``busy`` in the ITERATIONS cycles after ``start``, whatever the operands.
    Source: RISC-V Unprivileged ISA, M extension, with its results for division by zero and for
        overflow.
    """

    ITERATIONS = 32

    start: In(1)
    abort: In(1)
    funct3: In(3)
    a: In(32)
    b: In(32)
    busy: Out(1)
    last: Out(1)
    result: Out(32)

    def elaborate(self, platform):
        m = Module()
        count = Signal(range(self.ITERATIONS))
        busy = Signal()
        quotient, remainder, divisor = (
            Signal(32, name=name) for name in ("quotient", "remainder", "divisor"))
        negate = Signal()
        want_remainder = Signal()

        is_signed = ~self.funct3[0]
        is_remainder = self.funct3[1]
        a_negative, b_negative = Signal(), Signal()
        trial = Signal(33)
        m.d.comb += [
            a_negative.eq(is_signed & self.a[31]),
            b_negative.eq(is_signed & self.b[31]),
            trial.eq(Cat(quotient[31], remainder) - divisor),
            self.busy.eq(busy),
            self.last.eq(busy & (count == self.ITERATIONS - 1)),
        ]
        with m.If(self.start):
            m.d.sync += [
                quotient.eq(Mux(a_negative, -self.a, self.a)),
                divisor.eq(Mux(b_negative, -self.b, self.b)),
                remainder.eq(0),
                want_remainder.eq(is_remainder),
                # Dividing by zero gives all ones, which no sign changes.
                negate.eq(Mux(is_remainder, a_negative,
                              (a_negative ^ b_negative) & self.b.any())),
                busy.eq(1),
                count.eq(0),
            ]
        with m.Elif(busy):
            m.d.sync += [
                remainder.eq(Mux(trial[32], Cat(quotient[31], remainder), trial)),
                quotient.eq(Cat(~trial[32], quotient)),
                count.eq(count + 1),
                busy.eq(~self.last),
            ]
        with m.If(self.abort):
            m.d.sync += busy.eq(0)

        magnitude = Signal(32)
        m.d.comb += [
            magnitude.eq(Mux(want_remainder, remainder, quotient)),
            self.result.eq(Mux(negate, -magnitude, magnitude)),
        ]
        return m
