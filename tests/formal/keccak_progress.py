"""The Keccak engine does not stop: while it has a job, something goes on.

Whatever jobs come, legal or not, and whenever memory delivers what was asked for and takes what is
written under a command: if it does not make the engine wait, then in every cycle, but for _PAUSE in
a row, a command or a beat is taken, a lane is filled up with zeros, a round is made, or a job ends.
Each of these happens a finite number of times in a job, so that every job ends. Row by row no more
and no less is written than the commands say, and all of it before the job ends.

Of messages and outputs of up to _LONGEST bytes, two at most in a job, rates of up to _RATES lanes,
and _ROUNDS rounds in place of 24. Any state follows a round, since control does not depend on it
(`silent_keccak`). PDR.
"""

from unittest import mock

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Assume, Cat, Cover, Module, Mux, Signal

from coprocessors.keccak.absorber import Absorber
from coprocessors.keccak.datapath import KeccakDatapath
from coprocessors.keccak.round import Round
from coprocessors.keccak.squeezer import Squeezer
from tests.formal.proof import Bench, Pdr, Proof, glass
from tests.mutants import edited, with_part

__all__ = ["PROOFS"]


_LONGEST = 31
_RATES = 3
_ROUNDS = 4
_PAUSE = 6


class _FreeRound(Round):
    """Any state follows."""

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [lane.eq(AnySeq(64)) for lane in self.result]
        return m


class _Rows:
    """The rows of the commands that have been taken and not been transferred: of two at most.

    Members: any, of which there are some; left, bytes of the first; taken, a command is.
    """

    def __init__(self, m, name, command):
        self.any, self.taken = Signal(name=f"{name}_any"), Signal(name=f"{name}_taken")
        self.left = Signal(8, name=f"{name}_left")
        self._rows = [Signal(2, name=f"{name}_rows{n}") for n in range(2)]
        self._sizes = [Signal(8, name=f"{name}_bytes{n}") for n in range(2)]
        self._payload = command.payload
        m.d.comb += [command.ready.eq(self._rows[1] == 0), self.any.eq(self._rows[0] != 0),
                     self.taken.eq(command.valid & command.ready)]

    def transfer(self, m, fires, count, last):
        """A beat of ``count`` bytes, the ``last`` of its row or not, goes by when it ``fires``."""
        rows, sizes, payload = self._rows, self._sizes, self._payload
        ends = fires & last & (rows[0] == 1)
        with m.If(fires):
            m.d.sync += self.left.eq(Mux(last, sizes[0], self.left - count))
            m.d.sync += rows[0].eq(rows[0] - last)
        with m.If(ends):
            m.d.sync += [rows[0].eq(rows[1]), sizes[0].eq(sizes[1]), self.left.eq(sizes[1]),
                         rows[1].eq(0)]
        with m.If(self.taken & (~self.any | ends)):
            m.d.sync += [rows[0].eq(payload.rows), sizes[0].eq(payload.row_bytes),
                         self.left.eq(payload.row_bytes)]
        with m.Elif(self.taken):
            m.d.sync += [rows[1].eq(payload.rows), sizes[1].eq(payload.row_bytes)]


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component()
        with (mock.patch("coprocessors.keccak.permutation.Round", _FreeRound),
              mock.patch("coprocessors.keccak.permutation.ROUNDS", _ROUNDS)):
            m.submodules.dut, inside = glass(dut)
        job, permutation = dut.job.payload, dut._permutation
        m.d.comb += [
            dut.clear.eq(0), dut.job.valid.eq(AnySeq(1)),
            job.as_value().eq(AnySeq(len(job.as_value()))),
            Assume(job.length <= _LONGEST), Assume(job.output_length <= _LONGEST),
            Assume(job.count <= 2), Assume(job.mode_rate_lanes <= _RATES),
        ]
        reads, writes = _Rows(m, "read", dut.read_command), _Rows(m, "write", dut.write_command)
        offers, accepts = AnySeq(1), AnySeq(1)
        beat, written = dut.read_data.payload, dut.write_data.payload
        m.d.comb += [
            dut.read_data.valid.eq(reads.any & offers), beat.data.eq(AnySeq(64)),
            beat.last.eq(reads.left <= 8), beat.count.eq(Mux(beat.last, reads.left, 8)),
            dut.write_data.ready.eq(writes.any & accepts),
        ]
        read = dut.read_data.valid & dut.read_data.ready
        wrote = dut.write_data.valid & dut.write_data.ready
        reads.transfer(m, read, beat.count, beat.last)
        writes.transfer(m, wrote, written.count, written.last)

        busy, pause = Signal(), Signal(range(_PAUSE + 1))
        with m.If(dut.job.valid & dut.job.ready):
            m.d.sync += busy.eq(1)
        with m.Elif(dut.done):
            m.d.sync += busy.eq(0)
        position = inside["sponge.absorber.position"]
        before = Signal.like(position)
        m.d.sync += before.eq(position)
        goes_on = Cat(reads.taken, writes.taken, read, wrote, dut.done, ~busy, position != before,
                      permutation.running & ~permutation.waiting,
                      reads.any & ~offers, writes.any & ~accepts)  # not its fault
        m.d.sync += pause.eq(Mux(goes_on.any(), 0, pause + (pause != _PAUSE)))
        rows = Signal(2)  # of output, that the job has written
        with m.If(dut.done):
            m.d.sync += rows.eq(0)
        with m.Elif(wrote & written.last):
            m.d.sync += rows.eq(rows + 1)
        m.d.comb += [
            Assert(~wrote | (written.count == Mux(writes.left <= 8, writes.left, 8))),
            Assert(~wrote | (written.last == (writes.left <= 8))),
            Assert(pause != _PAUSE), Assert(~dut.done | busy),
            Assert(~dut.done | ~(reads.any | writes.any)),
            Cover(dut.done & (rows == 2)),
        ]
        return m


def _with(part, *edit):
    """A KeccakDatapath in which a part is edited."""
    return with_part(KeccakDatapath, f"coprocessors.keccak.datapath.{part.__name__}",
                     edited(part, *edit))


_MUTANTS = (
    _with(Squeezer, "an_empty_output_does_not_end", "(self.capture & (lanes_left == 0))", "0"),
    _with(Squeezer, "the_last_beat_is_full", "Mux(last & ~in_state, tail_bytes, LANE_BYTES)",
          "LANE_BYTES"),
    _with(Absorber, "padding_waits_for_data", "(self.data.valid | ~in_rate | ended)",
          "(self.data.valid | ~in_rate)"),
)


PROOFS = (Proof("keccak_progress", "something goes on until its job has ended", _Bench,
                KeccakDatapath, _MUTANTS, Pdr(), mutant_cycles=24, cover_cycles=28),)
