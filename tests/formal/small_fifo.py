"""The small FIFO gives back what was put in, in order, each entry once.

Proved, for ever, with a depth of 4: the FIFO and a plain list of entries agree about ``level``,
``read_valid`` and the oldest entry, whatever was in its memory and whenever it is cleared; and
``wiped`` rises when ``clear`` has been high for as many cycles as there are entries.

Assumed: what its docstring asks of the caller. No write while full, no read while empty. Entries of
2 bits stand for all: the FIFO looks at none.

Method: PDR finds the invariants.
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Array, Assert, Assume, Cover, Module, Signal

from coprocessors.shell.fifo import SmallFifo
from tests.formal.proof import Bench, Pdr, Proof
from tests.mutants import edited

_DEPTH = 4


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self._component(2, depth=_DEPTH)
        write, read, clear, entry = AnySeq(1), AnySeq(1), AnySeq(1), AnySeq(2)
        m.d.comb += [
            dut.write.eq(write), dut.write_data.eq(entry), dut.read.eq(read), dut.clear.eq(clear),
            Assume(~(write & (dut.level == _DEPTH))), Assume(~(read & ~dut.read_valid)),
        ]
        entries = Array(Signal(2, name=f"entry{n}") for n in range(_DEPTH))
        count, cleared = Signal(range(_DEPTH + 1)), Signal(range(_DEPTH + 1))
        with m.If(read):
            m.d.sync += [old.eq(new) for old, new in zip(entries, list(entries)[1:])]
        with m.If(write):
            m.d.sync += entries[count - read].eq(entry)
        m.d.sync += [count.eq(count + write - read), cleared.eq(0)]
        with m.If(clear):
            m.d.sync += [count.eq(0), cleared.eq(cleared + (cleared != _DEPTH))]
        m.d.comb += [
            Assert(dut.level == count),
            Assert(dut.read_valid == (count != 0)),
            Assert(~dut.read_valid | (dut.read_data == entries[0])),
            Assert(dut.wiped == (cleared == _DEPTH)),
            Cover((count == _DEPTH) & (entries[0] == 2)),
            Cover(dut.wiped & ~clear),
        ]
        return m


_MUTANTS = (
    edited(SmallFifo, "reads_twice", "first.eq(first + self.read)",
           "first.eq(first + (self.read & self.level[1:].any()))"),
    edited(SmallFifo, "is_full_one_early", "self.level.eq(self.level + self.write - self.read)",
           "self.level.eq(self.level + (self.write & (self.level != self.depth - 1)) - self.read)"),
    edited(SmallFifo, "clear_keeps_the_read_pointer", "[first.eq(0), last.eq(0),", "[last.eq(0),"),
)

PROOFS = (Proof("small_fifo", "gives back what was put in, in order, once", _Bench, SmallFifo,
                _MUTANTS, Pdr(), mutant_cycles=14, quick=True),)
