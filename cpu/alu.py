"""The arithmetic and logic unit."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.decode import Keep, Logic, Operation

__all__ = ["Alu"]


class Alu(wiring.Component):
    """Integer operations of OP and OP-IMM, and the comparison of branches.

    Members:
        a, b      : In(32), operands.
        operation : In(Operation).
        result    : Out(32); 0 when the instruction is none of the operations.
        less, equal : Out(1), a < b, and a = b; ``less`` only under ``operation.invert``.
    Timing: combinational.
    Source: RISC-V Unprivileged ISA §2.4; as `cpu.bit_manipulation`.
    """

    a: In(32)
    b: In(32)
    operation: In(Operation)
    result: Out(32)
    less: Out(1)
    equal: Out(1)

    def elaborate(self, platform):
        m = Module()
        a, b, operation = self.a, self.b, self.operation

        # One adder does both: the bit below the operands carries in the 1 of -b = ~b + 1.
        invert = operation.invert
        total = Signal(34)
        m.d.comb += [
            total.eq(Cat(invert, a) + Cat(invert, b ^ invert.replicate(32))),
            self.less.eq(Mux(operation.unsigned, ~total[33],
                             Mux(a[31] ^ b[31], a[31], total[32]))),
            self.equal.eq(a == b),
            self.result.eq(
                (total[1:33] & operation.adds.replicate(32)) | self._shifted(m)
                | self._logic(m) | (self.less & operation.compares)
                | self._scaled_sum(m) | self._extended(m)),
        ]
        return m

    def _logic(self, m):
        """``a`` and, or, xor ``b`` or the bit that ``b`` names, either inverted or not."""
        operation = self.operation
        named, second, logic = Signal(32), Signal(32), Signal(32)
        m.d.comb += [
            named.eq(Cat(self.b[0:5] == n for n in range(32))),
            second.eq(Mux(operation.single, named, self.b) ^ operation.invert.replicate(32)),
        ]
        with m.Switch(operation.logic):
            with m.Case(Logic.XOR):
                m.d.comb += logic.eq(self.a ^ second)
            with m.Case(Logic.OR):
                m.d.comb += logic.eq(self.a | second)
            with m.Case(Logic.AND):
                m.d.comb += logic.eq(self.a & second)
        return logic

    def _scaled_sum(self, m):
        """``a`` times 2, 4 or 8 plus ``b``: an adder of its own, for the other one decides
        branches."""
        scale, scaled = self.operation.scale, Signal(32)
        m.d.comb += scaled.eq(Mux(scale[1], Mux(scale[0], self.a << 3, self.a << 2), self.a << 1))
        return (scaled + self.b)[0:32] & scale.any().replicate(32)

    def _extended(self, m):
        """The low byte or half of ``a`` with its sign, or packed with that of ``b``."""
        extend, a, b, value = self.operation.extend, self.a, self.b, Signal(32)
        with m.If(extend.byte):
            m.d.comb += value.eq(a[0:8].as_signed())
        with m.If(extend.half):
            m.d.comb += value.eq(a[0:16].as_signed())
        with m.If(extend.pack_halves):
            m.d.comb += value.eq(Cat(a[0:16], b[0:16]))
        with m.If(extend.pack_bytes):
            m.d.comb += value.eq(Cat(a[0:8], b[0:8]))
        return value

    def _shifted(self, m):
        """``a`` shifted or rotated by ``b``, or its bit ``b``, or 0 unless that is the operation.

        One rotation to the right serves all. Which of its bits stay is found beside
        it, so that a shift has no more levels of logic than a rotation.
        """
        operation, amount = self.operation, self.b[0:5]
        distance, reach = Signal(5), Signal(32)  # reach[n]: n is at least the amount
        rotated, stays = Signal(32), Signal(32)
        m.d.comb += [
            distance.eq(Mux(operation.left, -amount, amount)),
            rotated.eq(Cat(self.a, self.a) >> distance),
            reach.eq(Cat(amount <= n for n in range(32))),
        ]
        with m.Switch(operation.keep):
            with m.Case(Keep.RIGHT):
                m.d.comb += stays.eq(reach[::-1])
            with m.Case(Keep.LEFT):
                m.d.comb += stays.eq(reach)
            with m.Case(Keep.ALL):
                m.d.comb += stays.eq(0xFFFF_FFFF)
            with m.Case(Keep.LOWEST):
                m.d.comb += stays.eq(1)
        sign = operation.shifts & operation.arithmetic & self.a[31]
        return ((rotated & stays & operation.shifts.replicate(32))
                | (~stays & sign.replicate(32)))
