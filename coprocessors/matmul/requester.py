"""Asks for strips of A and B, for parameters of columns and for addends, in the order of tiles."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from coprocessors.matmul.addend_tiles import ADDEND_SLOTS
from coprocessors.matmul.channel_parameters import PARAMETER_SLOTS
from coprocessors.matmul.job_plan import CHUNK_BYTES, MAX_SLOTS, JobPlan
from coprocessors.matmul.load_item import LoadItem, LoadKind
from coprocessors.matmul.patch_walker import From, PatchWalker, Piece
from coprocessors.matmul.table import DESCRIPTOR, PASS_BYTES
from coprocessors.matmul.tile_walker import TileWalker
from coprocessors.shell.datapath import Transfer, descriptor_layout
from coprocessors.shell.fifo import SmallFifo, Wipe

__all__ = ["Requester"]


def _log2(power):
    return (power - 1).bit_length()


class Requester(wiring.Component):
    """Asks, tile by tile, for what is not yet in the buffers; waits for room.

    For a tile of a panel's first strip it loads a strip of B, for one of the first column a strip
    of A, for the former the parameters, and for each its addend if there is one. (B comes first: at
    the end of a panel it finds room while A still waits for the last column.) When rows are split
    into passes it loads both strips for each pass; when each tile has an A of its own, that for
    each tile. A strip of B that is there from the panel before, or one that the job keeps, is not
    asked for, but takes its slot again. Strips of a job that gathers A are asked for through a
    `PatchWalker`.

    Parameters: rows, columns : int, of the array. network_jobs : bool, as for the datapath.
    Members:
        start, job, plan, anew, empty : as for the `Loader`.
        idle    : Out(1), all has been asked for.
        command : Out(stream of Transfer); pieces : Out(stream of Piece), of gathered rows.
        item, item_valid : Out, what a command brings, or several of a gathered strip, in the cycle
                  in which it is decided; has_item_room : In(1), it can be told.
        a_freed, b_freed, parameters_freed, addend_freed : as for the `Loader`.
    Timing: the first command leaves 2 cycles after ``start``, then one in each cycle that needs
        one and finds room.
    """

    def __init__(self, *, rows, columns, network_jobs=True):
        self._rows, self._columns, self._network_jobs = rows, columns, network_jobs
        super().__init__({
            "start": In(1), "job": In(descriptor_layout(DESCRIPTOR)), "plan": In(JobPlan),
            "anew": In(1), "idle": Out(1), "empty": Out(1),
            "command": Out(stream.Signature(Transfer)),
            "pieces": Out(stream.Signature(Piece)),
            "item": Out(LoadItem), "item_valid": Out(1), "has_item_room": In(1),
            **{f"{what}_freed": In(1) for what in ("a", "b", "parameters", "addend")},
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.walker = walker = TileWalker(rows=self._rows, columns=self._columns)
        m.submodules.patches = patches = PatchWalker(present=self._network_jobs)
        connect(m, patches.pieces, flipped(self.pieces))
        m.d.comb += [
            patches.job.eq(self.job), patches.begin.eq(self.start),
            walker.start.eq(self.start), walker.m.eq(self.job.m), walker.n.eq(self.job.n),
            walker.strips.eq(self.plan.strips),
        ]
        self._sequence(m, walker, patches)
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

    def _sequence(self, m, walker, patches):
        """Adds the sequence of transfers: for each tile, and pass, B, A and parameters."""
        job, plan, tile, item = self.job, self.plan, walker.tile, self.item
        active = Signal()
        kind = Signal(LoadKind)
        bytes_left = Signal(16)  # of a row, from this pass on
        is_first_pass, is_last_pass = Signal(), Signal()
        bytes_left_next = Signal(16)
        needed, room, send = Signal(), Signal(), Signal()
        taken = {k: Signal(name=f"takes_{k.name.lower()}") for k in LoadKind}
        completes = Mux(plan.loads_scales, kind == LoadKind.SHIFT, kind == LoadKind.BIAS)
        a_room, a_empty = self._operand_room(m, "a", taken[LoadKind.A], self.a_freed)
        b_room, b_empty = self._operand_room(m, "b", taken[LoadKind.B], self.b_freed)
        addend_room = self._room(m, "addend", ADDEND_SLOTS, taken[LoadKind.ADDEND],
                                 self.addend_freed)
        has_room = {LoadKind.A: a_room, LoadKind.B: b_room, LoadKind.ADDEND: addend_room}
        parameters_taken = Signal()
        is_parameter = (kind >= LoadKind.BIAS) & (kind != LoadKind.ADDEND)
        m.d.comb += parameters_taken.eq(send & is_parameter & completes)
        parameters_room = self._room(m, "parameters", PARAMETER_SLOTS, parameters_taken,
                                     self.parameters_freed)
        chunked = Signal()  # the tile is loaded in chunks
        pass_bytes = Signal(range(PASS_BYTES + 1))
        m.d.comb += pass_bytes.eq(Mux(chunked, CHUNK_BYTES, PASS_BYTES))
        first = tile.first_strip & Mux(chunked, is_last_pass, is_first_pass)
        needs = {LoadKind.A: tile.first_column | plan.reloads_a,
                 LoadKind.B: tile.first_strip | plan.is_split,
                 LoadKind.BIAS: first & plan.loads_bias,
                 LoadKind.MULTIPLIER: first & plan.loads_scales,
                 LoadKind.SHIFT: first & plan.loads_scales,
                 LoadKind.ADDEND: is_last_pass & plan.loads_addend}
        for k in LoadKind:
            with m.If(kind == k):
                m.d.comb += [needed.eq(needs[k]), room.eq(has_room.get(k, parameters_room)),
                             taken[k].eq(send & (~chunked | is_last_pass))]
        b_is_there = self._b_is_there(m, walker)
        is_there = Mux(kind == LoadKind.A, plan.keeps_a, (kind == LoadKind.B) & b_is_there)
        brings = send & ~is_there
        # A gathered strip follows the one before it, whose commands are still to come.
        can_send = (patches.command.ready & self.has_item_room
                    & Mux((kind == LoadKind.A) & plan.gathers, patches.strip.ready,
                          ~patches.busy))
        m.d.comb += send.eq(active & needed & room & can_send)

        moves = active & (send | ~needed)
        pass_ends = moves & ((kind == LoadKind.ADDEND)
                             | (~needs[LoadKind.ADDEND] & (
                                 (kind == LoadKind.SHIFT)
                                 | (~(first & plan.loads_any) & (kind == LoadKind.A)))))
        m.d.comb += walker.next.eq(pass_ends & is_last_pass)
        with m.If(moves):
            m.d.sync += kind.eq(kind + 1)
        with m.If(pass_ends):
            m.d.sync += kind.eq(LoadKind.B)
            with m.If(is_last_pass):
                m.d.sync += active.eq(~tile.last)
        with m.If(self.start):
            m.d.sync += [active.eq(1), kind.eq(LoadKind.B)]
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

        self._commands(m, walker, kind, brings, pass_ends, is_last_pass, chunked,
                       Mux(is_last_pass, bytes_left, pass_bytes), patches)
        self._gather(m, patches, tile, taken[LoadKind.A], is_first_pass)
        slot = {LoadKind.A: self._slot(m, "a", taken[LoadKind.A]),
                LoadKind.B: self._slot(m, "b", taken[LoadKind.B])}
        for k, keeps in ((LoadKind.A, plan.keeps_a), (LoadKind.B, plan.keeps_b)):
            with m.If(self.start & self.anew & ~keeps):
                m.d.sync += slot[k].eq(0)
        with m.If(self.start & plan.keeps_a):
            m.d.sync += slot[LoadKind.A].eq(slot[LoadKind.A] - plan.a_strips)
        with m.If((self.start & plan.keeps_b) | self._begins_panel(walker)):
            m.d.sync += slot[LoadKind.B].eq(slot[LoadKind.B] - plan.b_strips)
        parameters_slot = self._slot(m, "parameters", parameters_taken)
        addend_slot = self._slot(m, "addend", taken[LoadKind.ADDEND])
        m.d.comb += [
            self.empty.eq(a_empty & b_empty),
            self.idle.eq(~active & ~patches.busy & ~self.command.valid),
        ]
        m.d.comb += [
            self.item_valid.eq(brings),
            item.kind.eq(kind),
            item.slot.eq(Mux(kind == LoadKind.A, slot[LoadKind.A],
                                         Mux(kind == LoadKind.B, slot[LoadKind.B],
                                             Mux(kind == LoadKind.ADDEND, addend_slot,
                                                 parameters_slot)))),
            item.completes.eq(completes),
        ]

    @staticmethod
    def _slot(m, name, taken):
        """Number of the slot that is loaded next."""
        slot = Signal(range(MAX_SLOTS), name=f"{name}_slot")
        m.d.sync += slot.eq(slot + taken)
        return slot

    def _begins_panel(self, walker):
        """Whether the next tile begins another panel, and B is there from this one."""
        tile = walker.tile
        return (walker.next & tile.last_strip & tile.last_column & ~tile.last & self.plan.b_fits)

    def _b_is_there(self, m, walker):
        """High while strips of B need not be loaded: they still are in their slots."""
        is_there = Signal(name="b_is_there")
        with m.If(self._begins_panel(walker)):
            m.d.sync += is_there.eq(1)
        with m.If(self.start):
            m.d.sync += is_there.eq(self.plan.keeps_b)
        return is_there

    @staticmethod
    def _row_count(tile, kind):
        return Mux((kind == LoadKind.A) | (kind == LoadKind.ADDEND), tile.rows,
                   Mux(kind == LoadKind.B, tile.columns, 1))

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

    def _commands(self, m, walker, kind, send, pass_ends, is_last_pass, chunked, pass_length,
                  patches):
        """Adds the addresses, and the commands that wait until they are taken.

        The pass, or chunk, takes ``pass_length`` operands of each row.
        """
        # The reader is ready late in the cycle: whether there is room is told by registers.
        m.submodules.commands = commands = SmallFifo(Transfer, depth=2, wipe=Wipe.NOTHING)
        job, tile, item = self.job, walker.tile, self.item
        a_row, b_row, addend_row = Signal(32), Signal(32), Signal(32)  # first one of the strip
        addend_panel = Signal(32)  # first one of the panel
        offset = Signal(16)  # of the pass, in operands
        operand_offset = Signal(32)  # and in bytes
        channel_offset = Signal(18)  # of the column of tiles in a parameter array
        base = Signal(32)
        for k, value in {LoadKind.A: a_row, LoadKind.B: b_row, LoadKind.BIAS: job.bias_address,
                         LoadKind.MULTIPLIER: job.multiplier_address,
                         LoadKind.SHIFT: job.shift_address, LoadKind.ADDEND: addend_row}.items():
            with m.If(kind == k):
                m.d.comb += base.eq(value)
        is_a, is_b = kind == LoadKind.A, kind == LoadKind.B
        is_operand = is_a | is_b
        spreads = (is_a & job.format_a_transposed) | (is_b & job.format_b_transposed)
        count, rows = self._row_count(tile, kind), Signal(16)
        command = commands.write_data
        m.d.comb += [
            rows.eq(Mux(spreads, pass_length, count)),
            item.spreads.eq(spreads), item.last_row.eq(rows - 1),
            item.first_word.eq(Mux(chunked, offset[3:], 0)),
            operand_offset.eq(Mux(spreads, self._transposed_offset(m, is_a, pass_ends,
                                                                   is_last_pass, chunked),
                                  offset)),
            patches.strip.payload.row_bytes.eq(pass_length),
            patches.command.ready.eq(commands.level != commands.depth),
            self.command.valid.eq(commands.read_valid),
            self.command.payload.eq(commands.read_data),
            commands.read.eq(self.command.valid & self.command.ready),
        ]
        with m.If(patches.busy):
            m.d.comb += [commands.write.eq(patches.command.valid & patches.command.ready),
                         command.eq(patches.command.payload)]
        with m.Else():
            m.d.comb += [
                commands.write.eq(send & (~is_a | ~self.plan.gathers)),
                command.address.eq(base + Mux(is_operand, operand_offset, channel_offset)),
                command.row_bytes.eq(Mux(is_operand, Mux(spreads, count, pass_length),
                                         Cat(0, 0, tile.columns))),
                command.rows.eq(rows),
                command.stride.eq(Mux(is_a, job.a_stride,
                                      Mux(is_b, job.b_stride, job.addend_stride))),
            ]

        a_step = Mux(job.format_a_transposed, self._rows, job.a_stride << _log2(self._rows))
        addend_step = job.addend_stride << _log2(self._rows)
        b_step = Mux(job.format_b_transposed, self._columns, job.b_stride << _log2(self._columns))
        goes_right = tile.last_strip & ~tile.last_column
        goes_on = tile.last_strip & tile.last_column
        with m.If(pass_ends):
            m.d.sync += offset.eq(Mux(is_last_pass, 0, offset + pass_length))
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

    def _transposed_offset(self, m, is_a, pass_ends, is_last_pass, chunked):
        """Bytes from the first k of a transposed operand, A or B, to the first k of the pass."""
        offsets = []
        for name, stride in (("a", self.job.a_stride), ("b", self.job.b_stride)):
            offset = Signal(32, name=f"{name}_transposed_offset")
            step = Mux(chunked, stride << _log2(CHUNK_BYTES), stride << _log2(PASS_BYTES))
            if self._network_jobs:
                with m.If(self.start | (pass_ends & is_last_pass)):
                    m.d.sync += offset.eq(0)
                with m.Elif(pass_ends):
                    m.d.sync += offset.eq(offset + step)
            offsets.append(offset)
        return Mux(is_a, *offsets)
