"""gluechip_layer_norm_s8, compiled for this machine, beside the model in numpy."""

import ctypes

import numpy as np
import pytest

from firmware.networks.layer_norm import (
    EPSILON_LIMIT,
    FRACTION_BITS,
    ROW_LIMIT,
    channel_parameters,
    layer_norm,
    normalized,
    row_scales,
)
from tests.firmware import nn

_Params = type("Params", (ctypes.Structure,), {"_fields_": [
    ("epsilon", ctypes.c_int32), ("bias", ctypes.c_void_p), ("scale", nn.PerChannel),
    ("output_offset", ctypes.c_int32), ("activation", nn.Activation)]})


@pytest.fixture(scope="module")
def library():
    return nn.layers()


def _params(numbers):
    return _Params(numbers["epsilon"], numbers["bias"].ctypes.data,
                   nn.PerChannel(numbers["multipliers"].ctypes.data,
                                 numbers["shifts"].ctypes.data),
                   numbers["zero"], nn.Activation(numbers["minimum"], numbers["maximum"]))


def _numbers(rng, size, *, plain=True):
    """What `layer_norm` takes. All shifts as they are in use, or any that there can be."""
    limits = np.sort(rng.choice([-128, 127, *rng.integers(-128, 128, 2)], 2)).tolist()
    return {"epsilon": int(rng.choice([1, 2, 1000, EPSILON_LIMIT])),
            "bias": rng.integers(-3000, 3000, size).astype(np.int32),
            "multipliers": rng.integers(2**30, 2**31, size).astype(np.int32),
            "shifts": (rng.integers(-7, -4, size) if plain else rng.integers(-31, 5, size)
                       ).astype(np.int32),
            "zero": int(rng.integers(-128, 128)), "minimum": limits[0], "maximum": limits[1]}


def _rows(rng, case, shape):
    """Rows of any spread, and those with the least and the most that there is."""
    middle = int(rng.integers(-100, 100))
    far = np.full(shape, middle, np.int8)  # but for one value, which is further than z reaches
    far[:, rng.integers(shape[1])] = rng.choice([-128, 127])
    return [far, nn.random_int8(rng, shape), nn.random_int8(rng, shape, True),
            np.clip(rng.integers(-3, 4, shape) + middle, -128, 127).astype(np.int8),
            np.full(shape, rng.choice([-128, 0, 127]), np.int8)][case % 5]


def check_layer_norm(library):
    rng = np.random.default_rng(1)
    for case in range(240):
        shape = int(rng.integers(1, 4)), int(rng.choice([1, 2, 3, 8, 31, 128, 511, ROW_LIMIT]))
        values = np.ascontiguousarray(_rows(rng, case, shape))
        numbers = _numbers(rng, shape[1], plain=case % 3 > 0)
        expected = layer_norm(values, **numbers)
        output = nn.output(shape) if case % 2 else values  # or in place
        assert nn.call(library.gluechip_layer_norm_s8, _params(numbers), values, *shape,
                       output) == 0
        assert (output == expected).all(), case


def check_scales(library):
    """Each power of two with its neighbours, squares with theirs, and the largest variance."""
    variances = {v + d for bit in range(32) for v in (2**bit, (2**bit // 3)**2) for d in (-1, 0, 1)}
    variances |= {root * root + d for root in (3, 255, 46341, 65535) for d in (-1, 0)}
    results = ctypes.c_int32(), ctypes.c_int32()
    for v in sorted(v for v in variances if 1 <= v < 2**32):
        # A row of one value has the square for a variance; what is left is epsilon.
        library.gluechip_layer_norm_scale(1, 0, ctypes.c_int32((v - 1) % 2**32), 1,
                                          *map(ctypes.byref, results))
        pairs = (32 - v.bit_length()) // 2
        root = int(np.sqrt(float(v << 2 * pairs)))
        assert [r.value for r in results] == [(2**32 - 1) // root << 14,
                                              pairs + FRACTION_BITS - 15], v


def test_layer_norm(library):
    check_layer_norm(library)


def test_scales_of_rows(library):
    check_scales(library)


def test_model_normalises():
    """The integers are near what they stand for, and the scales are legal for a job."""
    values = nn.random_int8(np.random.default_rng(2), (50, 128))
    real = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    gamma, beta = np.linspace(0.5, 1.5, 128), np.linspace(-1, 1, 128)
    bias, multipliers, shifts = channel_parameters(gamma, beta, 1 / 32)
    found = layer_norm(values, epsilon=1, bias=bias, multipliers=multipliers, shifts=shifts, zero=3)
    assert np.abs(normalized(values, 1) - 32 * real).max() < 0.51
    assert np.abs(found - np.clip(32 * (gamma * real + beta) + 3, -128, 127)).max() < 1.3
    multipliers, shifts = row_scales(values, 1)
    assert (multipliers >= 2**30).all() and (multipliers < 2**31).all()
    assert (shifts >= -31).all() and (shifts <= 30).all()


def test_gamma_must_be_positive():
    with pytest.raises(ValueError, match="gamma must be above 0 in each channel"):
        channel_parameters(np.array([1.0, 0.0]), np.zeros(2), 0.1)


def test_wrong_arguments_are_refused(library):
    rng = np.random.default_rng(3)
    numbers, values, output = _numbers(rng, 9), nn.random_int8(rng, (2, 9)), nn.output((2, 9))
    bad = [(_params(numbers | change), values, 2, 9, output) for change in (
        {"epsilon": 0}, {"epsilon": EPSILON_LIMIT + 1}, {"zero": 128}, {"minimum": -129},
        {"minimum": 5, "maximum": 4})]
    good = _params(numbers)
    without = [_params(numbers) for _ in range(3)]
    without[0].bias = without[1].scale.multiplier = without[2].scale.shift = None
    bad += [(params, values, 2, 9, output) for params in without]
    bad += [(None, values, 2, 9, output), (good, None, 2, 9, output), (good, values, 0, 9, output),
            (good, values, 2, 0, output), (good, values, 2, ROW_LIMIT + 1, output),
            (good, values, 2, 9, None)]
    for arguments in bad:
        assert nn.call(library.gluechip_layer_norm_s8, *arguments) == nn.ARGUMENT_ERROR
        assert (output == nn.UNTOUCHED).all()


@pytest.mark.parametrize("check, old, new", [
    (check_layer_norm, "scale_plainly(size * row[j] - sum,", "scale_plainly(size * row[j],"),
    (check_layer_norm, "scaled_by(value, multipliers[j], shifts[j])",
     "scaled_by(value, multipliers[0], shifts[j])"),
    (check_layer_norm, "row[i] * row[i];", "row[i] * row[i] + 1;"),
    (check_layer_norm, "whole = limits_of(0, -128, 127)", "whole = limits_of(0, -100, 100)"),
    (check_layer_norm, "x3 * x3", "x3 * x2"),
    (check_layer_norm, "(-shift - 2)) + 1) >> 1", "(-shift - 2))) >> 1"),
    (check_scales, "value >= step", "value > step"),
    (check_scales, "UINT32_MAX / root", "0x80000000u / root << 1"),
], ids=range(8))
def test_mutant_is_found(tmp_path, check, old, new):
    """A layer with one mistake fails its test."""
    with pytest.raises(AssertionError):
        check(nn.layers_with_mistake(tmp_path, old, new))
