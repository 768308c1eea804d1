"""The absorber puts every byte of a message and of its padding in its place.

Proved, for ever, for messages of any length up to 2^32 - 1 bytes, any rate from 1 to 24 lanes, any
domain byte, with and without padding, from zeros and from a state, however data come and blocks are
taken: counted from the start of a block, the lane of number p that enters the buffer holds the next
bytes of the message where p is below the rate, then the domain byte, once, then zeros; without
padding only zeros. The lanes of the first block behind a state are added to those that leave the
buffer. A block is given when all lanes of the rate have come, or the last byte and the domain byte;
it enters at the length that it has, so that its first lane is lane 0; it is the last one when and
only when the message and its domain byte are in it; and then the last bit of the rate is set. The
domain byte of a node goes behind it. Each beat is taken with its lane, and no other.

Taken as given: that the `BlockBuffer` shifts, which tests show; any lane may leave it. What stays
in it above a block that is shorter than the rate is 0, which is tested.

Assumed: what the docstring asks. A row of 25 full beats is the state; the message is a row whose
beats but the last are full; ``start`` comes while no message is under way; what describes the
message is constant.

Method: induction with the invariants below: how position, entry and flags follow from the bytes
that are left.
"""

from unittest import mock

from amaranth.asserts import AnyConst, AnySeq
from amaranth.hdl import Assert, Assume, Cat, Cover, Module, Mux, Signal

from coprocessors.keccak.absorber import Absorber
from coprocessors.keccak.block_buffer import ENTRIES, NODE_LANES, BlockBuffer
from coprocessors.keccak.model import LANE_BITS, LANE_BYTES, LANES
from coprocessors.keccak.table import MAX_RATE_LANES
from tests.formal.proof import Bench, Induction, Proof, glass
from tests.mutants import edited


class _FreeBuffer(BlockBuffer):
    """In the place of the `BlockBuffer`: any lane leaves it."""

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.lowest.eq(AnySeq(LANE_BITS))
        return m


def _absorber(component):
    """(an absorber with a free buffer, {path: Signal inside}, the buffer)."""
    buffer = _FreeBuffer()
    with mock.patch.dict(component.elaborate.__globals__, BlockBuffer=lambda: buffer):
        return *glass(dut := component()), dut, buffer


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut, inside, dut, buffer = _absorber(self._component)
        length, rate, domain = AnyConst(32), AnyConst(5), AnyConst(8)
        no_pad, load_state = AnyConst(1), AnyConst(1)
        start, ready, hold = AnySeq(1), AnySeq(1), AnySeq(1)
        valid, beat = AnySeq(1), dut.data.payload
        m.d.comb += [
            Assume((rate >= 1) & (rate <= MAX_RATE_LANES)),
            Assume(~(start & dut.active)),
            dut.length.eq(length), dut.rate_lanes.eq(rate), dut.domain.eq(domain),
            dut.no_pad.eq(no_pad), dut.load_state.eq(load_state),
            dut.start.eq(start), dut.ready.eq(ready), dut.hold.eq(hold),
            dut.data.valid.eq(valid), beat.data.eq(AnySeq(LANE_BITS)),
            beat.count.eq(AnySeq(4)), beat.last.eq(AnySeq(1)),
        ]
        node = Signal()
        m.d.comb += node.eq((length == NODE_LANES * LANE_BYTES) & ~no_pad & ~load_state
                            & (rate > NODE_LANES))

        # What the message must look like: bytes that are left, and the place in the block.
        state_left = Signal(range(LANES + 1))  # lanes of the state
        left, position = Signal(32), Signal(range(LANES))
        placed = Signal()  # the domain byte, or what would be its place
        first = Signal()  # block
        in_rate, ends, now_placed = Signal(), Signal(), Signal()
        full = left >= LANE_BYTES
        bare = load_state & no_pad & (length == 0)
        m.d.comb += [
            in_rate.eq(position < rate),
            ends.eq(in_rate & Mux(no_pad, left <= LANE_BYTES, ~full)),
            now_placed.eq(placed | ends),
        ]
        takes_state, gives = state_left != 0, buffer.shift & dut.valid
        with m.If(takes_state):
            m.d.comb += Assume(~valid | ((beat.count == LANE_BYTES)
                                         & (beat.last == (state_left == 1))))
        with m.Else():
            m.d.comb += Assume(~valid | ((beat.count == Mux(full, LANE_BYTES, left))
                                         & (beat.last == (left <= LANE_BYTES))))
        with m.If(start):
            m.d.sync += [state_left.eq(Mux(load_state, LANES, 0)), left.eq(length),
                         position.eq(0), placed.eq(node), first.eq(1)]
        with m.Elif(buffer.shift & takes_state):
            m.d.sync += state_left.eq(state_left - 1)
        with m.Elif(buffer.shift):
            m.d.sync += [position.eq(Mux(gives, 0, position + 1)), placed.eq(now_placed),
                         first.eq(first & ~gives)]
            with m.If(in_rate):
                m.d.sync += left.eq(Mux(full, left - LANE_BYTES, 0))

        self._check_lane(m, dut, buffer, takes_state, in_rate, left, placed, first & load_state,
                         domain & ~no_pad.replicate(8), valid)
        now_left = Mux(in_rate, Mux(full, left - LANE_BYTES, 0), left)
        m.d.comb += [
            Assert(~dut.active | (buffer.behind_node == Mux(node, domain, 0))),
            # Whatever can go on does.
            Assert(~(dut.active & ready & ~hold & ~inside["settles"] & valid) | buffer.shift),
            Assert(~(dut.active & ready & ~hold & ~inside["settles"] & ~takes_state & (left == 0))
                   | buffer.shift),
        ]
        with m.If(gives & takes_state):
            m.d.comb += Assert(bare & (state_left == 1) & dut.last & (buffer.closes == 0)
                               & (buffer.entry == 1 << ENTRIES.index(LANES)))
        with m.Elif(gives):
            lengths = Cat((position == entry - 1) for entry in ENTRIES)
            m.d.comb += [
                Assert((position + 1 >= rate) | dut.last),
                Assert(dut.last == (now_placed & (now_left == 0))),
                Assert(buffer.entry == lengths),
                Assert(buffer.closes == Mux(
                    dut.last & ~no_pad, Cat(rate == number + 1 for number in range(LANES)), 0)),
            ]
        self._invariants(m, inside, dut, length, rate, node, bare, no_pad, load_state,
                         state_left, left, position, placed, first)
        m.d.comb += [
            Cover(gives & dut.last & first & load_state & ~takes_state & (position > rate)),
            Cover(gives & ~dut.last & (rate == 5) & (left == 1)),
            Cover(gives & dut.last & node),
            Cover(gives & bare),
        ]
        return m

    def _check_lane(self, m, dut, buffer, takes_state, in_rate, left, placed, adds, domain, valid):
        """The lane that enters is the state's, or the message's and its padding's."""
        beat, lane = dut.data.payload, Signal(LANE_BITS)
        for number in range(LANE_BYTES):
            byte = lane.word_select(number, 8)
            m.d.comb += byte.eq(Mux(
                in_rate & (left > number), beat.data.word_select(number, 8),
                Mux(in_rate & (left == number) & ~placed, domain, 0)))
        needs = takes_state | (in_rate & (left != 0))
        m.d.comb += [
            Assert((valid & dut.data.ready) == (buffer.shift & needs)),
            Assert(~(buffer.shift & needs) | valid),
        ]
        with m.If(buffer.shift & takes_state):
            m.d.comb += Assert(buffer.lane == beat.data)
        with m.Elif(buffer.shift):
            m.d.comb += Assert(buffer.lane == lane ^ Mux(adds, buffer.lowest, 0))

    def _invariants(self, m, inside, dut, length, rate, node, bare, no_pad, load_state, state_left,
                    left, position, placed, first):
        """How the registers inside follow from what is left."""
        lanes = length[3:]
        single = lanes < rate  # the message and its domain byte fit in a block
        needed, entry = Signal(5), Signal(5)
        m.d.comb += needed.eq(Mux(node, NODE_LANES, Mux(single, lanes + 1, rate)))
        with m.Switch(needed):
            for number in range(1, MAX_RATE_LANES + 1):
                with m.Case(number):
                    m.d.comb += entry.eq(next(e for e in ENTRIES if e >= number))
        taken = Signal(32)  # bytes, if the message is a single block
        m.d.comb += taken.eq(position << 3)
        with m.If(dut.active):
            m.d.comb += [
                Assert(inside["takes_state"] == (state_left != 0)),
                Assert(inside["bare"] == bare), Assert(inside["node"] == node),
                Assert(inside["fills"] == (inside["position"] == inside["last_position"])),
                Assert(inside["position"] <= inside["last_position"]),
                Assert(inside["chosen_entry"] == Cat(
                    (inside["last_position"] == number - 1) for number in ENTRIES)),
                Assert(state_left <= LANES),
            ]
        with m.If(dut.active & (state_left != 0)):
            m.d.comb += [
                Assert(load_state & first), Assert(inside["position"] == LANES - state_left),
                Assert(inside["last_position"] == LANES - 1), Assert(~inside["adds"]),
                Assert(~inside["ended"]), Assert(inside["in_rate"]), Assert(~inside["padded"]),
                Assert(~inside["settles"]),
                Assert(~placed), Assert(left == length), Assert(position == 0),
            ]
        with m.Elif(dut.active):
            m.d.comb += [
                Assert(~bare), Assert(inside["position"] == position),
                Assert(inside["ended"] == (left == 0)), Assert(inside["padded"] == placed),
                Assert(inside["in_rate"] == (position < rate)),
                Assert(inside["adds"] == (first & load_state)),
                Assert(inside["last_position"] == Mux(first & load_state, LANES, entry) - 1),
                Assert(~inside["settles"] | (position == 0)),
                Assert(~node | placed), Assert(~placed | node | ((left == 0) & (position != 0))),
                Assert(left <= length),
                Assert(~(single | node) | (first & (left == Mux(taken < length, length - taken,
                                                                0)))),
                Assert(~(single & ~node) | (placed == Mux(
                    no_pad, (taken >= length) & (position != 0), position > lanes))),
                Assert(placed | (left != 0) | ~no_pad | ((length == 0) & (position == 0))),
            ]


_MUTANTS = (
    edited(Absorber, "skips_a_domain_byte", "ended, ~padded, beat.last", "ended, 0, beat.last"),
    edited(Absorber, "rate_is_one_lane_less", "(position + 1 < self.rate_lanes)",
           "(position + 2 < self.rate_lanes)"),
    edited(Absorber, "pads_nevertheless", "Mux(self.no_pad, 0, self.domain)", "self.domain"),
    edited(Absorber, "closes_another_lane", "(self.rate_lanes == number + 1)",
           "(self.rate_lanes == number + 2)"),
    edited(Absorber, "takes_any_message_for_a_node", "& (self.rate_lanes > NODE_LANES)", ""),
    edited(Absorber, "adds_the_rate_only", "& adds.replicate", "& (adds & in_rate).replicate"),
)

PROOFS = (Proof("absorber", "every byte of a message and its padding gets its place in a block",
                _Bench, Absorber, _MUTANTS, Induction(1), mutant_cycles=60, cover_cycles=60),)
