"""The life of jobs: from the queue to the datapath, to their end, and what errors do."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.completion import JOBS_IN_FLIGHT
from coprocessors.shell.datapath import JobError
from coprocessors.shell.dependency import JobProgress

__all__ = ["Sequencer"]


class Sequencer(wiring.Component):
    """Offers jobs to the datapath in their order and ends them in their order.

    A job is offered once its wait is over, no job is under way and the shell is not stopped. That
    may be before its range check has ended: its writes are held until then. A job that may overlap
    is offered while another is under way, but only after its check, so that the writes that are
    held are always those of one job.

    A job that fails while it is in the datapath, or any job on ``abort`` and ``zeroize``, clears
    the datapath. On a violation by one of two jobs under way the older is blamed and the younger
    ends with ABORTED.

    Members:
        start : In(1), a job is accepted; abort, acknowledge, zeroize : In(1), commands.
        head_valid : In(1), there is a next job, of which ``may_overlap``, ``wait_over``,
            ``wait_failed``, ``checked`` : In(1), and ``check_error`` : In(JobError) tell.
        offer, taken : Out(1), In(1), handshake of the head with the datapath.
        next : Out(1), the head leaves the queue.
        ended, ended_error : In(1), In(JobError), the oldest job in the datapath ends;
            failing : In(1), one in it is about to end with an error.
        violation, violation_write : In(1), the guard dropped a request.
        hold_writes : Out(1), the check of the job under way has not ended.
        check : Out(1), the head may be checked; while it is low, verdicts are forgotten.
        clear : Out(1), held until ``cleared`` : In(1); clear_queue : Out(1).
        zeroizing : Out(1).
        running : Out(1), a job is in the datapath.
        retire, retire_job, retire_error : Out, a job ends in this cycle: its number, its error.
        progress : Out(JobProgress); started : Out(16), latest job taken by the datapath.
        active : Out(1), a job or a command is under way.
        busy, stopped : Out(1); error : Out(JobError), of the job that stopped.
    """

    def __init__(self):
        super().__init__({
            "start": In(1), "abort": In(1), "acknowledge": In(1), "zeroize": In(1),
            "head_valid": In(1), "may_overlap": In(1),
            "wait_over": In(1), "wait_failed": In(1),
            "checked": In(1), "check_error": In(JobError),
            "offer": Out(1), "taken": In(1), "next": Out(1),
            "failing": In(1), "ended": In(1), "ended_error": In(JobError),
            "violation": In(1), "violation_write": In(1),
            "hold_writes": Out(1), "check": Out(1),
            "clear": Out(1), "cleared": In(1), "clear_queue": Out(1), "zeroizing": Out(1),
            "running": Out(1),
            "retire": Out(1), "retire_job": Out(16), "retire_error": Out(JobError),
            "progress": Out(JobProgress), "started": Out(16),
            "active": Out(1), "busy": Out(1), "stopped": Out(1), "error": Out(JobError),
        })

    def elaborate(self, platform):
        m = Module()
        drops = Signal()  # ends the jobs to be dropped, one a cycle, behind ``clear``
        in_flight = Signal(range(JOBS_IN_FLIGHT + 1))
        unchecked = Signal()  # the head was taken, and its check has not ended
        left = Signal()  # but the job has ended, in the cycle before
        cause = Signal(JobError)  # of the oldest job that is dropped
        drop_all = Signal()  # jobs, not only those in the datapath
        abort = Signal()  # asked for
        zeroize = Signal()  # asked for, or under way
        wipe = Signal()  # under way

        runs = Signal()
        check_passed = Signal()
        check_failed = Signal()
        take = Signal()
        refuse_head = Signal()  # ends without having been in the datapath
        drop = Signal()
        m.d.comb += [
            runs.eq(~self.clear & ~drops),
            check_passed.eq(self.checked & (self.check_error == JobError.NONE)),
            check_failed.eq(self.checked & (self.check_error != JobError.NONE)),
            self.offer.eq(runs & self.head_valid & self.wait_over & ~unchecked & ~self.stopped
                          & ~check_failed & ~self.failing & ~abort & ~zeroize
                          & ((in_flight == 0)
                             | (self.may_overlap & check_passed
                                & (in_flight != JOBS_IN_FLIGHT)))),
            take.eq(self.offer & self.taken),
            refuse_head.eq(runs & self.head_valid & ~self.stopped & (in_flight == 0) & ~left
                           & (check_failed | self.wait_failed)),
            drop.eq(drops & Mux(drop_all, self.busy, in_flight != 0)),
            self.next.eq(((take | unchecked) & runs & check_passed) | refuse_head
                         | left
                         | (drops & ~drop & unchecked & ~drop_all)),
            self.hold_writes.eq(unchecked),
            self.check.eq(runs & self.head_valid & ~self.stopped),
            self.running.eq(in_flight != 0),
            self.clear_queue.eq(drop_all & (self.clear | drop)),
            self.zeroizing.eq(zeroize),
            self.active.eq(self.busy | abort | zeroize | ~runs),
        ]

        with m.If(self.next):
            m.d.sync += unchecked.eq(0)
        with m.Elif(take):
            m.d.sync += unchecked.eq(1)
        m.d.sync += left.eq(self.ended & unchecked & ~self.next)
        m.d.sync += in_flight.eq(in_flight + take - (self.ended | (drop & self.running)))
        with m.If(self.abort):
            m.d.sync += abort.eq(1)
        with m.If(self.zeroize):
            m.d.sync += zeroize.eq(1)

        with m.If(self.clear):
            m.d.sync += [self.clear.eq(~self.cleared), drops.eq(self.cleared)]
        with m.Elif(drops):
            m.d.sync += cause.eq(JobError.ABORTED)
            with m.If(~drop):
                m.d.sync += [drops.eq(0), in_flight.eq(0), unchecked.eq(0), wipe.eq(0)]
                with m.If(wipe):
                    m.d.sync += zeroize.eq(self.zeroize)
        with m.Elif(zeroize | (abort & self.busy)):
            m.d.sync += [self.clear.eq(1), cause.eq(JobError.ABORTED),
                         drop_all.eq(1), abort.eq(self.abort), wipe.eq(zeroize)]
        with m.Elif(self.running & self.violation):
            m.d.sync += [self.clear.eq(1), drop_all.eq(0),
                         cause.eq(Mux(self.violation_write, JobError.WRITE_WINDOW,
                                      JobError.READ_WINDOW))]
        with m.Elif(unchecked & check_failed & ~self.ended & ~left):
            m.d.sync += [self.clear.eq(1), drop_all.eq(0), cause.eq(self.check_error)]
        with m.Else():
            m.d.sync += abort.eq(self.abort)
        m.d.comb += [
            self.retire.eq(self.ended | refuse_head | drop),
            self.retire_error.eq(Mux(drop, cause, Mux(
                refuse_head, Mux(check_failed, self.check_error, JobError.DEPENDENCY),
                self.ended_error))),
        ]
        self._count(m, take)
        return m

    def _count(self, m, take):
        """Adds the job numbers, and what is told about ended jobs."""
        progress = self.progress
        failed = Signal()
        m.d.comb += [
            self.retire_job.eq(progress.completed + 1),
            self.busy.eq(progress.completed != progress.submitted),
            failed.eq(self.retire_error != JobError.NONE),
        ]
        with m.If(self.start):
            m.d.sync += progress.submitted.eq(progress.submitted + 1)
        with m.If(take):
            # Jobs that never reach the datapath are jumped over.
            m.d.sync += self.started.eq(self.retire_job + self.running)
        with m.If(self.acknowledge):
            m.d.sync += [self.stopped.eq(0), self.error.eq(JobError.NONE)]
        with m.If(self.retire):
            m.d.sync += [
                progress.completed.eq(self.retire_job),
                progress.failed.bit_select(self.retire_job[:2], 1).eq(failed),
            ]
            with m.If(failed):
                m.d.sync += self.stopped.eq(1)
                with m.If(~self.stopped | self.acknowledge):
                    m.d.sync += self.error.eq(self.retire_error)
