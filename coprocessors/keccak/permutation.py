"""The state and its permutation."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from coprocessors.keccak.model import LANE_BITS, LANES, ROUNDS
from coprocessors.keccak.round import Round

__all__ = ["Permutation"]


class Permutation(wiring.Component):
    """The sponge's state, permuted by so many rounds a cycle, and the block that it takes in.

    The block is XORed to the state within the first round. It comes from a register of its own
    that holds zeros in all other rounds, so the XOR needs no gate: four inputs a bit of theta,
    which is one LUT4, and no cycle.

    Parameters:
        rounds_per_cycle : int, 1 or 2.
    Members:
        block       : In(64) x 25, taken with ``start``; lanes beyond the rate are 0, or those of a
                      state to start from.
        start       : In(1), takes the block and permutes; ignored while ``ready`` is low.
        last        : In(1), with ``start``: what comes out of this permutation is output.
        ready       : Out(1), a block may start; independent of ``start``.
        rounds12    : In(1), permute by the last 12 rounds only; constant within a message.
        output      : Out(64) x 25, the whole state, with ``capture``.
        capture     : Out(1), ``output`` is to be taken now.
        output_free : In(1), it can be. Until then the state waits before its last round.
        swaps       : In(1), a block of another message may start as the output leaves: high only
                      where ``output_free`` is, and neither of the next two.
        more        : In(1), with ``capture``: permute once more and give more output.
        keep        : In(1), likewise: give the same once more. With neither the state becomes 0,
                      and the first block of another message may start in the same cycle.
        running     : Out(1), a permutation is under way or waits to give output.
        waiting     : Out(1), it waits to give output.
    Timing:   24 / ``rounds_per_cycle`` cycles from one ``start`` to the next, half as many with
        ``rounds12``; the output is there in the last of them, counted from the cycle behind
        ``start``.
    Raises:   ValueError unless ``rounds_per_cycle`` is 1 or 2.
    """

    def __init__(self, *, rounds_per_cycle=1):
        if rounds_per_cycle not in (1, 2):
            raise ValueError(f"rounds_per_cycle must be 1 or 2, not {rounds_per_cycle!r}")
        self.rounds_per_cycle = rounds_per_cycle
        super().__init__({
            "block": In(LANE_BITS).array(LANES),
            "start": In(1),
            "last": In(1),
            "ready": Out(1),
            "rounds12": In(1),
            "output": Out(LANE_BITS).array(LANES),
            "capture": Out(1),
            "output_free": In(1),
            "swaps": In(1),
            "more": In(1),
            "keep": In(1),
            "running": Out(1),
            "waiting": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        state = [Signal(LANE_BITS, name=f"state{n}") for n in range(LANES)]
        block = [Signal(LANE_BITS, name=f"block{n}") for n in range(LANES)]
        index = Signal(range(ROUNDS))
        in_last_round = Signal()
        gives_output = Signal()

        result = [lane ^ taken for lane, taken in zip(state, block)]
        for number in range(self.rounds_per_cycle):
            m.submodules[f"round{number}"] = step = Round()
            m.d.comb += [step.index.eq(index + number),
                         *(lane.eq(value) for lane, value in zip(step.state, result))]
            result = step.result

        take, advance, leaves = Signal(), Signal(), Signal()
        m.d.comb += [
            leaves.eq(self.capture & ~self.more & ~self.keep),
            self.ready.eq(~self.running | (in_last_round & (~gives_output | self.swaps))),
            take.eq(self.start & self.ready),
            self.waiting.eq(in_last_round & gives_output & ~self.output_free),
            advance.eq(self.running & ~self.waiting & ~(self.capture & self.keep)),
            self.capture.eq(in_last_round & gives_output & self.output_free),
            *(lane.eq(value) for lane, value in zip(self.output, result)),
        ]

        with m.If(take):
            m.d.sync += [lane.eq(value) for lane, value in zip(block, self.block)]
        with m.Else():
            m.d.sync += [lane.eq(0) for lane in block]
        with m.If(leaves):
            m.d.sync += [lane.eq(0) for lane in state]
        with m.Elif(advance):
            m.d.sync += [lane.eq(value) for lane, value in zip(state, result)]
        self._sequence(m, index, in_last_round, gives_output, take, advance)
        return m

    def _sequence(self, m, index, in_last_round, gives_output, take, advance):
        """Counts the rounds, and keeps what comes behind them."""
        last_index = ROUNDS - self.rounds_per_cycle
        next_index = Signal(range(ROUNDS + self.rounds_per_cycle))
        again = Signal()
        m.d.comb += [
            again.eq(take | (self.capture & self.more)),
            next_index.eq(index + self.rounds_per_cycle),
        ]
        with m.If(again):
            m.d.sync += [
                index.eq(Mux(self.rounds12, ROUNDS // 2, 0)),
                in_last_round.eq(0),
                self.running.eq(1),
            ]
        with m.Elif(advance):
            m.d.sync += [
                index.eq(next_index),
                in_last_round.eq(next_index == last_index),
                self.running.eq(~in_last_round),
            ]
        with m.If(take):
            m.d.sync += gives_output.eq(self.last)
