"""Chaining: a job that waits for a job of another coprocessor."""

from amaranth.hdl import Array, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.table import MAX_AGE, RECORD_SLOTS

__all__ = ["Dependency", "JobProgress", "Wait"]


class Wait(data.Struct):
    """What a job waits for: the register `wait`."""

    enable: 1
    source: 3
    overlap: 1
    job: 16


class JobProgress(data.Struct):
    """How far a coprocessor is: jobs accepted and ended; error bits of jobs number mod 4."""

    submitted: 16
    completed: 16
    failed: RECORD_SLOTS


class Dependency(wiring.Component):
    """Decides which waits are legal, and when they are over.

    Job numbers are compared modulo 2^16. An awaited job must have been accepted, as one of the last
    MAX_AGE of its coprocessor, so that no wait is for ever; and as every wait is for a job accepted
    before, waits never form a circle. A wait is over once the awaited job has ended, as long as not
    more than 2^15 younger ones have while the waiting job was queued.

    Parameters: sources : int, coprocessors.
    Members:
        progress : In(array of JobProgress), of each.
        asked    : In(Wait), that of the next START; ``refused`` : Out(1), it is not legal.
        wait     : In(Wait), that of the head of the queue, valid with ``valid`` : In(1);
        next     : In(1), the head changes.
        over     : Out(1), the head need not wait any more.
        failed   : Out(1), the head waited for a job that ended in an error.
    Timing: ``over`` is high in the cycle of ``valid`` for a job that does not wait, else from the
        cycle after the awaited job has ended.
    """

    def __init__(self, sources):
        if not 1 <= sources <= 8:
            raise ValueError(f"sources must be from 1 to 8, not {sources}")
        self._sources = sources
        super().__init__({
            "progress": In(data.ArrayLayout(JobProgress, sources)),
            "asked": In(Wait), "refused": Out(1),
            "wait": In(Wait), "valid": In(1), "next": In(1),
            "over": Out(1), "failed": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        progress = Array(self.progress[i] for i in range(self._sources))

        until = Signal(signed(16))
        m.d.comb += [
            until.eq(progress[self.asked.source].submitted - self.asked.job),
            self.refused.eq(self.asked.enable & ((until < 0) | (until >= MAX_AGE)
                                                 | (self.asked.source >= self._sources))),
        ]

        source = Signal(JobProgress)
        since = Signal(signed(16))
        ended = Signal()
        ended_badly = Signal()
        m.d.comb += [
            source.eq(progress[self.wait.source]),
            since.eq(source.completed - self.wait.job),
            self.over.eq(self.valid & (~self.wait.enable | (ended & ~ended_badly))),
            self.failed.eq(self.valid & self.wait.enable & ended & ended_badly),
        ]
        # The record of a job that ended long ago is gone; its error had to be acknowledged.
        recorded = since < RECORD_SLOTS
        error = source.failed.bit_select(self.wait.job[:2], 1)
        m.d.sync += [
            ended.eq(self.valid & ~self.next & (since >= 0)),
            ended_badly.eq(Mux(recorded, error, 0)),
        ]
        return m
