"""The DMA writer writes each byte of each row once, and nothing else.

Proved, for ever, whatever the address, the stride and the number of rows: the lanes of the words
that the writer hands to its queue, and so to the guard, are the bytes from ``address + i * stride``
on, one after the other without a gap or a repetition, as many as the beats of row i hold; then row
i + 1 follows, up to the last. So nothing is written outside [C, C + extent) by a datapath whose
beats of a row hold ``row_bytes`` bytes in all, as `drainer` proves of matmul. Addresses are modulo
2^32; that a job does not wrap is for `range_check`. That the queue gives back what it was given is
`small_fifo`.

Assumed: the contract of `Beat` and `Transfer`: 0 to 8 bytes in a beat, the beats of a row hold no
more than its ``row_bytes``, ``last`` comes with the last of them, rows and row_bytes are at least
1. ``clear`` is low: what it does is for simulation.

Method: induction, with the invariants that tie the writer's registers to the bytes written so far.
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Assume, Cat, Cover, Module, Mux, Signal

from coprocessors.shell.datapath import Transfer
from coprocessors.shell.dma_writer import DmaWriter
from coprocessors.shell.row_walker import RowWalker
from tests.formal.proof import Bench, Induction, Proof, glass
from tests.mutants import edited, with_part

_DEPTH = 4


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component(depth=_DEPTH)
        m.submodules.dut, inside = glass(dut)
        command, beat = dut.command.payload, dut.data.payload
        for value in (dut.command.valid, command, dut.data.valid, beat, dut.request.ready):
            value = getattr(value, "as_value", lambda value=value: value)()
            m.d.comb += value.eq(AnySeq(len(value)))
        m.d.comb += [
            dut.clear.eq(0), Assume(command.rows.any() & command.row_bytes.any()),
            Assume(beat.count <= 8),
        ]
        taken = Signal()
        m.d.comb += taken.eq(dut.data.valid & dut.data.ready)

        # What is to be done: a command ahead, and one under way, of which ``start`` is the row's.
        ahead, ahead_valid = Signal(Transfer), Signal()
        active, start, rows_left = Signal(), Signal(32), Signal(16)
        now = Signal(Transfer)
        seen, written = Signal(33), Signal(33)  # bytes of the row in beats, and in words
        begins, ends = inside["rows.begins"], inside["row_ends"]
        takes = inside["rows.take"]
        m.d.comb += Assert(ahead_valid == ~dut.command.ready)
        with m.If(dut.command.valid & dut.command.ready):
            m.d.sync += [ahead.eq(command), ahead_valid.eq(1)]
        with m.If(takes):
            m.d.comb += Assert(ahead_valid & (~active | (ends & (rows_left == 0))))
            m.d.sync += [now.eq(ahead), ahead_valid.eq(0), active.eq(1),
                         start.eq(ahead.address), rows_left.eq(ahead.rows - 1)]
        with m.Elif(ends):
            m.d.comb += Assert(active)
            m.d.sync += [start.eq(start + now.stride), rows_left.eq(rows_left - 1)]
            with m.If(rows_left == 0):
                m.d.sync += active.eq(0)
        m.d.comb += Assert(begins == (takes | (ends & (rows_left != 0))))

        seen_next, written_next, last_seen = Signal(33), Signal(33), Signal()
        push, enable = dut.pushed, inside["push_enable"]
        count = sum(enable[lane] for lane in range(8))
        m.d.comb += [
            seen_next.eq(seen + Mux(taken, beat.count, 0)),
            written_next.eq(written + Mux(push, count, 0)),
            Assume(~taken | ((seen_next <= now.row_bytes)
                             & (~beat.last | (seen_next == now.row_bytes)))),
            Assert(~taken | (active & ~last_seen)), Assert(~push | active),
        ]
        m.d.sync += [seen.eq(seen_next), written.eq(written_next),
                     last_seen.eq(last_seen | (taken & beat.last))]
        with m.If(ends):
            # All bytes of the row are written when the next one begins.
            m.d.comb += [Assert(last_seen | (taken & beat.last)),
                         Assert(seen_next == now.row_bytes), Assert(written_next == seen_next)]
            m.d.sync += [seen.eq(0), written.eq(0), last_seen.eq(0)]

        # The word that is pushed holds the next ``count`` bytes and no others.
        address = inside["word"]
        next_byte = Signal(32)
        m.d.comb += next_byte.eq(start + written)
        for lane in range(8):
            offset = Signal(32, name=f"offset{lane}")
            m.d.comb += offset.eq((Cat(0, 0, 0, address) | lane) - next_byte)
            m.d.comb += Assert(~push | (enable[lane] == (offset < count)))
        m.d.comb += [
            Assert(~push | (enable.any() & (inside["words.level"] != _DEPTH))),
            Assert(written_next <= seen_next),
            Cover(push & inside["flush"] & (rows_left == 1) & (written == 5)),
            Cover(takes & ends & (now.rows == 2)),
        ]
        self._invariants(m, inside, active, start, now, rows_left, seen, written, last_seen,
                         next_byte, ahead, ahead_valid)
        return m

    @staticmethod
    def _invariants(m, inside, active, start, now, rows_left, seen, written, last_seen, next_byte,
                    ahead, ahead_valid):
        position, kept = inside["position"], inside["kept_enable"]
        reached = Signal(32)
        m.d.comb += reached.eq(start + seen)
        for invariant in (
                reached == Cat(position, inside["word"]),
                inside["flush"] == last_seen,
                inside["rows.next_address"] == (start + now.stride)[:32],
                inside["rows.stride"] == now.stride,
                inside["rows.rows_left"] == rows_left,
                seen <= now.row_bytes,
                ~last_seen | ((seen == now.row_bytes) & (written != seen)),
                written <= seen,
                (seen - written)[:33] <= 7,
                next_byte[3:] == inside["word"],
                *(kept[lane] == ((lane >= next_byte[:3]) & (lane < position))
                  for lane in range(8))):
            m.d.comb += Assert(~active | invariant)
        m.d.comb += [
            Assert(active == inside["rows.active"]),
            Assert(~ahead_valid | ((ahead.as_value() == inside["command"])
                                   & ahead.rows.any() & ahead.row_bytes.any())),
            Assert(active | ((seen == 0) & (written == 0) & ~last_seen & ~inside["flush"]
                             & ~kept.any())),
        ]


def _with_rows(*edit):
    """A DmaWriter whose rows are walked by an edited RowWalker."""
    return with_part(DmaWriter, "coprocessors.shell.dma_writer.RowWalker", edited(RowWalker, *edit))


_MUTANTS = (
    edited(DmaWriter, "keeps_lanes_of_the_last_row", "m.d.sync += kept_enable.eq(0)",
           "m.d.sync += kept_enable.eq(kept_enable)"),
    edited(DmaWriter, "takes_a_beat_before_it_has_flushed",
           "(rows.active & room & ~flush & ~self.clear)", "(rows.active & room & ~self.clear)"),
    edited(DmaWriter, "row_begins_at_a_word", "position.eq(rows.address[:3])", "position.eq(0)"),
    edited(DmaWriter, "spills_nothing", "spills = full & (end[:3] != 0)", "spills = 0 & full"),
    _with_rows("one_row_too_many", "rows_left.eq(command.rows - 1)", "rows_left.eq(command.rows)"),
    _with_rows("stride_of_the_next_command", "Mux(take, command.stride, stride))",
               "command.stride)"),
)

PROOFS = (Proof("dma_writer", "writes each byte of each row once, and nothing else", _Bench,
                DmaWriter, _MUTANTS, Induction(2), mutant_cycles=14, cover_cycles=14),)
