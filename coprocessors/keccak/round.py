"""One round of Keccak-f[1600]."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from coprocessors.keccak.model import (
    LANE_BITS, LANES, ROTATIONS, ROUND_CONSTANTS, ROUNDS, pi,
)

__all__ = ["Round"]


class Round(wiring.Component):
    """Theta, rho, pi, chi and iota in one step.

    Members: state  : In(64) x 25, lane (x, y) at x + 5*y.
             index  : In(range(24)), number of the round; selects its constant.
             result : Out(64) x 25.
    Timing:  combinational.
    Source:  FIPS 202 section 3.2.
    """

    def __init__(self):
        super().__init__({
            "state": In(LANE_BITS).array(LANES),
            "index": In(range(ROUNDS)),
            "result": Out(LANE_BITS).array(LANES),
        })

    def elaborate(self, platform):
        m = Module()
        columns = [Signal(LANE_BITS, name=f"column{x}") for x in range(5)]
        for x, column in enumerate(columns):
            lanes = self.state[x::5]
            # In this order a lane that is the XOR of two others keeps the depth at two LUT4.
            m.d.comb += column.eq((lanes[0] ^ lanes[1]) ^ (lanes[2] ^ lanes[3]) ^ lanes[4])
        moved = []
        for number, lane in enumerate(self.state):
            x = number % 5
            mixed = lane ^ columns[(x - 1) % 5] ^ columns[(x + 1) % 5].rotate_left(1)
            moved.append(mixed.rotate_left(ROTATIONS[number]))
        rows = [Signal(LANE_BITS, name=f"moved{number}") for number in range(LANES)]
        for row, lane in zip(rows, pi(moved)):
            m.d.comb += row.eq(lane)
        for number, result in enumerate(self.result):
            x, y = number % 5, number - number % 5
            mixed = rows[number] ^ (~rows[(x + 1) % 5 + y] & rows[(x + 2) % 5 + y])
            m.d.comb += result.eq(mixed ^ self._constant(m) if number == 0 else mixed)
        return m

    def _constant(self, m):
        """The constant of round ``index``; only bits 0, 1, 3, 7, 15, 31 and 63 are ever set."""
        constant = Signal(LANE_BITS)
        with m.Switch(self.index):
            for index, value in enumerate(ROUND_CONSTANTS):
                with m.Case(index):
                    m.d.comb += constant.eq(value)
        return constant
