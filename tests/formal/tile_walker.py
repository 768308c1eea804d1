"""The tiler visits every tile of C once, and ends.

Proved, for ever, of a C of any m x n from 1 to 65535 and an array of 4 x 8, for panels of 1, 2 or 4
strips and for one panel of all strips: the tiles are those of three nested loops, over panels,
columns and strips; their heights and widths, and the flags for the edges, are those of the loops;
``last`` is high for the last tile and for no other. And it ends: with each ``next`` that is not the
last one the triple (rows from the panel on, columns from the tile on, rows of the panel from the
tile on) becomes smaller in the order of a dictionary, and all three are naturals. Three nested
loops over ceil(m / 4) strips and ceil(n / 8) columns visit ceil(m / 4) * ceil(n / 8) tiles.

Assumed: what the docstring asks. ``m``, ``n`` and ``strips`` stay the same from ``start`` on, and
``next`` does not come behind the last tile. ``start`` may come again at any time, with others.

Method: induction, with the invariants that tie the walker's registers to the loops'.
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Assume, Cover, Module, Mux, Signal

from coprocessors.matmul.tile_walker import TileWalker
from tests.formal.proof import Bench, Induction, Proof, glass
from tests.mutants import edited

_ROWS, _COLUMNS = 4, 8


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component(rows=_ROWS, columns=_COLUMNS)
        m.submodules.dut, inside = glass(dut)
        start, goes_on = AnySeq(1), AnySeq(1)
        asked = {name: AnySeq(width) for name, width in (("m", 16), ("n", 16), ("strips", 3))}
        held = {name: Signal(len(value), name=f"held_{name}") for name, value in asked.items()}
        running = Signal()
        for name, value in asked.items():
            m.d.comb += getattr(dut, name).eq(Mux(start, value, held[name]))
            with m.If(start):
                m.d.sync += held[name].eq(value)
        m.d.comb += [
            Assume(asked["m"].any() & asked["n"].any()),
            Assume((asked["strips"] != 3) & (asked["strips"] < 5)),
            dut.start.eq(start), dut.next.eq(goes_on & running & ~start),
        ]

        # The loops: where the panel, the strip and the column of tiles begin.
        panel, row, column, strip = (Signal(17, name=name)
                                     for name in ("panel", "row", "column", "strip"))
        is_last_row = Signal()
        is_last_strip, is_last_column, is_last = Signal(), Signal(), Signal()
        m.d.comb += [
            is_last_row.eq(row + _ROWS >= held["m"]),
            is_last_strip.eq(is_last_row | ((held["strips"] != 0)
                                            & (strip + 1 == held["strips"]))),
            is_last_column.eq(column + _COLUMNS >= held["n"]),
            is_last.eq(is_last_row & is_last_column),
        ]
        with m.If(start):
            m.d.sync += [running.eq(1), panel.eq(0), row.eq(0), column.eq(0), strip.eq(0)]
        with m.Elif(dut.next):
            m.d.sync += running.eq(~is_last)
            with m.If(~is_last_strip):
                m.d.sync += [row.eq(row + _ROWS), strip.eq(strip + 1)]
            with m.Elif(~is_last_column):
                m.d.sync += [row.eq(panel), strip.eq(0), column.eq(column + _COLUMNS)]
            with m.Elif(~is_last_row):
                m.d.sync += [row.eq(row + _ROWS), panel.eq(row + _ROWS), strip.eq(0), column.eq(0)]

        tile = dut.tile
        for got, want in (
                (tile.rows, Mux(is_last_row, held["m"] - row, _ROWS)),
                (tile.columns, Mux(is_last_column, held["n"] - column, _COLUMNS)),
                (tile.first_strip, strip == 0), (tile.last_strip, is_last_strip),
                (tile.first_column, column == 0), (tile.last_column, is_last_column),
                (tile.last, is_last)):
            m.d.comb += Assert(~running | (got == want))
        m.d.comb += [
            Cover(running & is_last & (panel == 2 * _ROWS) & (column == _COLUMNS)),
            Cover(running & is_last & (held["strips"] == 0) & (strip == 2) & (column == _COLUMNS)),
        ]
        self._ends(m, dut, running, [held["m"] - panel, held["n"] - column, held["m"] - row])
        self._invariants(m, inside, held, running, panel, row, column, strip)
        return m

    @staticmethod
    def _ends(m, dut, running, left):
        """Adds the order: each of ``left`` is a natural, and together they go down."""
        before, steps = [Signal(18, name=f"before{n}") for n in range(3)], Signal()
        m.d.sync += [steps.eq(dut.next & ~dut.tile.last)]
        m.d.sync += [old.eq(new) for old, new in zip(before, left)]
        smaller, equal = 0, 1
        for old, new in zip(before, left):
            smaller |= equal & (new[:18] < old)
            equal &= new[:18] == old
            m.d.comb += Assert(~running | (new > 0))
        m.d.comb += Assert(~steps | smaller)

    @staticmethod
    def _invariants(m, inside, held, running, panel, row, column, strip):
        for invariant in (
                inside["rows_left"] == held["m"] - row,
                inside["panel_rows_left"] == held["m"] - panel,
                inside["columns_left"] == held["n"] - column,
                inside["strip"] == Mux(strip < 7, strip, 7),
                held["m"].any() & held["n"].any() & (held["strips"] != 3) & (held["strips"] < 5),
                panel + (strip << 2) == row, row < held["m"], column < held["n"],
                (held["strips"] == 0) | (strip < held["strips"]),
                (held["strips"] != 0) | (panel == 0)):
            m.d.comb += Assert(~running | invariant)


_MUTANTS = (
    edited(TileWalker, "edge_off_by_one", "return left <= size", "return left < size"),
    edited(TileWalker, "begins_again_with_each_panel",
           "next_panel_rows.eq(rows_left - self._rows), next_columns.eq(self.n)]",
           "next_panel_rows.eq(panel_rows_left), next_columns.eq(self.n)]"),
    edited(TileWalker, "all_strips_wrap", "strip + ~strip.all()", "strip + 1"),
    edited(TileWalker, "column_keeps_its_strip",
           "m.d.comb += [next_rows.eq(panel_rows_left),", "m.d.comb += [next_rows.eq(rows_left),"),
)

PROOFS = (Proof("tile_walker", "visits every tile of C once, and ends", _Bench, TileWalker,
                _MUTANTS, Induction(2), mutant_cycles=20, cover_cycles=12, quick=True),)
