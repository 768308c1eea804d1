"""The job queue: descriptors between START and the datapath."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.dependency import Wait
from coprocessors.shell.fifo import SmallFifo, Wipe
from coprocessors.shell.table import JOB_QUEUE_DEPTH

__all__ = ["JobQueue"]


class JobQueue(wiring.Component):
    """Waiting jobs in the order of their numbers.

    Parameters:
        descriptor : Layout of a job descriptor.
    Members:
        push : In(1), accepts the job that ``job`` and ``wait`` show in the *next* cycle; ignored
            by the caller's rule while ``full``.
        job, wait : In(descriptor), In(Wait), the sticky registers.
        full, level : Out(1), Out(3), jobs accepted and not popped.
        head_valid, head_job, head_wait : Out, the oldest job.
        pop : In(1), drops the head.
        clear : In(1), drops all jobs and overwrites them with ``job`` and ``wait``, which zeroize
            has set to 0.
    Timing: ``full`` and ``level`` follow ``push`` in the next cycle, ``head_valid`` one later.
    """

    _depth = JOB_QUEUE_DEPTH

    def __init__(self, descriptor):
        self._entry = data.StructLayout({"job": descriptor, "wait": Wait})
        super().__init__({
            "push": In(1), "job": In(descriptor), "wait": In(Wait),
            "full": Out(1), "level": Out(3),
            "head_valid": Out(1), "head_job": Out(descriptor), "head_wait": Out(Wait),
            "pop": In(1),
            "clear": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.entries = entries = SmallFifo(self._entry, depth=JOB_QUEUE_DEPTH,
                                                   wipe=Wipe.INPUT)
        pushed = Signal()
        m.d.sync += [pushed.eq(self.push), self.level.eq(self.level + self.push - self.pop)]
        with m.If(self.clear):
            m.d.sync += [pushed.eq(0), self.level.eq(0)]
        m.d.comb += [
            self.full.eq(self.level == self._depth),
            entries.write.eq(pushed),
            entries.write_data.job.eq(self.job),
            entries.write_data.wait.eq(self.wait),
            entries.read.eq(self.pop),
            entries.clear.eq(self.clear),
            self.head_valid.eq(entries.read_valid),
            self.head_job.eq(entries.read_data.job),
            self.head_wait.eq(entries.read_data.wait),
        ]
        return m
