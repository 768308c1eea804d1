"""From the state to the output stream."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.keccak.model import LANE_BITS, LANE_BYTES, LANES
from coprocessors.keccak.table import MAX_RATE_LANES
from coprocessors.shell.datapath import Beat

__all__ = ["Squeezer"]


class Squeezer(wiring.Component):
    """Sends output of any length, one lane a cycle, while the state is permuted further; then, if
    asked for, the state.

    What is sent waits in the buffer of the `Absorber`, whose lowest lane is the next.

    Members:
        start         : In(1), begins the output of a job: that of one message after the other.
        output_length : In(32), bytes of each; 0 is legal. Constant, as the next two, from ``start``
                        to the last ``done``.
        rate_lanes    : In(5), lanes of a block, from 1 to 24.
        store_state   : In(1), the state follows as a row of its own; only for a single message.
        capture       : In(1), only while ``free`` is high: the buffer takes the state.
        free          : Out(1), it may do so.
        more          : Out(1), valid while ``free`` is high: another block comes after this one.
        keep          : Out(1), likewise: no other, but the state.
        hold          : Out(1), the buffer is not free, or is being overwritten.
        lowest        : In(64), of the buffer; shift : Out(1), it has been sent.
        data          : Out(stream of Beat), the output of each message as one row; the state.
        done          : Out(1), high in the cycle in which the last beat of a message is taken, or
                        with ``capture`` when there is none.
        wipe          : Out(1), one cycle after ``done``: what the buffer still holds is to be
                        overwritten.
    Timing: the first beat is valid one cycle after ``capture``, then one a cycle; the next
        ``capture`` may come with the last beat of a block.
    """

    def __init__(self):
        super().__init__({
            "start": In(1),
            "output_length": In(32),
            "rate_lanes": In(range(MAX_RATE_LANES + 1)),
            "store_state": In(1),
            "capture": In(1),
            "free": Out(1),
            "more": Out(1),
            "keep": Out(1),
            "hold": Out(1),
            "lowest": In(LANE_BITS),
            "shift": Out(1),
            "data": Out(stream.Signature(Beat)),
            "done": Out(1),
            "wipe": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        block_left = Signal(range(LANES))  # lanes in the buffer behind the lowest one
        holds = Signal()  # there are some
        lanes_left = Signal(30)  # of the row, behind the lowest one; or of the next row
        in_state = Signal()  # that row is the state
        total_lanes = Signal(30)
        tail_bytes = Signal(4)  # of the last lane of output, 1 to 8
        ends = Signal()  # with the lowest lane the message is done
        beat = self.data.payload

        sends, last, state_is_next = Signal(), Signal(), Signal()
        tail = self.output_length[:3]
        exceeds = lanes_left > self.rate_lanes
        m.d.comb += [
            self.free.eq(~holds & (~self.data.valid | self.data.ready) & ~self.wipe),
            self.hold.eq(self.data.valid | self.wipe),
            self.shift.eq(self.data.valid & self.data.ready),
            sends.eq((self.shift & holds) | (self.capture & (lanes_left != 0))),
            last.eq(lanes_left == 1),
            self.more.eq(exceeds & ~in_state),
            self.keep.eq(~exceeds & ~in_state & self.store_state),
            self.done.eq((self.shift & ends) | (self.capture & (lanes_left == 0))),
            total_lanes.eq(self.output_length[3:] + tail.any()),
            state_is_next.eq(self.store_state & Mux(self.start, self.output_length == 0,
                                                    ~in_state)),
            beat.data.eq(self.lowest),
        ]
        # Of thousands of flip-flops, and one cycle late: the end of a job comes late itself.
        m.d.sync += self.wipe.eq(self.done & ~(self.capture & (lanes_left != 0)))

        # What is taken is known late, and so decides only whether registers change.
        with m.If(self.start | sends):
            m.d.sync += lanes_left.eq(Mux(
                self.start | last, Mux(state_is_next, LANES, total_lanes), lanes_left - 1))
            with m.If(self.start | last):
                m.d.sync += in_state.eq(state_is_next)
        with m.If(self.start):
            m.d.sync += tail_bytes.eq(Mux(tail.any(), tail, LANE_BYTES))
        with m.If(self.capture | (self.shift & holds)):
            m.d.sync += [
                block_left.eq(Mux(holds, block_left, Mux(in_state, LANES, self.rate_lanes)) - 1),
                holds.eq(~last & Mux(holds, block_left != 1,
                                     (lanes_left != 0) & (in_state | (self.rate_lanes != 1)))),
            ]

        with m.If(self.data.ready):
            m.d.sync += self.data.valid.eq(0)
        with m.If(sends):
            m.d.sync += [
                self.data.valid.eq(1),
                beat.count.eq(Mux(last & ~in_state, tail_bytes, LANE_BYTES)),
                beat.last.eq(last),
                ends.eq(last & (in_state | ~self.store_state)),
            ]
        return m
