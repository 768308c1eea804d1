"""Jobs that keep an operand of the job before them, at the matmul datapath's streams."""

import random

import cocotb
import pytest
from amaranth.hdl import Const
from cocotb.triggers import RisingEdge

from coprocessors.matmul import loader, table
from coprocessors.matmul.datapath import MatmulDatapath
from coprocessors.matmul.requester import Requester
from sim.harness import run_cocotb
from tests.coprocessors.matmul.datapath_bench import BASE, DatapathBench
from tests.coprocessors.matmul.jobs import ConvolutionJob, Job, Memory

ROWS = COLUMNS = 2


async def _started(dut, *, seed, stall=0.0):
    bench = DatapathBench(dut, Memory(BASE, 0x4_0000), stall=stall, seed=seed)
    await bench.start()
    return bench


def _limits(k):
    """(m, n) up to which A and B fit, with rows of ``k``."""
    strips = 8 if k <= 256 else 4 if k <= 512 else 2
    return max(strips // 2, 2) * ROWS, strips * COLUMNS


def _chain(rng, k, count):
    """A job, and ``count`` that keep what they can of the one before each."""
    most_m, most_n = _limits(k)
    jobs = [Job(rng, rng.choice([1, most_m]), rng.randint(1, most_n), k)]
    for _ in range(count):
        before = jobs[-1]
        keep = "".join(name for name, size, most in (("a", before.m, most_m),
                                                     ("b", before.n, most_n))
                       if size <= most and rng.random() < 0.7)
        jobs.append(Job(
            rng, before.m if "a" in keep else rng.choice([1, most_m, most_m + ROWS + 1]),
            before.n if "b" in keep else rng.choice([1, most_n, most_n + COLUMNS + 1]), k,
            before=before, keep=keep))
    return jobs


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(stall=[0.0, 0.3])
async def chains(dut, stall):
    """Of every size of slots, over panels, with and without chunks, jobs that overlap."""
    bench = await _started(dut, seed=1, stall=stall)
    rng = random.Random(1)
    for k in (1, 7, 16, 33, 64, 256, 257, 513, 1024):
        bench.memory._next = BASE + 24
        await bench.run(_chain(rng, k, 3))


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(keep=["a", "b", "ab"])
async def nothing_is_read_again(dut, keep):
    """What has been written to a kept operand since is not seen."""
    bench = await _started(dut, seed=2)
    rng = random.Random(2)
    first = Job(rng, 2 * ROWS + 1, 3 * COLUMNS, 40)
    await bench.run([first])
    bench.memory.contents[:] = rng.randbytes(len(bench.memory.contents))
    await bench.run([Job(rng, first.m, first.n, first.k, before=first, keep=keep)])


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def what_is_not_there_cannot_be_kept(dut):
    bench = await _started(dut, seed=3)
    rng = random.Random(3)

    async def refuses(before, keep, **change):
        """A job that keeps ``keep`` of ``before`` ends with an error and reads nothing."""
        after = Job(rng, before.m, before.n, before.k, before=before, keep=keep)
        after.place(bench.memory)
        bench.jobs.queue.append(after.descriptor | change)
        while not bench.done:
            await RisingEdge(dut.clk)
        assert bench.done == [1], f"{change} {after}"
        assert not bench.reads.taken and not bench.writes.taken
        bench.done.clear()

    async def finished(*size, **options):
        bench.memory._next = BASE + 24
        job = Job(rng, *size, aligned=True, **options)
        await bench.run([job])
        bench.reads.taken.clear()
        bench.done.clear()
        return job

    small = (ROWS, COLUMNS, 20)
    unplaced = Job(rng, *small)
    unplaced.descriptor = {"a_address": BASE, "a_stride": 20, "b_address": BASE, "b_stride": 20}
    for keep in "ab":
        await refuses(unplaced, keep)  # nothing ran yet
        length = {"a": "m", "b": "n"}[keep]
        for name, other in ((f"{keep}_address", BASE), (f"{keep}_stride", 77), (length, 1),
                            ("k", 21), (f"format_{keep}_transposed", 1)):
            job = await finished(*small, a_transposed=False, b_transposed=False)
            for _ in range(2):  # the second one has the same operands as the first, not loaded
                await refuses(job, keep, **{name: other})
        for k in (256, 512, 1024):
            most_m, most_n = _limits(k)
            await refuses(await finished(most_m + 1, most_n + 1, k), keep)
        await refuses(await finished(1, 1, 1025), keep)
    image = ConvolutionJob(rng, 4, 2, 4, image=(4, 4), per_line=4, channels=4)
    bench.memory._next = BASE + 24
    await bench.run([image])
    bench.reads.taken.clear()
    bench.done.clear()
    await refuses(image, "a")


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def nothing_is_kept_through_a_clear(dut):
    bench = await _started(dut, seed=4)
    rng = random.Random(4)
    for keep in ("a", "b"):
        first = Job(rng, ROWS, COLUMNS, 20)
        bench.memory._next = BASE + 24
        await bench.run([first])
        bench.done.clear()
        bench.reads.taken.clear()
        dut.clear.value = 1
        while dut.cleared.value != 1:
            await RisingEdge(dut.clk)
        dut.clear.value = 0
        # All fields are 0 now: a job of zeros has the same operands.
        for same in (first.descriptor, {"m": 1, "n": 1, "k": 1, "a_address": 0, "b_address": 0}):
            bench.jobs.queue.append(same | {f"format_keep_{keep}": 1})
            while not bench.done:
                await RisingEdge(dut.clk)
            assert bench.done == [1]
            assert not bench.reads.taken
            bench.done.clear()


def _run(datapath=MatmulDatapath, **options):
    component = datapath(array_rows=ROWS, array_columns=COLUMNS, requantizer_lanes=1)
    run_cocotb(component, __name__, **{"name": "matmul_2x2_1"} | options)


def test_keep():
    _run()


class _LoadsEachPanelBehindTheLast(Requester):
    """Mutant: takes other slots for the strips of B that are there."""

    def _begins_panel(self, walker):
        return super()._begins_panel(walker) & 0


class _KeepsOfIllegalJobs(MatmulDatapath):
    """Mutant: takes what is in the buffer for the operands of an illegal job."""

    def _finds_kept(self, asked, job, plan, was_legal):
        return super()._finds_kept(asked, job, plan, Const(1))


@pytest.mark.long
def test_mutant_in_the_slots_is_caught(monkeypatch):
    monkeypatch.setattr(loader, "Requester", _LoadsEachPanelBehindTheLast)
    with pytest.raises(AssertionError, match="chains"):
        _run(name="matmul_slots", testcase="chains/stall=0.0")


@pytest.mark.parametrize("name", ["same_a", pytest.param("same_b", marks=pytest.mark.long)])
def test_mutant_that_keeps_any_operand_is_caught(monkeypatch, name):
    monkeypatch.setattr(table, name, lambda *jobs: Const(1))
    with pytest.raises(AssertionError, match="cannot_be_kept"):
        _run(name=f"matmul_{name}", testcase="what_is_not_there_cannot_be_kept")


@pytest.mark.long
def test_mutant_that_keeps_of_illegal_jobs_is_caught():
    with pytest.raises(AssertionError, match="cannot_be_kept"):
        _run(_KeepsOfIllegalJobs, name="matmul_illegal",
             testcase="what_is_not_there_cannot_be_kept")
