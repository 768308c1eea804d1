"""The job queue: descriptors between START and the datapath."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.dependency import Wait
from coprocessors.shell.table import JOB_QUEUE_DEPTH

__all__ = ["JobQueue"]


class JobQueue(wiring.Component):
    """Waiting jobs in the order of their numbers.

    A job enters at the last slot and moves down to the head, or goes to the head at once when no
    other waits: so only the head has two sources, and a bit of the queue costs flip-flops and a
    single LUT, less than the distributed memory of a FIFO, of which 4 of 16 words would be used.

    Parameters:
        descriptor : Layout of a job descriptor.
    Members:
        push : In(1), accepts the job that ``job`` and ``wait`` show in the *next* cycle; ignored
            by the caller's rule while ``full``.
        job, wait : In(descriptor), In(Wait), the sticky registers.
        full, level : Out(1), Out(3), jobs accepted and not popped.
        head_valid, head_job, head_wait : Out, the oldest job.
        pop : In(1), drops the head.
        clear : In(1), drops all jobs and overwrites them with 0.
    Timing: ``full`` and ``level`` follow ``push`` in the next cycle, ``head_valid`` one later. The
        next job is at the head in the cycle after ``pop``, unless it was pushed in the three cycles
        before that.
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
        new = Signal(self._entry)
        slots = [Signal(self._entry, name=f"slot{n}") for n in range(JOB_QUEUE_DEPTH)]
        held, held_next = Signal(JOB_QUEUE_DEPTH), Signal(JOB_QUEUE_DEPTH)  # a bit a slot
        moves = Signal(JOB_QUEUE_DEPTH, init=-1)  # the slot or one below it is empty
        pushed, alone = Signal(), Signal()
        m.d.sync += [pushed.eq(self.push), self.level.eq(self.level + self.push - self.pop)]
        m.d.comb += [
            new.job.eq(self.job), new.wait.eq(self.wait),
            alone.eq(~held[1:].any() & (~held[0] | self.pop)),
            self.full.eq(self.level == self._depth),
            self.head_valid.eq(held[0]),
            self.head_job.eq(slots[0].job), self.head_wait.eq(slots[0].wait),
        ]
        sources = [Mux(alone, new.as_value(), slots[1].as_value()), *slots[2:], new]
        arrivals = [(pushed & alone) | held[1], *held[2:], pushed & ~alone]
        m.d.comb += held_next.eq(held)
        for number, (slot, source, arrives) in enumerate(zip(slots, sources, arrivals)):
            with m.If(self.pop | moves[number]):
                m.d.comb += held_next[number].eq(arrives)
                m.d.sync += slot.eq(source)
        with m.If(self.clear):
            m.d.comb += held_next.eq(0)
            m.d.sync += [pushed.eq(0), self.level.eq(0)]
            m.d.sync += [slot.as_value().eq(0) for slot in slots]
        m.d.sync += held.eq(held_next)
        # In registers of their own, lest the slots' enables form a chain behind ``pop``.
        m.d.sync += [moves[number].eq(~held_next[:number + 1].all())
                     for number in range(JOB_QUEUE_DEPTH)]
        return m
