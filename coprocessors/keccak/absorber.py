"""From the input stream to the blocks of the sponge."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.keccak.model import LANE_BITS, LANE_BYTES
from coprocessors.keccak.table import MAX_RATE_LANES
from coprocessors.shell.datapath import Beat

__all__ = ["Absorber", "ENTRIES"]


ENTRIES = (5, 9, 13, 17, 18, 21, MAX_RATE_LANES)
"""Lengths, in lanes, that the block buffer can take: the rates in use, and 5 lanes for short
messages. A block of another length is filled up with zeros, one lane a cycle."""


class Absorber(wiring.Component):
    """Cuts a message into blocks, pads the last one, and collects a block while the one before is
    permuted.

    The buffer serves the output too, which comes when the message has gone: a block of output is
    loaded at once and leaves at the lower end.

    The block buffer is a shift register, filled from the place that suits the block's length and
    moving down: shifting costs no LUT, choosing a lane to write would cost one a bit. The last lane
    of a block starts the permutation directly and is never stored; it waits until the permutation
    is ready.

    Members:
        start      : In(1), begins a message.
        length     : In(32), bytes of the message, with ``start``.
        rate_lanes : In(5), lanes of a block, from 1 to 24; constant from ``start`` to the end of
                     the message.
        domain     : In(8), the byte behind the message, likewise.
        data       : In(stream of Beat), the message as one row; none when ``length`` is 0.
        block      : Out(64) x 24, the block, with ``valid``.
        valid      : Out(1), the block is complete.
        ready      : In(1), it is taken.
        last       : Out(1), with ``valid``: it is the last of its message.
        waiting    : Out(1), the message is not complete and no data has come.
        output     : In(64) x 24, of which all but the first go to the buffer with ``load`` : In(1);
        next_lane  : Out(64), the lowest of them, and unload : In(1), makes the next one the lowest.
                     Only while no message is under way.
        wipe       : In(1), overwrites the buffer with 0.
    Timing:   the block is complete in the cycle in which the last lane that it needs is there. One
        lane a cycle: full rate for the rates in ENTRIES. Message of one block: no more cycles than
        the next entry has lanes. The buffer is overwritten with 0 one cycle after its message is
        complete, before another may start.
    Source:   FIPS 202 section 5.1 and B.2.
    """

    def __init__(self):
        super().__init__({
            "start": In(1),
            "length": In(32),
            "rate_lanes": In(range(MAX_RATE_LANES + 1)),
            "domain": In(8),
            "data": In(stream.Signature(Beat)),
            "block": Out(LANE_BITS).array(MAX_RATE_LANES),
            "valid": Out(1),
            "ready": In(1),
            "last": Out(1),
            "waiting": Out(1),
            "output": In(LANE_BITS).array(MAX_RATE_LANES),
            "load": In(1),
            "next_lane": Out(LANE_BITS),
            "unload": In(1),
            "wipe": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        active = Signal()
        ended = Signal()  # all beats of the message have been taken
        padded = Signal()  # the domain byte has been placed
        position = Signal(range(MAX_RATE_LANES))  # lanes of the block that have come
        last_position = Signal(range(MAX_RATE_LANES))
        entry = Signal(len(ENTRIES))  # one-hot, where lanes enter the buffer

        in_rate = Signal()  # position < rate_lanes
        completes = Signal()  # position == last_position
        takes_data, comes, pads, shift, finishes = (
            Signal(), Signal(), Signal(), Signal(), Signal())
        beat = self.data.payload
        m.d.comb += [
            takes_data.eq(active & in_rate & ~ended),
            comes.eq(active & (self.data.valid | ~takes_data)),
            shift.eq(comes & (self.ready | ~completes)),
            pads.eq(in_rate & Mux(ended, ~padded, beat.last & (beat.count < LANE_BYTES))),
            finishes.eq(shift & completes & self.last),
            self.data.ready.eq(takes_data & (self.ready | ~completes)),
            self.valid.eq(comes & completes),
            self.last.eq(padded | pads),
            self.waiting.eq(takes_data & ~self.data.valid),
        ]

        with m.If(self.start):
            m.d.sync += [active.eq(1), position.eq(0), ended.eq(self.length == 0), padded.eq(0),
                         in_rate.eq(1)]
        with m.Elif(shift):
            m.d.sync += [
                position.eq(Mux(completes, 0, position + 1)),
                in_rate.eq(completes | (position + 1 < self.rate_lanes)),
                completes.eq(Mux(completes, last_position == 0, position + 1 == last_position)),
                ended.eq(ended | (takes_data & beat.last)),
                padded.eq(self.last),
                active.eq(~finishes),
            ]
        self._choose_entry(m, entry, last_position, completes)
        self._collect(m, self._lane(m, takes_data, ended, pads), entry, shift, finishes)
        return m

    def _choose_entry(self, m, entry, last_position, completes):
        """The shortest entry that the rate fits in, or the whole message and its domain byte.

        A message of one block leaves the upper lanes of the buffer as they are, which is 0.
        """
        message_lanes = self.length[3:]
        needed = Signal.like(self.rate_lanes)
        m.d.comb += needed.eq(Mux(message_lanes < self.rate_lanes, message_lanes + 1,
                                  self.rate_lanes))
        with m.If(self.start), m.Switch(needed):
            for lanes in range(1, MAX_RATE_LANES + 1):
                number = next(n for n, length in enumerate(ENTRIES) if length >= lanes)
                with m.Case(lanes):
                    m.d.sync += [entry.eq(1 << number), last_position.eq(ENTRIES[number] - 1),
                                 completes.eq(ENTRIES[number] == 1)]

    def _lane(self, m, takes_data, ended, pads):
        """The lane that comes: bytes of the message, the domain byte, zeros."""
        beat = self.data.payload
        lane = Signal(LANE_BITS)
        end = Signal(range(LANE_BYTES + 1))
        m.d.comb += end.eq(Mux(ended, 0, beat.count))
        for number in range(LANE_BYTES):
            byte = lane.word_select(number, 8)
            kept = (takes_data & (beat.count > number)).replicate(8)
            put = (pads & (end == number)).replicate(8)
            m.d.comb += byte.eq((beat.data.word_select(number, 8) & kept) | (self.domain & put))
        return lane

    def _collect(self, m, lane, entry, shift, finishes):
        """The buffer, whose lane 0 is never stored, and the last bit of the padding behind it."""
        stored = [Signal(LANE_BITS, name=f"stored{n}") for n in range(1, MAX_RATE_LANES)]
        moved = [Signal(LANE_BITS, name=f"moved{n}") for n in range(MAX_RATE_LANES)]
        for number, (value, above) in enumerate(zip(moved, [*stored, Const(0, LANE_BITS)])):
            length = number + 1
            enters = entry[ENTRIES.index(length)] if length in ENTRIES else Const(0)
            m.d.comb += value.eq(Mux(enters, lane, above))
            closing = self.last & (self.rate_lanes == length)
            m.d.comb += self.block[number].eq(value ^ Cat(Const(0, LANE_BITS - 1), closing))
        # One cycle late, from a register: the end of a message comes late in its cycle, and a
        # reset that goes to so many flip-flops takes long on its way.
        ended = Signal()
        m.d.sync += ended.eq(finishes)
        m.d.comb += self.next_lane.eq(stored[0])
        with m.If(ended | self.wipe):
            m.d.sync += [value.eq(0) for value in stored]
        with m.Elif(self.load):
            m.d.sync += [entry.eq(0), *(value.eq(lane) for value, lane in zip(
                stored, list(self.output)[1:]))]
        with m.Elif(shift | self.unload):
            m.d.sync += [value.eq(above) for value, above in zip(stored, moved[1:])]
