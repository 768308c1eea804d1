"""The datapath of the Keccak coprocessor: a whole sponge between two streams."""

from amaranth.hdl import Const, Module, Mux, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import connect, flipped

from coprocessors.keccak.absorber import Absorber
from coprocessors.keccak.permutation import Permutation
from coprocessors.keccak.squeezer import Squeezer
from coprocessors.keccak.table import DESCRIPTOR, DESCRIPTOR_LAYOUT, MAX_RATE_LANES
from coprocessors.shell.datapath import DatapathSignature, JobError, Operand

__all__ = ["KeccakDatapath"]


class KeccakDatapath(wiring.Component):
    """Sponge functions: absorbs a message of any length, squeezes output of any length.

    Parameters: rounds_per_cycle : int, 1 or 2.
    Members:    those of `DatapathSignature` over the fields of `DESCRIPTOR`.
    Timing:     a job ends with `JobError.DESCRIPTOR` 1 cycle after it is taken, or else sends its
        commands in that cycle. A block of the message takes 24 / ``rounds_per_cycle`` cycles (half
        as many with 12 rounds), or one cycle a lane where that is more; a block of output one
        cycle a lane and one, where that is more. From the last beat of the message to the first
        beat of output, where the message ends within a lane of the last block and no lanes have to
        be filled up, 24 / ``rounds_per_cycle`` + 1 cycles. No time depends on data.
    Raises:     ValueError unless ``rounds_per_cycle`` is 1 or 2.
    """

    kind = 2
    version = 1
    strides = False
    descriptor = DESCRIPTOR

    def __init__(self, *, rounds_per_cycle=1):
        self._permutation = Permutation(rounds_per_cycle=rounds_per_cycle)
        super().__init__(DatapathSignature(DESCRIPTOR_LAYOUT))

    @staticmethod
    def operands(job):
        """The memory that a job uses, from a view of its descriptor."""
        return [
            Operand(name, address=address, row_bytes=length, rows=Const(1), stride=Const(0),
                    write=write, enable=Const(1))
            for name, address, length, write in [
                ("source", job.source, job.length, False),
                ("destination", job.destination, job.output_length, True)]]

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
        busy, begins, legal = Signal(), Signal(), Signal()
        rate, domain = job.mode_rate_lanes, job.mode_domain
        m.d.comb += [
            self.job.ready.eq(~busy),
            legal.eq((rate != 0) & (rate <= MAX_RATE_LANES) & (domain != 0) & ~domain[-1]),
            self.done.eq(squeezer.done | (begins & ~legal)),
            self.error.eq(Mux(legal, JobError.NONE, JobError.DESCRIPTOR)),
        ]
        m.d.sync += begins.eq(self.job.valid & ~busy)
        with m.If(self.job.valid & ~busy):
            m.d.sync += [job.eq(self.job.payload), busy.eq(1)]
        with m.Elif(self.done):
            m.d.sync += busy.eq(0)

        m.d.comb += [
            absorber.start.eq(begins & legal),
            absorber.length.eq(job.length),
            absorber.rate_lanes.eq(rate),
            absorber.domain.eq(domain),
            *(lane.eq(value) for lane, value in zip(permutation.block, absorber.block)),
            permutation.start.eq(absorber.valid),
            permutation.last.eq(absorber.last),
            absorber.ready.eq(permutation.ready),
            permutation.rounds12.eq(job.mode_rounds12),
            squeezer.start.eq(begins & legal),
            squeezer.output_length.eq(job.output_length),
            squeezer.rate_lanes.eq(rate),
            squeezer.first_lane.eq(permutation.output[0]),
            squeezer.capture.eq(permutation.capture),
            squeezer.next_lane.eq(absorber.next_lane),
            *(lane.eq(value) for lane, value in zip(absorber.output, permutation.output)),
            absorber.load.eq(permutation.capture),
            absorber.unload.eq(squeezer.shift),
            absorber.wipe.eq(squeezer.wipe),
            permutation.output_free.eq(squeezer.free),
            permutation.more.eq(squeezer.more),
        ]
        self._command(m, self.read_command, legal, job.source, job.length)
        writes = self._command(m, self.write_command, legal, job.destination, job.output_length)
        connect(m, flipped(self.read_data), absorber.data)
        m.d.comb += [
            # Output waits for its command, so that a job is not done before both are taken.
            self.write_data.valid.eq(squeezer.data.valid & ~writes),
            squeezer.data.ready.eq(self.write_data.ready & ~writes),
            self.write_data.payload.eq(squeezer.data.payload),
            self.stalled_on_input.eq(absorber.waiting & ~permutation.running),
            self.stalled_on_output.eq(self.write_data.valid & ~self.write_data.ready
                                      & (permutation.waiting | ~permutation.running)),
        ]

    def _command(self, m, command, legal, address, length):
        """Sends one row as a command at the beginning of a legal job, unless it is empty.

        Returns a signal that is high until the command has been taken.
        """
        pending = Signal()
        with m.If(self.job.valid & self.job.ready):
            m.d.sync += pending.eq(1)
        with m.Elif(command.ready | ~command.valid):
            m.d.sync += pending.eq(0)
        m.d.comb += [
            command.valid.eq(pending & legal & (length != 0)),
            command.payload.address.eq(address),
            command.payload.row_bytes.eq(length),
            command.payload.rows.eq(1),
        ]
        return command.valid
