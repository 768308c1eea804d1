"""The last of the three walks over C: takes finished tiles out of the array."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.addend_tiles import ADDEND_SLOTS
from coprocessors.matmul.channel_parameters import PARAMETER_SLOTS
from coprocessors.matmul.job_plan import JobPlan
from coprocessors.matmul.operand_buffer import OperandBuffer
from coprocessors.matmul.postprocessor import DrainStep
from coprocessors.matmul.processing_element import PRODUCT_LATENCY
from coprocessors.matmul.table import DESCRIPTOR, OUTPUT
from coprocessors.matmul.tile_walker import TileWalker
from coprocessors.shell.datapath import Transfer, descriptor_layout

__all__ = ["Drainer", "RELEASE_CYCLES", "beat_room"]


RELEASE_CYCLES = 1 + OperandBuffer.FEED_LATENCY + PRODUCT_LATENCY
"""Cycles after ``released`` in which the last row may still begin to leave: the last step of the
next tile leaves one cycle after ``released`` at the earliest, is registered, and takes the others
to reach a result; a row is taken one cycle after its first step."""


def beat_room(lanes):
    """Beats that wait for the writer at most: one lane makes a beat in two cycles or more, and
    needs no more than the 16 words of one row of distributed memory."""
    return 16 if lanes == 1 else 32


class _Pace:
    """How results of one kind leave the array.

    step_columns : columns that one step handles.
    row_beats    : beats in a full row.
    early_rows   : rows that can be left when the tile is released at the end of another one.
    """

    def __init__(self, columns, lanes, result_bytes):
        self.step_columns = min(lanes, 8 // result_bytes)
        self.row_beats = max(columns * result_bytes // 8, 1)
        self.early_rows = (RELEASE_CYCLES - 1) // (columns // self.step_columns) + 1
        self.steps_in_beat = max(8 // (result_bytes * self.step_columns), 1)

    @property
    def early_beats(self):
        """Beats of the rows that can be left, and of the row that ends."""
        return (self.early_rows + 1) * self.row_beats


class Drainer(wiring.Component):
    """Shifts tiles out row by row, and names where their results go.

    Rows and columns beyond the edge of C are left behind. A row leaves only when there is room for
    its beats.

    Parameters: rows, columns, lanes : int.
    Members:
        start    : In(1), begins with ``job`` and its ``plan`` : In(JobPlan), which stay constant
            until ``done``.
        finished : In(1), a tile waits in the array.
        released : Out(1), the next tile may finish: see `RELEASE_CYCLES`.
        step     : Out(DrainStep), for array and `Postprocessor`.
        parameters_loaded : In(1), those of one more column of tiles are there.
        parameters_freed  : Out(1), the oldest ones will not be used any more.
        addend_loaded, addend_freed : In(1), Out(1), likewise, the addend of a tile.
        command  : Out(stream of Transfer), the rows of a tile.
        beat_taken : In(1), a beat has left for the writer.
        done     : Out(1), high in one cycle: all results of the job have left.
        busy     : Out(1), from ``start`` to ``done``.
    Timing: the first step comes 2 cycles after ``finished``, then one in each cycle in which there
        is room; a row takes as many steps as it has groups of ``lanes`` columns, twice as many for
        int32 with 4 lanes.
    """

    def __init__(self, *, rows, columns, lanes):
        self._rows, self._columns, self._lanes = rows, columns, lanes
        super().__init__({
            "start": In(1), "job": In(descriptor_layout(DESCRIPTOR)), "plan": In(JobPlan),
            "finished": In(1), "released": Out(1),
            "step": Out(DrainStep),
            "parameters_loaded": In(1), "parameters_freed": Out(1),
            "addend_loaded": In(1), "addend_freed": Out(1),
            "command": Out(stream.Signature(Transfer)),
            "beat_taken": In(1),
            "done": Out(1), "busy": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.walker = walker = TileWalker(rows=self._rows, columns=self._columns)
        is_int32 = self.job.format_output == OUTPUT["int32"]
        begins, row_ends, tile_ends = Signal(), Signal(), Signal()
        running = Signal()
        m.d.comb += [
            walker.start.eq(self.start), walker.next.eq(begins), walker.m.eq(self.job.m),
            walker.n.eq(self.job.n), walker.strips.eq(self.plan.strips),
        ]
        self._steps(m, walker.tile, is_int32, begins, running, row_ends, tile_ends)
        self._commands(m, walker.tile, is_int32, begins)

        tiles_left, waits = Signal(), Signal()
        has_parameters = self._parameters(m, walker.tile, begins, tile_ends)
        has_addend = self._addend(m, begins, tile_ends)
        m.d.comb += begins.eq(tiles_left & waits & has_parameters & has_addend
                              & (~running | tile_ends)
                              & (~self.command.valid | self.command.ready))
        with m.If(begins):
            m.d.sync += [waits.eq(0), tiles_left.eq(~walker.tile.last)]
        with m.If(self.finished):
            m.d.sync += waits.eq(1)
        with m.If(self.start):
            m.d.sync += tiles_left.eq(1)

        active = Signal()
        m.d.comb += [self.done.eq(active & ~tiles_left & ~running & (self._pending == 0)
                                  & ~self.command.valid),
                     self.busy.eq(active & ~self.done)]
        with m.If(self.start):
            m.d.sync += active.eq(1)
        with m.Elif(self.done):
            m.d.sync += active.eq(0)
        return m

    def _steps(self, m, tile, is_int32, begins, running, row_ends, tile_ends):
        """Adds the walk over rows and groups of columns of a tile."""
        narrow, wide = (_Pace(self._columns, self._lanes, size) for size in (1, 4))

        def pace(name):
            return Mux(is_int32, getattr(wide, name), getattr(narrow, name))

        columns, columns_left = (Signal(range(self._columns + 1), name=n)
                                 for n in ("columns", "columns_left"))
        rows_left = Signal(range(self._rows))  # after this one
        row_starts, upper = Signal(init=1), Signal()
        row, group, position = Signal(4), Signal(4), Signal(3)
        room = beat_room(self._lanes)
        self._pending = pending = Signal(range(room + 1))  # beats on their way to the writer
        go = Signal()
        released = Signal()
        step = self.step
        m.d.comb += [
            go.eq(running & (~row_starts | (pending <= room - pace("row_beats")))),
            row_ends.eq(go & (columns_left <= pace("step_columns"))),
            tile_ends.eq(row_ends & (rows_left == 0)),
            self.released.eq(go & ~released & (
                (row_starts & (rows_left == 0))
                | (row_ends & (rows_left <= pace("early_rows"))
                   & (pending <= room - pace("early_beats"))))),
            step.row_starts.eq(go & row_starts),
            step.group.eq(group), step.row.eq(row),
            step.pack.valid.eq(go),
            step.pack.upper.eq(upper),
            step.pack.position.eq(position),
            step.pack.emit.eq((position == pace("steps_in_beat") - 1) | row_ends),
            step.pack.last.eq(row_ends),
            step.pack.count.eq(Mux(row_ends, self._last_count(columns, is_int32), 8)),
        ]
        m.d.sync += pending.eq(pending + (go & step.pack.emit) - self.beat_taken)
        # Four int32 make two beats, so they take two steps.
        splits_groups = is_int32 & (wide.step_columns < self._lanes)
        with m.If(go):
            m.d.sync += [
                row_starts.eq(0),
                columns_left.eq(columns_left - pace("step_columns")),
                position.eq(Mux(step.pack.emit, 0, position + 1)),
                upper.eq(splits_groups & ~upper),
                group.eq(group + (~splits_groups | upper)),
            ]
        with m.If(self.released):
            m.d.sync += released.eq(1)
        with m.If(row_ends):
            m.d.sync += [row_starts.eq(1), columns_left.eq(columns), group.eq(0), upper.eq(0),
                         rows_left.eq(rows_left - 1), row.eq(row + 1)]
        with m.If(tile_ends):
            m.d.sync += running.eq(0)
        with m.If(begins):
            m.d.sync += [running.eq(1), released.eq(0), row.eq(0), columns.eq(tile.columns),
                         columns_left.eq(tile.columns), rows_left.eq(tile.rows - 1)]

    @staticmethod
    def _last_count(columns, is_int32):
        """Bytes in the last beat of a row."""
        return Mux(is_int32, Mux(columns[0], 4, 8), Cat((columns - 1)[:3], 0) + 1)

    def _parameters(self, m, tile, begins, tile_ends):
        """Adds the slots of parameters. Returns whether those of the next tile are there."""
        loads_any = self.plan.loads_any
        ready = Signal(range(PARAMETER_SLOTS + 1))
        slot, next_slot = Signal(range(PARAMETER_SLOTS)), Signal(range(PARAMETER_SLOTS))
        uses, frees = Signal(), Signal()
        m.d.comb += [
            uses.eq(begins & tile.first_strip & loads_any),
            self.step.slot.eq(slot),
        ]
        m.d.sync += [ready.eq(ready + self.parameters_loaded - uses),
                     self.parameters_freed.eq(tile_ends & frees)]
        with m.If(uses):
            m.d.sync += [slot.eq(next_slot), next_slot.eq(next_slot + 1)]
        with m.If(begins):
            m.d.sync += frees.eq(tile.last_strip & loads_any)
        return (ready != 0) | ~tile.first_strip | ~loads_any

    def _addend(self, m, begins, tile_ends):
        """Adds the slots of addends. Returns whether that of the next tile is there."""
        adds = self.plan.loads_addend
        ready = Signal(range(ADDEND_SLOTS + 1))
        slot = Signal.like(self.step.addend_slot)
        m.d.comb += self.step.addend_slot.eq(slot)
        m.d.sync += [ready.eq(ready + self.addend_loaded - (begins & adds)),
                     self.addend_freed.eq(tile_ends & adds)]
        with m.If(tile_ends & adds):
            m.d.sync += slot.eq(slot + 1)
        return (ready != 0) | ~adds

    def _commands(self, m, tile, is_int32, begins):
        """Adds the addresses of tiles, and the register that holds a command until it is taken."""
        job = self.job
        panel, strip = Signal(32), Signal(32)  # first row, in the first column of C
        offset = Signal(18)  # of the column of tiles
        row_step = job.c_stride << (self._rows - 1).bit_length()
        column_step = Mux(is_int32, 4 * self._columns, self._columns)
        command = self.command.payload
        with m.If(self.command.ready):
            m.d.sync += self.command.valid.eq(0)
        with m.If(begins):
            m.d.sync += [
                self.command.valid.eq(1),
                command.address.eq(strip + offset),
                command.row_bytes.eq(Mux(is_int32, Cat(0, 0, tile.columns), tile.columns)),
                command.rows.eq(tile.rows),
                command.stride.eq(job.c_stride),
                strip.eq(strip + row_step),
            ]
            with m.If(tile.last_strip):
                with m.If(tile.last_column):
                    m.d.sync += [panel.eq(strip + row_step), offset.eq(0)]
                with m.Else():
                    m.d.sync += [strip.eq(panel), offset.eq(offset + column_step)]
        with m.If(self.start):
            m.d.sync += [panel.eq(job.c_address), strip.eq(job.c_address), offset.eq(0)]
