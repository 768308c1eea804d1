"""The order in which tiles of C are made."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["TileWalker"]


class TileWalker(wiring.Component):
    """Walks over the tiles of C: down the strips of a panel, then right, then to the next panel.

    A tile is ``rows`` x ``columns`` results, less at the lower and right edge. A strip is a row of
    tiles, a panel up to ``strips`` strips, or all of them if that is 0.

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
        first_column, first_strip, ends_panel = Signal(), Signal(), Signal()
        # What the next tile is, is known long before ``next``, which enables registers and no more.
        at_bottom, at_right = Signal(), Signal()
        next_rows, next_panel_rows = Signal(16), Signal(16)
        next_columns, next_strip = Signal(16), Signal(3)
        m.d.comb += [
            tile.rows.eq(Mux(at_bottom, rows_left, self._rows)),
            tile.columns.eq(Mux(at_right, columns_left, self._columns)),
            tile.first_strip.eq(first_strip),
            tile.first_column.eq(first_column),
            tile.last_strip.eq(at_bottom | ends_panel),
            tile.last_column.eq(at_right),
            tile.last.eq(at_bottom & at_right),
            next_panel_rows.eq(panel_rows_left), next_columns.eq(columns_left),
        ]
        with m.If(self.start):
            m.d.comb += [next_rows.eq(self.m), next_panel_rows.eq(self.m), next_columns.eq(self.n)]
        with m.Elif(~tile.last_strip):
            m.d.comb += [next_strip.eq(strip + ~strip.all()), next_rows.eq(rows_left - self._rows)]
        with m.Elif(~at_right):
            m.d.comb += [next_rows.eq(panel_rows_left),
                         next_columns.eq(columns_left - self._columns)]
        with m.Else():
            m.d.comb += [next_rows.eq(rows_left - self._rows),
                         next_panel_rows.eq(rows_left - self._rows), next_columns.eq(self.n)]
        with m.If(self.start | self.next):
            m.d.sync += [
                strip.eq(next_strip), rows_left.eq(next_rows),
                panel_rows_left.eq(next_panel_rows), columns_left.eq(next_columns),
                at_bottom.eq(self._is_at_edge(next_rows, self._rows)),
                at_right.eq(self._is_at_edge(next_columns, self._columns)),
                first_strip.eq(next_strip == 0), ends_panel.eq(next_strip + 1 == self.strips),
            ]
        with m.If(self.start):
            m.d.sync += first_column.eq(1)
        with m.Elif(self.next & tile.last_strip):
            m.d.sync += first_column.eq(at_right)
        return m

    def _is_at_edge(self, left, size):
        return left <= size
