"""The requantiser lane is TensorFlow Lite's arithmetic, in both roundings.

Proved, for ever, for all sums, biases, multipliers, shifts from -31 to 30, zero points and limits
minimum <= maximum: ``biased`` is the sum of accumulator and bias modulo 2^32; the operands of the
four multipliers are the halves of the shifted sum x (saturated where it leaves int32) and of the
multiplier M; and, where P is what the four products add up to with their places, ``result`` is the
low byte of clamp(requantize(P) + zero), with requantize written from the C functions:

    double  RoundingDivideByPOT(SaturatingRoundingDoublingHighMul(x, M), right), whose x * M is P
    single  (P + (1 << (30 + right))) >> (31 + right)

Taken as given, not proved: that MULT18X18D multiplies. Its products are free numbers in the ranges
of products of such halves, that add up to a P in the range of x * M. On paper: x = h 2^16 + l and M
= g 2^16 + f, so x M = hg 2^32 + (hf + lg) 2^16 + lf; and the reference, which for a left shift L
computes x' M without shifting x' first, is the same because (x' M + 2^(30 - L)) >> (31 - L) is (2^L
x' M + 2^30) >> 31.

Assumed: rounding, zero point and limits stay the same, as the docstring asks; the rest may change
in each cycle.

Method: all that can happen in as many cycles as the lane is deep, from any state of it, and so for
ever. What it must hold on the way is proved as well, in a cycle before the one in which the result
follows from it.
"""

from unittest import mock

from amaranth.asserts import AnyConst, AnySeq
from amaranth.hdl import (
    Assert, Assume, Cat, Const, Cover, Module, Mux, Signal, signed,
)
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.requantizer import Requantizer
from tests.formal.proof import Bench, FromAnyState, Proof, glass
from tests.mutants import edited

_OPERAND_CYCLES = 3
_PRODUCT_CYCLES = 5
"""From the lane's input to the multipliers' operands, and on to their products."""
_HIGH_CYCLES, _SCALED_CYCLES = 3, 6
"""From the products to their sum's upper half, and on to that after the right shift."""
_SCALED_AGE = _PRODUCT_CYCLES + _SCALED_CYCLES
_INT32_MIN, _INT32_MAX = -2**31, 2**31 - 1
_PARTS = (("low_low", 0, 0, (2**16 - 1)**2),
          ("low_high", 16, 0, (2**16 - 1) * (2**15 - 1)),
          ("high_low", 16, -2**15 * (2**16 - 1), (2**15 - 1) * (2**16 - 1)),
          ("high_high", 32, -2**15 * (2**15 - 1), (2**15 - 1)**2))
"""Name of a product, the halves of x and M that it multiplies; its place; its range."""


class _FreeMultiplier(wiring.Component):
    """In the place of a `DspMultiplier`: any product."""

    def __init__(self):
        super().__init__({"a": In(signed(18)), "b": In(signed(18)), "product": Out(signed(36))})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.product.eq(AnySeq(36).as_signed())
        return m


def _lane(component, parts):
    """A lane with free multipliers, which are added to ``parts`` in the order of _PARTS."""
    def part():
        parts.append(_FreeMultiplier())
        return parts[-1]

    class Lane(component):
        def elaborate(self, platform):
            with mock.patch.dict(component.elaborate.__globals__, DspMultiplier=part):
                return super().elaborate(platform)
    return Lane()


def _saturating_rounding_doubling_high_mul(ab):
    """gemmlowp's, given the product: (ab + nudge) / (1ll << 31), which C rounds towards zero."""
    sum_ = ab + Mux(ab >= 0, Const(1 << 30, signed(33)), Const(1 - (1 << 30), signed(33)))
    return (sum_ + Mux(sum_ < 0, (1 << 31) - 1, 0)) >> 31


def _rounding_divide_by_pot(x, exponent):
    """gemmlowp's."""
    mask = Cat(exponent > bit for bit in range(31))  # (1ll << exponent) - 1
    remainder = x & mask
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + (remainder > threshold)


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        parts = []
        dut = _lane(self._component, parts)
        m.submodules.dut, inside = glass(dut)  # now the parts are there
        for name, width in {"single": 1, "zero": 9, "minimum": 9, "maximum": 9}.items():
            m.d.comb += getattr(dut, name).eq(AnyConst(width))
        for name, width in {"accumulator": 32, "bias": 32, "multiplier": 31, "shift": 6}.items():
            m.d.comb += getattr(dut, name).eq(AnySeq(width))
        m.d.comb += [Assume(dut.minimum <= dut.maximum),
                     Assume((dut.shift >= -31) & (dut.shift <= 30))]

        def late(value, cycles):
            for _ in range(cycles):
                register = Signal(value.shape())
                m.d.sync += register.eq(value)
                value = register
            return value

        age = Signal(range(dut.LATENCY + 1))  # in cycles: the pipeline fills
        m.d.sync += age.eq(age + (age != dut.LATENCY))

        def holds(value, cycles):
            m.d.comb += Assert((age < cycles) | value)

        total = (dut.accumulator + dut.bias)[:32].as_signed()
        left, right = Mux(dut.shift > 0, dut.shift, 0)[:5], Mux(dut.shift < 0, -dut.shift, 0)[:5]
        holds(dut.biased == late(total, dut.BIASED_LATENCY).as_unsigned(), dut.BIASED_LATENCY)
        self._operands(m, parts, holds, late(total, _OPERAND_CYCLES), late(left, _OPERAND_CYCLES),
                       late(dut.multiplier, _OPERAND_CYCLES))
        product = self._free_product(m, parts)
        right = late(right, _PRODUCT_CYCLES)
        high, rounded = self._rounded(m, dut, product, right)
        holds(inside["high"] == late(high, _HIGH_CYCLES), _PRODUCT_CYCLES + _HIGH_CYCLES)
        scaled = inside["right_1_value"]
        holds(scaled == late(rounded, _SCALED_CYCLES), _SCALED_AGE)
        clamped = self._clamped(m, dut, scaled)
        holds(dut.result == late(clamped, dut.LATENCY - _SCALED_AGE), dut.LATENCY)
        rest = dut.LATENCY - _PRODUCT_CYCLES
        is_tie, is_negative = product[:40] == 1 << 39, product < 0
        for single in range(2):
            m.d.comb += Cover((age == dut.LATENCY) & (dut.single == single) & (dut.zero == 5)
                              & late(is_tie & is_negative & (right == 9),
                                     rest) & (dut.minimum == -128) & (dut.maximum == 127))
        return m

    @staticmethod
    def _operands(m, parts, holds, total, left, multiplier):
        """Adds what the multipliers must be given."""
        x, shifted = Signal(signed(32)), Signal(signed(64))
        m.d.comb += [
            shifted.eq(total << left),
            x.eq(Mux(shifted > _INT32_MAX, _INT32_MAX,
                     Mux(shifted < _INT32_MIN, _INT32_MIN, shifted))),
        ]
        for part, (name, *_) in zip(parts, _PARTS):
            x_half, m_half = name.split("_")
            holds(part.a == (x[:16] if x_half == "low" else x[16:].as_signed()), _OPERAND_CYCLES)
            holds(part.b == (multiplier[:16] if m_half == "low" else multiplier[16:]),
                  _OPERAND_CYCLES)

    @staticmethod
    def _free_product(m, parts):
        """What the products add up to, in the range of a product of x and M."""
        product = Signal(signed(63))
        total = sum(part.product << place for part, (_, place, *_) in zip(parts, _PARTS))
        m.d.comb += [
            product.eq(total),
            Assume((total >= _INT32_MIN * _INT32_MAX) & (total <= _INT32_MAX**2)),
            *(Assume((part.product >= low) & (part.product <= high))
              for part, (_, _, low, high) in zip(parts, _PARTS)),
        ]
        return product

    @staticmethod
    def _rounded(m, dut, product, right):
        """The specification, from the product to what the zero point is added to.

        Returns: what the lane must hold before it shifts right, and behind that.
        """
        doubled, high, rounded = (Signal(signed(32), name=name)
                                  for name in ("doubled", "high", "rounded"))
        m.d.comb += [
            doubled.eq(_saturating_rounding_doubling_high_mul(product)),
            high.eq(Mux(dut.single & (right != 0), product >> 31, doubled)),
            rounded.eq(Mux(dut.single,
                           (product + (Const(1 << 30, 64) << right)) >> (31 + right),
                           _rounding_divide_by_pot(doubled, right))),
        ]
        return high, rounded

    @staticmethod
    def _clamped(m, dut, scaled):
        """The specification, from there on."""
        offset, clamped = Signal(signed(35)), Signal(signed(9))
        m.d.comb += [
            offset.eq(scaled + dut.zero),
            clamped.eq(Mux(offset < dut.minimum, dut.minimum,
                           Mux(offset > dut.maximum, dut.maximum, offset))),
        ]
        return clamped[:8]


_MUTANTS = (
    edited(Requantizer, "ties_of_negatives_round_up", "(self.single | ~high[31])", "1"),
    edited(Requantizer, "single_rounds_twice", "product[30] & (~self.single | (right == 0))",
           "product[30]"),
    edited(Requantizer, "below_half_has_a_bit_more",
           "distance > bit + 1 for", "distance > bit for"),
    edited(Requantizer, "saturates_to_the_other_side", "Cat(~negative.replicate(31), negative)",
           "Cat(negative.replicate(31), ~negative)"),
    edited(Requantizer, "middle_product_loses_its_top_bit", "middle = Signal(signed(35))",
           "middle = Signal(signed(32))"),
    edited(Requantizer, "multiplier_a_cycle_early",
           'self._delayed(m, "multiplier", self.multiplier, 3)',
           'self._delayed(m, "multiplier", self.multiplier, 2)'),
    edited(Requantizer, "clamp_forgets_the_minimum", "Mux(is_low, self.minimum[:8],",
           "Mux(is_low & is_high, self.minimum[:8],"),
)

PROOFS = (Proof("requantizer", "equals TensorFlow Lite's functions, for any product", _Bench,
                Requantizer, _MUTANTS, FromAnyState(Requantizer.LATENCY + 1),
                mutant_cycles=Requantizer.LATENCY + 1, cover_cycles=Requantizer.LATENCY + 2),)
