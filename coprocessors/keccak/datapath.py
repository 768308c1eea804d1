"""The datapath of the Keccak coprocessor: a whole sponge between two streams."""

from amaranth.hdl import Cat, Const, Module, Mux, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import connect, flipped

from coprocessors.keccak.absorber import Absorber
from coprocessors.keccak.permutation import Permutation
from coprocessors.keccak.squeezer import Squeezer
from coprocessors.keccak.table import (
    DESCRIPTOR, DESCRIPTOR_LAYOUT, MAX_RATE_LANES, STATE_BYTES,
)
from coprocessors.shell.datapath import DatapathSignature, JobError, Operand

__all__ = ["KeccakDatapath"]


class KeccakDatapath(wiring.Component):
    """Sponge functions: absorbs a message of any length, squeezes output of any length.

    Parameters: rounds_per_cycle : int, 1 or 2.
    Members:    those of `DatapathSignature` over the fields of `DESCRIPTOR`.
    Timing:     a job ends with `JobError.DESCRIPTOR` 1 cycle after it is taken, or else sends its
        commands from that cycle on. A block of the message takes 24 / ``rounds_per_cycle`` cycles
        (half as many with 12 rounds), or one cycle a lane where that is more; a block of output
        likewise. From the last beat of the message to the first beat of output, where the message
        ends within a lane of the last block and no lanes have to be filled up,
        24 / ``rounds_per_cycle`` + 1 cycles. A state that is stored takes 25 cycles; one that is
        loaded 25, and 26 more unless the message is empty and not padded.
        Of many messages whose output is one block at most, the next one's first block is collected
        while one is permuted; the others follow each other. No time depends on data.
    Raises:     ValueError unless ``rounds_per_cycle`` is 1 or 2.
    """

    kind = 2
    version = 2
    strides = True
    descriptor = DESCRIPTOR

    def __init__(self, *, rounds_per_cycle=1):
        self._permutation = Permutation(rounds_per_cycle=rounds_per_cycle)
        super().__init__(DatapathSignature(DESCRIPTOR_LAYOUT))

    @staticmethod
    def operands(job):
        """The memory that a job uses, from a view of its descriptor."""
        count = _messages(job)
        return [
            Operand("source", address=job.source, row_bytes=job.length, rows=count,
                    stride=job.source_stride, write=False, enable=Const(1)),
            Operand("destination", address=job.destination, row_bytes=job.output_length,
                    rows=count, stride=job.destination_stride, write=True, enable=Const(1)),
            *(Operand("state", address=job.state, row_bytes=Const(STATE_BYTES), rows=Const(1),
                      stride=Const(0), write=write, enable=enable)
              for write, enable in ((False, job.mode_load_state), (True, job.mode_store_state))),
        ]

    def elaborate(self, platform):
        m = Module()
        sponge = Module()
        self._control(sponge)
        # To clear is to reset all but this flag.
        m.submodules.sponge = ResetInserter(self.clear)(sponge)
        m.d.sync += self.cleared.eq(self.clear)
        return m

    def _control(self, m):
        m.submodules.absorber = absorber = Absorber()
        m.submodules.permutation = permutation = self._permutation
        m.submodules.squeezer = squeezer = Squeezer()

        job = Signal(DESCRIPTOR_LAYOUT)
        busy, takes, begins, last, ends = Signal(), Signal(), Signal(), Signal(), Signal()
        may_begin, legal = Signal(), Signal()  # whether the job that is taken is legal; was
        rate = job.mode_rate_lanes
        m.d.comb += [
            self.job.ready.eq(~busy),
            takes.eq(self.job.valid & ~busy),
            may_begin.eq(_is_legal(self.job.payload)),
            self.done.eq(ends | (begins & ~legal)),
            self.error.eq(Mux(legal, JobError.NONE, JobError.DESCRIPTOR)),
        ]
        # One cycle late: that the last beat is taken is known late, and its word leaves later.
        m.d.sync += [begins.eq(takes), ends.eq(squeezer.done & last)]
        with m.If(takes):
            m.d.sync += [job.eq(self.job.payload), job.count.eq(_messages(self.job.payload)),
                         busy.eq(1), legal.eq(may_begin)]
        with m.Elif(self.done):
            m.d.sync += busy.eq(0)

        m.d.comb += [
            absorber.start.eq(self._next_message(m, takes & may_begin, absorber, squeezer, last)),
            absorber.length.eq(job.length),
            absorber.rate_lanes.eq(rate),
            absorber.domain.eq(job.mode_domain),
            absorber.no_pad.eq(job.mode_no_pad),
            absorber.load_state.eq(job.mode_load_state),
            squeezer.start.eq(begins & legal),
            squeezer.output_length.eq(job.output_length),
            squeezer.rate_lanes.eq(rate),
            squeezer.store_state.eq(job.mode_store_state),
            permutation.rounds12.eq(job.mode_rounds12),
        ]
        pending = self._connect_streams(m, job, takes & may_begin, absorber, permutation, squeezer)
        self._connect_blocks(m, absorber, permutation, squeezer, pending)

    def _next_message(self, m, takes, absorber, squeezer, last):
        """Counts the messages; returns a signal that is high when the next one begins.

        One whose predecessor gives a block of output at most begins when that has been absorbed,
        any other when it has ended. ``takes`` : a legal job is taken; ``last`` : no message
        follows the one that ends.
        """
        left = Signal(16)  # messages that have not begun
        is_left = Signal()  # one of them
        begun = Signal(range(3))  # messages that have, and have not ended
        short_output, begins = Signal(), Signal()
        m.d.comb += [
            begins.eq(is_left & ~absorber.active
                      & ((begun == 0) | (short_output & (begun == 1)))),
            last.eq(~is_left & (begun == 1)),
        ]
        job = self.job.payload
        with m.If(takes):
            m.d.sync += [
                left.eq(_messages(job)), is_left.eq(1),
                short_output.eq(job.output_length <= Cat(Const(0, 3), job.mode_rate_lanes)),
            ]
        with m.Elif(begins):
            m.d.sync += [left.eq(left - 1), is_left.eq(left != 1)]
        m.d.sync += begun.eq(begun + begins - squeezer.done)
        return begins

    def _connect_blocks(self, m, absorber, permutation, squeezer, pending):
        """From block to state to output; absorber and squeezer share the buffer.

        A block that is collected while the message before it is permuted leaves the buffer to that
        message's output, and starts in the same cycle. It does so at the earliest one cycle after
        it is complete: whether data come is known too late in its cycle. No output enters the
        buffer while a command is ``pending``, so that a job is not done before all are taken.
        """
        swaps = Signal()
        m.d.sync += swaps.eq(absorber.valid & ~permutation.ready & ~pending)
        m.d.comb += [
            *(lane.eq(value) for lane, value in zip(permutation.block, absorber.block)),
            permutation.start.eq(absorber.valid),
            permutation.last.eq(absorber.last),
            absorber.ready.eq(permutation.ready),
            *(lane.eq(value) for lane, value in zip(absorber.whole, permutation.output)),
            absorber.load.eq(permutation.capture),
            absorber.hold.eq(squeezer.hold),
            absorber.unload.eq(squeezer.shift),
            absorber.wipe.eq(squeezer.wipe),
            squeezer.lowest.eq(absorber.lowest),
            squeezer.capture.eq(permutation.capture),
            permutation.output_free.eq(Mux(absorber.active, swaps, squeezer.free & ~pending)),
            permutation.swaps.eq(swaps),
            permutation.more.eq(squeezer.more),
            permutation.keep.eq(squeezer.keep),
        ]

    def _connect_streams(self, m, job, takes, absorber, permutation, squeezer):
        """Commands and data; ``takes`` : a legal job is taken. Returns a signal that is high until
        all commands that write have been taken: `DmaWriter` takes one ahead of its turn.
        """
        new = self.job.payload
        state = (job.state, STATE_BYTES, 1, 0)
        self._commands(m, self.read_command, [
            (takes & new.mode_load_state, *state),
            (takes & (new.length != 0), job.source, job.length, job.count, job.source_stride)])
        pending = self._commands(m, self.write_command, [
            (takes & (new.output_length != 0), job.destination, job.output_length, job.count,
             job.destination_stride),
            (takes & new.mode_store_state, *state)])
        connect(m, flipped(self.read_data), absorber.data)
        connect(m, squeezer.data, flipped(self.write_data))
        m.d.comb += [
            self.stalled_on_input.eq(absorber.waiting
                                     & (permutation.waiting | ~permutation.running)),
            self.stalled_on_output.eq(self.write_data.valid & ~self.write_data.ready
                                      & (permutation.waiting | ~permutation.running)),
        ]
        return pending

    def _commands(self, m, command, transfers):
        """Sends ``transfers``, tuples (asked for, address, bytes of a row, rows, stride), one after
        the other as commands; the first member is high in the cycle before all others are valid.

        Returns a signal that is high until all have been taken.
        """
        earlier = Const(0)
        for asked, address, row_bytes, rows, stride in transfers:
            waits = Signal()
            with m.If(asked):
                m.d.sync += waits.eq(1)
            with m.Elif(command.ready & ~earlier):
                m.d.sync += waits.eq(0)
            with m.If(waits & ~earlier):
                m.d.comb += [
                    command.valid.eq(1),
                    command.payload.address.eq(address),
                    command.payload.row_bytes.eq(row_bytes),
                    command.payload.rows.eq(rows),
                    command.payload.stride.eq(stride),
                ]
            earlier = earlier | waits
        return earlier


def _messages(job):
    """How many messages a job has."""
    return Mux(job.count == 0, 1, job.count)


def _is_legal(job):
    """Whether the fields of a job are."""
    rate, domain = job.mode_rate_lanes, job.mode_domain
    uses_state = job.mode_load_state | job.mode_store_state
    return ((rate != 0) & (rate <= MAX_RATE_LANES)
            & (((domain != 0) & ~domain[-1]) | job.mode_no_pad)
            & ~(uses_state & (job.count > 1)))
