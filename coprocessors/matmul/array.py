"""The systolic array: operands in at two edges, finished sums out at a third."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.processing_element import PRODUCT_LATENCY, ProcessingElement

__all__ = ["BLOCK", "Array", "Step", "block_count"]


BLOCK = 4
"""Rows and columns of a block: inside it operands are shared, between blocks they are registered.

Larger blocks shorten the wave through the array, smaller ones the wires.
"""


def block_count(size):
    """Blocks along an edge of ``size`` elements."""
    return -(-size // BLOCK)


class Step(data.Struct):
    """What the operands of one cycle mean."""

    accumulate: 1  # they are operands; otherwise they are to be ignored
    finish: 1  # with accumulate: the last ones of their sums


class Array(wiring.Component):
    """Output-stationary systolic array of ``rows`` x ``columns`` processing elements.

    Element (r, c) sums a[r] * b[c]. Operands of A move right and operands of B move down by one
    block of BLOCK elements a cycle, so block i of an edge expects its operands i cycles after
    block 0.

    Parameters: rows, columns : int.
    Members:
        a, b   : In(rows, columns signed(9)), operands of the edges, skewed as said.
        step   : In(Step), for block 0 of both edges.
        finished : Out(1), a tile is about to be there: its sums can be shifted out by a ``shift``
                 FINISHED_LEAD or more cycles later.
        shift  : In(1), move all results up by one row; only between that time and the next
                 ``finish`` that reaches an element.
        results : Out(columns x 32), results of row 0, then of row 1, 2, ... with each shift.
    Timing: a ``finish`` at the edge shows in ``finished`` ``latency`` cycles later, and row 0 in
        ``results`` FINISHED_LEAD + 1 cycles after that. ``results`` moves SHIFT_LATENCY cycles
        after ``shift``, which is registered on its way to the elements.
    """

    SHIFT_LATENCY = 2
    FINISHED_LEAD = PRODUCT_LATENCY - 1

    def __init__(self, *, rows, columns):
        self.rows, self.columns = rows, columns
        super().__init__({
            "a": In(data.ArrayLayout(signed(9), rows)),
            "b": In(data.ArrayLayout(signed(9), columns)),
            "step": In(Step),
            "finished": Out(1),
            "shift": In(1),
            "results": Out(data.ArrayLayout(32, columns)),
        })

    @property
    def first_latency(self):
        """Cycles from ``finish`` at the edge to the first results that it replaces."""
        return PRODUCT_LATENCY + 1

    @property
    def latency(self):
        """Cycles from ``finish`` at the edge to ``finished``."""
        return (self.first_latency + block_count(self.rows) + block_count(self.columns) - 2
                - PRODUCT_LATENCY)

    def elaborate(self, platform):
        m = Module()
        elements = [[ProcessingElement() for _ in range(self.columns)] for _ in range(self.rows)]
        down = {c: self.b[c] for c in range(self.columns)}
        entry = self.step
        for block_row in range(block_count(self.rows)):
            rows = range(block_row * BLOCK, min((block_row + 1) * BLOCK, self.rows))
            right = {r: self.a[r] for r in rows}
            step = entry
            for block_column in range(block_count(self.columns)):
                columns = range(block_column * BLOCK,
                                min((block_column + 1) * BLOCK, self.columns))
                name = f"{block_row}_{block_column}"
                self._block(m, name, elements, rows, columns, right, down, step)
                last_step = step
                right = self._registered(m, f"a_{name}", right)
                down |= self._registered(m, f"b_{name}", {c: down[c] for c in columns})
                step = self._delayed(m, f"step_{name}", step)
                if block_column == 0:
                    entry = step
        m.d.sync += self.finished.eq(last_step.accumulate & last_step.finish)
        m.d.comb += [self.results[c].eq(elements[0][c].result) for c in range(self.columns)]
        return m

    def _block(self, m, name, elements, rows, columns, right, down, step):
        """Adds the elements of one block."""
        for stage in range(PRODUCT_LATENCY):
            step = self._delayed(m, f"step_{name}_{stage}", step)
        shift = Signal(name=f"shift_{name}")
        m.d.sync += shift.eq(self.shift)
        for r in rows:
            for c in columns:
                element = elements[r][c]
                m.submodules[f"element_{r}_{c}"] = element
                m.d.comb += [
                    element.a.eq(right[r]), element.b.eq(down[c]),
                    element.accumulate.eq(step.accumulate), element.finish.eq(step.finish),
                ]
                if r + 1 < self.rows:
                    m.d.comb += [element.shift.eq(shift),
                                 element.below.eq(elements[r + 1][c].result)]

    @staticmethod
    def _registered(m, name, operands):
        registered = {index: Signal(signed(9), name=f"{name}_{index}") for index in operands}
        m.d.sync += [registered[index].eq(value) for index, value in operands.items()]
        return registered

    @staticmethod
    def _delayed(m, name, step):
        delayed = Signal(Step, name=name)
        m.d.sync += delayed.eq(step)
        return delayed
