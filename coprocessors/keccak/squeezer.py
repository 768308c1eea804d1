"""From the state to the output stream."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.keccak.model import LANE_BITS, LANE_BYTES
from coprocessors.keccak.table import MAX_RATE_LANES
from coprocessors.shell.datapath import Beat

__all__ = ["Squeezer"]


class Squeezer(wiring.Component):
    """Sends output of any length, one lane a cycle, while the state is permuted further.

    A message has been absorbed when its output begins: the block waits in the shift register of the
    `Absorber`. Only the lane that is sent stands here.

    Members:
        start         : In(1), begins the output of a job.
        output_length : In(32), bytes, with ``start``; 0 is legal.
        rate_lanes    : In(5), lanes of a block, from 1 to 24; constant from ``start`` to ``done``.
        first_lane    : In(64), of a block of output, taken with ``capture``.
        capture       : In(1), only while ``free`` is high: the other lanes go to the register.
        free          : Out(1), the next block can be taken.
        more          : Out(1), valid while ``free`` is high: the next block is not the last.
        next_lane     : In(64), the lowest lane of the register; shift : Out(1), it is taken.
        data          : Out(stream of Beat), the output as one row.
        done          : Out(1), high in the cycle in which the last beat is taken, or with
                        ``capture`` when there is no output.
        wipe          : Out(1), one cycle after ``done``: what the register still holds is to be
                        overwritten.
    Timing: the first beat is valid one cycle after ``capture``, then one a cycle; ``rate_lanes``
        + 1 cycles from block to block.
    """

    def __init__(self):
        super().__init__({
            "start": In(1),
            "output_length": In(32),
            "rate_lanes": In(range(MAX_RATE_LANES + 1)),
            "first_lane": In(LANE_BITS),
            "capture": In(1),
            "free": Out(1),
            "more": Out(1),
            "next_lane": In(LANE_BITS),
            "shift": Out(1),
            "data": Out(stream.Signature(Beat)),
            "done": Out(1),
            "wipe": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        block_left = Signal(range(MAX_RATE_LANES + 1))  # lanes of the block not sent yet
        holds = Signal()  # there are some
        lanes_left = Signal(30)  # of the output
        tail_bytes = Signal(4)  # of the last lane, 1 to 8
        beat = self.data.payload

        moves, sends, last = Signal(), Signal(), Signal()
        m.d.comb += [
            self.free.eq(~holds & ~self.data.valid),
            moves.eq(~self.data.valid | self.data.ready),
            self.shift.eq(moves & holds),
            sends.eq(self.shift | (self.capture & (lanes_left != 0))),
            last.eq(lanes_left == 1),
            self.more.eq(lanes_left > self.rate_lanes),
            self.done.eq((self.data.valid & self.data.ready & beat.last)
                         | (self.capture & (lanes_left == 0))),
        ]
        # Of thousands of flip-flops, and one cycle late: the end of a job comes late itself.
        m.d.sync += self.wipe.eq(self.done)

        with m.If(self.start):
            tail = self.output_length[:3]
            m.d.sync += [
                lanes_left.eq(self.output_length[3:] + tail.any()),
                tail_bytes.eq(Mux(tail.any(), tail, LANE_BYTES)),
            ]
        with m.Elif(sends):
            m.d.sync += lanes_left.eq(lanes_left - 1)
        with m.If(self.capture):
            m.d.sync += [block_left.eq(self.rate_lanes - 1),
                         holds.eq((self.rate_lanes != 1) & (lanes_left > 1))]
        with m.Elif(self.shift):
            m.d.sync += [block_left.eq(block_left - 1), holds.eq(~last & (block_left != 1))]

        with m.If(self.data.ready):
            m.d.sync += self.data.valid.eq(0)
        with m.If(sends):
            m.d.sync += [
                self.data.valid.eq(1),
                beat.data.eq(Mux(self.capture, self.first_lane, self.next_lane)),
                beat.count.eq(Mux(last, tail_bytes, LANE_BYTES)),
                beat.last.eq(last),
            ]
        with m.Elif(self.wipe):
            m.d.sync += beat.data.eq(0)
        return m
