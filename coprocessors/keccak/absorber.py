"""From the input stream to the blocks of the sponge."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.keccak.block_buffer import ENTRIES, NODE_LANES, BlockBuffer
from coprocessors.keccak.model import LANE_BITS, LANE_BYTES, LANES
from coprocessors.keccak.table import MAX_RATE_LANES
from coprocessors.shell.datapath import Beat

__all__ = ["Absorber"]


class Absorber(wiring.Component):
    """Cuts a message into blocks, pads the last one, and collects a block while the one before is
    permuted.

    A state to start from comes first, as a row of its own. Its lanes go round once in the buffer,
    while those of the first block are added to them: so that block is the whole state. A state to
    which nothing is to be added is a block at once.

    The last lane of a block starts the permutation directly and is never stored; it waits until
    the permutation is ready.

    Members:
        start      : In(1), begins a message; only while ``active`` is low.
        length     : In(32), bytes of the message; this and the next four are constant from
                     ``start`` to the last block.
        rate_lanes : In(5), lanes of a block, from 1 to 24.
        domain     : In(8), the byte behind the message.
        no_pad     : In(1), zeros are all that is put behind the message; an empty one is a block.
        load_state : In(1), a row of 200 bytes comes before the message.
        data       : In(stream of Beat), the message as one row; none when ``length`` is 0.
        block      : Out(64) x 25, the block, with ``valid``: the rate, or a whole state.
        valid      : Out(1), the block is complete.
        ready      : In(1), it is taken.
        last       : Out(1), with ``valid``: it is the last of its message.
        active     : Out(1), the last block has not been taken.
        waiting    : Out(1), it is not complete, and no data has come.
        hold       : In(1), the buffer holds output: no lane may enter.
        whole, load, lowest, unload, wipe : of the `BlockBuffer`, for output. ``load`` may come
                     together with ``ready``, else only while no lane of a block is in the buffer.
    Timing:   the block is complete in the cycle in which the last lane that it needs is there. One
        lane a cycle: full rate for the rates in ENTRIES; a block of another length is filled up
        with zeros, one lane a cycle. Message of one block: no more cycles than the next entry has
        lanes; a node of a tree, NODE_LANES. A state takes 25 cycles, and the block that is added
        to it as many, and one behind it. What is left in the buffer is overwritten with 0 one
        cycle after the message is complete.
    Source:   FIPS 202 section 5.1 and B.2.
    """

    def __init__(self):
        super().__init__({
            "start": In(1),
            "length": In(32),
            "rate_lanes": In(range(MAX_RATE_LANES + 1)),
            "domain": In(8),
            "no_pad": In(1),
            "load_state": In(1),
            "data": In(stream.Signature(Beat)),
            "block": Out(LANE_BITS).array(LANES),
            "valid": Out(1),
            "ready": In(1),
            "last": Out(1),
            "active": Out(1),
            "waiting": Out(1),
            "hold": In(1),
            "whole": In(LANE_BITS).array(LANES),
            "load": In(1),
            "lowest": Out(LANE_BITS),
            "unload": In(1),
            "wipe": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.buffer = buffer = BlockBuffer()
        ended = Signal()  # all beats of the message have been taken
        padded = Signal()  # the domain byte has been placed, or what stands for it
        position = Signal(range(LANES))  # lanes of the block that have come
        last_position = Signal(range(LANES))
        chosen_entry = Signal(len(ENTRIES))  # one-hot, where lanes enter the buffer
        takes_state = Signal()  # the lanes that come are those of the state
        bare = Signal()  # and they are the block
        node = Signal()  # the message is one of a tree: its domain byte takes no lane of its own
        adds = Signal()  # those of the block are added to them
        settles = Signal()  # a cycle in which the buffer is overwritten

        in_rate = Signal()  # position < rate_lanes, or takes_state
        fills = Signal()  # position == last_position
        completes = Signal()  # and the lane is the last of a block
        takes_data, comes, pads, shift, gives = Signal(), Signal(), Signal(), Signal(), Signal()
        beat = self.data.payload
        begins_state = self.start & self.load_state
        begins_node = Signal()
        m.d.comb += [
            begins_node.eq((self.length == NODE_LANES * LANE_BYTES) & ~self.no_pad
                           & ~self.load_state & (self.rate_lanes > NODE_LANES)),
            takes_data.eq(self.active & ~self.hold & ~settles & in_rate & ~ended),
            comes.eq(self.active & ~self.hold & ~settles
                     & (self.data.valid | ~in_rate | ended)),
            completes.eq(fills & (~takes_state | bare)),
            shift.eq(comes & (self.ready | ~completes)),
            pads.eq(in_rate & (~takes_state | bare) & Mux(
                ended, ~padded, beat.last & ((beat.count < LANE_BYTES) | self.no_pad))),
            gives.eq(shift & completes),
            self.data.ready.eq(takes_data & (self.ready | ~completes)),
            self.valid.eq(comes & completes),
            self.last.eq(padded | pads),
            self.waiting.eq(takes_data & ~self.data.valid),
        ]

        with m.If(self.start):
            m.d.sync += [
                self.active.eq(1), position.eq(0), fills.eq(0), in_rate.eq(1), adds.eq(0),
                padded.eq(begins_node), node.eq(begins_node),
                ended.eq((self.length == 0) & ~self.load_state),
                takes_state.eq(self.load_state),
                bare.eq(self.load_state & self.no_pad & (self.length == 0)),
            ]
        with m.Elif(shift):
            m.d.sync += [
                fills.eq(~fills & (position + 1 == last_position)),
                position.eq(Mux(fills, 0, position + 1)),
                in_rate.eq(fills | takes_state | (position + 1 < self.rate_lanes)),
                ended.eq(Mux(takes_state, fills & (self.length == 0),
                             ended | (takes_data & beat.last))),
                padded.eq(self.last),
                self.active.eq(~(gives & self.last)),
            ]
            with m.If(fills):
                m.d.sync += [takes_state.eq(0), adds.eq(takes_state)]
        m.d.sync += settles.eq(gives & adds)
        self._choose_entry(m, begins_state, begins_node, gives & adds, chosen_entry,
                           last_position)
        m.d.comb += buffer.behind_node.eq(Mux(node, self.domain, 0))
        m.d.comb += buffer.lane.eq(self._lane(m, takes_data, ended, pads)
                                   ^ (buffer.lowest & adds.replicate(LANE_BITS)))
        self._connect_buffer(m, buffer, Mux(self.hold, 0, chosen_entry), shift,
                             gives & (self.last | adds))
        return m

    def _choose_entry(self, m, begins_state, begins_node, state_is_gone, entry, last_position):
        """For a state the whole buffer; for a block the shortest entry that the rate fits in, or
        the whole message and its domain byte.

        A message of one block leaves the upper lanes of the buffer as they are, which is 0.
        """
        message_lanes = self.length[3:]
        needed = Signal.like(self.rate_lanes)
        m.d.comb += needed.eq(Mux(begins_node, NODE_LANES, Mux(
            message_lanes < self.rate_lanes, message_lanes + 1, self.rate_lanes)))
        with m.If(begins_state):
            m.d.sync += [entry.eq(1 << ENTRIES.index(LANES)), last_position.eq(LANES - 1)]
        with m.Elif(self.start | state_is_gone), m.Switch(needed):
            for lanes in range(1, MAX_RATE_LANES + 1):
                number = next(n for n, length in enumerate(ENTRIES) if length >= lanes)
                with m.Case(lanes):
                    m.d.sync += [entry.eq(1 << number), last_position.eq(ENTRIES[number] - 1)]

    def _lane(self, m, takes_data, ended, pads):
        """The lane that comes: bytes of the message, the domain byte, zeros."""
        beat = self.data.payload
        lane = Signal(LANE_BITS)
        end = Signal(range(LANE_BYTES + 1))
        domain = Signal(8)
        m.d.comb += [
            end.eq(Mux(ended, 0, beat.count)),
            domain.eq(Mux(self.no_pad, 0, self.domain)),
        ]
        for number in range(LANE_BYTES):
            byte = lane.word_select(number, 8)
            kept = (takes_data & (beat.count > number)).replicate(8)
            put = (pads & (end == number)).replicate(8)
            m.d.comb += byte.eq((beat.data.word_select(number, 8) & kept) | (domain & put))
        return lane

    def _connect_buffer(self, m, buffer, entry, shift, leaves_rest):
        """Connects the buffer, and closes the padding of the last block."""
        # One cycle late, from a register: the end of a message comes late in its cycle, and a
        # reset that goes to so many flip-flops takes long on its way.
        wipe = Signal()
        m.d.sync += wipe.eq(leaves_rest & ~self.load)
        m.d.comb += [
            buffer.entry.eq(entry),
            buffer.shift.eq(shift),
            *(closes.eq(self.last & ~self.no_pad & (self.rate_lanes == number + 1))
              for number, closes in enumerate(buffer.closes)),
            *(lane.eq(value) for lane, value in zip(self.block, buffer.block)),
            *(lane.eq(value) for lane, value in zip(buffer.whole, self.whole)),
            buffer.load.eq(self.load),
            buffer.unload.eq(self.unload),
            self.lowest.eq(buffer.lowest),
            buffer.wipe.eq(self.wipe | wipe),
        ]
