"""What every coprocessor must do because of its shell: one suite for all of them.

A test file makes a `Driver` for its coprocessor and puts ``behaviour_tests(driver)`` into its
``globals()``; cocotb then finds the tests there. Their DUT is ``driver.component()``.
"""

import random
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge

from coprocessors.shell.datapath import JobError
from coprocessors.shell.table import GUARD_WINDOWS, JOB_QUEUE_DEPTH
from sim.dma_memory import DmaMemory
from sim.streams import CLOCK_NS, clock_cycle
from soc.fabric.region import Region

__all__ = ["INSIDE", "OTHER_SOURCE", "REGION", "SOURCE", "Bench", "Driver", "Job",
           "behaviour_tests"]


REGION = Region("ram", 0x9000_0000, 0x8000)
"""The DMA region of every DUT. The memory model is twice as large, to see what goes past it."""

SOURCE, OTHER_SOURCE = 0, 1
"""Number of the DUT as the source of a wait, and of the coprocessor that the tests play."""

INSIDE = ("datapath.job__valid", "reader.words.memory", "writer.words.memory",
          *(f"queue.slot{number}" for number in range(JOB_QUEUE_DEPTH)))
"""What of the DUT must be visible besides its ports."""


@dataclass
class Job:
    """A job of some coprocessor.

    registers : dict of {descriptor register: word}; others are written as 0.
    expected  : dict of {address: bytes} that it leaves in memory.
    bytes_read, bytes_written : what its record must say; None where it is not known.
    """

    registers: dict
    expected: dict = field(default_factory=dict)
    bytes_read: int | None = None
    bytes_written: int | None = None


class Driver(ABC):
    """How to use one coprocessor; a test file subclasses it.

    Members:
        name : str, of the DUT.
        kind, version : int, that its ID register must show.
        table : RegisterTable.
        max_cycles : int, in which a short job is over without stalls.
    """

    name = kind = version = table = None
    max_cycles = 2000

    @abstractmethod
    def component(self):
        """A fresh DUT with DMA region REGION, source index SOURCE and two dependencies."""

    @abstractmethod
    def job(self, rng, memory, *, size="short", source=None, destination=None):
        """A random job; writes its inputs into ``memory`` (a `DmaMemory`).

        size : "short" (some 100 cycles), "long" (at least 500) or "empty" (writes nothing).
        source, destination : address of the first byte that it reads and the first it writes;
            inside the lower and the upper half of REGION unless told. From ``source`` on it reads
            a whole number of words, and from ``destination`` on it writes one, when they are told.
        """

    @abstractmethod
    def span(self, job):
        """(bytes from ``source`` on that ``job`` reads, bytes from ``destination`` on that it
        writes) for a job made with both told."""

    @abstractmethod
    def illegal_job(self, rng, memory):
        """A job that must end with DESCRIPTOR."""

    def wrapping_jobs(self, rng, memory):
        """List of (job, JobError) whose operands pass the end of the address space."""
        return []


class Bench:
    """Clock, register bus and memory around one coprocessor.

    Members: ``dut``, ``driver``, ``memory``, ``random``; ``submitted``, jobs accepted so far.
    """

    def __init__(self, dut, driver, *, seed=1, **memory_options):
        self.dut, self.driver = dut, driver
        self.random = random.Random(seed)
        self.memory = DmaMemory(dut, base=REGION.base, size=2 * REGION.size, seed=seed,
                                **memory_options)
        self.submitted = 0
        self._offsets = {r.name: r.offset for r in (*driver.table.registers,
                                                    *driver.table.ranges)}

    async def start(self, *, open_windows=True):
        """Starts the clock, resets, fills the memory and opens one window over the region."""
        dut = self.dut
        for name in ("bus__present", "bus__request", "bus__write", "bus__machine", "bus__address",
                     "bus__write_data", "bus__byte_enable", "select"):
            getattr(dut, name).value = 0
        for index in (SOURCE, OTHER_SOURCE):
            for name in ("submitted", "completed", "failed"):
                getattr(dut, f"dependencies__{index}__{name}").value = 0
        Clock(dut.clk, CLOCK_NS, unit="ns").start()
        self.memory.start()
        self.memory.contents[:] = self.random.randbytes(len(self.memory.contents))
        await self.reset()
        if open_windows:
            await self.set_window(0, REGION.base, REGION.end)

    async def reset(self):
        """Three cycles of reset."""
        self.dut.rst.value = 1
        await ClockCycles(self.dut.clk, 3)
        self.dut.rst.value = 0
        await RisingEdge(self.dut.clk)
        self.submitted = 0

    async def _request(self, offset, write, data, machine, enable=15):
        dut = self.dut
        dut.bus__present.value = 1
        dut.bus__request.value, dut.bus__write.value = 1, int(write)
        dut.bus__machine.value = int(machine)
        dut.bus__address.value = 0x1001_0000 + offset
        dut.bus__write_data.value, dut.bus__byte_enable.value = data, enable
        dut.select.value = 1 << (offset >> 12)
        await RisingEdge(dut.clk)
        for name in ("bus__present", "bus__request", "bus__write", "select"):
            getattr(dut, name).value = 0
        return clock_cycle()

    async def write(self, register, data, *, machine=False, word=0):
        """Writes a register; returns the cycle of the request. User mode unless told."""
        return await self._request(self._offsets[register] + 4 * word, True, data & 0xFFFF_FFFF,
                                   machine)

    async def read(self, register, *, machine=False, word=0):
        """Reads a register."""
        await self._request(self._offsets[register] + 4 * word, False, 0, machine)
        await RisingEdge(self.dut.clk)
        return self.dut.bus__read_data.value.to_unsigned()

    async def read_field(self, register, name):
        """Reads one field of a register."""
        word = await self.read(register, machine=True)
        for bit, f in self.driver.table.register(register).placed_fields():
            if f.name == name:
                return word >> bit & ((1 << f.width) - 1)
        raise KeyError(name)

    async def command(self, *names):
        """Writes the control register with the bits of ``names``; returns the cycle."""
        return await self.write("control", self._bits("control", names))

    def _bits(self, register, names):
        placed = self.driver.table.register(register).placed_fields()
        return sum(1 << bit for bit, f in placed if f.name in names)

    async def clear(self, register, *names):
        """Writes 1 to the W1C fields ``names``."""
        await self.write(register, self._bits(register, names))

    async def set_window(self, index, base, end, *, read=1, write=1, lock=0, machine=True):
        """Programs a guard window."""
        await self.write(f"window{index}_base", base, machine=machine)
        await self.write(f"window{index}_end", end, machine=machine)
        await self.write(f"window{index}_rights", read | write << 1 | lock << 2, machine=machine)

    async def describe(self, job):
        """Writes the descriptor of ``job``."""
        for register in self.driver.table.registers:
            if register.name in _descriptor_names(self.driver.table):
                await self.write(register.name, job.registers.get(register.name, 0))

    async def submit(self, job, *, wait=None, accepted=True):
        """Describes and starts ``job``; ``wait`` is (source, number). Returns START's cycle."""
        await self.describe(job)
        if wait is None:
            await self.write("wait", 0)
        else:
            await self.write("wait", 1 | wait[0] << 1 | wait[1] << 16)
        cycle = await self.command("start")
        self.submitted += accepted
        assert await self.read("submitted") == self.submitted & 0xFFFF
        return cycle

    async def finish(self, number=None, *, limit=None):
        """Waits until job ``number`` (the latest, unless told) has ended; returns the cycle."""
        number = self.submitted if number is None else number
        for _ in range(limit or 20 * self.driver.max_cycles):
            await RisingEdge(self.dut.clk)
            if self.dut.completed.value.to_unsigned() == number & 0xFFFF:
                return clock_cycle()
        raise AssertionError(f"job {number} did not end; completed "
                             f"{self.dut.completed.value.to_unsigned()}")

    async def record(self, number):
        """The record of job ``number`` as a dict."""
        words = [await self.read("records", word=8 * (number % 4) + i) for i in range(8)]
        assert words[6:] == [0, 0]
        return {"job": words[0] & 0xFFFF, "error": JobError(words[0] >> 16),
                "busy": words[1], "stalled_on_input": words[2], "stalled_on_output": words[3],
                "bytes_read": words[4], "bytes_written": words[5]}

    async def expect_error(self, number, error):
        """Waits for job ``number`` and checks that it failed, and stopped the coprocessor."""
        await self.finish(number)
        record = await self.record(number)
        assert (record["job"], record["error"]) == (number & 0xFFFF, error)
        assert await self.read_field("status", "stopped") == 1
        assert await self.read_field("status", "error") == error.value
        assert self.dut.failed.value.to_unsigned() >> number % 4 & 1 == 1

    async def run(self, job):
        """Runs a job that must succeed and checks what it leaves, and that it leaves the rest."""
        before = bytes(self.memory.contents)
        await self.submit(job)
        await self.finish()
        self.check(before, job)
        record = await self.record(self.submitted)
        assert (record["job"], record["error"]) == (self.submitted & 0xFFFF, JobError.NONE)
        for name in ("bytes_read", "bytes_written"):
            if getattr(job, name) is not None:
                assert record[name] == getattr(job, name)
        return record

    def check(self, before, *jobs):
        """Compares the memory with ``before`` changed by ``jobs``."""
        expected = bytearray(before)
        for job in jobs:
            for address, content in job.expected.items():
                expected[address - REGION.base:address - REGION.base + len(content)] = content
        if expected != self.memory.contents:
            at = next(i for i, (a, b) in enumerate(zip(expected, self.memory.contents)) if a != b)
            raise AssertionError(
                f"memory at {REGION.base + at:#x}: got {self.memory.contents[at:at + 16].hex()}, "
                f"expected {expected[at:at + 16].hex()}")

    def writes(self):
        """Accesses logged so far that wrote."""
        return [access for access in self.memory.log if access.write]


def _descriptor_names(table):
    return {r.name for r in table.registers if 0x100 <= r.offset < 0x1000}


_BEHAVIOURS = []


def _behaviour(function):
    _BEHAVIOURS.append(function)
    return function


def behaviour_tests(driver):
    """Dict of {name: cocotb test} of every behaviour for ``driver``."""
    def bind(behaviour):
        async def test(dut):
            await behaviour(dut, driver)
        test.__doc__ = behaviour.__doc__
        return cocotb.test(timeout_time=20, timeout_unit="ms", name=behaviour.__name__)(test)

    return {behaviour.__name__: bind(behaviour) for behaviour in _BEHAVIOURS}


@_behaviour
async def identity_and_reset_values(dut, driver):
    """User mode reads the registers; all is idle and closed after reset."""
    bench = Bench(dut, driver)
    await bench.start(open_windows=False)
    assert await bench.read("id") == driver.kind << 16 | driver.version
    for name in ("status", "refused", "submitted", "completed", "interrupt_enable",
                 "interrupt_pending", "wait", "control"):
        assert await bench.read(name) == 0, name
    for index in range(GUARD_WINDOWS):
        assert await bench.read(f"window{index}_rights", machine=True) == 0
    assert dut.interrupt.value == 0


@_behaviour
async def jobs_run_one_after_the_other(dut, driver):
    """Random jobs; each leaves exactly its result and its record."""
    bench = Bench(dut, driver)
    await bench.start()
    for _ in range(6):
        record = await bench.run(driver.job(bench.random, bench.memory))
        assert 0 < record["busy"] <= driver.max_cycles
    assert await bench.read("status") == 0


@_behaviour
async def jobs_run_under_random_stalls(dut, driver):
    """Requests refused and answers late, at random, and many jobs in the queue."""
    bench = Bench(dut, driver, latency=4)
    await bench.start()
    for stall, delay in ((0.5, 0.0), (0.0, 0.5), (0.5, 0.5), (0.9, 0.2)):
        bench.memory.stall, bench.memory.delay = stall, delay
        for size in ("short", "empty", "short"):
            await bench.run(driver.job(bench.random, bench.memory, size=size))


@_behaviour
async def queued_jobs_keep_their_descriptors(dut, driver):
    """Jobs queued behind each other run in order, whatever is written meanwhile."""
    bench = Bench(dut, driver, stall=0.2)
    await bench.start()
    for _ in range(4):
        jobs = [driver.job(bench.random, bench.memory) for _ in range(4)]
        before = bytes(bench.memory.contents)
        for job in jobs:
            await bench.submit(job)
        await bench.describe(Job({}))
        await bench.finish()
        bench.check(before, *jobs)


@_behaviour
async def descriptor_is_sticky(dut, driver):
    """A second START runs the same job again."""
    bench = Bench(dut, driver)
    await bench.start()
    job = driver.job(bench.random, bench.memory)
    await bench.run(job)
    for address, content in job.expected.items():
        bench.memory.write(address, bytes(len(content)))
    await bench.command("start")
    bench.submitted += 1
    await bench.finish()
    for address, content in job.expected.items():
        assert bench.memory.read(address, len(content)) == content


@_behaviour
async def full_queue_refuses(dut, driver):
    """The queue takes 4 behind what the datapath holds; a refused START changes nothing else."""
    bench = Bench(dut, driver)
    await bench.start()
    bench.memory.stall = 1.0
    jobs = []
    while await bench.read_field("status", "queue_full") == 0:
        assert await bench.read("refused") == 0
        jobs.append(driver.job(bench.random, bench.memory))
        await bench.submit(jobs[-1])
        await ClockCycles(dut.clk, driver.max_cycles // 4)
        assert len(jobs) <= JOB_QUEUE_DEPTH + 2
    assert await bench.read_field("status", "level") == JOB_QUEUE_DEPTH
    status = await bench.read("status")
    await bench.submit(jobs[0], accepted=False)
    assert await bench.read("refused") == 1
    assert await bench.read("status") == status
    await bench.clear("refused", "queue_full")
    assert await bench.read("refused") == 0
    before = bytes(bench.memory.contents)
    bench.memory.stall = 0.0
    await bench.finish()
    bench.check(before, *jobs)


@_behaviour
async def progress_is_seen_at_once(dut, driver):
    """Right after START ``submitted``, ``busy`` and ``refused`` tell about it."""
    bench = Bench(dut, driver)
    await bench.start()
    await bench.describe(driver.job(bench.random, bench.memory))
    await bench.command("start")
    assert await bench.read("submitted") == 1
    await bench.finish(1)
    await bench.command("start")
    assert await bench.read_field("status", "busy") == 1
    await bench.finish(2)
    await bench.write("wait", 1 | OTHER_SOURCE << 1 | 5 << 16)
    await bench.command("start")
    assert await bench.read("refused") == 2
    assert await bench.read("submitted") == 2


@_behaviour
async def records_are_kept_until_the_slots_wrap(dut, driver):
    """The records of the last four jobs can be read."""
    bench = Bench(dut, driver)
    await bench.start()
    records = {}
    for number in range(1, 7):
        job = driver.job(bench.random, bench.memory, size="empty" if number % 3 == 0 else "short")
        records[number] = await bench.run(job)
    for number in range(3, 7):
        assert await bench.record(number) == records[number]


@_behaviour
async def error_stops_the_following_jobs(dut, driver):
    """Until acknowledge; then they run."""
    bench = Bench(dut, driver)
    await bench.start()
    await bench.run(driver.job(bench.random, bench.memory))
    before = bytes(bench.memory.contents)
    await bench.submit(driver.illegal_job(bench.random, bench.memory))
    log = len(bench.writes())
    good = driver.job(bench.random, bench.memory)
    before = bytes(bench.memory.contents)
    await bench.submit(good)
    await bench.expect_error(2, JobError.DESCRIPTOR)
    await ClockCycles(dut.clk, driver.max_cycles)
    assert dut.completed.value.to_unsigned() == 2
    assert len(bench.writes()) == log
    await bench.command("acknowledge")
    assert await bench.read_field("status", "stopped") == 0
    assert await bench.read_field("status", "error") == 0
    await bench.finish()
    bench.check(before, good)


@_behaviour
async def illegal_job_amid_queued_jobs(dut, driver):
    """An illegal job between good ones, all queued: no job behind it starts before acknowledge."""
    bench = Bench(dut, driver)
    await bench.start()
    for _ in range(3):
        first = bench.submitted
        jobs = [driver.job(bench.random, bench.memory), driver.illegal_job(
            bench.random, bench.memory), driver.job(bench.random, bench.memory)]
        before = bytes(bench.memory.contents)
        for job in jobs:
            await bench.submit(job)
        await bench.expect_error(first + 2, JobError.DESCRIPTOR)
        bench.check(before, jobs[0])
        await ClockCycles(dut.clk, driver.max_cycles)
        assert dut.completed.value.to_unsigned() == first + 2
        await bench.command("acknowledge")
        await bench.finish()
        bench.check(before, jobs[0], jobs[2])


@_behaviour
async def windows_are_closed_after_reset(dut, driver):
    """No access leaves before machine mode opens a window, and user mode cannot."""
    bench = Bench(dut, driver)
    await bench.start(open_windows=False)
    await bench.set_window(0, REGION.base, REGION.end, machine=False)
    assert await bench.read("window0_end", machine=True) == 0
    await bench.submit(driver.job(bench.random, bench.memory))
    await bench.expect_error(1, JobError.READ_WINDOW)
    assert bench.memory.log == []
    await bench.set_window(0, REGION.base, REGION.end)
    assert await bench.read("window0_end") == 0, "user mode must not read the guard page"
    assert await bench.read("window0_end", machine=True) == REGION.end
    await bench.command("acknowledge")
    await bench.run(driver.job(bench.random, bench.memory))


@_behaviour
async def rights_are_checked(dut, driver):
    """Reading needs the read right and writing the write right."""
    bench = Bench(dut, driver)
    await bench.start()
    for index, (read, write, error) in enumerate((
            (0, 1, JobError.READ_WINDOW), (1, 0, JobError.WRITE_WINDOW)), 1):
        await bench.set_window(0, REGION.base, REGION.end, read=read, write=write)
        before = bytes(bench.memory.contents)
        job = driver.job(bench.random, bench.memory)
        before = bytes(bench.memory.contents)
        await bench.submit(job)
        await bench.expect_error(index, error)
        await bench.command("acknowledge")
        bench.check(before)
        assert not bench.writes()
    await bench.set_window(0, REGION.base, REGION.end)
    await bench.run(driver.job(bench.random, bench.memory))


@_behaviour
async def windows_are_exact(dut, driver):
    """A window that just holds the operand is enough; 8 bytes less at either end are not."""
    bench = Bench(dut, driver)
    await bench.start()
    source, destination = REGION.base + 0x1238, REGION.base + 0x5678
    job = driver.job(bench.random, bench.memory, source=source, destination=destination)
    read_bytes, write_bytes = driver.span(job)
    read_end, write_end = source + read_bytes, destination + write_bytes
    half = REGION.base + REGION.size // 2
    cases = [
        # Window 1 for reads around the first operand; window 2 for writes; 0 for other operands.
        ((source, read_end), (destination, write_end), JobError.NONE),
        ((source + 8, read_end), (destination, write_end), JobError.READ_WINDOW),
        ((source, read_end - 8), (destination, write_end), JobError.READ_WINDOW),
        ((source, read_end), (destination + 8, write_end), JobError.WRITE_WINDOW),
        ((source, read_end), (destination, write_end - 8), JobError.WRITE_WINDOW),
    ]
    await bench.set_window(0, REGION.base + 0x2000, half, write=0)
    for (read_from, read_to), (write_from, write_to), error in cases:
        await bench.set_window(1, read_from, read_to, write=0)
        await bench.set_window(2, write_from, write_to, read=0)
        if error is JobError.NONE:
            await bench.run(job)
            continue
        log = len(bench.writes())
        before = bytes(bench.memory.contents)
        await bench.submit(job)
        await bench.expect_error(bench.submitted, error)
        await bench.command("acknowledge")
        assert len(bench.writes()) == log, "a job with a window violation must write nothing"
        bench.check(before)


@_behaviour
async def region_is_the_outer_limit(dut, driver):
    """No window opens what lies outside the region."""
    bench = Bench(dut, driver)
    await bench.start()
    await bench.set_window(0, 0, 0xFFFF_FFF8)
    inside = REGION.base + 0x400
    for source, destination, error in (
            (REGION.end - 8, inside + 0x4000, JobError.READ_WINDOW),
            (inside, REGION.end - 8, JobError.WRITE_WINDOW),
            (inside, REGION.end, JobError.WRITE_WINDOW)):
        job = driver.job(bench.random, bench.memory, source=source, destination=destination)
        before = bytes(bench.memory.contents)
        await bench.submit(job)
        await bench.expect_error(bench.submitted, error)
        await bench.command("acknowledge")
        bench.check(before)
        assert not bench.writes()
        assert all(access.address < REGION.end for access in bench.memory.log)


@_behaviour
async def operands_do_not_wrap(dut, driver):
    """A job that passes the end of the address space is refused."""
    bench = Bench(dut, driver)
    await bench.start()
    await bench.set_window(0, 0, 0xFFFF_FFF8)
    for job, error in driver.wrapping_jobs(bench.random, bench.memory):
        before = bytes(bench.memory.contents)
        await bench.submit(job)
        await bench.expect_error(bench.submitted, error)
        await bench.command("acknowledge")
        bench.check(before)
        assert not bench.writes()


@_behaviour
async def violation_behind_a_running_job(dut, driver):
    """A violation of a queued job leaves the job before it alone."""
    bench = Bench(dut, driver, stall=0.3)
    await bench.start()
    for destination in (REGION.end, REGION.base - 0x1000):
        good = driver.job(bench.random, bench.memory, size="long")
        bad = driver.job(bench.random, bench.memory, source=REGION.base + 8,
                         destination=destination)
        before = bytes(bench.memory.contents)
        await bench.submit(good)
        await bench.submit(bad)
        await bench.expect_error(bench.submitted, JobError.WRITE_WINDOW)
        bench.check(before, good)
        assert (await bench.record(bench.submitted - 1))["error"] is JobError.NONE
        await bench.command("acknowledge")


@_behaviour
async def lock_lasts_until_reset(dut, driver):
    """A locked window cannot be changed; the others can."""
    bench = Bench(dut, driver)
    await bench.start(open_windows=False)
    await bench.set_window(1, REGION.base, REGION.base + 64, lock=1)
    await bench.set_window(1, REGION.base, REGION.end, write=0)
    await bench.set_window(2, REGION.base, REGION.end, write=0)
    assert await bench.read("window1_end", machine=True) == REGION.base + 64
    assert await bench.read("window1_rights", machine=True) == 0b111
    assert await bench.read("window2_rights", machine=True) == 0b001
    await bench.command("zeroize")
    await ClockCycles(dut.clk, 100)
    assert await bench.read("window1_rights", machine=True) == 0b111
    await bench.reset()
    assert await bench.read("window1_rights", machine=True) == 0
    await bench.set_window(1, REGION.base, REGION.end)
    assert await bench.read("window1_end", machine=True) == REGION.end


@_behaviour
async def job_waits_for_a_job_of_another(dut, driver):
    """It starts in the cycle after the awaited job ended."""
    bench = Bench(dut, driver)
    await bench.start()
    # Numbers around the wrap as well.
    for submitted, completed in ((3, 2), (0x8001, 0x8000), (2, 0xFFFF), (0xFFFF, 0xFFFE)):
        dut.dependencies__1__submitted.value = submitted
        dut.dependencies__1__completed.value = completed
        job = driver.job(bench.random, bench.memory)
        before = bytes(bench.memory.contents)
        await bench.submit(job, wait=(OTHER_SOURCE, submitted))
        await ClockCycles(dut.clk, 200)
        assert dut.completed.value.to_unsigned() == bench.submitted - 1
        bench.check(before)
        dut.dependencies__1__completed.value = submitted
        await RisingEdge(dut.clk)
        assert dut.datapath.job__valid.value == 0
        await RisingEdge(dut.clk)
        assert dut.datapath.job__valid.value == 1
        await bench.finish()
        bench.check(before, job)


@_behaviour
async def wait_for_an_unknown_job_is_refused(dut, driver):
    """For a job not accepted yet, for a coprocessor that is not there, for itself."""
    bench = Bench(dut, driver)
    await bench.start()
    dut.dependencies__1__submitted.value = 7
    dut.dependencies__1__completed.value = 7
    job = driver.job(bench.random, bench.memory)
    for wait in ((OTHER_SOURCE, 8), (OTHER_SOURCE, 7 + 0x7FFF), (5, 0), (SOURCE, 1)):
        await bench.submit(job, wait=wait, accepted=False)
        assert await bench.read("refused") == 2
        await bench.clear("refused", "bad_dependency")
        assert await bench.read("refused") == 0
    await bench.submit(job, wait=(OTHER_SOURCE, 7))
    await bench.finish()
    await bench.submit(job, wait=(SOURCE, 1))
    await bench.finish()


@_behaviour
async def failed_dependency_fails_the_job(dut, driver):
    """With DEPENDENCY, and nothing is read or written; older jobs count as successful."""
    bench = Bench(dut, driver)
    await bench.start()
    dut.dependencies__1__submitted.value = 6
    dut.dependencies__1__completed.value = 5
    dut.dependencies__1__failed.value = 0b0010
    job = driver.job(bench.random, bench.memory)
    before = bytes(bench.memory.contents)
    await bench.submit(job, wait=(OTHER_SOURCE, 5))
    await bench.expect_error(1, JobError.DEPENDENCY)
    assert (await bench.record(1))["busy"] == 0
    assert bench.memory.log == []
    await bench.command("acknowledge")
    # Job 1 has the same slot as job 5, but its record is gone.
    await bench.submit(job, wait=(OTHER_SOURCE, 1))
    await bench.finish()
    assert (await bench.record(2))["error"] is JobError.NONE
    bench.check(before, job)
    # Job 6 fails only later.
    await bench.submit(job, wait=(OTHER_SOURCE, 6))
    await ClockCycles(dut.clk, 50)
    dut.dependencies__1__failed.value = 0b0110
    dut.dependencies__1__completed.value = 6
    await bench.expect_error(3, JobError.DEPENDENCY)


@_behaviour
async def interrupts(dut, driver):
    """Done and error, each enabled and cleared by itself, together with ``completed``."""
    bench = Bench(dut, driver)
    await bench.start()
    for make, event in ((driver.job, "done"), (driver.illegal_job, "error")):
        for enabled in (0, 1):
            await bench.write("interrupt_enable", bench._bits("interrupt_enable", [event])
                              if enabled else 0)
            await bench.submit(make(bench.random, bench.memory))
            for _ in range(driver.max_cycles):
                assert dut.interrupt.value == 0
                await RisingEdge(dut.clk)
                if dut.completed.value.to_unsigned() == bench.submitted:
                    break
            assert dut.interrupt.value == enabled
            assert await bench.read("interrupt_pending") == bench._bits("interrupt_pending",
                                                                       [event])
            await bench.clear("interrupt_pending", event)
            await RisingEdge(dut.clk)
            assert dut.interrupt.value == 0
            await bench.command("acknowledge")


@_behaviour
async def abort_in_the_middle(dut, driver):
    """Ends the current job and all queued ones; the next job is right."""
    bench = Bench(dut, driver, stall=0.1, delay=0.1)
    await bench.start()
    for pause in (0, 1, 5, 20, 60, 150, 300):
        first = bench.submitted
        for _ in range(3):
            await bench.submit(driver.job(bench.random, bench.memory, size="long"))
        await ClockCycles(dut.clk, pause)
        done = dut.completed.value.to_unsigned()
        await bench.command("abort")
        await bench.expect_error(first + 3, JobError.ABORTED)
        for number in range(max(done, first) + 2, first + 3):
            assert (await bench.record(number))["error"] is JobError.ABORTED
        await bench.command("acknowledge")
        assert await bench.read("status") == 0
        await bench.run(driver.job(bench.random, bench.memory))
    await bench.command("abort")
    await ClockCycles(dut.clk, 40)
    assert await bench.read("status") == 0
    await bench.run(driver.job(bench.random, bench.memory))


@_behaviour
async def zeroize_clears_everything(dut, driver):
    """Descriptor and queue; jobs end with ABORTED; the next job is right."""
    bench = Bench(dut, driver, stall=0.1)
    await bench.start()
    for pause in (0, 10, 40, 100, 250):
        first = bench.submitted
        for _ in range(3):
            await bench.submit(driver.job(bench.random, bench.memory, size="long"))
        await ClockCycles(dut.clk, pause)
        await bench.command("zeroize")
        for _ in range(500):
            if await bench.read_field("status", "zeroizing") == 0:
                break
        else:
            raise AssertionError("zeroize did not end")
        assert dut.completed.value.to_unsigned() == first + 3
        await bench.expect_error(first + 3, JobError.ABORTED)
        for name in _descriptor_names(driver.table):
            assert await bench.read(name) == 0, name
        for entry in range(JOB_QUEUE_DEPTH):
            assert getattr(dut.queue, f"slot{entry}").value.to_unsigned() == 0
        for fifo in (dut.reader.words, dut.writer.words):
            for entry in range(16):
                assert fifo.memory[entry].value.to_unsigned() == 0
        await bench.command("acknowledge")
        await bench.run(driver.job(bench.random, bench.memory))


@_behaviour
async def reset_in_the_middle(dut, driver):
    """Everything is as after power-up, and a job runs."""
    bench = Bench(dut, driver, stall=0.2)
    await bench.start()
    for pause in (3, 30, 77):
        for _ in range(2):
            await bench.submit(driver.job(bench.random, bench.memory, size="long"))
        await ClockCycles(dut.clk, pause)
        await bench.reset()
        assert await bench.read("status") == 0
        assert await bench.read("submitted") == 0
        assert await bench.read("completed") == 0
        assert await bench.read("window0_rights", machine=True) == 0
        await bench.set_window(0, REGION.base, REGION.end)
        await bench.run(driver.job(bench.random, bench.memory))


@_behaviour
async def counters_add_up(dut, driver):
    """Stalls of the memory lengthen the job and are counted as stalls on input."""
    bench = Bench(dut, driver)
    await bench.start()
    job = driver.job(bench.random, bench.memory)
    fast = await bench.run(job)
    assert fast["stalled_on_input"] + fast["stalled_on_output"] <= fast["busy"]
    bench.memory.stall = 0.8
    slow = await bench.run(job)
    assert slow["busy"] > fast["busy"]
    assert slow["stalled_on_input"] > fast["stalled_on_input"]
    assert [slow[n] for n in ("bytes_read", "bytes_written")] == [
        fast[n] for n in ("bytes_read", "bytes_written")]


@_behaviour
async def start_reaches_the_datapath_in_two_cycles(dut, driver):
    """And ``completed`` and the interrupt follow the last write by one."""
    bench = Bench(dut, driver)
    await bench.start()
    await bench.write("interrupt_enable", 1)
    for _ in range(3):
        await bench.describe(driver.job(bench.random, bench.memory))
        await bench.clear("interrupt_pending", "done")
        await RisingEdge(dut.clk)
        start = await bench.command("start")
        bench.submitted += 1
        await RisingEdge(dut.clk)
        assert dut.datapath.job__valid.value == 0
        await RisingEdge(dut.clk)
        assert dut.datapath.job__valid.value == 1
        assert clock_cycle() == start + 2
        end = await bench.finish()
        assert dut.interrupt.value == 1
        assert end - bench.writes()[-1].cycle in (1, 2)


@_behaviour
async def observer_sees_jobs(dut, driver):
    """``observe`` gives the operands of each accepted job, once."""
    bench = Bench(dut, driver)
    await bench.start()
    seen = []

    async def watch():
        while True:
            await RisingEdge(dut.clk)
            if dut.observe__submit.value == 1:
                seen.append((dut.observe__submitted.value.to_unsigned(),
                             dut.observe__operands__0__address.value.to_unsigned()))

    task = cocotb.start_soon(watch())
    sources = [REGION.base + 0x100, REGION.base + 0x240]
    for source in sources:
        await bench.run(driver.job(bench.random, bench.memory, source=source,
                                   destination=REGION.base + 0x5000))
    await bench.submit(Job({}), wait=(OTHER_SOURCE, 9), accepted=False)
    task.cancel()
    assert seen == list(enumerate(sources, 1))
