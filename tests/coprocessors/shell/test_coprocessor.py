"""The shell around a datapath that copies rows."""

import cocotb
import pytest
from cocotb.triggers import ClockCycles, RisingEdge

from coprocessors.shell.coprocessor import Coprocessor
from coprocessors.shell.datapath import JobError
from coprocessors.shell.table import MAX_AGE, ShellTables
from sim.harness import run_cocotb
from sim.streams import clock_cycle
from tests.coprocessors.loopback import Loopback
from tests.coprocessors.shell_behaviour import (
    INSIDE, OTHER_SOURCE, REGION, SOURCE, Bench, Driver, Job, behaviour_tests,
)

LOWER, UPPER = REGION.base, REGION.base + REGION.size // 2


class LoopbackDriver(Driver):
    """Jobs of the loopback."""

    name = "loopback"
    kind, version = Loopback.kind, Loopback.version
    table = ShellTables("loopback", "Copies rows.", Loopback.descriptor).whole
    max_cycles = 400

    def component(self):
        return Coprocessor(Loopback(), name=self.name, dma_region=REGION, source_index=SOURCE,
                           dependencies=2)

    def job(self, rng, memory, *, size="short", source=None, destination=None):
        rows, row_bytes = {
            "short": (rng.randint(1, 6), rng.randint(1, 60)),
            "long": (20, rng.randint(200, 220)),
            "empty": rng.choice(((0, 5), (5, 0))),
        }[size]
        if source is not None or destination is not None:
            rows, row_bytes = 3, 24
        source_stride = row_bytes + rng.randint(0, 40)
        destination_stride = row_bytes + rng.randint(0, 40)
        if source is not None:
            source_stride = destination_stride = 32
        source = LOWER + rng.randrange(0x1000) if source is None else source
        destination = UPPER + rng.randrange(0x1000) if destination is None else destination
        job = self.copy(memory, source, destination, row_bytes, rows, source_stride,
                        destination_stride)
        return job

    def copy(self, memory, source, destination, row_bytes, rows, source_stride,
             destination_stride):
        """A job from its numbers."""
        expected = {}
        for row in range(rows if row_bytes else 0):
            expected[destination + row * destination_stride] = memory.read(
                source + row * source_stride, row_bytes)
        return Job({"source": source, "destination": destination, "row_bytes": row_bytes,
                    "rows": rows, "source_stride": source_stride,
                    "destination_stride": destination_stride}, expected,
                   rows * row_bytes, rows * row_bytes)

    def span(self, job):
        return 2 * 32 + 24, 2 * 32 + 24

    def illegal_job(self, rng, memory):
        job = self.job(rng, memory)
        return Job({**job.registers, "mode": 1})

    def wrapping_jobs(self, rng, memory):
        good = self.copy(memory, LOWER, UPPER, 8, 2, 64, 64).registers
        # Each comes back into the region when the sum is cut to 32 bits.
        reads = [{"source_stride": 2**32 - 64, "source": LOWER + 64},
                 {"source_stride": 2**31, "rows": 3},
                 {"source_stride": 2**30, "rows": 5, "destination_stride": 8},
                 {"source_stride": 2**16, "rows": 0xFFFF, "destination_stride": 0},
                 {"row_bytes": 2**32 - 8, "rows": 1}]
        writes = [{"destination_stride": 2**32 - 64, "destination": UPPER + 64},
                  {"destination_stride": 2**31, "rows": 3},
                  {"destination_stride": 2**28, "rows": 17, "source_stride": 8}]
        return ([(Job({**good, **change}), JobError.READ_WINDOW) for change in reads]
                + [(Job({**good, **change}), JobError.WRITE_WINDOW) for change in writes])


DRIVER = LoopbackDriver()

globals().update(behaviour_tests(DRIVER))


def _tests(function):
    return cocotb.test(timeout_time=5, timeout_unit="ms")(function)


_STREAMS = "job", "read_command", "read_data", "write_command", "write_data"


class _Trace:
    """Cycles in which handshakes of the datapath took place."""

    def __init__(self, dut):
        self.dut = dut
        self.times = {name: [] for name in _STREAMS}
        self.done = []
        self._task = cocotb.start_soon(self._run())

    async def _run(self):
        datapath = self.dut.datapath
        handles = {name: (getattr(datapath, f"{name}__valid"), getattr(datapath, f"{name}__ready"))
                   for name in self.times}
        while True:
            await RisingEdge(self.dut.clk)
            for name, (valid, ready) in handles.items():
                if valid.value == 1 and ready.value == 1:
                    self.times[name].append(clock_cycle())
            if datapath.done.value == 1:
                self.done.append(clock_cycle())


@_tests
async def latencies(dut):
    """The numbers of the docstring of `Coprocessor`."""
    bench = Bench(dut, DRIVER, latency=3)
    await bench.start()
    trace = _Trace(dut)
    job = DRIVER.copy(bench.memory, LOWER, UPPER, 8, 4, 8, 8)
    start = await bench.submit(job)
    await bench.finish()
    assert trace.times["job"] == [start + 2]
    reads = [access.cycle for access in bench.memory.log if not access.write]
    command = trace.times["read_command"][0]
    assert reads == list(range(command + 3, command + 7))
    assert trace.times["read_data"] == list(range(command + 7, command + 11))
    # Answers that come after the range check and all reads: nothing is in the way of the writes.
    bench.memory.latency = 30
    await bench.submit(job)
    end = await bench.finish()
    writes = [access.cycle for access in bench.writes()]
    assert writes[-1] == trace.times["write_data"][-1] + 3
    assert trace.done[-1:] == trace.times["write_data"][-1:]
    assert end == writes[-1] + 1


@_tests
async def a_job_without_writes_ends_two_cycles_after_done(dut):
    bench = Bench(dut, DRIVER)
    await bench.start()
    trace = _Trace(dut)
    await bench.submit(Job({"mode": 1}))
    assert await bench.finish() == trace.done[0] + 2


@_tests
async def long_copy_keeps_the_port_busy(dut):
    """Reads and writes share the port: two accesses a word, and no cycle is lost."""
    bench = Bench(dut, DRIVER)
    await bench.start()
    await bench.run(DRIVER.copy(bench.memory, LOWER, UPPER, 256, 8, 256, 256))
    cycles = [access.cycle for access in bench.memory.log]
    assert len(cycles) == 512
    assert cycles[-1] - cycles[0] <= 512 + 20


@_tests
async def writes_wait_for_the_range_check(dut):
    """Reads start at once; the first write leaves only after the last operand was checked."""
    bench = Bench(dut, DRIVER)
    await bench.start()
    # 16 bits of rows: the check of two operands takes 2 * (4 + 16) cycles.
    rows = 0x8001
    registers = DRIVER.copy(bench.memory, LOWER, UPPER, 8, 1, 0, 0).registers
    start = await bench.submit(Job({**registers, "rows": rows}))
    while not bench.writes():
        await RisingEdge(dut.clk)
    assert bench.memory.log[0].cycle == start + 6
    assert start + 2 + 40 <= bench.writes()[0].cycle <= start + 2 + 40 + 5
    await bench.command("abort")
    await bench.expect_error(1, JobError.ABORTED)


@_tests
async def jobs_overlap_only_when_told(dut):
    """By default a job sees the results of the one before it; with `overlap` both are in flight."""
    bench = Bench(dut, DRIVER, delay=0.3, stall=0.3)
    await bench.start()
    for overlap in (0, 1):
        trace = _Trace(dut)
        bench.memory.log.clear()
        first = bench.submitted
        middle = UPPER + 0x800
        chain = [DRIVER.copy(bench.memory, LOWER + 3, middle + 5, 100, 3, 128, 128),
                 DRIVER.copy(bench.memory, middle + 5, UPPER + 0x1002, 100, 3, 128, 128)]
        # The second job copies what the first has written.
        chain[1].expected = {UPPER + 0x1002 + row * 128: bench.memory.read(LOWER + 3 + row * 128,
                                                                           100)
                             for row in range(3)}
        if overlap:
            chain[1] = DRIVER.copy(bench.memory, LOWER + 0x900, UPPER + 0x1002, 100, 3, 128, 128)
        before = bytes(bench.memory.contents)
        for job in chain:
            await bench.describe(job)
            await bench.write("wait", overlap << 4)
            await bench.command("start")
            bench.submitted += 1
        await bench.finish()
        bench.check(before, *chain)
        assert (trace.times["job"][1] < trace.done[0]) == bool(overlap)
        for number in (first + 1, first + 2):
            record = await bench.record(number)
            assert (record["job"], record["error"]) == (number, JobError.NONE)


@_tests
async def overlapping_jobs_end_in_order(dut):
    """Many small ones, some illegal, some empty, some outside; errors stop what is behind."""
    bench = Bench(dut, DRIVER, delay=0.2, stall=0.2, seed=4)
    await bench.start()
    rng = bench.random
    for _ in range(60):
        kind = rng.choice(("short", "short", "short", "empty", "illegal", "outside"))
        if kind == "illegal":
            job, error = DRIVER.illegal_job(rng, bench.memory), JobError.DESCRIPTOR
        elif kind == "outside":
            job = DRIVER.job(rng, bench.memory, source=LOWER, destination=REGION.end)
            job.expected, error = {}, JobError.WRITE_WINDOW
        else:
            job, error = DRIVER.job(rng, bench.memory, size=kind), JobError.NONE
        while await bench.read_field("status", "queue_full"):
            pass
        before = bytes(bench.memory.contents)
        await bench.describe(job)
        await bench.write("wait", 1 << 4)
        await bench.command("start")
        bench.submitted += 1
        if error is not JobError.NONE:
            await bench.expect_error(bench.submitted, error)
            await bench.command("acknowledge")
        elif rng.random() < 0.3:
            await bench.finish()
            for address, content in job.expected.items():
                assert bench.memory.read(address, len(content)) == content
    await bench.finish()
    assert len(before) == len(bench.memory.contents)


@_tests
async def guard_stops_what_was_not_declared(dut):
    """A datapath that reaches past its declared operands is stopped at the port."""
    bench = Bench(dut, DRIVER)
    await bench.start()
    for source, destination, error in (
            (REGION.end - 64, UPPER, JobError.READ_WINDOW),
            (LOWER, REGION.end - 64, JobError.WRITE_WINDOW),
            (LOWER, REGION.base - 8, JobError.WRITE_WINDOW)):
        job = DRIVER.copy(bench.memory, source, destination, 128, 2, 128, 128)
        bench.memory.log.clear()
        await bench.submit(Job({**job.registers, "mode": 2}))
        await bench.expect_error(bench.submitted, error)
        assert all(REGION.base <= access.address < REGION.end for access in bench.memory.log)
        await bench.command("acknowledge")
        await bench.run(DRIVER.job(bench.random, bench.memory))


@_tests
async def violation_with_two_jobs_under_way(dut):
    """The older is blamed, the younger ends with ABORTED, the queue waits."""
    bench = Bench(dut, DRIVER)
    await bench.start()
    bad = DRIVER.copy(bench.memory, LOWER, REGION.end - 512, 256, 8, 256, 128)
    good = DRIVER.job(bench.random, bench.memory)
    await bench.submit(Job({**bad.registers, "mode": 2}))
    for _ in range(2):
        await bench.describe(good)
        await bench.write("wait", 1 << 4)
        await bench.command("start")
    await bench.finish(2)
    await ClockCycles(dut.clk, 300)
    assert dut.completed.value.to_unsigned() == 2
    assert (await bench.record(1))["error"] is JobError.WRITE_WINDOW
    assert (await bench.record(2))["error"] is JobError.ABORTED
    assert await bench.read_field("status", "error") == JobError.WRITE_WINDOW.value
    await bench.command("acknowledge")
    await bench.finish(3)
    assert (await bench.record(3))["error"] is JobError.NONE


@_tests
async def abort_while_stopped_drops_the_queue(dut):
    bench = Bench(dut, DRIVER)
    await bench.start()
    await bench.submit(DRIVER.illegal_job(bench.random, bench.memory))
    await bench.submit(DRIVER.job(bench.random, bench.memory))
    await bench.submit(DRIVER.job(bench.random, bench.memory), wait=(SOURCE, 2))
    await bench.finish(1)
    await bench.command("abort", "acknowledge")
    await bench.expect_error(3, JobError.ABORTED)
    assert not bench.writes()
    await bench.command("acknowledge")
    await bench.run(DRIVER.job(bench.random, bench.memory))


@_tests
async def abort_ends_a_wait(dut):
    bench = Bench(dut, DRIVER)
    await bench.start()
    dut.dependencies__1__submitted.value = 1
    await bench.submit(DRIVER.job(bench.random, bench.memory), wait=(OTHER_SOURCE, 1))
    await ClockCycles(dut.clk, 30)
    await bench.command("abort")
    await bench.expect_error(1, JobError.ABORTED)


@_tests
async def waits_for_jobs_that_are_too_old_or_never_were_are_refused(dut):
    """Any number is the past or the future of another modulo 2^16; only the near past is legal."""
    bench = Bench(dut, DRIVER)
    await bench.start()
    for latest in (0, 5, 0xFFFF):
        dut.dependencies__1__submitted.value = latest
        dut.dependencies__1__completed.value = latest
        for age, legal in ((0, True), (1, True), (MAX_AGE - 1, True), (MAX_AGE, False),
                           (0x7FFF, False), (0x8000, False), (-1, False), (-4, False)):
            job = DRIVER.job(bench.random, bench.memory)
            before = bytes(bench.memory.contents)
            await bench.describe(job)
            await bench.write("wait", 1 | OTHER_SOURCE << 1 | (latest - age & 0xFFFF) << 16)
            await bench.command("start")
            assert await bench.read_field("refused", "bad_dependency") == (not legal), age
            if legal:
                bench.submitted += 1
                await bench.finish()
                bench.check(before, job)
            else:
                await bench.write("refused", 0xFFFF_FFFF)


@_tests
async def job_numbers_wrap(dut):
    """Job 0 follows job 65535, and may be waited for."""
    bench = Bench(dut, DRIVER)
    await bench.start()
    # Bits 0 to 15 are ``submitted``, 16 to 31 ``completed``.
    dut.sequencer.progress.value = 0xFFFD_FFFD
    bench.submitted = 0xFFFD
    for _ in range(5):
        previous = bench.submitted & 0xFFFF
        before = bytes(bench.memory.contents)
        job = DRIVER.job(bench.random, bench.memory)
        await bench.submit(job, wait=(SOURCE, previous))
        await bench.finish()
        bench.check(before, job)
        record = await bench.record(bench.submitted & 0xFFFF)
        assert (record["job"], record["error"]) == (bench.submitted & 0xFFFF, JobError.NONE)
    assert dut.completed.value.to_unsigned() == 2


def test_loopback():
    handshakes = [f"datapath.{stream}__{signal}" for stream in _STREAMS
                  for signal in ("valid", "ready")]
    run_cocotb(LoopbackDriver().component(), __name__, name="loopback",
               visible=[*INSIDE, *handshakes, "datapath.done", "sequencer.progress"])


def test_bad_source_index_is_rejected():
    with pytest.raises(ValueError, match="source_index must be from 0 to 1, not 2"):
        Coprocessor(Loopback(), name="loopback", dma_region=REGION, source_index=2, dependencies=2)


def test_more_reads_than_are_counted_are_rejected():
    with pytest.raises(ValueError, match="read_words must be at most 63, not 64"):
        Coprocessor(Loopback(), name="loopback", dma_region=REGION, source_index=0, dependencies=2,
                    read_words=64)
