"""The second of the three walks over C: feeds the array."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.array import block_count
from coprocessors.matmul.job_plan import CHUNK_BYTES, MAX_SLOTS, JobPlan
from coprocessors.matmul.operand_buffer import HALF_WORDS, WORD_BYTES, Feed
from coprocessors.matmul.table import DESCRIPTOR, PASS_BYTES
from coprocessors.matmul.tile_walker import TileWalker
from coprocessors.shell.datapath import descriptor_layout

__all__ = ["Executor"]


class _Pass(data.Struct):
    """Steps that use one strip of A and one of B."""

    a_address: range(HALF_WORDS)
    b_address: range(HALF_WORDS)
    last_step: range(PASS_BYTES)
    completes: 1  # the tile's last pass
    begins_job: 1
    frees_a: 1
    frees_b: 1


class Executor(wiring.Component):
    """Feeds the operands of tile after tile, as they arrive, without a gap between tiles.

    Parameters: rows, columns : int, of the array.
    Members:
        start : In(1), begins with ``job`` and its ``plan`` : In(JobPlan), which stay constant until
            the next ``start``. ``anew`` : In(1), with it: as for the `Loader`.
        ready : Out(1), may ``start``: at most the last steps of a job remain, and the operand
            buffer knows what its bytes mean.
        a_loaded, b_loaded : In(1), one more strip is in the buffer.
        a_freed, b_freed   : Out(1), the oldest strip will not be read any more.
        feed     : Out(Feed).
        released : In(1), the results that the last tile left in the array are or will be gone
                   when the next tile could reach them: `drainer.RELEASE_CYCLES`.
        busy     : Out(1), steps remain.
        starved  : Out(1), no step in this cycle, for lack of operands.
        blocked  : Out(1), no step in this cycle: the results of the last tile are in the way.
    Timing: the first feed comes 4 cycles after the ``*_loaded`` that it needs.
    """

    def __init__(self, *, rows, columns):
        self._rows, self._columns = rows, columns
        super().__init__({
            "start": In(1), "job": In(descriptor_layout(DESCRIPTOR)), "plan": In(JobPlan),
            "anew": In(1), "ready": Out(1),
            "a_loaded": In(1), "b_loaded": In(1),
            "a_freed": Out(1), "b_freed": Out(1),
            "feed": Out(Feed), "released": In(1),
            "busy": Out(1), "starved": Out(1), "blocked": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.walker = walker = TileWalker(rows=self._rows, columns=self._columns)
        m.d.comb += [walker.start.eq(self.start), walker.m.eq(self.job.m),
                     walker.n.eq(self.job.n), walker.strips.eq(self.plan.strips)]
        next_pass = Signal(_Pass)
        next_valid = Signal()
        take = Signal()
        active = Signal()
        self._first_fed = Signal(init=1)  # the buffer knows what the bytes of the job mean
        remain = self._sequence(m, walker, next_pass, next_valid, take)
        self._steps(m, next_pass, next_valid, take, active)
        m.d.comb += self.busy.eq(remain | active)
        return m

    def _loaded(self, m, name, loaded, used):
        """High while a strip, or a chunk of one, is loaded that no pass has used yet."""
        most = MAX_SLOTS + 2 * PASS_BYTES // CHUNK_BYTES  # of long rows there are two strips
        count = Signal(range(most + 1), name=f"{name}_ready")
        m.d.sync += count.eq(count + loaded - used)
        return count != 0

    def _sequence(self, m, walker, next_pass, next_valid, take):
        """Adds the walk over tiles and passes; ``next_pass`` has its strips in the buffer.

        Returns: whether passes remain.
        """
        tile = walker.tile
        active = Signal()
        bytes_left = Signal(16)
        begins_job = Signal()
        m.d.comb += self.ready.eq(~active & self._first_fed)
        a_slot, b_slot, panel_slot = (Signal(range(MAX_SLOTS), name=n)
                                      for n in ("a_slot", "b_slot", "panel_slot"))
        chunked, chunk_word = Signal(), Signal(range(HALF_WORDS))
        pass_bytes = Mux(chunked, CHUNK_BYTES, PASS_BYTES)
        is_last_pass = bytes_left <= pass_bytes
        keeps_slots = chunked & ~is_last_pass
        prepare = Signal()
        b_is_there = Signal()  # and was used before: in the panel before, or by the job before
        needs_a = (tile.first_column & ~self.plan.keeps_a) | self.plan.reloads_a
        needs_b = (tile.first_strip & ~b_is_there) | self.plan.is_split
        has_a = self._loaded(m, "a", self.a_loaded, prepare & needs_a)
        has_b = self._loaded(m, "b", self.b_loaded, prepare & needs_b)
        frees_b = (tile.last_strip | self.plan.is_split) & ~keeps_slots
        m.d.comb += [
            prepare.eq(active & (has_a | ~needs_a) & (has_b | ~needs_b) & (~next_valid | take)),
            walker.next.eq(prepare & is_last_pass),
        ]
        with m.If(take):
            m.d.sync += next_valid.eq(0)
        with m.If(prepare):
            m.d.sync += [
                next_valid.eq(1),
                next_pass.a_address.eq(self.plan.slot_address(a_slot) | chunk_word),
                next_pass.b_address.eq(self.plan.slot_address(b_slot) | chunk_word),
                next_pass.last_step.eq(Mux(is_last_pass, bytes_left - 1, pass_bytes - 1)),
                next_pass.completes.eq(is_last_pass),
                next_pass.begins_job.eq(begins_job), begins_job.eq(0),
                next_pass.frees_a.eq((tile.last_column | self.plan.reloads_a) & ~keeps_slots),
                next_pass.frees_b.eq(frees_b),
                bytes_left.eq(Mux(is_last_pass, self.job.k, bytes_left - pass_bytes)),
                chunked.eq(chunked & (~is_last_pass | tile.first_column)),
                chunk_word.eq(Mux(keeps_slots, chunk_word + CHUNK_BYTES // WORD_BYTES, 0)),
                active.eq(~(tile.last & is_last_pass)),
                b_slot.eq(b_slot + frees_b),
                a_slot.eq(a_slot + ~keeps_slots),
            ]
            with m.If(tile.last_strip & tile.last_column & ~tile.last & is_last_pass
                      & self.plan.b_fits):
                m.d.sync += [b_is_there.eq(1), b_slot.eq(b_slot + 1 - self.plan.b_strips)]
            # The strips of a panel are used again for each column of tiles, in the same order.
            with m.If(tile.last_strip & ~self.plan.reloads_a & ~keeps_slots):
                with m.If(tile.last_column):
                    m.d.sync += panel_slot.eq(a_slot + 1)
                with m.Else():
                    m.d.sync += a_slot.eq(panel_slot)
        with m.If(self.start):
            m.d.sync += [active.eq(1), begins_job.eq(1), bytes_left.eq(self.job.k),
                         chunked.eq(self.plan.chunks & self.anew),
                         b_is_there.eq(self.plan.keeps_b)]
            first_a = Mux(self.plan.keeps_a, (a_slot - self.plan.a_strips)[:3],
                          Mux(self.anew, 0, a_slot))
            m.d.sync += [
                a_slot.eq(first_a), panel_slot.eq(first_a),
                b_slot.eq(Mux(self.plan.keeps_b, (b_slot - self.plan.b_strips)[:3],
                              Mux(self.anew, 0, b_slot)))]
        return active | next_valid

    def _steps(self, m, next_pass, next_valid, take, active):
        """Adds the walk over the steps of a pass, one a cycle, while ``active``."""
        current = Signal(_Pass)
        left = Signal(range(PASS_BYTES))  # steps after this one
        byte = Signal(range(WORD_BYTES))
        reads_b = Signal()
        b_address = Signal(range(HALF_WORDS))
        results_gone = Signal(init=1)
        go, starts_word, ends_pass, ends_tile = Signal(), Signal(), Signal(), Signal()
        is_first = Signal()  # step of the job
        since_first = Signal(4)  # cycles ago, a bit each
        m.d.comb += [
            starts_word.eq(byte == 0),
            ends_pass.eq(left == 0),
            ends_tile.eq(ends_pass & current.completes),
            self.blocked.eq(active & ends_tile & ~results_gone),
            # A bank answers one read a cycle, and reads the word of B one cycle after that of A.
            go.eq(active & ~self.blocked & ~(starts_word & reads_b)),
            take.eq(next_valid & (~active | (go & ends_pass))),
            self.starved.eq(self.busy & ~active),
        ]
        m.d.sync += [reads_b.eq(go & starts_word), b_address.eq(current.b_address)]
        with m.If(go):
            m.d.sync += [left.eq(left - 1), byte.eq(byte + 1)]
            with m.If(byte == WORD_BYTES - 1):
                m.d.sync += [current.a_address.eq(current.a_address + 1),
                             current.b_address.eq(current.b_address + 1)]
            m.d.sync += is_first.eq(0)
            with m.If(ends_pass):
                m.d.sync += active.eq(0)
        with m.If(take):
            m.d.sync += [active.eq(1), current.eq(next_pass), left.eq(next_pass.last_step),
                         byte.eq(0), is_first.eq(next_pass.begins_job)]
        with m.If(self.released):
            m.d.sync += results_gone.eq(1)
        with m.If(go & ends_tile):
            m.d.sync += results_gone.eq(0)

        m.d.sync += since_first.eq(Cat(go & is_first, since_first))
        with m.If(since_first[-1]):
            m.d.sync += self._first_fed.eq(1)
        with m.If(self.start):
            m.d.sync += self._first_fed.eq(0)

        feed = self.feed
        m.d.sync += [
            feed.address.eq(Mux(reads_b, HALF_WORDS + b_address, current.a_address)),
            feed.reads_a.eq(go & starts_word),
            feed.reads_b.eq(reads_b),
            feed.byte.eq(byte),
            feed.begins_job.eq(go & is_first),
            feed.step.accumulate.eq(go),
            feed.step.finish.eq(go & ends_tile),
        ]
        self._free(m, "a", self.a_freed, go & ends_pass & current.frees_a)
        self._free(m, "b", self.b_freed, go & ends_pass & current.frees_b)

    def _free(self, m, name, freed, last_use):
        """Reports a strip as free when the last bank has read it."""
        # Two cycles to the read of B by the first block, and one for each block.
        for stage in range(2 + block_count(max(self._rows, self._columns))):
            delayed = Signal(name=f"{name}_freed_{stage}")
            m.d.sync += delayed.eq(last_use)
            last_use = delayed
        m.d.comb += freed.eq(last_use)
