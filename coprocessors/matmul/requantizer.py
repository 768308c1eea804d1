"""One lane that turns 32-bit sums into 8-bit results, bit by bit as TensorFlow Lite does."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.fabric.dsp import DSP_LATENCY, DspMultiplier


__all__ = ["Requantizer"]


_COARSE, _FINE = (4, 3, 2), (1, 0)
"""Bits of a shift distance that the two stages of a shifter handle."""


class Requantizer(wiring.Component):
    """clamp(requantize(accumulator + bias, multiplier, shift) + zero), one a cycle.

    With x the biased sum, saturated after a left shift, and R the right shift:
    ``double`` gives y = (x * multiplier + 2**30) >> 31, then (y + 2**(R-1) - (y < 0)) >> R;
    ``single`` gives (x * multiplier + 2**(30 + R)) >> (31 + R). Both are one path: the two
    differ in whether bit 30 of the product rounds it, and in the nudge for negative y.

    Members:
        accumulator, bias : In(32).
        multiplier : In(31).
        shift      : In(signed(6)), -31 to 30.
        single     : In(1), round once; constant while results are under way, as are the next.
        zero, minimum, maximum : In(signed(9)).
        biased     : Out(32), accumulator + bias, BIASED_LATENCY cycles later.
        result     : Out(8), low byte of the result, LATENCY cycles later.
    Source: gemmlowp SaturatingRoundingDoublingHighMul and RoundingDivideByPOT, TensorFlow Lite
        MultiplyByQuantizedMultiplier; `model.requantize` is the same in numpy.
    """

    BIASED_LATENCY = 1
    LATENCY = 12 + DSP_LATENCY

    def __init__(self):
        super().__init__({
            "accumulator": In(32), "bias": In(32),
            "multiplier": In(31), "shift": In(signed(6)),
            "single": In(1),
            "zero": In(signed(9)), "minimum": In(signed(9)), "maximum": In(signed(9)),
            "biased": Out(32), "result": Out(8),
        })

    def elaborate(self, platform):
        m = Module()
        left, right = Signal(5), Signal(5)
        m.d.sync += [
            self.biased.eq(self.accumulator + self.bias),
            left.eq(Mux(self.shift < 0, 0, self.shift[:5])),
            right.eq(Mux(self.shift < 0, (-self.shift)[:5], 0)),
        ]
        x = self._shifted_left(m, left)
        multiplier = self._delayed(m, "multiplier", self.multiplier, 3)
        product = self._product(m, x, multiplier)

        right = self._delayed(m, "right", right, DSP_LATENCY + 4)
        high = Signal(signed(32))
        rounds_up = product[30] & (~self.single | (right == 0))
        m.d.sync += high.eq(product[31:].as_signed() + rounds_up)
        scaled = self._shifted_right(m, high, right)
        self._clamp(m, scaled)
        return m

    @staticmethod
    def _delayed(m, name, value, cycles):
        for stage in range(cycles):
            delayed = Signal(value.shape(), name=f"{name}_{stage}")
            m.d.sync += delayed.eq(value)
            value = delayed
        return value

    def _shifted_left(self, m, distance):
        """``biased`` << distance, saturated; 2 cycles later."""
        value, overflows = self.biased, Const(0, 1)
        for stage in (_COARSE, _FINE):
            for bit in stage:
                lost = value[31 - 2**bit:]
                does_overflow = distance[bit] & lost.any() & ~lost.all()
                overflows = overflows | does_overflow
                value = Mux(distance[bit], Cat(Const(0, 2**bit), value[:32 - 2**bit]), value)
            registered = Signal(32, name=f"left_{stage[0]}")
            overflowed = Signal(name=f"overflowed_{stage[0]}")
            m.d.sync += [registered.eq(value), overflowed.eq(overflows)]
            distance = self._delayed(m, f"distance_{stage[0]}", distance, 1)
            value, overflows = registered, overflowed
        negative = self._delayed(m, "negative", self.biased[31], 2)
        return Mux(overflows, Cat(~negative.replicate(31), negative), value)

    @staticmethod
    def _product(m, x, multiplier):
        """x * multiplier as 63 signed bits, from four 16-bit products; 2 more cycles later."""
        parts = {"low": (Cat(x[:16], 0).as_signed(), Cat(multiplier[:16], 0).as_signed()),
                 "high": (x[16:].as_signed(), Cat(multiplier[16:], 0).as_signed())}
        products = {}
        for a in parts:
            for b in parts:
                part = DspMultiplier()
                m.submodules[f"{a}_{b}"] = part
                m.d.comb += [part.a.eq(parts[a][0]), part.b.eq(parts[b][1])]
                products[a, b] = part.product
        middle = Signal(signed(35))
        outer = Signal(63)
        product = Signal(63)
        m.d.sync += [
            middle.eq(products["low", "high"] + products["high", "low"]),
            outer.eq(Cat(products["low", "low"][:32], products["high", "high"][:31])),
            product.eq(Cat(outer[:16], outer[16:] + middle)),
        ]
        return product

    def _shifted_right(self, m, high, distance):
        """high / 2**distance, rounded; 3 cycles later."""
        distance = self._delayed(m, "right_distance", distance, 1)
        below_half = Cat(distance > bit + 1 for bit in range(30))  # 2**(distance - 1) - 1
        is_tie_rounded_up = (distance != 0) & (self.single | ~high[31])
        nudged = Signal(signed(33))
        m.d.sync += nudged.eq(high + below_half + is_tie_rounded_up)
        value = nudged
        distance = self._delayed(m, "right_coarse", distance, 1)
        for stage in (_COARSE, _FINE):
            for bit in stage:
                value = Mux(distance[bit], value >> 2**bit, value)
            registered = Signal(signed(33), name=f"right_{stage[0]}_value")
            m.d.sync += registered.eq(value)
            distance = self._delayed(m, f"right_fine_{stage[0]}", distance, 1)
            value = registered
        return value

    def _clamp(self, m, scaled):
        """``result`` from the scaled sum; 3 cycles later."""
        offset = Signal(signed(34))
        late = Signal(8)
        is_low, is_high = Signal(), Signal()
        m.d.sync += [
            offset.eq(scaled + self.zero),
            late.eq(offset[:8]),
            is_low.eq(offset < self.minimum),
            is_high.eq(offset > self.maximum),
            self.result.eq(Mux(is_low, self.minimum[:8], Mux(is_high, self.maximum[:8], late))),
        ]
