"""A coprocessor: the shell around a datapath."""

import inspect

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from coprocessors.shell.completion import Completion
from coprocessors.shell.datapath import JobError, descriptor_layout
from coprocessors.shell.dependency import Dependency
from coprocessors.shell.dma_mux import MAX_OPEN_READS, DmaMux
from coprocessors.shell.dma_reader import DmaReader
from coprocessors.shell.dma_writer import DmaWriter
from coprocessors.shell.guard import Guard
from coprocessors.shell.job_counters import JobCounters
from coprocessors.shell.job_queue import JobQueue
from coprocessors.shell.operand_value import OperandValue, operand_values
from coprocessors.shell.range_check import RangeCheck
from coprocessors.shell.records import Records
from coprocessors.shell.register_file import RegisterFile
from coprocessors.shell.sequencer import Sequencer
from coprocessors.shell.table import RECORD_SLOTS, ShellTables
from soc.fabric.bus import RegisterBusSignature
from soc.fabric.dma import DmaPortSignature

__all__ = ["Coprocessor", "ObserveSignature", "ProgressSignature"]


class ProgressSignature(wiring.Signature):
    """How far a coprocessor is: jobs accepted, jobs ended, error bits of jobs number mod 4."""

    def __init__(self):
        super().__init__({
            "submitted": Out(16), "completed": Out(16), "failed": Out(RECORD_SLOTS),
        })


class ObserveSignature(wiring.Signature):
    """What the simulation is told, to watch the buffers of jobs under way; costs nothing unused.

    Parameters: operands : int, how many the datapath declares.
    Members:
        submit    : Out(1), high for one cycle for each accepted job; valid with it are
        submitted : Out(16), its number, and
        operands  : Out(array of the members of `OperandValue`).
        started, completed : Out(16), numbers of the latest such jobs.
    """

    def __init__(self, operands):
        operand = wiring.Signature({name: Out(field.shape)
                                    for name, field in OperandValue.as_shape()})
        super().__init__({
            "submit": Out(1), "submitted": Out(16), "operands": Out(operand).array(operands),
            "started": Out(16), "completed": Out(16),
        })


class Coprocessor(wiring.Component):
    """Registers, job queue, DMA, guard, interrupt and counters around ``datapath``.

    Parameters:
        datapath     : a component of `DatapathSignature` that also has ``kind`` and ``version``
            (ints of 16 bits), ``descriptor`` (registers of the job descriptor), ``strides`` (bool,
            its DMA commands may have more than one row) and ``operands(view)`` (list of `Operand`
            over a view of a descriptor).
        name         : str, of the block.
        dma_region   : Region, outside which it reaches nothing, but for ``read_only_region`` :
            Region or None, which it may read.
        read_words   : int, words that it asks for ahead, see `DmaReader`; at most
            MAX_OPEN_READS.
        source_index : int, its own number as the source of a wait.
        dependencies : int, how many coprocessors there are.
    Members:
        bus, select  : In, its register pages; bit 0 the registers, bit 1 the guard.
        dma          : Out(DmaPortSignature()).
        interrupt    : Out(1), level.
        active       : Out(1), a job or a command is under way. While it is low and no register is
            accessed, no state changes.
        submitted, completed, failed : Out, as in `ProgressSignature`.
        dependencies : In(array of ProgressSignature()), of every coprocessor by its number; its
            own entry is not used.
        observe      : Out(ObserveSignature(...)).
        table        : RegisterTable of the block. An attribute, not a port.
    Timing, in cycles:
        2 from the START on the bus to the job at the datapath, when nothing is under way and it
            need not wait; 1 from the end of an awaited job.
        3 from a read command to its request at the DMA port, and 1 from the answer to the beat: 7
            in all with a memory that answers after 3. One more for an unaligned row.
        3 from a write beat to its word at the DMA port.
        1 from the last write accepted to ``completed`` and ``interrupt``; 2 from ``done`` when
            nothing was left to write.
    Raises: ValueError for parameters out of range.
    """

    def __init__(self, datapath, *, name, dma_region, source_index, dependencies,
                 read_only_region=None, read_words=16):
        if not 0 <= source_index < dependencies:
            raise ValueError(f"source_index must be from 0 to {dependencies - 1}, "
                             f"not {source_index}")
        self._datapath = datapath
        if read_words > MAX_OPEN_READS:
            raise ValueError(f"read_words must be at most {MAX_OPEN_READS}, not {read_words}")
        self._region, self._read_only = dma_region, read_only_region
        self._read_words = read_words
        self._source_index = source_index
        self._sources = dependencies
        doc = (inspect.getdoc(type(datapath)) or f"The {name} coprocessor.").splitlines()[0]
        self._tables = ShellTables(name, doc, tuple(datapath.descriptor), datapath.kind,
                                   datapath.version)
        self._layout = descriptor_layout(datapath.descriptor)
        self._operand_count = len(datapath.operands(Signal(self._layout)))
        super().__init__({
            "bus": In(RegisterBusSignature()),
            "select": In(2),
            "dma": Out(DmaPortSignature()),
            "interrupt": Out(1),
            "active": Out(1),
            "submitted": Out(16), "completed": Out(16), "failed": Out(RECORD_SLOTS),
            "dependencies": In(ProgressSignature()).array(dependencies),
            "observe": Out(ObserveSignature(self._operand_count)),
        })

    @property
    def table(self):
        """RegisterTable of the block."""
        return self._tables.whole

    def elaborate(self, platform):
        m = Module()
        m.submodules.datapath = self._datapath
        m.submodules.registers = registers = RegisterFile(self._tables)
        m.submodules.queue = queue = JobQueue(self._layout)
        m.submodules.sequencer = sequencer = Sequencer()
        m.submodules.reader = reader = DmaReader(depth=self._read_words,
                                                strides=self._datapath.strides)
        m.submodules.writer = writer = DmaWriter(strides=self._datapath.strides)
        m.submodules.guard = guard = Guard(self._region, self._read_only)

        connect(m, flipped(self.bus), registers.bus)
        m.d.comb += registers.select.eq(self.select)
        self._connect_dma(m, sequencer, registers, reader, writer, guard)
        self._connect_jobs(m, sequencer, registers, queue)
        self._connect_end(m, sequencer, writer, guard)
        self._connect_status(m, sequencer, registers, queue)
        self._connect_records(m, sequencer, registers)
        self._connect_observe(m, sequencer, registers)
        return m

    def _connect_dma(self, m, sequencer, registers, reader, writer, guard):
        m.submodules.mux = mux = DmaMux()
        datapath, port = self._datapath, self.dma.request
        connect(m, datapath.read_command, reader.command)
        connect(m, reader.data, datapath.read_data)
        connect(m, datapath.write_command, writer.command)
        connect(m, datapath.write_data, writer.data)
        connect(m, reader.request, mux.read)
        connect(m, writer.request, mux.write)
        connect(m, mux.request, guard.request)
        connect(m, guard.port, flipped(port))
        accepted = port.valid & port.ready
        m.d.comb += [
            reader.response_valid.eq(self.dma.response_valid),
            reader.response_data.eq(self.dma.response_data),
            mux.hold_writes.eq(sequencer.hold_writes),
            mux.read_accepted.eq(accepted & ~port.payload.write),
            mux.read_answered.eq(self.dma.response_valid),
            guard.windows.eq(registers.windows),
            reader.clear.eq(sequencer.clear),
            writer.clear.eq(sequencer.clear),
            guard.clear.eq(sequencer.clear),
            datapath.clear.eq(sequencer.clear),
            sequencer.cleared.eq(datapath.cleared & reader.cleared & writer.cleared & guard.idle
                                 & mux.answered),
            self.active.eq(sequencer.active | ~guard.idle | ~mux.answered),
            sequencer.violation.eq(guard.violation),
            sequencer.violation_write.eq(guard.violation_write),
        ]

    def _connect_jobs(self, m, sequencer, registers, queue):
        """From START to the datapath."""
        m.submodules.dependency = dependency = Dependency(self._sources)
        m.submodules.range_check = check = RangeCheck(
            self._region, self._operand_count, self._read_only)
        common = registers.common
        control = common.control
        start = Signal()
        legal = Signal()
        m.d.comb += [
            start.eq(control.start.strobe & control.start.value),
            legal.eq(~queue.full & ~dependency.refused),
            common.refused.queue_full.set.eq(start & queue.full),
            common.refused.bad_dependency.set.eq(start & ~queue.full & dependency.refused),
            sequencer.start.eq(start & legal),
            sequencer.abort.eq(control.abort.strobe & control.abort.value),
            sequencer.acknowledge.eq(control.acknowledge.strobe & control.acknowledge.value),
            sequencer.zeroize.eq(control.zeroize.strobe & control.zeroize.value),
            registers.zeroize.eq(sequencer.zeroizing),
            queue.push.eq(sequencer.start),
            queue.job.eq(registers.descriptor),
            *[getattr(queue.wait, name).eq(getattr(common.wait, name).value)
              for name in ("enable", "source", "overlap", "job")],
            queue.pop.eq(sequencer.next),
            queue.clear.eq(sequencer.clear_queue),
        ]
        for index in range(self._sources):
            source = sequencer.progress if index == self._source_index else self.dependencies[index]
            m.d.comb += [getattr(dependency.progress[index], name).eq(getattr(source, name))
                         for name in ("submitted", "completed", "failed")]
        m.d.comb += [
            dependency.asked.eq(queue.wait),
            dependency.wait.eq(queue.head_wait),
            dependency.valid.eq(queue.head_valid),
            dependency.next.eq(sequencer.next),
            sequencer.wait_over.eq(dependency.over),
            sequencer.wait_failed.eq(dependency.failed),
            sequencer.head_valid.eq(queue.head_valid),
            sequencer.may_overlap.eq(queue.head_wait.overlap),
            self._datapath.job.valid.eq(sequencer.offer),
            self._datapath.job.payload.eq(queue.head_job),
            sequencer.taken.eq(self._datapath.job.ready),
            check.windows.eq(registers.windows),
            check.start.eq(sequencer.check),
            check.clear.eq(~sequencer.check | sequencer.next),
            sequencer.checked.eq(check.done),
            sequencer.check_error.eq(check.error),
        ]
        values = operand_values(m, self._datapath, queue.head_job, "head_operand")
        m.d.comb += [check.operands[i].eq(value) for i, value in enumerate(values)]

    def _connect_end(self, m, sequencer, writer, guard):
        """From ``done`` to the end of a job."""
        m.submodules.completion = completion = Completion()
        m.d.comb += [
            completion.done.eq(self._datapath.done),
            completion.error.eq(self._datapath.error),
            completion.pushed.eq(writer.pushed),
            completion.flushing.eq(writer.flushing),
            completion.written.eq(guard.port.valid & guard.port.ready
                                  & guard.port.payload.write),
            completion.hold.eq(sequencer.hold_writes),
            completion.clear.eq(sequencer.clear),
            sequencer.failing.eq(completion.failing),
            sequencer.ended.eq(completion.ended),
            sequencer.ended_error.eq(completion.ended_error),
        ]

    def _connect_status(self, m, sequencer, registers, queue):
        common = registers.common
        pending, enable = common.interrupt_pending, common.interrupt_enable
        failed = sequencer.retire_error != JobError.NONE
        m.d.comb += [
            common.id.kind.value.eq(self._datapath.kind),
            common.id.version.value.eq(self._datapath.version),
            common.status.busy.value.eq(sequencer.busy),
            common.status.queue_full.value.eq(queue.full),
            common.status.stopped.value.eq(sequencer.stopped),
            common.status.zeroizing.value.eq(sequencer.zeroizing),
            common.status.level.value.eq(queue.level),
            common.status.error.value.eq(sequencer.error),
            common.submitted.value.value.eq(sequencer.progress.submitted),
            common.completed.value.value.eq(sequencer.progress.completed),
            pending.done.set.eq(sequencer.retire & ~failed),
            pending.error.set.eq(sequencer.retire & failed),
            self.interrupt.eq((pending.done.value & enable.done.value)
                              | (pending.error.value & enable.error.value)),
            self.submitted.eq(sequencer.progress.submitted),
            self.completed.eq(sequencer.progress.completed),
            self.failed.eq(sequencer.progress.failed),
        ]

    def _connect_records(self, m, sequencer, registers):
        m.submodules.counters = counters = JobCounters()
        m.submodules.records = records = Records()
        datapath = self._datapath
        reads, writes = datapath.read_data, datapath.write_data
        with m.If(reads.valid & reads.ready):
            m.d.comb += counters.bytes_read.eq(reads.payload.count)
        with m.If(writes.valid & writes.ready):
            m.d.comb += counters.bytes_written.eq(writes.payload.count)
        m.d.comb += [
            counters.running.eq(sequencer.running),
            counters.stalled_on_input.eq(datapath.stalled_on_input),
            counters.stalled_on_output.eq(datapath.stalled_on_output),
            counters.restart.eq(sequencer.retire),
            records.write.eq(sequencer.retire),
            records.record.job.eq(sequencer.retire_job),
            records.record.error.eq(sequencer.retire_error),
            records.record.counts.eq(counters.counts),
            records.address.eq(registers.common.records.address),
            registers.common.records.read_data.eq(records.read_data),
        ]

    def _connect_observe(self, m, sequencer, registers):
        observe = self.observe
        m.d.sync += observe.submit.eq(sequencer.start)
        m.d.comb += [
            observe.submitted.eq(sequencer.progress.submitted),
            observe.started.eq(sequencer.started),
            observe.completed.eq(sequencer.progress.completed),
        ]
        values = operand_values(m, self._datapath, registers.descriptor, "observed_operand")
        for operand, value in zip(observe.operands, values):
            m.d.comb += [getattr(operand, name).eq(getattr(value, name))
                         for name, _ in OperandValue.as_shape()]
