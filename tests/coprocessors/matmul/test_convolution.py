"""Convolutions at the matmul datapath's streams, whose A is gathered from an image."""

import os
import random

import cocotb
import pytest
from cocotb.triggers import RisingEdge

from coprocessors.matmul import receiver, requester
from coprocessors.matmul.datapath import MatmulDatapath
from coprocessors.matmul.gatherer import Gatherer
from coprocessors.matmul.patch_walker import PatchWalker
from sim.harness import run_cocotb
from tests.coprocessors.matmul.datapath_bench import BASE, DatapathBench
from tests.coprocessors.matmul.jobs import ConvolutionJob, Job, Memory

ROWS = int(os.environ.get("ARRAY_ROWS", 4))
COLUMNS = int(os.environ.get("ARRAY_COLUMNS", 8))


async def _started(dut, *, seed, stall=0.0):
    bench = DatapathBench(dut, Memory(BASE, 0x4_0000), stall=stall, seed=seed)
    await bench.start()
    return bench


async def _run(bench, *jobs):
    bench.memory._next = BASE + 24
    return await bench.run(jobs)


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(stall=[0.0, 0.5])
async def random_convolutions(dut, stall):
    bench = await _started(dut, seed=3, stall=stall)
    rng = random.Random(3)
    for _ in range(40):
        await _run(bench, ConvolutionJob.random(rng, COLUMNS))


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(channels=[40, 56, 100])
async def rows_of_several_passes(dut, channels):
    bench = await _started(dut, seed=4, stall=0.1)
    for kernel, strides, padding in (((3, 3), (1, 1), (1, 1)), ((5, 4), (2, 1), (2, 2))):
        lines, per_line = 1 + 5 // strides[0], 6
        await _run(bench, ConvolutionJob(
            random.Random(5), lines * per_line, COLUMNS + 3, kernel[0] * kernel[1] * channels,
            image=(6, 6), channels=channels, kernel=kernel, strides=strides, padding=padding,
            per_line=per_line))


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def mixed_with_plain_jobs(dut):
    bench = await _started(dut, seed=6, stall=0.2)
    rng = random.Random(6)
    await _run(bench, *(
        ConvolutionJob.random(rng, COLUMNS) if rng.random() < 0.5
        else Job(rng, rng.randint(1, 9), rng.randint(1, 9), rng.randint(1, 40))
        for _ in range(12)))


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def illegal_fields_end_the_job_at_once(dut):
    bench = await _started(dut, seed=7)
    job = ConvolutionJob.random(random.Random(7), COLUMNS)
    job.place(bench.memory)
    wrong = [{name: 0} for name in ("patch_pieces", "patch_line_step", "image_line_bytes",
                                    "image_lines", "outputs_per_line")]
    wrong += [{"column_step": COLUMNS, "k": 1025}, {"format_a_transposed": 1}]
    bench.jobs.queue.extend(job.descriptor | change for change in wrong)
    while len(bench.done) < len(wrong):
        await RisingEdge(dut.clk)
    assert bench.done == [1] * len(wrong)
    assert not bench.reads.taken and not bench.writes.taken


@pytest.mark.parametrize("rows, columns, lanes", [(4, 8, 4), (2, 2, 1)])
def test_convolution(rows, columns, lanes):
    component = MatmulDatapath(array_rows=rows, array_columns=columns, requantizer_lanes=lanes)
    run_cocotb(component, __name__, name=f"matmul_{rows}x{columns}_{lanes}",
               environment={"ARRAY_ROWS": str(rows), "ARRAY_COLUMNS": str(columns)})


class _ReadsBehindTheLine(PatchWalker):
    """Mutant: takes what lies behind a line of the image for a part of it."""

    def _measure(self, m, fragment, overhang):
        super()._measure(m, fragment, overhang)
        m.d.sync += overhang.right.eq(0)


class _NextLineOfOutputsOneLineBelow(PatchWalker):
    """Mutant: ignores the vertical stride."""

    def _next_pixel(self, m, pixel, top, lines_left, row_ends):
        super()._next_pixel(m, pixel, top, lines_left, row_ends)
        with m.If(row_ends & (pixel.left == 0)):
            m.d.sync += lines_left.eq(1)


class _LosesWhatSpills(Gatherer):
    """Mutant: forgets the bytes of a row's last beat that begin another word."""

    def _merge(self, m, entering, valid, spills):
        super()._merge(m, entering, valid, spills)
        m.d.comb += spills.eq(0)


@pytest.mark.parametrize("user, mutant", [
    (requester, _ReadsBehindTheLine), (requester, _NextLineOfOutputsOneLineBelow),
    (receiver, _LosesWhatSpills)])
def test_mutant_is_caught(monkeypatch, user, mutant):
    monkeypatch.setattr(user, mutant.__base__.__name__, mutant)
    component = MatmulDatapath(array_rows=2, array_columns=2, requantizer_lanes=1)
    with pytest.raises(AssertionError, match="random_convolutions"):
        run_cocotb(component, __name__, name=f"matmul{mutant.__name__.lower()}",
                   testcase="random_convolutions/stall=0.0",
                   environment={"ARRAY_ROWS": "2", "ARRAY_COLUMNS": "2"})
