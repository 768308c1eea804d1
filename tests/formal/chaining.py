"""A job that waits for another begins when that has ended well, and is told when it has not.

Of two coprocessors whose jobs end at any time, well or not, and a job at the head of a queue that
waits for one of them. Proved, for ever: a wait that is accepted names one of the last MAX_AGE jobs
that were accepted; it is over only when that job has ended without an error, and has failed only
when it ended with one; and in the cycle after that end, or the next, the waiting job is told one of
the two. So no wait is for ever unless the awaited job is, and as each is for a job accepted before,
none waits for itself.

Assumed: a coprocessor ends its jobs in order, at most one a cycle, and none that it has not
accepted; it has fewer than 2^14 of them under way; fewer than RECORD_SLOTS end behind the awaited
one before the waiting one is at the head and told (of others the hardware knows nothing, and the
driver looks at records). Induction.
"""

from amaranth.asserts import AnyConst, AnySeq
from amaranth.hdl import Assert, Assume, Cover, Module, Signal

from coprocessors.shell.dependency import Dependency
from coprocessors.shell.table import MAX_AGE, RECORD_SLOTS
from tests.formal.proof import Bench, Induction, Proof, glass
from tests.mutants import edited

__all__ = ["PROOFS"]


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component(2)
        m.submodules.dut, inside = glass(dut)
        asked = dut.asked
        m.d.comb += asked.as_value().eq(AnySeq(len(asked.as_value())))

        # Jobs are counted without wrapping; the coprocessor counts them modulo 2^16.
        awaited, source, enable, bad = AnyConst(20), AnyConst(1), AnyConst(1), AnyConst(1)
        completed_by_source, submitted_by_source = Signal(20), Signal(20)
        for number in range(2):
            submitted, completed = (Signal(20, name=f"{what}{number}")
                                    for what in ("submitted", "completed"))
            failed = Signal(RECORD_SLOTS, name=f"failed{number}")
            starts, ends, error = AnySeq(1), AnySeq(1), AnySeq(1)
            ended = (completed + 1)[:20]
            mine = source == number
            m.d.comb += [
                Assume(~ends | (completed != submitted)),
                Assume(~(ends & mine & (ended == awaited)) | (error == bad)),
                Assume(submitted < 0xF0000), Assume((submitted - completed)[:20] < 0x4000),
                Assert(completed <= submitted),
                Assert(~(mine & (completed >= awaited) & (completed - awaited < RECORD_SLOTS)
                         & awaited.any()) | (failed.bit_select(awaited[:2], 1) == bad)),
            ]
            m.d.sync += submitted.eq(submitted + starts)
            with m.If(ends):
                m.d.sync += [completed.eq(ended), failed.bit_select(ended[:2], 1).eq(error)]
            with m.If(mine):
                m.d.comb += [completed_by_source.eq(completed), submitted_by_source.eq(submitted)]
            progress = dut.progress[number]
            m.d.comb += [progress.submitted.eq(submitted[:16]), progress.failed.eq(failed),
                         progress.completed.eq(completed[:16])]
            age = (submitted[:16] - asked.job)[:16]
            m.d.comb += Assert(~((asked.source == number) & asked.enable)
                               | (dut.refused == (age >= MAX_AGE)))
        m.d.comb += [Assert(~(asked.enable & (asked.source > 1)) | dut.refused),
                     Assert(asked.enable | ~dut.refused)]

        has_ended = completed_by_source >= awaited
        valid, leaves, gone = AnySeq(1), AnySeq(1), Signal()
        was_valid, had_ended = Signal(), Signal()
        m.d.sync += [gone.eq(gone | (valid & leaves)), was_valid.eq(valid & ~leaves),
                     had_ended.eq(valid & ~leaves & has_ended)]
        m.d.comb += [
            dut.valid.eq(valid), dut.next.eq(leaves),
            dut.wait.enable.eq(enable), dut.wait.source.eq(source),
            dut.wait.job.eq(awaited[:16]), dut.wait.overlap.eq(AnySeq(1)),
            Assume(~valid | ~gone), Assume(~was_valid | valid), Assume(awaited.any()),
            Assume(~valid | ((awaited <= submitted_by_source)
                             & ~(has_ended & (completed_by_source - awaited >= RECORD_SLOTS)))),
            Assert(~dut.over | (valid & (~enable | (has_ended & ~bad)))),
            Assert(~dut.failed | (valid & enable & has_ended & bad)),
            Assert(~(was_valid & had_ended) | dut.over | dut.failed),
            Assert(~valid | enable | dut.over),
            Cover(dut.over & enable & (completed_by_source == 3)), Cover(dut.failed),
        ]
        if self._component is Dependency:  # what makes it inductive
            ended = inside["ended"]
            m.d.comb += [Assert(ended == had_ended),
                         Assert(~ended | (inside["ended_badly"] == bad))]
        return m


_MUTANTS = (
    edited(Dependency, "a_wait_is_over_one_job_early", "(since >= 0)", "(since >= -1)"),
    edited(Dependency, "a_failure_is_success", "(ended & ~ended_badly)", "ended"),
    edited(Dependency, "the_error_of_another_job", "bit_select(self.wait.job[:2], 1)",
           "bit_select(source.completed[:2], 1)"),
    edited(Dependency, "a_job_to_come_is_awaited", "((until < 0) | (until >= MAX_AGE)",
           "((until >= MAX_AGE)"),
)


PROOFS = (Proof("chaining", "a job that waits begins when the awaited one has ended well", _Bench,
                Dependency, _MUTANTS, Induction(2), mutant_cycles=12, cover_cycles=12,
                quick=True),)
