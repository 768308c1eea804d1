"""When a job has ended: its last write must have left."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.datapath import JobError

__all__ = ["JOBS_IN_FLIGHT", "Completion"]


JOBS_IN_FLIGHT = 2
"""Jobs taken by the datapath and not ended, at most."""


class Completion(wiring.Component):
    """Holds back ``done`` of a job until its writes have been accepted by the DMA port.

    Members:
        done, error : In(1), In(JobError), from the datapath.
        pushed, flushing : In(1), from the writer.
        written  : In(1), the port accepts a write in this cycle.
        hold     : In(1), no job may end now but one with an error, which has written nothing.
        ended, ended_error : Out(1), Out(JobError), the oldest job ends in this cycle.
        failing  : Out(1), a job that is done but has not ended has an error.
        clear    : In(1), forgets all jobs and writes.
    Timing: ``ended`` is high in the cycle in which the job's last write is accepted, and at the
        earliest in the cycle after ``done``.
    """

    def __init__(self):
        super().__init__({
            "done": In(1), "error": In(JobError),
            "pushed": In(1), "flushing": In(1), "written": In(1),
            "hold": In(1),
            "failing": Out(1),
            "ended": Out(1), "ended_error": Out(JobError),
            "clear": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        sent = Signal(6)  # words, modulo more than the writer and the guard hold together
        written = Signal(6)
        waiting = Signal()  # a job is done
        fresh = Signal()  # since the last cycle: its last word is known only now
        known = Signal(6)
        error = Signal(JobError)
        second = Signal()  # another job is done
        second_error = Signal(JobError)

        target = Signal(6)
        may_end, one_is_left = Signal(), Signal()
        m.d.comb += [
            target.eq(Mux(fresh, sent + self.flushing, known)),
            may_end.eq(waiting & (~self.hold | (error != JobError.NONE))),
            one_is_left.eq(may_end & ((written + 1)[:6] == target)),
            # Whether the port accepts is known last.
            self.ended.eq((may_end & (written == target)) | (one_is_left & self.written)),
            self.ended_error.eq(error),
            self.failing.eq((waiting & (error != JobError.NONE))
                            | (second & (second_error != JobError.NONE))),
        ]
        m.d.sync += [sent.eq(sent + self.pushed), written.eq(written + self.written),
                     known.eq(target), fresh.eq(0)]
        with m.If(self.ended | ~waiting):
            m.d.sync += [
                waiting.eq(second | self.done),
                fresh.eq(1),
                error.eq(Mux(second, second_error, self.error)),
                second.eq(second & self.done),
                second_error.eq(self.error),
            ]
        with m.Elif(self.done):
            m.d.sync += [second.eq(1), second_error.eq(self.error)]
        with m.If(self.clear):
            m.d.sync += [s.eq(0) for s in (sent, written, waiting, second)]
        return m
