"""The matmul datapath: from descriptor and streams of operands to streams of results."""

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import connect, flipped

from coprocessors.matmul import table
from coprocessors.matmul.drainer import Drainer, beat_room
from coprocessors.matmul.engine import Engine
from coprocessors.matmul.executor import Executor
from coprocessors.matmul.job_plan import JobPlan
from coprocessors.matmul.loader import Loader
from coprocessors.matmul.operand_buffer import BANK_WORDS
from coprocessors.shell.datapath import Beat, DatapathSignature, JobError, descriptor_layout
from coprocessors.shell.fifo import SmallFifo, Wipe

__all__ = ["MatmulDatapath"]


class MatmulDatapath(wiring.Component):
    """C = A * B^T on a systolic array, int32 or requantised, as `table` describes a job.

    Three walks over the tiles of C run side by side: the loader fills the operand buffer, the
    executor feeds the array from it, the drainer takes results out. Each walk begins with the next
    job when it has ended the last, so that jobs which the shell lets overlap follow each other
    without a gap, but for those whose rows take slots of another size.

    What a job keeps has stayed in the buffer, for nothing has been loaded behind it. Such a job is
    legal if the one before it, whatever became of its results, was legal and has the same operand
    in the same place: an illegal job, ``clear`` and reset end that.

    Parameters:
        array_rows, array_columns : int, 2, 4, 8 or 16.
        requantizer_lanes : int, 1, 2 or 4, at most array_columns.
        network_jobs : bool, jobs may gather A, have transposed operands and an addend, and keep
            an operand; else the fields for that are not there.
    Members: those of `DatapathSignature`.
    Timing: the first read command leaves 4 cycles after ``job`` was taken. Peak rate is array_rows
        * array_columns products a cycle.
    Raises: ValueError for a size that is not in the lists above.
    """

    descriptor = table.DESCRIPTOR
    """Of a datapath with ``network_jobs``; others have one of their own."""
    kind = table.KIND
    version = table.VERSION
    strides = True
    operands = staticmethod(table.operands)

    def __init__(self, *, array_rows, array_columns, requantizer_lanes, network_jobs=True):
        for name, size in (("array_rows", array_rows), ("array_columns", array_columns)):
            if size not in (2, 4, 8, 16):
                raise ValueError(f"{name} must be 2, 4, 8 or 16, not {size}")
        if requantizer_lanes not in (1, 2, 4) or requantizer_lanes > array_columns:
            raise ValueError(f"requantizer_lanes must be 1, 2 or 4 and at most array_columns "
                             f"({array_columns}), not {requantizer_lanes}")
        self._shape = {"rows": array_rows, "columns": array_columns}
        self._lanes, self._network_jobs = requantizer_lanes, network_jobs
        if not network_jobs:
            self.descriptor = table.plain_descriptor()
        super().__init__(DatapathSignature(descriptor_layout(self.descriptor)))

    def elaborate(self, platform):
        m = Module()
        loader = Loader(**self._shape, network_jobs=self._network_jobs)
        executor = Executor(**self._shape)
        drainer = Drainer(**self._shape, lanes=self._lanes)
        engine = Engine(**self._shape, lanes=self._lanes, network_jobs=self._network_jobs)
        for name, part in {"loader": loader, "executor": executor, "engine": engine,
                           "drainer": drainer}.items():
            # All registers start again with ``clear``; memories are overwritten below.
            m.submodules[name] = ResetInserter(self.clear)(part)
        m.submodules.beats = beats = SmallFifo(Beat, depth=beat_room(self._lanes),
                                               wipe=Wipe.INPUT)

        fed, drained, running = self._jobs(m, loader, executor, drainer)
        connect(m, loader.command, flipped(self.read_command))
        connect(m, flipped(self.read_data), loader.beats)
        connect(m, drainer.command, flipped(self.write_command))
        m.d.comb += [
            executor.a_loaded.eq(loader.a_loaded), executor.b_loaded.eq(loader.b_loaded),
            loader.a_freed.eq(executor.a_freed), loader.b_freed.eq(executor.b_freed),
            drainer.parameters_loaded.eq(loader.parameters_loaded),
            loader.parameters_freed.eq(drainer.parameters_freed),
            drainer.addend_loaded.eq(loader.addend_loaded),
            loader.addend_freed.eq(drainer.addend_freed),
            engine.fed.eq(fed), engine.drained.eq(drained),
            engine.parameter_write.eq(loader.parameter_write),
            engine.addend_write.eq(loader.addend_write),
            engine.feed.eq(executor.feed), engine.drain_step.eq(drainer.step),
            drainer.finished.eq(engine.finished), executor.released.eq(drainer.released),
            beats.write.eq(engine.beat_valid), beats.write_data.eq(engine.beat),
            drainer.beat_taken.eq(self.write_data.valid & self.write_data.ready),
            self.stalled_on_input.eq(executor.starved),
            self.stalled_on_output.eq(executor.blocked | (running & ~executor.busy)),
        ]
        self._send(m, beats)
        self._clear(m, loader, engine, beats)
        return m

    def _send(self, m, beats):
        """Adds the register behind the waiting beats: their memory answers late in the cycle."""
        valid, beat = Signal(), Signal(Beat)
        free = ~valid | self.write_data.ready
        m.d.comb += [
            beats.read.eq(beats.read_valid & free & ~self.clear),
            self.write_data.valid.eq(valid & ~self.clear),
            self.write_data.payload.eq(beat),
        ]
        with m.If(self.clear):
            m.d.sync += [valid.eq(0), beat.as_value().eq(0)]
        with m.Elif(free):
            m.d.sync += [valid.eq(beats.read_valid), beat.eq(beats.read_data)]

    def _jobs(self, m, loader, executor, drainer):
        """Adds the life of jobs: each walk takes the next one when it has ended the last.

        Returns: the jobs of executor and drainer, and whether any job runs.
        """
        job, plan = self._job("job"), Signal(JobPlan)  # the loader's
        asked = table.completed(self.job.payload)
        is_legal, checks = Signal(), Signal()
        slots = Signal.like(plan.slots)  # that the strips in the buffers were loaded for
        start, ends, running, anew = Signal(), Signal(), Signal(), Signal()
        executor_next, executor_job, executor_plan = self._stage(
            m, "executor", job, plan, start, executor.ready, executor)
        drainer_next, drainer_job, drainer_plan = self._stage(
            m, "drainer", job, plan, start, ~drainer.busy, drainer)
        m.d.comb += [
            self.job.ready.eq(~checks & loader.idle & ~executor_next & ~drainer_next & ~self.clear),
            # Slots of another size are given out when no strip lies in one.
            start.eq(checks & is_legal & (loader.empty | (plan.slots == slots))),
            running.eq(drainer.busy | drainer_next),
            ends.eq(checks & ~is_legal & ~running),
            self.done.eq((ends | drainer.done) & ~self.clear),
            self.error.eq(Mux(ends, JobError.DESCRIPTOR, JobError.NONE)),
            loader.start.eq(start), loader.job.eq(job), loader.plan.eq(plan),
            loader.anew.eq(loader.empty), executor.anew.eq(anew),
        ]
        with m.If(start | ends):
            m.d.sync += checks.eq(0)
        with m.If(start):
            m.d.sync += [slots.eq(plan.slots), anew.eq(loader.empty)]
        with m.If(self.job.valid & self.job.ready):
            m.d.sync += [job.eq(asked), checks.eq(1),
                         is_legal.eq(table.is_legal(asked)
                                     & self._finds_kept(asked, job, plan, is_legal)),
                         *[getattr(plan, name).eq(value)
                           for name, value in self._plan_of(asked).items()]]
        with m.If(self.clear):
            m.d.sync += [register.as_value().eq(0) for register in (
                job, executor_job, drainer_job, plan, executor_plan, drainer_plan)]
            m.d.sync += [checks.eq(0), slots.eq(0)]
        return executor_job, drainer_job, running

    def _plan_of(self, job):
        return JobPlan.of(job, **self._shape, network_jobs=self._network_jobs)

    def _finds_kept(self, asked, job, plan, was_legal):
        """Whether the operands that the job ``asked`` keeps are there.

        They are if ``job``, the one before it, was legal, has the same ones, and they fit. After
        ``clear`` nothing does: ``plan`` is 0.
        """
        return Cat(
            ~asked.format_keep_a | (was_legal & plan.a_fits & table.same_a(asked, job)),
            ~asked.format_keep_b | (was_legal & plan.b_fits & table.same_b(asked, job)),
        ).all()

    @staticmethod
    def _job(name):
        return Signal(descriptor_layout(table.DESCRIPTOR), name=name)

    def _stage(self, m, name, job, plan, begins, idle, walk):
        """Adds the job of a walk that follows the loader: it takes it when it is ``idle``.

        Returns: whether it is still to take one, its job and its plan.
        """
        own_job, own_plan = self._job(f"{name}_job"), Signal(JobPlan, name=f"{name}_plan")
        next_job, starts = Signal(name=f"{name}_next"), Signal(name=f"{name}_starts")
        takes = next_job & idle & ~starts
        m.d.comb += [walk.start.eq(starts), walk.job.eq(own_job), walk.plan.eq(own_plan)]
        m.d.sync += starts.eq(takes & ~self.clear)
        with m.If(takes):
            m.d.sync += [next_job.eq(0), own_job.eq(job), own_plan.eq(plan)]
        with m.If(begins):
            m.d.sync += next_job.eq(1)
        with m.If(self.clear):
            m.d.sync += next_job.eq(0)
        return next_job | starts, own_job, own_plan

    def _clear(self, m, loader, engine, beats):
        """Adds the sweep that overwrites the memories; the banks are the largest.

        From the second cycle of ``clear`` on, what the loader would write is 0, and the sweep ends
        where it began.
        """
        address = Signal(range(BANK_WORDS))
        swept = Signal()
        m.d.comb += [
            engine.bank_write.eq(loader.bank_write),
            engine.clear.eq(self.clear), engine.clear_address.eq(address),
            beats.clear.eq(self.clear),
            self.cleared.eq(swept),
        ]
        m.d.sync += [address.eq(0), swept.eq(0)]
        with m.If(self.clear):
            m.d.comb += engine.bank_write.address.eq(address)
            m.d.sync += [address.eq(address + 1),
                         swept.eq(swept | (address == BANK_WORDS - 1))]
