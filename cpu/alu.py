"""The arithmetic and logic unit."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.decode import Operation

__all__ = ["Alu"]


class Alu(wiring.Component):
    """Integer operations of OP and OP-IMM, and the comparison of branches.

    Members:
        a, b      : In(32), operands.
        operation : In(Operation); funct3 : In(3), of the instruction.
        result    : Out(32); 0 when there is none of the four operations.
        less, equal : Out(1), a < b, and a = b; ``less`` only under ``operation.subtract``.
    Timing: combinational.
    Source: RISC-V Unprivileged ISA §2.4.
    """

    a: In(32)
    b: In(32)
    operation: In(Operation)
    funct3: In(3)
    result: Out(32)
    less: Out(1)
    equal: Out(1)

    def elaborate(self, platform):
        m = Module()
        a, b, operation = self.a, self.b, self.operation

        # One adder does both: the bit below the operands carries in the 1 of -b = ~b + 1.
        subtract = operation.subtract
        total = Signal(34)
        m.d.comb += [
            total.eq(Cat(subtract, a) + Cat(subtract, b ^ subtract.replicate(32))),
            self.less.eq(Mux(operation.unsigned, ~total[33],
                             Mux(a[31] ^ b[31], a[31], total[32]))),
            self.equal.eq(a == b),
        ]

        logic = Signal(32)
        with m.Switch(self.funct3[0:2]):
            with m.Case(0b00):
                m.d.comb += logic.eq(a ^ b)
            with m.Case(0b10):
                m.d.comb += logic.eq(a | b)
            with m.Case(0b11):
                m.d.comb += logic.eq(a & b)
        m.d.comb += self.result.eq(
            (total[1:33] & operation.adds.replicate(32)) | self._shifted(m)
            | (logic & operation.logic.replicate(32)) | (self.less & operation.compares))
        return m

    def _shifted(self, m):
        """``a`` shifted by ``b``, or 0 unless the operation is a shift.

        One rotation to the right serves both directions. Which of its bits stay is found beside
        it, so that a shift has no more levels of logic than a rotation.
        """
        operation, amount = self.operation, self.b[0:5]
        distance, reach = Signal(5), Signal(32)  # reach[n]: n is at least the amount
        rotated, stays = Signal(32), Signal(32)
        m.d.comb += [
            distance.eq(Mux(operation.left, -amount, amount)),
            rotated.eq(Cat(self.a, self.a) >> distance),
            reach.eq(Cat(amount <= n for n in range(32))),
            stays.eq(Mux(operation.left, reach, reach[::-1])),
        ]
        sign = operation.shifts & operation.arithmetic & ~operation.left & self.a[31]
        return ((rotated & stays & operation.shifts.replicate(32))
                | (~stays & sign.replicate(32)))
