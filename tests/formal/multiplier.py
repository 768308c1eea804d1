"""The multiplier's four products are those of the operands' halves, and it adds them up rightly.

Proved, for ever: in the cycle after ``start``, and until the next, the four DSPs hold the halves of
the operands, signed as the operation wants them; and ``result`` is the lower or upper word of

    P = high_high 2^32 + (high_low + low_high) 2^16 + low_low    modulo 2^64,

whatever products the DSPs give. So it is the product of the operands, by the distributive law: x =
x_high 2^16 + x_low and y likewise, each read with its sign if it has one.

Taken as given: that MULT18X18D multiplies, and registers its operands when it is enabled.

Method: all that can happen in two cycles, from any state, where the second follows a ``start``; and
what the multiplier has it keeps, in the third.
"""

from unittest import mock

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Assume, Cat, Cover, Fragment, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.multiply import Multiplier
from tests.formal.core_parts import opened
from tests.formal.proof import Bench, FromAnyState, Proof
from tests.mutants import edited

_MAXIMUM = (1 << 16) - 1


class _FreeProduct(wiring.Component):
    """In the place of a `DspMultiplier`: it holds its operands, and gives any product."""

    def __init__(self):
        super().__init__({"enable": In(1), "a": In(signed(18)), "b": In(signed(18)),
                          "product": Out(signed(36)),
                          "held_a": Out(signed(18)), "held_b": Out(signed(18))})

    def elaborate(self, platform):
        m = Module()
        with m.If(self.enable):
            m.d.sync += [self.held_a.eq(self.a), self.held_b.eq(self.b)]
        m.d.comb += self.product.eq(AnySeq(36).as_signed())
        return m


def _multiplier(component):
    """A multiplier with free products, which has its submodules as ``parts`` once elaborated."""
    class Opened(opened(component)):
        def elaborate(self, platform):
            with mock.patch.dict(component.elaborate.__globals__,
                                 DspMultiplier=lambda **_: _FreeProduct()):
                return super().elaborate(platform)
    return Opened()


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = _multiplier(self._component)
        m.submodules.dut = Fragment.get(dut, platform)  # now the parts are there
        for name in ("start", "funct3", "a", "b"):
            m.d.comb += getattr(dut, name).eq(AnySeq(len(getattr(dut, name))))
        m.d.comb += Assume(~dut.funct3[2])
        x, y, funct3, started = Signal(32), Signal(32), Signal(3), Signal()
        with m.If(dut.start):
            m.d.sync += [x.eq(dut.a), y.eq(dut.b), funct3.eq(dut.funct3), started.eq(1)]

        # mul, mulh, mulhsu, mulhu; the lower word of mul has no sign.
        x_signed, y_signed = (funct3 == 1) | (funct3 == 2), funct3 == 1
        halves = {"x": {"low": x[:16], "high": Cat(x[16:], x[31] & x_signed).as_signed()},
                  "y": {"low": y[:16], "high": Cat(y[16:], y[31] & y_signed).as_signed()}}
        total, middle, low_sum = Signal(64), Signal(signed(37)), Signal(signed(55))
        weights = {("low", "low"): 0, ("low", "high"): 16, ("high", "low"): 16,
                   ("high", "high"): 32}
        products = {}
        for name_x, name_y in weights:
            part = getattr(dut.parts, f"{name_x}_{name_y}")
            products[name_x, name_y] = part.product
            m.d.comb += [Assert(~started | (part.held_a == halves["x"][name_x])),
                         Assert(~started | (part.held_b == halves["y"][name_y]))]
        low = products["low", "low"]
        m.d.comb += [
            middle.eq(products["high", "low"] + products["low", "high"]),
            # It has no sign, and fits.
            Assume((low >= 0) & (low <= _MAXIMUM ** 2)),
            # In two steps: of one sum, yices 2.6.5 gets bit 63 wrong.
            low_sum.eq(low[:32] + (middle << 16)),
            total.eq(Cat(low_sum[:32], (products["high", "high"] + (low_sum >> 32))[:32])),
            Assert(~started | (dut.result == Mux(funct3 == 0, total[:32], total[32:]))),
            Cover(started & (funct3 == 2) & x[31] & y[31] & (products["high", "high"] < 0)),
        ]
        return m


_MUTANTS = (
    edited(Multiplier, "mulhu_with_a_sign", "b_signed = self.funct3[0:2] == 1",
           "b_signed = self.funct3[0]"),
    edited(Multiplier, "mulhsu_without_signs",
           "(self.funct3[0:2] == 1) | (self.funct3[0:2] == 2)", "self.funct3[0:2] == 1"),
    edited(Multiplier, "middle_products_lose_their_carries", "<< 1))),", "<< 2))),"),
    edited(Multiplier, "middle_product_without_sign", 'y.eq(products["high", "low"])',
           'y.eq(products["high", "low"][:36])'),
    edited(Multiplier, "high_word_forgotten", "high.eq(self.funct3[0:2] != 0)",
           "high.eq(self.funct3[1])"),
)


PROOFS = (Proof("multiplier", "adds up the products of the operands' halves", _Bench, Multiplier,
                _MUTANTS, FromAnyState(3), mutant_cycles=3, cover_cycles=3, quick=True),)
