"""The matmul datapath at its streams, against numpy: shapes, types, alignments, stalls."""

import os
import random

import cocotb
import pytest
from cocotb.triggers import RisingEdge

from coprocessors.matmul import engine, loader
from coprocessors.matmul.array import block_count
from coprocessors.matmul.datapath import MatmulDatapath
from coprocessors.matmul.operand_buffer import OperandBuffer
from coprocessors.matmul.requester import Requester
from sim.harness import run_cocotb
from tests.coprocessors.matmul.datapath_bench import BASE, DatapathBench
from tests.coprocessors.matmul.jobs import Job, Memory

ROWS = int(os.environ.get("ARRAY_ROWS", 4))
COLUMNS = int(os.environ.get("ARRAY_COLUMNS", 4))
LANES = int(os.environ.get("LANES", 1))


async def _check(dut, shapes, *, seed, stall=0.0, **options):
    memory = Memory(BASE, 0x4_0000)
    bench = DatapathBench(dut, memory, stall=stall, seed=seed)
    await bench.start()
    rng = random.Random(seed)
    for shape in shapes:
        bench.memory._next = BASE + 24
        await bench.run([Job(rng, *shape, **options)])
    return bench


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(output=["int32", "int8", "uint8"])
async def one_tile_and_less(dut, output):
    shapes = [(ROWS, COLUMNS, 8), (1, 1, 1), (ROWS, COLUMNS, 1), (1, COLUMNS, 9), (ROWS, 1, 17),
              (ROWS - 1, COLUMNS - 1, 7), (1, 1, 64), (2, 1, 2), (1, 2, 3)]
    await _check(dut, shapes, seed=1, output=output)


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(stall=[0.0, 0.5])
async def shapes_around_the_tile(dut, stall):
    rng = random.Random(5)
    around = [1, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS, 5 * ROWS + 1]
    shapes = [(rng.choice(around), rng.choice([n * COLUMNS // ROWS or 1 for n in around]),
               rng.choice([1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 65])) for _ in range(40)]
    await _check(dut, shapes, seed=6, stall=stall)


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def extremes(dut):
    shapes = [(ROWS + 1, COLUMNS + 2, k) for k in (1, 8, 9, 200)] * 4
    await _check(dut, shapes, seed=7, extreme=True)


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(k=[255, 256, 257, 512, 513, 1023, 1024, 1025, 2048, 2500])
async def long_rows_and_several_passes(dut, k):
    await _check(dut, [(2 * ROWS + 1, 2 * COLUMNS + 1, k)], seed=k, stall=0.1)


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize((("a_transposed", "b_transposed"),
                     [(False, True), (True, False), (True, True)]))
async def transposed_operands(dut, a_transposed, b_transposed):
    """Of one chunk, of several, of several passes; whole strips and others."""
    shapes = [(ROWS, COLUMNS, 8), (ROWS + 1, 2 * COLUMNS - 1, 7), (2 * ROWS, COLUMNS + 1, 40),
              (1, 1, 33), (5 * ROWS - 1, 3 * COLUMNS, 17), (ROWS + 1, COLUMNS + 1, 1050)]
    bench = await _check(dut, shapes, seed=13, stall=0.1, a_transposed=a_transposed,
                         b_transposed=b_transposed)
    rng = random.Random(14)
    await bench.run([Job(rng, *shape, aligned=True, dense=True, a_transposed=a_transposed,
                         b_transposed=b_transposed) for shape in shapes[:5]])


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(stall=[0.0, 0.4])
async def rows_in_chunks(dut, stall):
    """Aligned rows, which a job that finds the buffers empty takes as they come."""
    rng = random.Random(13)
    shapes = [(rng.randint(1, 5 * ROWS), rng.randint(1, 3 * COLUMNS), k)
              for k in (24, 32, 40, 200, 256, 264, 520) for _ in range(2)]
    await _check(dut, shapes, seed=14, stall=stall, aligned=True, dense=True)


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def many_panels_and_columns(dut):
    await _check(dut, [(9 * ROWS + 1, 6 * COLUMNS - 1, 20), (1, 20 * COLUMNS, 5),
                       (20 * ROWS, 1, 5)], seed=8, stall=0.2)


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def jobs_back_to_back(dut):
    memory = Memory(BASE, 0x4_0000)
    bench = DatapathBench(dut, memory, stall=0.1, seed=9)
    await bench.start()
    rng = random.Random(9)
    await bench.run([Job(rng, rng.randint(1, 9), rng.randint(1, 9), rng.randint(1, 40))
                     for _ in range(12)])


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def slots_of_other_sizes_back_to_back(dut):
    bench = DatapathBench(dut, Memory(BASE, 0x4_0000), seed=15)
    await bench.start()
    rng = random.Random(15)
    await bench.run([Job(rng, rng.randint(1, 4 * ROWS), rng.randint(1, 4 * COLUMNS), k)
                     for k in (20, 300, 40, 700, 300, 1020, 20, 260) for _ in range(2)])


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize((("k", "b_transposed"), [
    *((k, False) for k in (32, 64, 200, 300, 500, 1000)), (64, True), (300, True)]))
async def jobs_follow_each_other_without_a_gap(dut, k, b_transposed):
    """One more job costs as many cycles as it has steps."""
    m, n = 4 * ROWS, 3 * COLUMNS
    cycles, rng = {}, random.Random(k)
    bench = DatapathBench(dut, Memory(BASE, 0x8_0000), seed=k)
    await bench.start()
    for count in (3, 8):
        bench.memory._next = BASE + 24
        cycles[count] = await bench.run(
            [Job(rng, m, n, k, output="int8", aligned=True, dense=True, per_channel=True,
                 with_bias=True, a_transposed=False, b_transposed=b_transposed)
             for _ in range(count)],
            limit=150_000)
    cost, steps = (cycles[8] - cycles[3]) / 5, 4 * 3 * k
    assert 0 <= cost - steps < 1, f"{cost} cycles, not {steps}, for a job of {m} x {n} x {k}"


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def tiles_follow_each_other_as_they_are_shifted_out(dut):
    """One more tile of few steps costs what the manual says."""
    bench = await _check(dut, [], seed=15)
    rng, cycles = random.Random(15), {}
    for columns in (4, 12):
        bench.memory._next = BASE + 24
        cycles[columns] = await bench.run([
            Job(rng, 4 * ROWS, columns * COLUMNS, 2, output="int8", aligned=True, dense=True,
                per_channel=False, with_bias=False, with_addend=False)])
    hops = block_count(ROWS) + block_count(COLUMNS) - 2
    row_steps = -(-COLUMNS // LANES)
    least = max(ROWS * row_steps, hops + (ROWS - 1) * row_steps + 1, hops + row_steps + 9)
    cost = (cycles[12] - cycles[4]) / (8 * 4)
    assert abs(cost - least) < 0.25, f"{cost} cycles a tile, not {least}"


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def illegal_descriptors_end_at_once(dut):
    memory = Memory(BASE, 0x1000)
    bench = DatapathBench(dut, memory)
    await bench.start()
    rng = random.Random(10)
    legal = Job(rng, 3, 3, 3, output="int8", per_channel=True)
    legal.place(memory)
    tensor = Job(rng, 3, 3, 3, output="uint8", per_channel=False)
    tensor.place(memory)
    wrong = [
        {"m": 0}, {"n": 0}, {"k": 0}, {"format_output": 3},
        {"multiplier_address": 0}, {"shift_address": 0},
        {"clamp_minimum": 5, "clamp_maximum": 4}, {"clamp_maximum": 128},
        {"clamp_minimum": -129}, {"zero_points_c": 128},
        {"format_a_unsigned": 0, "zero_points_a": 128},
        {"format_a_unsigned": 1, "zero_points_a": -1},
        {"format_b_unsigned": 0, "zero_points_b": -129},
    ]
    jobs = [legal.descriptor | change for change in wrong]
    jobs += [tensor.descriptor | change for change in (
        {"shift": 31}, {"shift": -32}, {"shift": 100}, {"multiplier": 1 << 31},
        {"clamp_minimum": -1}, {"zero_points_c": -1})]
    bench.jobs.queue.extend(jobs)
    while bench.jobs.queue:
        await RisingEdge(dut.clk)
    for _ in range(5):
        await RisingEdge(dut.clk)
    assert bench.done == [1] * len(jobs)
    assert not bench.reads.taken and not bench.writes.taken
    bench.done.clear()
    await bench.run([Job(rng, 3, 3, 3)])


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def clear_in_the_middle_and_go_on(dut):
    memory = Memory(BASE, 0x1_0000)
    bench = DatapathBench(dut, memory)
    await bench.start()
    rng = random.Random(12)
    for wait in (3, 20, 50, 100, 200):
        memory._next = BASE + 24
        job = Job(rng, 3 * ROWS, 3 * COLUMNS, 40, output="int8")
        job.place(memory)
        bench.jobs.queue.append(job.descriptor)
        for _ in range(wait):
            await RisingEdge(dut.clk)
        bench.reads.strict = bench.writes.strict = bench.results.strict = False
        dut.clear.value = 1
        while dut.cleared.value != 1:
            await RisingEdge(dut.clk)
        # What was offered when ``clear`` rose is dropped.
        bench.beats_task.cancel()
        bench.beats.queue.clear()
        bench.beats_task = bench.beats.start()
        dut.clear.value = 0
        await RisingEdge(dut.clk)
        bench.jobs.queue.clear()
        bench.writes.taken.clear()
        bench.results.taken.clear()
        bench.done.clear()
        await RisingEdge(dut.clk)
        memory._next = BASE + 24
        await bench.run([Job(rng, ROWS + 1, COLUMNS + 1, 9)])


def _run(rows, columns, lanes, mutant="", **options):
    component = MatmulDatapath(array_rows=rows, array_columns=columns, requantizer_lanes=lanes)
    run_cocotb(component, __name__, name=f"matmul{mutant}_{rows}x{columns}_{lanes}",
               environment={"ARRAY_ROWS": str(rows), "ARRAY_COLUMNS": str(columns),
                            "LANES": str(lanes)}, **options)


@pytest.mark.parametrize("rows, columns, lanes", [(2, 2, 1), (4, 8, 4)])
def test_datapath(rows, columns, lanes):
    _run(rows, columns, lanes)


_TRANSPOSED = [f"transposed_operands/a_transposed={a}/b_transposed={b}"
               for a, b in ((False, True), (True, False), (True, True))]


@pytest.mark.long
def test_transposed_strips_of_more_than_a_beat():
    _run(16, 2, 1, testcase=_TRANSPOSED)


class _BanksThatAllUseOneLane(OperandBuffer):
    """Mutant: looks for the operands of transposed strips where those of others are."""

    @staticmethod
    def _lane(m, name, byte, is_transposed):
        return OperandBuffer._lane(m, name, byte, 0)


class _PassesAllFromTheFirstK(Requester):
    """Mutant: loads the first rows of a transposed operand for each pass and chunk."""

    def _transposed_offset(self, *arguments):
        super()._transposed_offset(*arguments)
        return 0


@pytest.mark.parametrize("user, mutant", [(engine, _BanksThatAllUseOneLane),
                                          (loader, _PassesAllFromTheFirstK)])
def test_mutant_is_caught(monkeypatch, user, mutant):
    monkeypatch.setattr(user, mutant.__base__.__name__, mutant)
    with pytest.raises(AssertionError, match="transposed_operands"):
        _run(2, 2, 1, testcase=_TRANSPOSED[0], mutant=mutant.__name__.lower())


@pytest.mark.parametrize("change, message", [
    ({"array_rows": 3}, "array_rows must be 2, 4, 8 or 16, not 3"),
    ({"array_columns": 32}, "array_columns must be 2, 4, 8 or 16, not 32"),
    ({"requantizer_lanes": 3}, r"must be 1, 2 or 4 and at most array_columns \(4\), not 3"),
    ({"array_columns": 2, "requantizer_lanes": 4}, r"at most array_columns \(2\), not 4"),
])
def test_bad_sizes_are_rejected(change, message):
    with pytest.raises(ValueError, match=message):
        MatmulDatapath(**{"array_rows": 4, "array_columns": 4, "requantizer_lanes": 1} | change)
