"""The job queue by itself."""

import random
from collections import deque

import cocotb
import pytest
from amaranth.lib import data
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge

from coprocessors.shell.job_queue import JobQueue
from coprocessors.shell.table import JOB_QUEUE_DEPTH
from sim.harness import run_cocotb
from sim.streams import CLOCK_NS

LAYOUT = data.StructLayout({"value": 32})
SLOTS = [f"slot{number}" for number in range(JOB_QUEUE_DEPTH)]


async def _start(dut):
    for name in ("push", "pop", "clear", "job", "wait"):
        getattr(dut, name).value = 0
    dut.rst.value = 1
    Clock(dut.clk, CLOCK_NS, unit="ns").start()
    await ClockCycles(dut.clk, 2)
    dut.rst.value = 0
    await RisingEdge(dut.clk)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random_pushes_and_pops(dut):
    await _start(dut)
    rng = random.Random(3)
    model, seen_full = deque(), 0
    for step in range(2000):
        rate = 0.2 if step // 100 % 2 else 0.8
        push = len(model) < JOB_QUEUE_DEPTH and rng.random() < rate
        pop = bool(model) and rng.random() < 0.5
        dut.push.value, dut.pop.value = int(push), int(pop)
        await RisingEdge(dut.clk)
        # The entry is what ``job`` shows in the cycle after the push.
        dut.push.value = dut.pop.value = 0
        dut.job.value = step
        await RisingEdge(dut.clk)
        dut.job.value = 0xFFFF_FFFF
        if pop:
            model.popleft()
        if push:
            model.append(step)
        await RisingEdge(dut.clk)
        assert dut.level.value.to_unsigned() == len(model)
        assert dut.full.value == int(len(model) == JOB_QUEUE_DEPTH)
        assert dut.head_valid.value == int(bool(model))
        if model:
            assert dut.head_job.value.to_unsigned() == model[0]
        seen_full += len(model) == JOB_QUEUE_DEPTH
    assert seen_full > 100


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def clear_empties_and_overwrites(dut):
    await _start(dut)
    dut.job.value = 0x1234_5678
    dut.push.value = 1
    await ClockCycles(dut.clk, JOB_QUEUE_DEPTH)
    dut.push.value = 0
    await ClockCycles(dut.clk, 2)
    assert dut.full.value == 1
    dut.job.value = 0
    dut.clear.value = 1
    await ClockCycles(dut.clk, JOB_QUEUE_DEPTH + 1)
    dut.clear.value = 0
    await ClockCycles(dut.clk, 2)
    assert (dut.level.value, dut.head_valid.value) == (0, 0)
    assert not any(getattr(dut, slot).value.to_unsigned() for slot in SLOTS)


class _OneTooDeep(JobQueue):
    """A mutant: full only with one job more than it can hold."""

    _depth = JOB_QUEUE_DEPTH + 1


def test_job_queue():
    run_cocotb(JobQueue(LAYOUT), __name__, name="job_queue", visible=SLOTS)


def test_mutant_one_too_deep_is_caught():
    with pytest.raises(AssertionError, match="random_pushes_and_pops failed"):
        run_cocotb(_OneTooDeep(LAYOUT), __name__, name="job_queue_mutant", visible=SLOTS,
                   testcase="random_pushes_and_pops")
