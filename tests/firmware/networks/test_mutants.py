"""Mistakes in the model of the operators, each of which the comparison with LiteRT must find.

Some show in no byte of int8, such as products that are cut off: `test_fixed_point` finds those.
"""

from unittest import mock

import numpy as np
import pytest

from firmware.networks import arithmetic, fixed_point, geometry
from firmware.networks.reader import parse
from tests.firmware.networks.cases import CASES
from tests.firmware.networks.litert import Litert, compare, random_inputs

_NETWORKS = "firmware.networks"

_exponential, _multiplier, _softmax = (
    fixed_point.exp_on_negative_values, arithmetic.product_multiplier,
    arithmetic.softmax_parameters)
_before_and_after = geometry._before_and_after

_MUTANTS = {  # what goes wrong: (place, what stands there instead)
    "odd padding goes before": (f"{_NETWORKS}.geometry._before_and_after",
                                lambda *sizes: _before_and_after(*sizes)[::-1]),
    "averages round ties up": (f"{_NETWORKS}.reference.average",
                               lambda sums, count: (2 * sums + count) // (2 * count)),
    "averages are cut off": (f"{_NETWORKS}.reference.average",
                             lambda sums, count: (sums / count).astype(np.int64)),
    "quotients are cut off": (f"{_NETWORKS}.fixed_point.rounding_divide", lambda x, n: x >> n),
    "exponentials forget the large parts": (f"{_NETWORKS}.fixed_point._EXPONENTIALS",
                                            fixed_point._EXPONENTIALS[:-3]),
    "exponentials have 4 integer bits": (f"{_NETWORKS}.fixed_point.exp_on_negative_values",
                                         lambda a, bits: _exponential(a, 4)),
    "differences that count do not": (
        f"{_NETWORKS}.arithmetic.softmax_parameters",
        lambda *scales: (*_softmax(*scales)[:2], _softmax(*scales)[2] // 4)),
    "tables are cut off": (f"{_NETWORKS}.arithmetic._round",
                           lambda values: np.asarray(values).astype(np.int64)),
    "inputs of ADD are shifted by 8": (f"{_NETWORKS}.arithmetic.ADD_LEFT_SHIFT", 8),
    "scales of a product are multiplied as float32": (
        f"{_NETWORKS}.network.FullyConnected.scaling",
        lambda layer, rounding: (layer.multipliers, layer.shifts, "single")),
    "products of matrices are twice as large": (
        f"{_NETWORKS}.arithmetic.product_multiplier",
        lambda *scales: (_multiplier(*scales)[0], _multiplier(*scales)[1] + 1)),
}


def _differs():
    """Some operator differs from LiteRT's now."""
    for name, data in CASES.items():
        model, random = parse(data), np.random.RandomState(len(name))
        litert = Litert(data)
        for _ in range(4):
            if any(wrong for _, wrong, _, _ in compare(model, litert(
                    model, random_inputs(model, random)))):
                return True
    return False


def test_nothing_differs_without_a_mistake():
    assert not _differs()


@pytest.mark.parametrize("mistake", _MUTANTS)
def test_mutant_is_found(mistake):
    place, replacement = _MUTANTS[mistake]
    with mock.patch(place, replacement):
        assert _differs()
