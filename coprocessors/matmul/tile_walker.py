"""The order in which tiles of C are made."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["TileWalker"]


class TileWalker(wiring.Component):
    """Walks over the tiles of C: down the strips of a panel, then right, then to the next panel.

    A tile is ``rows`` x ``columns`` results, less at the lower and right edge. A strip is a row of
    tiles, a panel up to ``strips`` strips.

    Parameters: rows, columns : int, of the array, powers of two.
    Members:
        start  : In(1), go to the first tile of a C of ``m`` x ``n`` results.
        next   : In(1), go to the next tile.
        m, n, strips : In, constant from ``start`` on.
        tile   : Out, the tile: its height and width, where it lies in its panel (``first_strip``,
                 ``last_strip``, ``first_column``, ``last_column``), ``last`` of all.
    Timing: ``tile`` changes in the cycle after ``start`` or ``next``. The step is right while
        ``tile.last_strip`` is low, else to the next column, or panel after the last column.
    """

    def __init__(self, *, rows, columns):
        self._rows, self._columns = rows, columns
        super().__init__({
            "start": In(1), "next": In(1),
            "m": In(16), "n": In(16), "strips": In(3),
            "tile": Out(data.StructLayout({
                "rows": range(rows + 1), "columns": range(columns + 1),
                "first_strip": 1, "last_strip": 1, "first_column": 1, "last_column": 1,
                "last": 1,
            })),
        })

    def elaborate(self, platform):
        m = Module()
        tile = self.tile
        rows_left = Signal(16)  # from this strip on
        panel_rows_left = Signal(16)  # from the panel's first strip on
        columns_left = Signal(16)  # from this column of tiles on
        strip = Signal(3)
        first_column = Signal()
        at_bottom = self._is_at_edge(rows_left, self._rows)
        m.d.comb += [
            tile.rows.eq(Mux(at_bottom, rows_left, self._rows)),
            tile.columns.eq(Mux(tile.last_column, columns_left, self._columns)),
            tile.first_strip.eq(strip == 0),
            tile.first_column.eq(first_column),
            tile.last_strip.eq(at_bottom | (strip + 1 == self.strips)),
            tile.last_column.eq(self._is_at_edge(columns_left, self._columns)),
            tile.last.eq(at_bottom & tile.last_column),
        ]
        with m.If(self.start):
            m.d.sync += [rows_left.eq(self.m), panel_rows_left.eq(self.m),
                         columns_left.eq(self.n), strip.eq(0), first_column.eq(1)]
        with m.Elif(self.next):
            with m.If(~tile.last_strip):
                m.d.sync += [strip.eq(strip + 1), rows_left.eq(rows_left - self._rows)]
            with m.Elif(~tile.last_column):
                m.d.sync += [strip.eq(0), rows_left.eq(panel_rows_left),
                             columns_left.eq(columns_left - self._columns),
                             first_column.eq(0)]
            with m.Else():
                m.d.sync += [strip.eq(0), rows_left.eq(rows_left - self._rows),
                             panel_rows_left.eq(rows_left - self._rows),
                             columns_left.eq(self.n), first_column.eq(1)]
        return m

    def _is_at_edge(self, left, size):
        return left <= size
