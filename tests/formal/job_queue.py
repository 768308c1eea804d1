"""The job queue neither loses, nor duplicates, nor reorders a job.

Proved, for ever: the queue and a plain list of jobs agree. ``level`` and ``full`` tell its length;
the head, whenever it is valid, is the job that was pushed first of those that were not popped; and
while jobs wait, the head is valid at the latest in the third cycle without a pop or a push.

Assumed: what the queue's docstring asks of its caller. No push while full, no pop while the head is
not valid; the job is shown one cycle after its push. Jobs of 2 bits and as many values of ``wait``
as there are stand for all descriptors: the queue moves bits and looks at none of them.

Method: PDR finds the invariants.
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Array, Assert, Assume, Cover, Module, Signal
from amaranth.lib import data

from coprocessors.shell.job_queue import JobQueue
from coprocessors.shell.table import JOB_QUEUE_DEPTH
from tests.formal.proof import Bench, Pdr, Proof
from tests.mutants import edited

_DESCRIPTOR = data.StructLayout({"tag": 2})
_HEAD_CYCLES = 3


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self._component(_DESCRIPTOR)
        push, pop, clear = (AnySeq(1) for _ in range(3))
        shown = AnySeq(len(dut.job.as_value()) + len(dut.wait.as_value()))
        m.d.comb += [
            dut.push.eq(push), dut.pop.eq(pop), dut.clear.eq(clear),
            dut.job.eq(shown[:2]), dut.wait.eq(shown[2:]),
            Assume(~(push & dut.full)), Assume(~(pop & ~dut.head_valid)),
        ]

        # The list: a job is in it from the cycle of its push on, and its content one cycle later.
        jobs = Array(Signal(len(shown), name=f"job{n}") for n in range(JOB_QUEUE_DEPTH))
        count, comes = Signal(range(JOB_QUEUE_DEPTH + 1)), Signal()
        m.d.sync += [comes.eq(push), count.eq(count + push - pop)]
        with m.If(pop):
            m.d.sync += [old.eq(new) for old, new in zip(jobs, list(jobs)[1:])]
        with m.If(comes):
            m.d.sync += jobs[count - 1 - pop].eq(shown)
        quiet = Signal(range(_HEAD_CYCLES + 1))
        m.d.sync += quiet.eq(quiet + (quiet != _HEAD_CYCLES))
        with m.If(push | pop):
            m.d.sync += quiet.eq(0)
        with m.If(clear):
            m.d.sync += [comes.eq(0), count.eq(0), quiet.eq(0)]

        head = Signal(len(shown))
        m.d.comb += [
            head.eq(dut.head_job.as_value() | dut.head_wait.as_value() << 2),
            Assert(dut.level == count),
            Assert(dut.full == (count == JOB_QUEUE_DEPTH)),
            Assert(~dut.head_valid | ((count > comes) & (head == jobs[0]))),
            Assert((quiet != _HEAD_CYCLES) | (dut.head_valid == (count != 0))),
            Cover(dut.full & dut.head_valid & (head == 1)),
            Cover((count == 2) & pop & push),
        ]
        return m


_MUTANTS = (
    edited(JobQueue, "loses_a_job_behind_the_head",
           "alone.eq(~held[1:].any() & (~held[0] | self.pop))", "alone.eq(~held[1:].any())"),
    edited(JobQueue, "repeats_the_head",
           "arrivals = [(pushed & alone) | held[1],", "arrivals = [(pushed & alone) | held[0],"),
    edited(JobQueue, "never_moves_into_an_empty_slot",
           "~held_next[:number + 1].all()", "~held_next[number:].any()"),
    edited(JobQueue, "counts_no_pop", "self.level + self.push - self.pop",
           "self.level + self.push"),
)

PROOFS = (Proof("job_queue", "neither loses, duplicates nor reorders a job", _Bench, JobQueue,
                _MUTANTS, Pdr(), mutant_cycles=12, quick=True),)
