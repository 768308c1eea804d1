"""Averages by multiplication, against division."""

import numpy as np
import pytest

from coprocessors.matmul.model import requantize
from firmware.networks.arithmetic import average
from firmware.networks.compiler.averages import count_multiplier
from firmware.networks.compiler.compile import compile_network
from firmware.networks.reader import parse
from soc.configuration import preset
from tests.firmware.networks import sketch

_COUNTS = [*range(1, 70), 125, 128, 255, 256, 1000, 1023, 1024, 4095, 4096]


@pytest.mark.parametrize("count", _COUNTS)
def test_every_sum_of_bytes_gives_the_average(count):
    sums = np.arange(-128 * count, 127 * count + 1)
    multiplier, shift = count_multiplier(count)
    assert 2**30 <= multiplier < 2**31
    got = requantize(sums, multiplier, shift, rounding="single")
    wrong = np.flatnonzero(got != average(sums, count))
    assert not wrong.size, f"{sums[wrong[0]]} / {count}: got {got[wrong[0]]}"


@pytest.mark.parametrize("count", [2, 4, 6, 1024])
def test_the_exact_multiplier_would_not_do(count):
    """Halves below zero go up with it."""
    sums = np.arange(-128 * count, 0)
    multiplier, shift = count_multiplier(count)
    got = requantize(sums, multiplier - 1, shift, rounding="single")
    assert (got != average(sums, count)).any()


@pytest.mark.parametrize(("height", "on_array"), [(91, True), (92, False)])
@pytest.mark.parametrize("model", ["mean", "pool"])
def test_images_too_large_for_a_job_are_the_cores(model, height, on_array):
    """The sum over 90 pixels a line in groups of 8 channels, of 65,535 products at most."""
    size = (height, 90)
    data = sketch.mean((1, *size, 8)) if model == "mean" else sketch.pool(
        "AVERAGE_POOL_2D", size=size, depth=8, window=size, stride=(1, 1), padding="VALID")
    plan = compile_network(parse(data), preset("reference"))
    assert plan.layers_on_array == ({0} if on_array else set())
