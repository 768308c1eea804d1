"""From the state to the output stream."""

from functools import reduce
from operator import xor

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.keccak.model import LANE_BITS, LANE_BYTES
from coprocessors.keccak.table import MAX_RATE_LANES
from coprocessors.shell.datapath import Beat

__all__ = ["Squeezer"]


def _xor(values):
    """XOR of all ``values``, as a tree of operators of four inputs, the size of a LUT."""
    while len(values) > 1:
        values = [reduce(xor, values[at:at + 4]) for at in range(0, len(values), 4)]
    return values[0]


class Squeezer(wiring.Component):
    """Sends output of any length, one lane a cycle, while the state is permuted further.

    Members:
        start         : In(1), begins the output of a job.
        output_length : In(32), bytes, with ``start``; 0 is legal.
        rate_lanes    : In(5), lanes of a block, from 1 to 24; constant from ``start`` to ``done``.
        block         : In(64) x 24, a block of output, taken with ``capture``.
        capture       : In(1), only while ``free`` is high.
        free          : Out(1), the next block can be taken.
        more          : Out(1), valid while ``free`` is high: the next block is not the last.
        data          : Out(stream of Beat), the output as one row.
        done          : Out(1), high in the cycle in which the last beat is taken, or with
                        ``capture`` when there is no output.
    Timing: the first beat is valid 3 cycles after ``capture``, then one a cycle; ``rate_lanes`` + 2
        cycles from block to block. The block is overwritten with 0 when its job is done.

    The lanes are not chosen by a multiplexer, which would take 16 LUT4 a bit. Each is overwritten
    with 0 in its turn, and is then what has changed in the XOR of all of them: 9 LUT4 a bit.
    """

    def __init__(self):
        super().__init__({
            "start": In(1),
            "output_length": In(32),
            "rate_lanes": In(range(MAX_RATE_LANES + 1)),
            "block": In(LANE_BITS).array(MAX_RATE_LANES),
            "capture": In(1),
            "free": Out(1, init=1),
            "more": Out(1),
            "data": Out(stream.Signature(Beat)),
            "done": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        held = [Signal(LANE_BITS, name=f"held{n}") for n in range(MAX_RATE_LANES)]
        select = Signal(MAX_RATE_LANES)  # one-hot, the lane to overwrite next
        primed = Signal()  # ``rest`` belongs to the block
        rest = Signal(LANE_BITS)  # XOR of the lanes before the latest was overwritten
        block_left = Signal(range(MAX_RATE_LANES + 1))
        lanes_left = Signal(30)
        tail_bytes = Signal(4)  # of the last lane, 1 to 8
        beat = self.data.payload

        steps, sends, last = Signal(), Signal(), Signal()
        lanes = Signal(LANE_BITS)
        m.d.comb += [
            steps.eq(~self.free & (~primed | ~self.data.valid | self.data.ready)),
            sends.eq(steps & primed),
            lanes.eq(_xor(held)),
            last.eq(lanes_left == 1),
            self.more.eq(lanes_left > self.rate_lanes),
            self.done.eq((self.data.valid & self.data.ready & beat.last)
                         | (self.capture & (lanes_left == 0))),
        ]

        with m.If(self.start):
            tail = self.output_length[:3]
            m.d.sync += [
                lanes_left.eq(self.output_length[3:] + tail.any()),
                tail_bytes.eq(Mux(tail.any(), tail, LANE_BYTES)),
            ]
        with m.Elif(sends):
            m.d.sync += lanes_left.eq(lanes_left - 1)
        with m.If(self.capture):
            m.d.sync += [self.free.eq(lanes_left == 0), primed.eq(0), select.eq(1),
                         block_left.eq(self.rate_lanes)]
        with m.Elif(steps):
            m.d.sync += [primed.eq(1), select.eq(select << 1)]
            with m.If(primed):
                m.d.sync += [self.free.eq(last | (block_left == 1)), block_left.eq(block_left - 1)]

        # Thousands of flip-flops are wiped one cycle late: the end of a job comes late itself.
        wipes = Signal()
        m.d.sync += wipes.eq(self.done)
        for number, lane in enumerate(held):
            with m.If(wipes | (steps & select[number])):
                m.d.sync += lane.eq(0)
            with m.Elif(self.capture):
                m.d.sync += lane.eq(self.block[number])
        with m.If(wipes):
            m.d.sync += rest.eq(0)
        with m.Elif(steps):
            m.d.sync += rest.eq(lanes)
        with m.If(self.data.ready):
            m.d.sync += self.data.valid.eq(0)
        with m.If(sends):
            m.d.sync += [
                self.data.valid.eq(1),
                beat.data.eq(rest ^ lanes),
                beat.count.eq(Mux(last, tail_bytes, LANE_BYTES)),
                beat.last.eq(last),
            ]
        with m.Elif(wipes):
            m.d.sync += beat.data.eq(0)
        return m
