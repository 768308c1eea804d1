"""Each operator against LiteRT's reference kernels, on models of that one operator."""

import numpy as np
import pytest

from firmware.networks.reader import parse
from firmware.networks.reference import run
from tests.firmware.networks import sketch
from tests.firmware.networks.cases import CASES
from tests.firmware.networks.litert import Litert, compare, random_inputs

_RUNS = 8


@pytest.mark.parametrize("name", CASES)
def test_operator_equals_litert(name):
    model = parse(CASES[name])
    litert, random = Litert(CASES[name]), np.random.RandomState(sum(name.encode()))
    for _ in range(_RUNS):
        for layer, wrong, values, largest in compare(model, litert(
                model, random_inputs(model, random))):
            assert not wrong, f"{layer.operator}: {wrong} of {values}, by {largest} at most"


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("softmax")])
def test_softmax_at_its_ends(name):
    """All inputs the same, and one of them far above the others."""
    model, litert = parse(CASES[name]), Litert(CASES[name])
    for value, first in ((0, 0), (-128, -128), (127, 127), (-128, 127), (127, -128)):
        inputs = np.full(model.tensors[model.inputs[0]].shape, value, np.int8)
        inputs[:, 0] = first
        assert not compare(model, litert(model, [inputs]))[0][1]


def _differences(name, rounding, runs=40):
    """(values that differ from LiteRT's, values, largest difference) with one way to round."""
    model, litert = parse(CASES[name]), Litert(CASES[name])
    random = np.random.RandomState(7)
    results = [compare(model, litert(model, random_inputs(model, random)), lambda layer: rounding)
               for _ in range(runs)]
    return (sum(r[0][1] for r in results), sum(r[0][2] for r in results),
            max(r[0][3] for r in results))


def test_litert_rounds_fully_connected_once():
    """Not as its source says for integers: it scales with a double. Others round twice."""
    for name in ("fully connected", "fully connected per channel"):
        assert _differences(name, "single")[0] == 0
        wrong, values, largest = _differences(name, "double")
        assert 0 < wrong < values / 10 and largest == 1
    for name in ("conv per tensor", "batch matmul", "add"):
        assert _differences(name, "double")[0] == 0
        wrong, _, largest = _differences(name, "single")
        assert wrong and largest == 1


def test_integer_logistic_differs_by_1_from_the_table():
    """The two runtimes disagree on a few inputs: on how many, for scales from 1/256 to 1/2."""
    counts = []
    for scale in 2.0 ** np.arange(-8, 0, 0.25):
        layer, = parse(sketch.elementwise("LOGISTIC", input_scale=scale)).layers
        difference = layer.integer_table.astype(int) - layer.table
        assert abs(difference).max() <= 1
        counts.append(int((difference != 0).sum()))
    assert len(counts) == 32 and max(counts) <= 2, counts


def test_inputs_must_fit():
    model = parse(CASES["add"])
    good = [np.zeros((2, 5, 3), np.int8)] * 2
    with pytest.raises(ValueError, match="Inputs must be 2, not 1"):
        run(model, good[:1])
    with pytest.raises(ValueError, match=r"Input 't1' must be int8 of shape \[2, 5, 3\], not "
                       r"int8 of \[5, 3\]"):
        run(model, [good[0], good[1][0]])
    with pytest.raises(ValueError, match="must be int8 .* not int16"):
        run(model, [good[0], good[1].astype(np.int16)])


def test_rounding_must_be_known():
    with pytest.raises(ValueError, match="rounding must be 'double' or 'single', not 'up'"):
        run(parse(CASES["add"]), [np.zeros((2, 5, 3), np.int8)] * 2, rounding="up")
