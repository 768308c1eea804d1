"""Puts results side by side into beats."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.datapath import Beat

__all__ = ["PackStep", "Packer"]


class PackStep(data.Struct):
    """What becomes of the results that the lanes put out in one cycle."""

    valid: 1
    upper: 1  # these are the upper two of the four int32 that came a cycle before
    position: 3  # of these results in their beat, in units of what one cycle puts out
    emit: 1  # they complete a beat
    count: 4  # bytes of that beat
    last: 1  # that beat is the last one of its row


class Packer(wiring.Component):
    """Assembles beats from ``lanes`` bytes, or int32, a cycle.

    Parameters: lanes : int, 1, 2 or 4.
    Members:
        is_int32 : In(1), constant while results are under way.
        step     : In(PackStep), what to do with ``sums`` or ``bytes``.
        sums     : In(lanes x 32), used when ``is_int32``; bytes : In(lanes x 8), used otherwise.
        beat, beat_valid : Out, a beat that is complete; there is no back-pressure.
    Timing: one cycle from the step that completes a beat.
    """

    def __init__(self, *, lanes):
        self._lanes = lanes
        super().__init__({
            "is_int32": In(1),
            "step": In(PackStep),
            "sums": In(data.ArrayLayout(32, lanes)),
            "bytes": In(data.ArrayLayout(8, lanes)),
            "beat": Out(Beat), "beat_valid": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        lanes, step = self._lanes, self.step
        sums = self.sums.as_value()
        upper = Signal(64)
        m.d.sync += upper.eq(sums[64:])
        wide = sums.replicate(2) if lanes == 1 else Mux(step.upper, upper, sums[:64])
        narrow = self.bytes.as_value().replicate(8 // lanes)
        new = Mux(self.is_int32, wide, narrow)

        kept, merged = Signal(64), Signal(64)
        sum_bytes = min(4 * lanes, 8)
        for byte in range(8):
            is_new = Mux(self.is_int32, step.position == byte // sum_bytes,
                         step.position == byte // lanes)
            lane = slice(8 * byte, 8 * byte + 8)
            m.d.comb += merged[lane].eq(Mux(is_new, new[lane], kept[lane]))
        with m.If(step.valid):
            m.d.sync += kept.eq(merged)
        m.d.sync += [
            self.beat_valid.eq(step.valid & step.emit),
            self.beat.eq(Cat(merged, step.count, step.last)),
        ]
        return m
