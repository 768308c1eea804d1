"""The one buffer of the sponge: a block on its way in, or lanes on their way out."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from coprocessors.keccak.model import LANE_BITS, LANES

__all__ = ["BlockBuffer", "ENTRIES", "NODE_LANES"]


NODE_LANES = 8
"""Lanes of a message that is a node of a tree: two digests of 32 bytes."""

ENTRIES = (5, NODE_LANES, 9, 13, 17, 18, 21, LANES)
"""Lengths, in lanes, that a block in the buffer can have: the rates in use, 5 lanes for short
messages, nodes of a tree, and a whole state."""


class BlockBuffer(wiring.Component):
    """A shift register of 25 lanes that moves down, filled at the place that suits a block's length
    and emptied at its lower end.

    Shifting costs no LUT; choosing a lane to write or to read would cost one a bit.

    Members:
        entry  : In(8), one-hot, the one of ENTRIES at whose upper end lanes enter.
        lane   : In(64), the one that enters with ``shift`` : In(1).
        closes : In(25), one-hot or 0: the lane of ``block`` whose last bit is inverted.
        behind_node : In(8), added to the first byte behind NODE_LANES lanes of ``block``.
        block  : Out(64) x 25, the lanes as they are after a shift: the last lane of a block need
                 not be stored.
        lowest : Out(64), the lane that the next shift drops.
        load   : In(1), takes all lanes of ``whole`` : In(64) x 25, whatever ``shift`` says.
        unload : In(1), shifts; no lane enters.
        wipe   : In(1), overwrites all with 0; goes before everything else.
    Timing: ``block`` is combinational from ``lane``, ``closes`` and ``behind_node``.
    """

    def __init__(self):
        super().__init__({
            "entry": In(len(ENTRIES)),
            "lane": In(LANE_BITS),
            "shift": In(1),
            "closes": In(LANES),
            "behind_node": In(8),
            "block": Out(LANE_BITS).array(LANES),
            "lowest": Out(LANE_BITS),
            "whole": In(LANE_BITS).array(LANES),
            "load": In(1),
            "unload": In(1),
            "wipe": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        stored = [Signal(LANE_BITS, name=f"stored{n}") for n in range(LANES)]
        moved = [Signal(LANE_BITS, name=f"moved{n}") for n in range(LANES)]
        for number, (value, above) in enumerate(zip(moved, [*stored[1:], Const(0, LANE_BITS)])):
            length = number + 1
            enters = self.entry[ENTRIES.index(length)] if length in ENTRIES else Const(0)
            m.d.comb += [
                value.eq(Mux(enters, self.lane, above)),
                self.block[number].eq(
                    value ^ Cat(self.behind_node if number == NODE_LANES else Const(0, 8),
                                Const(0, LANE_BITS - 9), self.closes[number])),
            ]
        m.d.comb += self.lowest.eq(stored[0])
        with m.If(self.wipe):
            m.d.sync += [lane.eq(0) for lane in stored]
        with m.Elif(self.load):
            m.d.sync += [lane.eq(value) for lane, value in zip(stored, self.whole)]
        with m.Elif(self.shift | self.unload):
            m.d.sync += [lane.eq(value) for lane, value in zip(stored, moved)]
        return m
