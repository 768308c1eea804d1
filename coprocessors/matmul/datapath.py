"""The matmul datapath: from descriptor and streams of operands to streams of results."""

from amaranth.hdl import Module, Mux, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import connect, flipped

from coprocessors.matmul import table
from coprocessors.matmul.array import Array
from coprocessors.matmul.drainer import Drainer, beat_room
from coprocessors.matmul.executor import Executor
from coprocessors.matmul.job_plan import JobPlan
from coprocessors.matmul.loader import Loader
from coprocessors.matmul.operand_buffer import BANK_WORDS, OperandBuffer
from coprocessors.matmul.postprocessor import Postprocessor
from coprocessors.shell.datapath import Beat, DatapathSignature, JobError, descriptor_layout
from coprocessors.shell.fifo import SmallFifo, Wipe

__all__ = ["MatmulDatapath"]


class MatmulDatapath(wiring.Component):
    """C = A * B^T on a systolic array, int32 or requantised, as `table` describes a job.

    Three walks over the tiles of C run side by side: the loader fills the operand buffer, the
    executor feeds the array from it, the drainer takes results out. Jobs run one after the other,
    since a job may read what the former one wrote.

    Parameters:
        array_rows, array_columns : int, 2, 4, 8 or 16.
        requantizer_lanes : int, 1, 2 or 4, at most array_columns.
    Members: those of `DatapathSignature`.
    Timing: the first read command leaves 4 cycles after ``job`` was taken. Peak rate is array_rows
        * array_columns products a cycle.
    Raises: ValueError for a size that is not in the lists above.
    """

    descriptor = table.DESCRIPTOR
    kind = table.KIND
    version = table.VERSION
    strides = True
    operands = staticmethod(table.operands)

    def __init__(self, *, array_rows, array_columns, requantizer_lanes):
        for name, size in (("array_rows", array_rows), ("array_columns", array_columns)):
            if size not in (2, 4, 8, 16):
                raise ValueError(f"{name} must be 2, 4, 8 or 16, not {size}")
        if requantizer_lanes not in (1, 2, 4) or requantizer_lanes > array_columns:
            raise ValueError(f"requantizer_lanes must be 1, 2 or 4 and at most array_columns "
                             f"({array_columns}), not {requantizer_lanes}")
        self._shape = {"rows": array_rows, "columns": array_columns}
        self._lanes = requantizer_lanes
        super().__init__(DatapathSignature(descriptor_layout(table.DESCRIPTOR)))

    def elaborate(self, platform):
        m = Module()
        loader = Loader(**self._shape)
        executor = Executor(**self._shape)
        buffer = OperandBuffer(**self._shape)
        array = Array(**self._shape)
        drainer = Drainer(**self._shape, lanes=self._lanes)
        postprocessor = Postprocessor(columns=self._shape["columns"], lanes=self._lanes)
        for name, part in {"loader": loader, "executor": executor, "buffer": buffer,
                           "array": array, "drainer": drainer,
                           "postprocessor": postprocessor}.items():
            # All registers start again with ``clear``; memories are overwritten below.
            m.submodules[name] = ResetInserter(self.clear)(part)
        m.submodules.beats = beats = SmallFifo(Beat, depth=beat_room(self._lanes),
                                               wipe=Wipe.INPUT)

        job, plan, start, running = self._jobs(m, drainer.done)
        for part in (loader, executor, drainer):
            m.d.comb += [part.start.eq(start), part.job.eq(job), part.plan.eq(plan)]
        connect(m, loader.command, flipped(self.read_command))
        connect(m, flipped(self.read_data), loader.beats)
        connect(m, drainer.command, flipped(self.write_command))
        m.d.comb += [
            executor.a_loaded.eq(loader.a_loaded), executor.b_loaded.eq(loader.b_loaded),
            loader.a_freed.eq(executor.a_freed), loader.b_freed.eq(executor.b_freed),
            drainer.parameters_loaded.eq(loader.parameters_loaded),
            loader.parameters_freed.eq(drainer.parameters_freed),
            postprocessor.job.eq(job),
            postprocessor.parameter_write.eq(loader.parameter_write),
            postprocessor.step.eq(drainer.step),
            postprocessor.results.eq(array.results),
            array.a.eq(buffer.a), array.b.eq(buffer.b), array.step.eq(buffer.step),
            array.shift.eq(drainer.step.row_starts),
            drainer.finished.eq(array.finished), executor.released.eq(drainer.released),
            buffer.feed.eq(executor.feed),
            buffer.a_unsigned.eq(job.format_a_unsigned),
            buffer.b_unsigned.eq(job.format_b_unsigned),
            buffer.a_zero.eq(job.zero_points_a), buffer.b_zero.eq(job.zero_points_b),
            beats.write.eq(postprocessor.beat_valid), beats.write_data.eq(postprocessor.beat),
            beats.read.eq(self.write_data.valid & self.write_data.ready),
            self.write_data.valid.eq(beats.read_valid & ~self.clear),
            self.write_data.payload.eq(beats.read_data),
            drainer.beat_taken.eq(beats.read),
            self.stalled_on_input.eq(executor.starved),
            self.stalled_on_output.eq(executor.blocked | (running & ~executor.busy)),
        ]
        self._clear(m, loader, buffer, postprocessor, beats)
        return m

    def _jobs(self, m, drained):
        """Adds the life of a job. Returns its descriptor, its plan, its start, and that it runs."""
        job = Signal(descriptor_layout(table.DESCRIPTOR))
        plan = Signal(JobPlan)
        is_legal, checks, running, start = Signal(), Signal(), Signal(), Signal()
        ends = checks & ~is_legal
        m.d.comb += [
            self.job.ready.eq(~checks & ~running & ~self.clear),
            start.eq(checks & is_legal),
            self.done.eq((ends | (running & drained)) & ~self.clear),
            self.error.eq(Mux(ends, JobError.DESCRIPTOR, JobError.NONE)),
        ]
        m.d.sync += checks.eq(0)
        with m.If(self.job.valid & self.job.ready):
            m.d.sync += [job.eq(self.job.payload), checks.eq(1),
                         is_legal.eq(table.is_legal(self.job.payload)),
                         *[getattr(plan, name).eq(value)
                           for name, value in JobPlan.of(self.job.payload).items()]]
        with m.If(start):
            m.d.sync += running.eq(1)
        with m.If(drained):
            m.d.sync += running.eq(0)
        with m.If(self.clear):
            m.d.sync += [job.as_value().eq(0), plan.as_value().eq(0), checks.eq(0), running.eq(0)]
        return job, plan, start, running

    def _clear(self, m, loader, buffer, postprocessor, beats):
        """Adds the sweep that overwrites the memories; the banks are the largest.

        From the second cycle of ``clear`` on, what the loader and the postprocessor would write is
        0, and the sweep ends where it began.
        """
        address = Signal(range(BANK_WORDS))
        swept = Signal()
        m.d.comb += [
            buffer.write.eq(loader.bank_write),
            buffer.clear.eq(self.clear),
            postprocessor.clear.eq(self.clear),
            postprocessor.clear_address.eq(address),
            beats.clear.eq(self.clear),
            self.cleared.eq(swept),
        ]
        m.d.sync += [address.eq(0), swept.eq(0)]
        with m.If(self.clear):
            m.d.comb += buffer.write.address.eq(address)
            m.d.sync += [address.eq(address + 1),
                         swept.eq(swept | (address == BANK_WORDS - 1))]
