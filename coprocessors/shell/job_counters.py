"""What is counted while a job runs."""

from amaranth.hdl import Module, Mux, Signal
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
        cycles = {
            "busy": self.running,
            "stalled_on_input": self.running & self.stalled_on_input,
            "stalled_on_output": self.running & self.stalled_on_output,
        }
        for name, step in cycles.items():
            count, _ = self._count(m, name, step)
            m.d.comb += getattr(self.counts, name).eq(count)
        for name in ("bytes_read", "bytes_written"):
            # A cycle late: what moves while a job ends is added to the counts of the next one.
            late = Signal(4, name=f"late_{name}")
            m.d.sync += late.eq(getattr(self, name))
            _, total = self._count(m, name, late)
            m.d.comb += getattr(self.counts, name).eq(total)
        return m

    def _count(self, m, name, step):
        """Adds a counter; returns what it counted before this cycle, and with this cycle."""
        count, total = Signal(32, name=f"{name}_count"), Signal(32, name=f"{name}_total")
        m.d.comb += total.eq(count + step)
        m.d.sync += count.eq(Mux(self.restart, 0, total))
        return count, total
