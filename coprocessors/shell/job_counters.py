"""What is counted while a job runs."""

from amaranth.hdl import Module, Signal
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
        counts  : Out(JobCounts), valid with ``restart``: the cycles before this one.
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
        }
        for name in ("bytes_read", "bytes_written"):
            # A cycle late: what moves while a job ends is added to the counts of the next one.
            steps[name] = Signal(4, name=f"late_{name}")
            m.d.sync += steps[name].eq(getattr(self, name))
        for name, step in steps.items():
            count = Signal(32, name=f"{name}_count")
            total = getattr(self.counts, name)
            m.d.comb += total.eq(count + step)
            m.d.sync += count.eq(total)
            with m.If(self.restart):
                m.d.sync += count.eq(0)
        return m
