"""One cell of the array: multiply, accumulate, hand over."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.fabric.dsp import DSP_LATENCY, DspMultiplier


__all__ = ["PRODUCT_LATENCY", "ProcessingElement"]


PRODUCT_LATENCY = DSP_LATENCY + 1
"""Cycles from operands to the cycle in which their product can be added."""


class ProcessingElement(wiring.Component):
    """Accumulates products of one element of C; its sum leaves through a shift register.

    The sum goes to ``result`` and the accumulator starts again from 0 in the same cycle, so the
    next element follows without a gap while this one waits to be shifted out.

    Members:
        a, b       : In(signed(9)), operands.
        accumulate : In(1), add the product of the operands of PRODUCT_LATENCY cycles before.
        finish     : In(1), with ``accumulate``: that product is the last one of its sum.
        shift      : In(1), take ``below`` into ``result``; not together with ``finish``.
        below      : In(32), result of the next element in the column.
        result     : Out(32), the finished sum, modulo 2**32.
    Timing: one product a cycle; ``result`` holds the sum in the cycle after ``finish``.
    """

    def __init__(self):
        super().__init__({
            "a": In(signed(9)), "b": In(signed(9)),
            "accumulate": In(1), "finish": In(1),
            "shift": In(1), "below": In(32), "result": Out(32),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.multiplier = multiplier = DspMultiplier()
        m.d.comb += [multiplier.a.eq(self.a), multiplier.b.eq(self.b)]

        # A register between multiplier and adder: they are far apart on the die.
        product = Signal(signed(18))
        total = Signal(32)
        accumulator = Signal(32)
        m.d.sync += product.eq(multiplier.product)
        m.d.comb += total.eq(accumulator + product)
        # Outermost, the 0 is a reset of the flip-flops; inside the other condition it costs LUTs.
        with m.If(self.accumulate & self.finish):
            m.d.sync += accumulator.eq(0)
        with m.Elif(self.accumulate):
            m.d.sync += accumulator.eq(total)
        with m.If(self.finish):
            m.d.sync += self.result.eq(total)
        with m.Elif(self.shift):
            m.d.sync += self.result.eq(self.below)
        return m
