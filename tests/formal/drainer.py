"""The drainer sends as many beats and bytes in a row as it has told the DMA writer.

Proved, for ever, for an array of 4 x 8 with 4 lanes and a FIFO of 8 beats: for each tile, the steps
that leave make as many rows as its command names, and the beats of each row hold as many bytes as
the command says, no beat more than 8, ``last`` with the last one and with no other; the next tile
begins when all rows of this one have left. And no more beats are under way than the FIFO in front
of the writer holds, however long the writer waits. With `dma_writer` this keeps the writes of a job
in the rows of its commands.

Assumed: all jobs have results of one type, either; a tile has 1 to 4 rows and 1 to 8 columns, as
`tile_walker` proves; a beat is taken only when one is under way; ``start`` comes only while the
drainer is not busy.

Method: PDR finds the invariants.
"""

from unittest import mock

from amaranth.asserts import AnyConst, AnySeq
from amaranth.hdl import Assert, Assume, Cover, Module, Mux, Signal

from coprocessors.matmul.drainer import Drainer
from coprocessors.matmul.table import OUTPUT
from coprocessors.matmul.tile_walker import TileWalker
from tests.formal.proof import Bench, Pdr, Proof, glass
from tests.mutants import edited

_ROWS, _COLUMNS, _LANES = 4, 8, 4
_ROOM = 8
"""Beats in the FIFO, in the place of `beat_room`, lest overflows lie dozens of cycles deep."""


class _FreeWalker(TileWalker):
    """In the place of a `TileWalker`: any tiles, in any order, each until ``next`` or ``start``."""

    def elaborate(self, platform):
        m = Module()
        tile, other = self.tile, AnySeq(len(self.tile.as_value()))
        known = Signal()
        m.d.sync += known.eq(1)
        with m.If(self.start | self.next | ~known):
            m.d.sync += tile.eq(other)
        m.d.comb += Assume(~known | ((tile.rows >= 1) & (tile.rows <= _ROWS)
                                     & (tile.columns >= 1) & (tile.columns <= _COLUMNS)))
        return m


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        with mock.patch.dict(self._component.elaborate.__globals__, TileWalker=_FreeWalker,
                             beat_room=lambda lanes: _ROOM):
            dut = self._component(rows=_ROWS, columns=_COLUMNS, lanes=_LANES)
            m.submodules.dut, inside = glass(dut)
        start, taken = AnySeq(1), AnySeq(1)
        m.d.comb += [
            dut.start.eq(start), Assume(~(start & dut.busy)),
            dut.job.as_value().eq(AnyConst(len(dut.job.as_value()))),
            dut.plan.as_value().eq(AnyConst(len(dut.plan.as_value()))),
            *[port.eq(AnySeq(1)) for port in (dut.finished, dut.parameters_loaded,
                                              dut.addend_loaded, dut.command.ready)],
            dut.beat_taken.eq(taken),
        ]
        is_int32 = dut.job.format_output == OUTPUT["int32"]
        begins, tile = inside["next"], inside["walker.tile"]

        # What the command says of the tile under way, and what has left of it.
        row_bytes, rows_left, sent = Signal(6), Signal(range(_ROWS + 1)), Signal(6)
        under_way = Signal(range(2 * _ROOM))
        pack, told = dut.step.pack, Signal()
        leaves = pack.valid & pack.emit
        sent_next = Signal(7)
        m.d.comb += sent_next.eq(sent + Mux(leaves, pack.count, 0))
        m.d.sync += [told.eq(begins), under_way.eq(under_way + leaves - taken), sent.eq(sent_next)]
        ends_row = leaves & pack.last
        with m.If(ends_row):
            m.d.sync += [sent.eq(0), rows_left.eq(rows_left - 1)]
        columns, rows = Signal(4), Signal(3)
        m.d.comb += [columns.eq(tile[3:7]), rows.eq(tile[:3])]
        with m.If(begins):
            m.d.sync += [row_bytes.eq(Mux(is_int32, columns << 2, columns)), rows_left.eq(rows)]
        m.d.comb += [
            Assume(~taken | under_way.any()),
            Assert(~told | (dut.command.valid & (dut.command.payload.row_bytes == row_bytes)
                            & (dut.command.payload.rows == rows_left))),
            Assert(~begins | (rows_left == 0) | (ends_row & (rows_left == 1))),
            Assert(~pack.valid | (rows_left != 0)),
            Assert(~leaves | (pack.count <= 8)),
            Assert(sent_next <= row_bytes),
            Assert(~ends_row | (sent_next == row_bytes)),
            Assert(~leaves | pack.last | (sent_next < row_bytes)),
            Assert(under_way <= _ROOM),
            Cover(ends_row & (rows_left == 1) & (row_bytes == 20)),
            Cover(ends_row & (rows_left == 1) & (row_bytes == 5)),
        ]
        return m


_MUTANTS = (
    edited(Drainer, "last_beat_is_full", "step.pack.count.eq(Mux(row_ends, ",
           "step.pack.count.eq(Mux(row_ends & 0, "),
    edited(Drainer, "one_row_too_few", "rows_left.eq(tile.rows - 1)",
           "rows_left.eq(Mux(tile.rows == 1, 0, tile.rows - 2))"),
    edited(Drainer, "command_of_the_wrong_width",
           "Mux(is_int32, Cat(0, 0, tile.columns), tile.columns)", "tile.columns"),
    edited(Drainer, "a_row_leaves_without_room",
           "(pending <= room - pace(\"row_beats\"))", "(pending <= room)"),
)

PROOFS = (Proof("drainer", "sends as many bytes in a row as its command says", _Bench, Drainer,
                _MUTANTS, Pdr(), mutant_cycles=22, cover_cycles=12),)
