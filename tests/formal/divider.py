"""The divider divides: quotient and remainder of any two numbers, signed or not.

Proved, for ever, with x and y the operands, or their magnitudes where the operation is signed: when
y is not 0 and x = q y + r with 0 <= r < y, the result is q or r, with the sign that the manual
gives it; it is there ITERATIONS cycles after ``start`` and stays until the next; ``busy`` and
``last`` come at these times, whatever the operands. Division by 0, and the overflow of -2^31 / -1,
give what the manual says.

q is any number: the bench is told it bit by bit, from the highest on, and reckons w = x - q y by
Horner's rule: w' = 2 w + (next bit of x) - (next bit of q) y. What is claimed holds for the one q
with which w ends between 0 and y.

Method: induction. While w is in that range, the divider's registers are q and w; once it has left
it, it never returns.
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Assume, Cat, Const, Cover, Module, Mux, Signal, signed

from cpu.divide import Divider
from tests.formal.proof import Bench, Induction, Proof, glass
from tests.mutants import edited


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component()
        m.submodules.dut, inside = glass(dut)
        m.d.comb += [getattr(dut, name).eq(AnySeq(len(getattr(dut, name))))
                     for name in ("start", "abort", "funct3", "a", "b")]
        m.d.comb += Assume(~(dut.start & dut.busy))

        a, b, funct3 = Signal(32), Signal(32), Signal(3)  # of the division under way, or done
        busy, done = Signal(), Signal()
        steps = Signal(range(Divider.ITERATIONS + 1))
        with m.If(dut.start):
            m.d.sync += [a.eq(dut.a), b.eq(dut.b), funct3.eq(dut.funct3), steps.eq(0),
                         busy.eq(1), done.eq(0)]
        with m.Elif(busy):
            m.d.sync += steps.eq(steps + 1)
            with m.If(steps == Divider.ITERATIONS - 1):
                m.d.sync += [busy.eq(0), done.eq(1)]
        with m.If(dut.abort):
            m.d.sync += [busy.eq(0), done.eq(done & ~dut.start & ~busy)]
        m.d.comb += [
            Assert(dut.busy == busy),
            Assert(dut.last == (busy & (steps == Divider.ITERATIONS - 1))),
        ]

        a_negative, b_negative = ~funct3[0] & a[31], ~funct3[0] & b[31]
        x, y = Signal(32), Signal(32)
        m.d.comb += [x.eq(Mux(a_negative, -a, a)), y.eq(Mux(b_negative, -b, b))]
        q, w, bit = Signal(32), Signal(signed(66)), AnySeq(1)
        with m.If(dut.start):
            m.d.sync += [q.eq(0), w.eq(0)]
        with m.Elif(busy):
            next_of_x = (x << steps)[31]
            m.d.sync += [q.eq(Cat(bit, q)), w.eq((w << 1) + next_of_x - Mux(bit, y, 0))]
        fits = (w >= 0) & (w < y)
        is_remainder = funct3[1]
        m.d.comb += [
            Assert(~(done & fits & ~is_remainder)
                   | (dut.result == Mux(a_negative ^ b_negative, -q, q)[:32])),
            Assert(~(done & fits & is_remainder) | (dut.result == Mux(a_negative, -w, w)[:32])),
            Assert(~(done & (b == 0)) | (dut.result == Mux(is_remainder, a, 0xFFFF_FFFF))),
            Cover(done & fits & (a == 1000003) & (b == 1009) & (q == 991)),
            Cover(done & fits & (a == 0x8000_0000) & (b == 0xFFFF_FFFF) & (funct3 == 0b100)),
        ]
        if self._component is Divider:  # what a mutant does wrong must be seen from outside
            self._strengthen(m, inside, busy, done, steps, x, y, q, w)
            m.d.comb += Assert(~(busy | done) | (
                (inside["want_remainder"] == is_remainder)
                & (inside["negate"] == Mux(is_remainder, a_negative,
                                           (a_negative ^ b_negative) & (b != 0)))))
        return m

    @staticmethod
    def _strengthen(m, inside, busy, done, steps, x, y, q, w):
        active, left = busy | done, Divider.ITERATIONS - steps
        quotient, remainder = inside["quotient"], inside["remainder"]
        power = Const(1) << steps
        dividend = x << steps  # its upper half has been dealt with
        m.d.comb += [
            Assert(~busy | ((inside["count"] == steps) & (steps < Divider.ITERATIONS))),
            Assert(~done | (steps == Divider.ITERATIONS)),
            Assert(~active | (inside["divisor"] == y)),
            Assert(~active | (q >> steps == 0)),
            Assert(~active | ((w < power) & (w >= -((power - 1) << 32)))),
            Assert(~(active & (w >= 0) & (w < y)) | (
                (quotient == (dividend[:32] | q)) & (remainder == w))),
            Assert(~(active & (y == 0)) | (
                (remainder == x >> left[:6])
                & (quotient == (dividend[:32] | ~((0xFFFF_FFFF << steps)[:32]))))),
        ]


_MUTANTS = (
    edited(Divider, "keeps_the_remainder_when_it_is_the_divisor", "- divisor),",
           "- divisor - 1),"),
    edited(Divider, "remainder_with_the_sign_of_the_divisor", "Mux(is_remainder, a_negative,",
           "Mux(is_remainder, b_negative,"),
    edited(Divider, "division_by_0_negated", "(a_negative ^ b_negative) & self.b.any()",
           "a_negative ^ b_negative"),
    edited(Divider, "unsigned_as_signed", "is_signed = ~self.funct3[0]",
           "is_signed = self.a[31] | 1"),
    edited(Divider, "ends_a_step_early", "count == self.ITERATIONS - 1)", "count == 30)"),
)


PROOFS = (Proof("divider", "gives quotient and remainder of any two numbers",
                _Bench, Divider, _MUTANTS, Induction(1), mutant_cycles=Divider.ITERATIONS + 3,
                cover_cycles=Divider.ITERATIONS + 3),)
