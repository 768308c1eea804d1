"""What is counted while a job runs."""

from amaranth.hdl import Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.records import JobCounts

__all__ = ["JobCounters"]


class JobCounters(wiring.Component):
    """Counts until the job ends.

    Members:
        running, stalled_on_input, stalled_on_output : In(1), each counts a cycle in which it is
            high; the last two only together with the first.
        bytes_read, bytes_written : In(4), bytes moved in this cycle.
        restart : In(1), the counts begin anew.
        counts  : Out(JobCounts), the cycles before this one.
    """

    def __init__(self):
        super().__init__({
            "running": In(1), "stalled_on_input": In(1), "stalled_on_output": In(1),
            "bytes_read": In(4), "bytes_written": In(4),
            "restart": In(1), "counts": Out(JobCounts),
        })

    def elaborate(self, platform):
        m = Module()
        steps = {
            "busy": self.running & ~self.restart,
            "stalled_on_input": self.running & self.stalled_on_input & ~self.restart,
            "stalled_on_output": self.running & self.stalled_on_output & ~self.restart,
            # What moves while a job ends belongs to the next one.
            "bytes_read": self.bytes_read,
            "bytes_written": self.bytes_written,
        }
        for name, step in steps.items():
            count = getattr(self.counts, name)
            m.d.sync += count.eq(Mux(self.restart, 0, count) + step)
        return m
