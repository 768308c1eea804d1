"""The first of the three walks over C: fetches strips of A and B, and parameters of columns."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.addend_tiles import ADDEND_SLOTS, AddendWrite
from coprocessors.matmul.channel_parameters import (
    PARAMETER_SLOTS, Parameter, ParameterWrite,
)
from coprocessors.matmul.gatherer import Gatherer
from coprocessors.matmul.job_plan import CHUNK_BYTES, MAX_SLOTS, JobPlan
from coprocessors.matmul.operand_buffer import HALF_WORDS, BankWrite
from coprocessors.matmul.patch_walker import From, PatchWalker
from coprocessors.matmul.table import DESCRIPTOR, PASS_BYTES
from coprocessors.matmul.tile_walker import TileWalker
from coprocessors.shell.datapath import Beat, Transfer, descriptor_layout
from coprocessors.shell.fifo import SmallFifo, Wipe

__all__ = ["Loader"]


class _Kind(enum.IntEnum, shape=3):
    """What a transfer brings; the parameters in the order of `Parameter`."""

    B = 0
    A = 1
    BIAS = 2
    MULTIPLIER = 3
    SHIFT = 4
    ADDEND = 5


class _Item(data.Struct):
    """A transfer under way: where its beats go."""

    kind: _Kind
    slot: range(MAX_SLOTS)
    first_word: range(HALF_WORDS)  # in the slot
    last_row: range(16)
    completes: 1  # the last one of a column's parameters


class Loader(wiring.Component):
    """Loads, tile by tile, what is not yet in the buffers; waits for room.

    For a tile of a panel's first strip it loads a strip of B, for one of the first column a strip
    of A, for the former the parameters, and for each its addend if there is one. (B comes first: at
    the end of a panel it finds room while A still waits for the last column.) When rows are split
    into passes it loads both strips for each pass; when each tile has an A of its own, that for
    each tile. Strips of a job that gathers A are loaded through a `PatchWalker` and a `Gatherer`.

    Parameters: rows, columns : int, of the array. network_jobs : bool, as for the datapath.
    Members:
        start   : In(1), begins with ``job`` and its ``plan`` : In(JobPlan), which stay constant
            until it is ``idle`` : Out(1) again. ``anew`` : In(1), with ``start``: begins with the
            first slots; else with those behind the last job's, which has slots of the same size.
        empty   : Out(1), nothing is in the buffers that is still needed.
        command : Out(stream of Transfer); beats : In(stream of Beat), always taken.
        bank_write : Out(BankWrite); parameter_write : Out(ParameterWrite);
            addend_write : Out(AddendWrite).
        a_loaded, b_loaded, parameters_loaded, addend_loaded : Out(1), one more is there, in the
                  cycle in which its last word is written.
        a_freed, b_freed, parameters_freed, addend_freed : In(1), the oldest one is not needed any
                  more.
    Timing: the first command leaves 2 cycles after ``start``, then one in each cycle that needs
        one and finds room; a beat is written one cycle after it was taken.
    """

    def __init__(self, *, rows, columns, network_jobs=True):
        self._rows, self._columns, self._network_jobs = rows, columns, network_jobs
        super().__init__({
            "start": In(1), "job": In(descriptor_layout(DESCRIPTOR)), "plan": In(JobPlan),
            "anew": In(1), "idle": Out(1), "empty": Out(1),
            "command": Out(stream.Signature(Transfer)),
            "beats": In(stream.Signature(Beat)),
            "bank_write": Out(BankWrite), "parameter_write": Out(ParameterWrite),
            "addend_write": Out(AddendWrite),
            **{f"{what}_loaded": Out(1) for what in ("a", "b", "parameters", "addend")},
            **{f"{what}_freed": In(1) for what in ("a", "b", "parameters", "addend")},
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.walker = walker = TileWalker(rows=self._rows, columns=self._columns)
        m.submodules.items = items = SmallFifo(_Item, depth=8, wipe=Wipe.NOTHING)
        m.submodules.patches = patches = PatchWalker(present=self._network_jobs)
        m.d.comb += [patches.job.eq(self.job), patches.begin.eq(self.start)]
        m.d.comb += [walker.start.eq(self.start), walker.m.eq(self.job.m),
                     walker.n.eq(self.job.n), walker.strips.eq(self.plan.strips)]
        self._requests(m, walker, items, patches)
        self._receiver(m, items, patches)
        return m

    def _operand_room(self, m, name, taken, freed):
        """Slots in which a strip can be loaded: (there is one, all are free)."""
        count = Signal(range(MAX_SLOTS + 1), name=f"{name}_room")
        total = Signal(range(MAX_SLOTS + 1), name=f"{name}_slots")
        m.d.sync += count.eq(count + freed - taken)
        with m.If(self.start & self.anew):
            m.d.sync += [count.eq(self.plan.slots), total.eq(self.plan.slots)]
        return count != 0, count == total

    @staticmethod
    def _room(m, name, slots, taken, freed):
        """Whether there is room for one more, of ``slots``."""
        count = Signal(range(slots + 1), init=slots, name=f"{name}_room")
        m.d.sync += count.eq(count + freed - taken)
        return count != 0

    def _requests(self, m, walker, items, patches):
        """Adds the sequence of transfers: for each tile, and pass, B, A and parameters."""
        job, plan, tile = self.job, self.plan, walker.tile
        active = Signal()
        kind = Signal(_Kind)
        bytes_left = Signal(16)  # of a row, from this pass on
        is_first_pass, is_last_pass = Signal(), Signal()
        bytes_left_next = Signal(16)
        needed, room, send = Signal(), Signal(), Signal()
        taken = {k: Signal(name=f"takes_{k.name.lower()}") for k in _Kind}
        completes = Mux(plan.loads_scales, kind == _Kind.SHIFT, kind == _Kind.BIAS)
        a_room, a_empty = self._operand_room(m, "a", taken[_Kind.A], self.a_freed)
        b_room, b_empty = self._operand_room(m, "b", taken[_Kind.B], self.b_freed)
        addend_room = self._room(m, "addend", ADDEND_SLOTS, taken[_Kind.ADDEND],
                                 self.addend_freed)
        has_room = {_Kind.A: a_room, _Kind.B: b_room, _Kind.ADDEND: addend_room}
        parameters_taken = Signal()
        is_parameter = (kind >= _Kind.BIAS) & (kind != _Kind.ADDEND)
        m.d.comb += parameters_taken.eq(send & is_parameter & completes)
        parameters_room = self._room(m, "parameters", PARAMETER_SLOTS, parameters_taken,
                                     self.parameters_freed)
        chunked = Signal()  # the tile is loaded in chunks
        pass_bytes = Signal(range(PASS_BYTES + 1))
        m.d.comb += pass_bytes.eq(Mux(chunked, CHUNK_BYTES, PASS_BYTES))
        first = tile.first_strip & Mux(chunked, is_last_pass, is_first_pass)
        needs = {_Kind.A: tile.first_column | plan.reloads_a,
                 _Kind.B: tile.first_strip | plan.is_split,
                 _Kind.BIAS: first & plan.loads_bias,
                 _Kind.MULTIPLIER: first & plan.loads_scales,
                 _Kind.SHIFT: first & plan.loads_scales,
                 _Kind.ADDEND: is_last_pass & plan.loads_addend}
        for k in _Kind:
            with m.If(kind == k):
                m.d.comb += [needed.eq(needs[k]), room.eq(has_room.get(k, parameters_room)),
                             taken[k].eq(send & (~chunked | is_last_pass))]
        can_send = ((~self.command.valid | self.command.ready) & (items.level < items.depth)
                    & ~patches.busy & (patches.strip.ready | (kind != _Kind.A) | ~plan.gathers))
        m.d.comb += send.eq(active & needed & room & can_send)

        moves = active & (send | ~needed)
        pass_ends = moves & ((kind == _Kind.ADDEND)
                             | (~needs[_Kind.ADDEND] & (
                                 (kind == _Kind.SHIFT)
                                 | (~(first & plan.loads_any) & (kind == _Kind.A)))))
        m.d.comb += walker.next.eq(pass_ends & is_last_pass)
        with m.If(moves):
            m.d.sync += kind.eq(kind + 1)
        with m.If(pass_ends):
            m.d.sync += kind.eq(_Kind.B)
            with m.If(is_last_pass):
                m.d.sync += active.eq(~tile.last)
        with m.If(self.start):
            m.d.sync += [active.eq(1), kind.eq(_Kind.B)]
        begins_row = self.start | is_last_pass
        m.d.comb += bytes_left_next.eq(Mux(begins_row, job.k, bytes_left - pass_bytes))
        with m.If(self.start | pass_ends):
            m.d.sync += [bytes_left.eq(bytes_left_next), is_first_pass.eq(begins_row),
                         is_last_pass.eq(bytes_left_next <= PASS_BYTES)]
        with m.If(pass_ends & chunked & ~is_last_pass):
            m.d.sync += is_last_pass.eq(bytes_left_next <= CHUNK_BYTES)
        with m.If((self.start & plan.chunks & self.anew)
                  | (walker.next & chunked & tile.first_column)):
            m.d.sync += [chunked.eq(1), is_last_pass.eq(0)]
        with m.Elif(self.start | walker.next):
            m.d.sync += chunked.eq(0)

        offset = self._commands(m, walker, kind, send, pass_ends, is_last_pass, pass_bytes,
                                bytes_left, patches)
        self._gather(m, patches, tile, taken[_Kind.A], is_first_pass)
        slot = {k: self._slot(m, k.name.lower(), taken[k], self.start & self.anew)
                for k in (_Kind.A, _Kind.B)}
        parameters_slot = self._slot(m, "parameters", parameters_taken)
        addend_slot = self._slot(m, "addend", taken[_Kind.ADDEND])
        m.d.comb += [
            self.empty.eq(a_empty & b_empty),
            self.idle.eq(~active & ~items.read_valid & ~patches.busy & ~self.command.valid),
        ]
        m.d.comb += [
            items.write.eq(send),
            items.write_data.kind.eq(kind),
            items.write_data.slot.eq(Mux(kind == _Kind.A, slot[_Kind.A],
                                         Mux(kind == _Kind.B, slot[_Kind.B],
                                             Mux(kind == _Kind.ADDEND, addend_slot,
                                                 parameters_slot)))),
            items.write_data.first_word.eq(Mux(chunked, offset[3:], 0)),
            items.write_data.last_row.eq(self._row_count(tile, kind) - 1),
            items.write_data.completes.eq(completes),
        ]

    def _slot(self, m, name, taken, restarts=0):
        """Number of the slot that is loaded next."""
        slot = Signal(range(MAX_SLOTS), name=f"{name}_slot")
        m.d.sync += slot.eq(slot + taken)
        with m.If(restarts):
            m.d.sync += slot.eq(0)
        return slot

    @staticmethod
    def _row_count(tile, kind):
        return Mux((kind == _Kind.A) | (kind == _Kind.ADDEND), tile.rows,
                   Mux(kind == _Kind.B, tile.columns, 1))

    def _gather(self, m, patches, tile, takes_a, is_first_pass):
        """Adds the request of a strip of A that is gathered."""
        plan, strip = self.plan, patches.strip.payload
        is_first = Signal(init=1)  # strip of the job
        with m.If(takes_a):
            m.d.sync += is_first.eq(0)
        with m.If(self.start):
            m.d.sync += is_first.eq(1)
        m.d.comb += [
            patches.strip.valid.eq(takes_a & plan.gathers),
            strip.rows.eq(tile.rows), strip.first_pass.eq(is_first_pass),
        ]
        with m.If(is_first):
            m.d.comb += strip.start.eq(From.TOP)
        with m.Elif(~is_first_pass | (plan.is_split & ~tile.first_column)):
            m.d.comb += strip.start.eq(From.SAME)
        with m.Elif(~tile.first_column & tile.first_strip):
            m.d.comb += strip.start.eq(From.RIGHT)

    def _commands(self, m, walker, kind, send, pass_ends, is_last_pass, pass_bytes, bytes_left,
                  patches):
        """Adds the addresses, and the register that holds a command until it is taken.

        Returns: where the pass begins in its rows, in bytes.
        """
        job, tile = self.job, walker.tile
        a_row, b_row, addend_row = Signal(32), Signal(32), Signal(32)  # first one of the strip
        addend_panel = Signal(32)  # first one of the panel
        offset = Signal(16)  # of the pass in a row
        channel_offset = Signal(18)  # of the column of tiles in a parameter array
        base = Signal(32)
        for k, value in {_Kind.A: a_row, _Kind.B: b_row, _Kind.BIAS: job.bias_address,
                         _Kind.MULTIPLIER: job.multiplier_address,
                         _Kind.SHIFT: job.shift_address, _Kind.ADDEND: addend_row}.items():
            with m.If(kind == k):
                m.d.comb += base.eq(value)
        is_a, is_b = kind == _Kind.A, kind == _Kind.B
        is_operand = is_a | is_b
        row_bytes, command = Signal(16), self.command.payload
        m.d.comb += [
            row_bytes.eq(Mux(is_last_pass, bytes_left, pass_bytes)),
            patches.strip.payload.row_bytes.eq(row_bytes),
            patches.command.ready.eq(~self.command.valid | self.command.ready),
        ]
        with m.If(self.command.ready):
            m.d.sync += self.command.valid.eq(0)
        with m.If(patches.busy):
            with m.If(patches.command.ready):
                m.d.sync += [self.command.valid.eq(patches.command.valid),
                             command.eq(patches.command.payload)]
        with m.Elif(send):
            m.d.sync += [
                self.command.valid.eq(~is_a | ~self.plan.gathers),
                command.address.eq(base + Mux(is_operand, offset, channel_offset)),
                command.row_bytes.eq(Mux(is_operand, row_bytes, Cat(0, 0, tile.columns))),
                command.rows.eq(self._row_count(tile, kind)),
                command.stride.eq(Mux(is_a, job.a_stride,
                                      Mux(is_b, job.b_stride, job.addend_stride))),
            ]

        a_step = job.a_stride << (self._rows - 1).bit_length()
        addend_step = job.addend_stride << (self._rows - 1).bit_length()
        b_step = job.b_stride << (self._columns - 1).bit_length()
        goes_right = tile.last_strip & ~tile.last_column
        goes_on = tile.last_strip & tile.last_column
        with m.If(pass_ends):
            m.d.sync += offset.eq(Mux(is_last_pass, 0, offset + pass_bytes))
        with m.If(walker.next):
            with m.If(goes_on | (tile.first_column & ~tile.last_strip)):
                m.d.sync += a_row.eq(a_row + a_step)
            if self._network_jobs:
                m.d.sync += addend_row.eq(Mux(goes_right, addend_panel, addend_row + addend_step))
                with m.If(goes_on):
                    m.d.sync += addend_panel.eq(addend_row + addend_step)
            with m.If(goes_right):
                m.d.sync += [b_row.eq(b_row + b_step),
                             channel_offset.eq(channel_offset + 4 * self._columns)]
            with m.If(goes_on):
                m.d.sync += [b_row.eq(job.b_address), channel_offset.eq(0)]
        with m.If(self.start):
            m.d.sync += [a_row.eq(job.a_address), b_row.eq(job.b_address), offset.eq(0),
                         channel_offset.eq(0), addend_row.eq(job.addend_address),
                         addend_panel.eq(job.addend_address)]
        return offset

    def _receiver(self, m, items, patches):
        """Adds the path of beats into banks and parameter memories."""
        m.submodules.gatherer = gatherer = Gatherer(present=self._network_jobs)
        item, beat = items.read_data, self.beats.payload
        row = Signal(range(16))
        word = Signal(range(HALF_WORDS))
        is_a, is_b = item.kind == _Kind.A, item.kind == _Kind.B
        is_addend = item.kind == _Kind.ADDEND
        is_parameter = ~is_a & ~is_b & ~is_addend
        gathers = self.plan.gathers & is_a
        drains = Signal()  # the strip's last piece has gone into the gatherer
        taken, row_ends, ends = Signal(), Signal(), Signal()
        last_row = Signal(range(16))  # of those that went into the gatherer
        enters = items.read_valid & gathers & ~drains
        m.d.comb += [
            gatherer.padding.eq(self.job.zero_points_a),
            gatherer.pieces.valid.eq(patches.pieces.valid & enters),
            gatherer.pieces.payload.eq(patches.pieces.payload),
            patches.pieces.ready.eq(gatherer.pieces.ready & enters),
            gatherer.beats.valid.eq(self.beats.valid & enters),
            gatherer.beats.payload.eq(beat),
            self.beats.ready.eq(Mux(gathers, enters & gatherer.beats.ready, items.read_valid)),
            taken.eq(Mux(gathers, gatherer.word_valid, self.beats.valid & items.read_valid)),
            row_ends.eq(Mux(gathers, gatherer.row_ends, beat.last)),
            ends.eq(taken & row_ends & (row == item.last_row)),
            items.read.eq(ends),
        ]
        with m.If(patches.pieces.valid & patches.pieces.ready & patches.pieces.payload.last):
            m.d.sync += last_row.eq(last_row + 1)
            with m.If(last_row == item.last_row):
                m.d.sync += drains.eq(1)
        with m.If(taken):
            m.d.sync += word.eq(word + 1)
            with m.If(row_ends):
                m.d.sync += [word.eq(0), row.eq(row + 1)]
            with m.If(ends):
                m.d.sync += [row.eq(0), last_row.eq(0), drains.eq(0)]

        bank, parameter, addend = self.bank_write, self.parameter_write, self.addend_write
        m.d.sync += [
            bank.enable.eq(taken & (is_a | is_b)),
            bank.row.eq(row),
            bank.address.eq(Cat(
                self.plan.slot_address(item.slot) | item.first_word | word, is_b)),
            bank.data.eq(Mux(gathers, gatherer.word, beat.data)),
            parameter.enable.eq(taken & is_parameter),
            parameter.parameter.eq(Mux(item.kind == _Kind.SHIFT, Parameter.SHIFT, Mux(
                item.kind == _Kind.MULTIPLIER, Parameter.MULTIPLIER, Parameter.BIAS))),
            parameter.slot.eq(item.slot),
            parameter.pair.eq(word),
            parameter.data.eq(beat.data),
            self.a_loaded.eq(ends & is_a),
            self.b_loaded.eq(ends & is_b),
            self.parameters_loaded.eq(ends & is_parameter & item.completes),
            addend.enable.eq(taken & is_addend),
            addend.slot.eq(item.slot), addend.row.eq(row), addend.pair.eq(word),
            addend.data.eq(beat.data),
            self.addend_loaded.eq(ends & is_addend),
        ]
