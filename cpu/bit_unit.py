"""Bit manipulation that takes longer than a cycle leaves to it beside the operands' way."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["BitUnit"]


class _Kind(data.Struct):
    """What is to be done; one of them."""

    pick: 1  # min, max
    zero: 1  # czero
    count: 1  # clz, ctz, cpop
    combine: 1  # orc.b
    bytes: 1  # rev8
    bits: 1  # brev8
    interleave: 1  # zip
    separate: 1  # unzip


class BitUnit(wiring.Component):
    """Counts, minimum and maximum, permutations of bits, and conditional zeroing.

    Members:
        start  : In(1), take the operands.
        word   : In(32), the instruction; a legal one of this unit, or the result is arbitrary.
        a, b   : In(32), operands; less : In(1), a < b in the instruction's signedness.
        result : Out(32), in the cycle after ``start`` and until the next.
    Timing: one operation a cycle, latency 1, whatever the operands.
    Source: as `cpu.bit_manipulation`.
    """

    start: In(1)
    word: In(32)
    a: In(32)
    b: In(32)
    less: In(1)
    result: Out(32)

    def elaborate(self, platform):
        m = Module()
        a, b, kind = Signal(32), Signal(32), Signal(_Kind)
        first = Signal()  # of the two operands
        if_zero = Signal()  # czero.eqz
        with m.If(self.start):
            m.d.sync += [
                a.eq(self.a), b.eq(self.b),
                first.eq(self.less ^ self.word[13]),
                if_zero.eq(~self.word[13]),
                *self._kind(kind, self.word),
            ]

        octets = [a.word_select(n, 8) for n in range(4)]
        m.d.comb += self.result.eq(
            self._if(kind.pick, Mux(first, a, b))
            | self._if(kind.zero & ((b == 0) ^ if_zero), a)
            | self._if(kind.count, self._count(m))
            | self._if(kind.combine, Cat(octet.any().replicate(8) for octet in octets))
            | self._if(kind.bytes, Cat(reversed(octets)))
            | self._if(kind.bits, Cat(octet[::-1] for octet in octets))
            | self._if(kind.interleave, Cat(Cat(a[n], a[n + 16]) for n in range(16)))
            | self._if(kind.separate, Cat(a[0::2], a[1::2])))
        return m

    @staticmethod
    def _kind(kind, word):
        """Assignments of ``kind`` from an instruction."""
        is_op, right = word[5], word[14]  # right: funct3 101, of OP-IMM
        permutes = ~is_op & right & word[29]
        return [
            kind.pick.eq(is_op & ~word[26]),
            kind.zero.eq(is_op & word[26]),
            kind.count.eq(~is_op & ~right & word[30]),
            kind.combine.eq(permutes & ~word[30]),
            kind.bytes.eq(permutes & word[30] & word[24]),
            kind.bits.eq(permutes & word[30] & ~word[24]),
            kind.interleave.eq(~is_op & ~right & ~word[30]),
            kind.separate.eq(~is_op & right & ~word[29]),
        ]

    @staticmethod
    def _if(condition, value):
        return value & condition.replicate(32)

    def _count(self, m):
        """Bits of ``a`` that are 1, or 0 below the lowest or above the highest that is 1.

        Each group of four bits is counted before the register, the groups behind it.
        """
        leading, ones = self.word[20:22] == 0, self.word[21]
        source, counts_ones = Signal(32), Signal()
        m.d.comb += source.eq(Mux(leading, self.a[::-1], self.a))
        groups = [Signal(3, name=f"group{n}") for n in range(8)]
        with m.If(self.start):
            m.d.sync += counts_ones.eq(ones)
            for number, group in enumerate(groups):
                bits = source.word_select(number, 4)
                zeros = Mux(bits[0], 0, Mux(bits[1], 1, Mux(bits[2], 2, Mux(bits[3], 3, 4))))
                m.d.sync += group.eq(Mux(ones, sum(bits), zeros))

        sums = groups
        while len(sums) > 1:
            sums = [low + high for low, high in zip(sums[0::2], sums[1::2])]
        # Four zeros in each group below the first that has a 1, and those in that group.
        zeros = Const(32, 6)
        for number, group in reversed(list(enumerate(groups))):
            zeros = Mux(group[2], zeros, Cat(group[0:2], Const(number, 3), Const(0, 1)))
        return Mux(counts_ones, sums[0], zeros) & 0x3F
