"""The requantiser lane against the numpy reference, which test_model.py checks against C."""

import os
import random

import cocotb
import numpy as np
import pytest
from amaranth.back import verilog
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly

from coprocessors.matmul.model import requantize
from coprocessors.matmul.requantizer import Requantizer
from sim.harness import run_cocotb
from tests.coprocessors.matmul.requantizer_cases import INT32_MAX, INT32_MIN, extremes, ties

CASES = int(os.environ.get("REQUANTIZER_CASES", 4000))


def _ties(rng, shift):
    """A sum whose product with 2**30 lies on a tie, or one beside it."""
    step = 1 << (1 - shift)
    if step > INT32_MAX:
        return rng.choice([INT32_MIN, INT32_MAX])
    odd = 2 * rng.randint(-300, 300) + 1
    return max(INT32_MIN, min(INT32_MAX, odd * (step >> 1) + rng.choice([-2, -1, 0, 1, 2])))


def _case(rng):
    """(sum, multiplier, shift) with many at the edges."""
    shift = rng.choice([rng.randint(-31, 30), rng.randint(-16, 0), -31, 30, 0, 1])
    multiplier = rng.choice([0, 1 << 30, 1 << 30, INT32_MAX, rng.randint(1 << 30, INT32_MAX)])
    total = rng.choice([
        rng.randint(INT32_MIN, INT32_MAX), rng.randint(-100_000, 100_000),
        rng.choice([0, 1, -1, INT32_MIN, INT32_MIN + 1, INT32_MAX]),
        _ties(rng, min(shift, 0)), rng.randint(INT32_MIN, INT32_MAX) >> max(shift, 0)])
    return total, multiplier, shift


async def _run(dut, *, single, zero, minimum, maximum, cases):
    """Sends the cases in consecutive cycles and compares result and biased sum."""
    await FallingEdge(dut.clk)
    dut.single.value, dut.zero.value = single, zero
    dut.minimum.value, dut.maximum.value = minimum, maximum
    rng = random.Random(7)
    sums, multipliers, shifts = np.array(cases).T
    scaled = requantize(sums, multipliers, shifts, rounding="single" if single else "double")
    expected = np.clip(scaled + zero, minimum, maximum)
    depth = Requantizer.LATENCY
    for cycle in range(len(cases) + depth):
        await FallingEdge(dut.clk)
        if cycle < len(cases):
            total, multiplier, shift = cases[cycle]
            bias = rng.choice([0, rng.randint(INT32_MIN, INT32_MAX)])
            dut.accumulator.value = (total - bias) % 2**32
            dut.bias.value = bias % 2**32
            dut.multiplier.value, dut.shift.value = multiplier, shift
        await ReadOnly()
        biased = cycle - Requantizer.BIASED_LATENCY
        if 0 <= biased < len(cases):
            assert dut.biased.value.to_signed() == cases[biased][0]
        if cycle >= depth:
            case, want = cases[cycle - depth], int(expected[cycle - depth])
            got = dut.result.value.to_unsigned()
            assert got == want % 256, f"{case}, single {single}: got {got}, not {want % 256}"


async def _start(dut):
    dut.rst.value = 1
    Clock(dut.clk, 10, unit="ns").start()
    await FallingEdge(dut.clk)
    await FallingEdge(dut.clk)
    dut.rst.value = 0


@cocotb.test(timeout_time=10, timeout_unit="ms")
@cocotb.parametrize(single=[0, 1])
async def random_and_extreme_cases(dut, single):
    await _start(dut)
    rng = random.Random(11 + single)
    for zero, minimum, maximum in ((0, -128, 127), (-128, -128, 127), (127, -7, 90),
                                   (255, 0, 255), (0, 0, 0)):
        await _run(dut, single=single, zero=zero, minimum=minimum, maximum=maximum,
                   cases=[_case(rng) for _ in range(CASES)])


@cocotb.test(timeout_time=10, timeout_unit="ms")
@cocotb.parametrize(single=[0, 1])
async def all_ties_near_zero(dut, single):
    await _start(dut)
    await _run(dut, single=single, zero=0, minimum=-128, maximum=127, cases=list(ties(5)))


@cocotb.test(timeout_time=10, timeout_unit="ms")
@cocotb.parametrize(single=[0, 1])
async def the_ends_of_all_ranges(dut, single):
    await _start(dut)
    await _run(dut, single=single, zero=-1, minimum=-128, maximum=127, cases=list(extremes()))


def test_lane():
    run_cocotb(Requantizer(), __name__, name="requantizer")


@pytest.mark.long
def test_lane_with_many_cases():
    run_cocotb(Requantizer(), __name__, name="requantizer", seed=2,
               environment={"REQUANTIZER_CASES": "100000"})


class _WithoutNudge(Requantizer):
    """Mutant: ties of negative values round up in double rounding as well."""

    def _shifted_right(self, m, high, distance):
        return super()._shifted_right(m, _NeverNegative(high), distance)


class _NeverNegative:
    """``value`` whose sign bit reads 0."""

    def __init__(self, value):
        self._value = value

    def __getitem__(self, key):
        return 0 if key == 31 else self._value[key]

    def __add__(self, other):
        return self._value + other


def test_mutant_without_nudge_is_caught():
    with pytest.raises(AssertionError, match="single 0: got"):
        run_cocotb(_WithoutNudge(), __name__, name="requantizer")


def test_lane_has_four_multipliers_and_no_other_product():
    text = verilog.convert(Requantizer(), emit_src=False)
    assert text.count("MULT18X18D") == 4
    assert " * " not in text
