"""The first of the three walks over C: fetches strips of A and B, and parameters of columns."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.channel_parameters import (
    PARAMETER_SLOTS, Parameter, ParameterWrite,
)
from coprocessors.matmul.gatherer import Gatherer
from coprocessors.matmul.job_plan import MAX_SLOTS, PASS_BYTES, JobPlan
from coprocessors.matmul.operand_buffer import HALF_WORDS, BankWrite
from coprocessors.matmul.patch_walker import From, PatchWalker, Piece
from coprocessors.matmul.table import DESCRIPTOR
from coprocessors.matmul.tile_walker import TileWalker
from coprocessors.shell.datapath import Beat, Transfer, descriptor_layout
from coprocessors.shell.fifo import SmallFifo, Wipe

__all__ = ["Loader"]


class _Kind(enum.IntEnum, shape=3):
    """What a transfer brings; the last three in the order of `Parameter`."""

    A = 0
    B = 1
    BIAS = 2
    MULTIPLIER = 3
    SHIFT = 4


class _Item(data.Struct):
    """A transfer under way: where its beats go."""

    kind: _Kind
    slot: range(MAX_SLOTS)
    last_row: range(16)
    completes: 1  # the last one of a column's parameters


class Loader(wiring.Component):
    """Loads, tile by tile, what is not yet in the buffers; waits for room.

    For a tile of the first column it loads a strip of A, for one of a panel's first strip a strip
    of B and then the parameters; when rows are split into passes, both strips for each pass; when
    each tile has an A of its own, that for each tile. Strips of a job that gathers A are loaded
    through a `PatchWalker` and a `Gatherer`.

    Parameters: rows, columns : int, of the array.
    Members:
        start   : In(1), begins with ``job`` and its ``plan`` : In(JobPlan), which stay constant
            until the job is done.
        command : Out(stream of Transfer); beats : In(stream of Beat), always taken.
        bank_write : Out(BankWrite); parameter_write : Out(ParameterWrite).
        a_loaded, b_loaded, parameters_loaded : Out(1), one more is there, in the cycle in which
                  its last word is written.
        a_freed, b_freed, parameters_freed : In(1), the oldest one is not needed any more.
    Timing: the first command leaves 2 cycles after ``start``, then one in each cycle that needs
        one and finds room; a beat is written one cycle after it was taken.
    """

    def __init__(self, *, rows, columns):
        self._rows, self._columns = rows, columns
        super().__init__({
            "start": In(1), "job": In(descriptor_layout(DESCRIPTOR)), "plan": In(JobPlan),
            "command": Out(stream.Signature(Transfer)),
            "beats": In(stream.Signature(Beat)),
            "bank_write": Out(BankWrite), "parameter_write": Out(ParameterWrite),
            "a_loaded": Out(1), "b_loaded": Out(1), "parameters_loaded": Out(1),
            "a_freed": In(1), "b_freed": In(1), "parameters_freed": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.walker = walker = TileWalker(rows=self._rows, columns=self._columns)
        m.submodules.items = items = SmallFifo(_Item, depth=8, wipe=Wipe.NOTHING)
        m.submodules.patches = patches = PatchWalker()
        m.submodules.pieces = pieces = SmallFifo(Piece, depth=16, wipe=Wipe.NOTHING)
        m.d.comb += [
            patches.job.eq(self.job), patches.begin.eq(self.start),
            patches.pieces.ready.eq(~pieces.level[-1]),
            pieces.write.eq(patches.pieces.valid & patches.pieces.ready),
            pieces.write_data.eq(patches.pieces.payload),
        ]
        m.d.comb += [walker.start.eq(self.start), walker.m.eq(self.job.m),
                     walker.n.eq(self.job.n), walker.strips.eq(self.plan.strips)]
        self._requests(m, walker, items, patches)
        self._receiver(m, items, pieces)
        return m

    def _credit(self, m, name, maximum, initial, taken, freed):
        """High while there is room for one more; counted from ``initial`` at ``start``."""
        count = Signal(range(maximum + 1), name=f"{name}_room")
        m.d.sync += count.eq(count + freed - taken)
        with m.If(self.start):
            m.d.sync += count.eq(initial)
        return count != 0

    def _requests(self, m, walker, items, patches):
        """Adds the sequence of transfers: for each tile, and pass, A, B and parameters."""
        job, plan, tile = self.job, self.plan, walker.tile
        active = Signal()
        kind = Signal(_Kind)
        bytes_left = Signal(16)  # of a row, from this pass on
        is_first_pass, is_last_pass = Signal(), Signal()
        bytes_left_next = Signal(16)
        needed, room, send = Signal(), Signal(), Signal()
        taken = {k: Signal(name=f"takes_{k.name.lower()}") for k in _Kind}
        completes = Mux(plan.loads_scales, kind == _Kind.SHIFT, kind == _Kind.BIAS)
        has_room = {
            _Kind.A: self._credit(m, "a", MAX_SLOTS, plan.slots, taken[_Kind.A], self.a_freed),
            _Kind.B: self._credit(m, "b", MAX_SLOTS, plan.slots, taken[_Kind.B], self.b_freed),
        }
        parameters_taken = Signal()
        m.d.comb += parameters_taken.eq(send & (kind >= _Kind.BIAS) & completes)
        parameters_room = self._credit(m, "parameters", PARAMETER_SLOTS, PARAMETER_SLOTS,
                                       parameters_taken, self.parameters_freed)
        first = tile.first_strip & is_first_pass
        needs = {_Kind.A: tile.first_column | plan.reloads_a,
                 _Kind.B: tile.first_strip | plan.is_split,
                 _Kind.BIAS: first & plan.loads_bias,
                 _Kind.MULTIPLIER: first & plan.loads_scales,
                 _Kind.SHIFT: first & plan.loads_scales}
        for k in _Kind:
            with m.If(kind == k):
                m.d.comb += [needed.eq(needs[k]), room.eq(has_room.get(k, parameters_room)),
                             taken[k].eq(send)]
        can_send = ((~self.command.valid | self.command.ready) & (items.level < items.depth)
                    & ~patches.busy & (patches.strip.ready | (kind != _Kind.A) | ~plan.gathers))
        m.d.comb += send.eq(active & needed & room & can_send)

        moves = active & (send | ~needed)
        pass_ends = moves & ((kind == _Kind.SHIFT)
                             | (~(first & plan.loads_any) & (kind == _Kind.B)))
        m.d.comb += walker.next.eq(pass_ends & is_last_pass)
        with m.If(moves):
            m.d.sync += kind.eq(kind + 1)
        with m.If(pass_ends):
            m.d.sync += kind.eq(_Kind.A)
            with m.If(is_last_pass):
                m.d.sync += active.eq(~tile.last)
        with m.If(self.start):
            m.d.sync += [active.eq(1), kind.eq(_Kind.A)]
        begins_row = self.start | is_last_pass
        m.d.comb += bytes_left_next.eq(Mux(begins_row, job.k, bytes_left - PASS_BYTES))
        with m.If(self.start | pass_ends):
            m.d.sync += [bytes_left.eq(bytes_left_next), is_first_pass.eq(begins_row),
                         is_last_pass.eq(bytes_left_next <= PASS_BYTES)]

        self._commands(m, walker, kind, send, pass_ends, is_last_pass, bytes_left, patches)
        self._gather(m, patches, tile, taken[_Kind.A], is_first_pass)
        slot = {k: self._slot(m, k.name.lower(), taken[k]) for k in (_Kind.A, _Kind.B)}
        parameters_slot = self._slot(m, "parameters", parameters_taken)
        m.d.comb += [
            items.write.eq(send),
            items.write_data.kind.eq(kind),
            items.write_data.slot.eq(Mux(kind == _Kind.A, slot[_Kind.A],
                                         Mux(kind == _Kind.B, slot[_Kind.B], parameters_slot))),
            items.write_data.last_row.eq(self._row_count(tile, kind) - 1),
            items.write_data.completes.eq(completes),
        ]

    def _slot(self, m, name, taken):
        """Number of the slot that is loaded next."""
        slot = Signal(range(MAX_SLOTS), name=f"{name}_slot")
        m.d.sync += slot.eq(slot + taken)
        with m.If(self.start):
            m.d.sync += slot.eq(0)
        return slot

    @staticmethod
    def _row_count(tile, kind):
        return Mux(kind == _Kind.A, tile.rows, Mux(kind == _Kind.B, tile.columns, 1))

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

    def _commands(self, m, walker, kind, send, pass_ends, is_last_pass, bytes_left, patches):
        """Adds the addresses, and the register that holds a command until it is taken."""
        job, tile = self.job, walker.tile
        a_row, b_row = Signal(32), Signal(32)  # first row of the strip
        offset = Signal(16)  # of the pass in a row
        channel_offset = Signal(18)  # of the column of tiles in a parameter array
        base = Signal(32)
        for k, value in {_Kind.A: a_row, _Kind.B: b_row, _Kind.BIAS: job.bias_address,
                         _Kind.MULTIPLIER: job.multiplier_address,
                         _Kind.SHIFT: job.shift_address}.items():
            with m.If(kind == k):
                m.d.comb += base.eq(value)
        is_a, is_b = kind == _Kind.A, kind == _Kind.B
        is_operand = is_a | is_b
        pass_bytes, command = Signal(16), self.command.payload
        m.d.comb += [
            pass_bytes.eq(Mux(is_last_pass, bytes_left, PASS_BYTES)),
            patches.strip.payload.row_bytes.eq(pass_bytes),
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
                command.row_bytes.eq(Mux(is_operand, pass_bytes, Cat(0, 0, tile.columns))),
                command.rows.eq(self._row_count(tile, kind)),
                command.stride.eq(Mux(is_a, job.a_stride, job.b_stride)),
            ]

        a_step = job.a_stride << (self._rows - 1).bit_length()
        b_step = job.b_stride << (self._columns - 1).bit_length()
        goes_right = tile.last_strip & ~tile.last_column
        goes_on = tile.last_strip & tile.last_column
        with m.If(pass_ends):
            m.d.sync += offset.eq(Mux(is_last_pass, 0, offset + PASS_BYTES))
        with m.If(walker.next):
            with m.If(goes_on | (tile.first_column & ~tile.last_strip)):
                m.d.sync += a_row.eq(a_row + a_step)
            with m.If(goes_right):
                m.d.sync += [b_row.eq(b_row + b_step),
                             channel_offset.eq(channel_offset + 4 * self._columns)]
            with m.If(goes_on):
                m.d.sync += [b_row.eq(job.b_address), channel_offset.eq(0)]
        with m.If(self.start):
            m.d.sync += [a_row.eq(job.a_address), b_row.eq(job.b_address), offset.eq(0),
                         channel_offset.eq(0)]

    def _receiver(self, m, items, pieces):
        """Adds the path of beats into banks and parameter memories."""
        m.submodules.gatherer = gatherer = Gatherer()
        item, beat = items.read_data, self.beats.payload
        row = Signal(range(16))
        word = Signal(range(HALF_WORDS))
        is_a, is_b = item.kind == _Kind.A, item.kind == _Kind.B
        gathers = self.plan.gathers & is_a
        drains = Signal()  # the strip's last piece has gone into the gatherer
        taken, row_ends, ends = Signal(), Signal(), Signal()
        last_row = Signal(range(16))  # of those that went into the gatherer
        enters = items.read_valid & gathers & ~drains
        m.d.comb += [
            gatherer.padding.eq(self.job.zero_points_a),
            gatherer.pieces.valid.eq(pieces.read_valid & enters),
            gatherer.pieces.payload.eq(pieces.read_data),
            pieces.read.eq(gatherer.pieces.valid & gatherer.pieces.ready),
            gatherer.beats.valid.eq(self.beats.valid & enters),
            gatherer.beats.payload.eq(beat),
            self.beats.ready.eq(Mux(gathers, enters & gatherer.beats.ready, items.read_valid)),
            taken.eq(Mux(gathers, gatherer.word_valid, self.beats.valid & items.read_valid)),
            row_ends.eq(Mux(gathers, gatherer.row_ends, beat.last)),
            ends.eq(taken & row_ends & (row == item.last_row)),
            items.read.eq(ends),
        ]
        with m.If(pieces.read & pieces.read_data.last):
            m.d.sync += last_row.eq(last_row + 1)
            with m.If(last_row == item.last_row):
                m.d.sync += drains.eq(1)
        with m.If(taken):
            m.d.sync += word.eq(word + 1)
            with m.If(row_ends):
                m.d.sync += [word.eq(0), row.eq(row + 1)]
            with m.If(ends):
                m.d.sync += [row.eq(0), last_row.eq(0), drains.eq(0)]

        bank, parameter = self.bank_write, self.parameter_write
        m.d.sync += [
            bank.enable.eq(taken & (is_a | is_b)),
            bank.row.eq(row),
            bank.address.eq(Cat(self.plan.slot_address(item.slot) | word, is_b)),
            bank.data.eq(Mux(gathers, gatherer.word, beat.data)),
            parameter.enable.eq(taken & ~is_a & ~is_b),
            parameter.parameter.eq(Mux(item.kind == _Kind.SHIFT, Parameter.SHIFT, Mux(
                item.kind == _Kind.MULTIPLIER, Parameter.MULTIPLIER, Parameter.BIAS))),
            parameter.slot.eq(item.slot),
            parameter.pair.eq(word),
            parameter.data.eq(beat.data),
            self.a_loaded.eq(ends & is_a),
            self.b_loaded.eq(ends & is_b),
            self.parameters_loaded.eq(ends & ~is_a & ~is_b & item.completes),
        ]
