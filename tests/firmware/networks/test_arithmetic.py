"""Multipliers and clamps: what depends on the type that a kernel computes in, and the ends."""

import numpy as np
import pytest

from firmware.networks import arithmetic


def _scale(x):
    return float(np.float32(x))


@pytest.mark.parametrize(("activation", "scale", "zero_point", "clamp"), [
    ("NONE", 0.1, 3, (-128, 127)), ("RELU", 0.1, 3, (3, 127)), ("RELU", 0.1, -128, (-128, 127)),
    ("RELU6", 0.1, 3, (3, 63)), ("RELU6", 0.01, 3, (3, 127)), ("RELU6", 0.05, -128, (-128, -8)),
    ("RELU_N1_TO_1", 0.1, 3, (-7, 13)), ("RELU_N1_TO_1", 0.001, 0, (-128, 127)),
    ("RELU6", 4.0, 0, (0, 2))])  # 1.5 rounds away from zero
def test_activation_range(activation, scale, zero_point, clamp):
    assert arithmetic.activation_range(activation, _scale(scale), zero_point) == clamp


def test_activation_range_of_uint8():
    assert arithmetic.activation_range("RELU", 0.1, 7, "uint8") == (7, 255)


def test_conv_multipliers():
    multipliers, shifts = arithmetic.conv_multipliers(0.5, (0.5, 1.5), 1.0, 2)
    assert multipliers.tolist() == [2**30, 3 * 2**29] and shifts.tolist() == [-1, 0]
    multipliers, shifts = arithmetic.conv_multipliers(0.5, (0.5,), 1.0, 3)
    assert multipliers.tolist() == [2**30] * 3 and shifts.tolist() == [-1] * 3


def test_fully_connected_multiplies_scales_as_float32_when_there_is_one():
    data, weights, result = _scale(0.1), _scale(0.3), _scale(0.7)
    one, _ = arithmetic.fully_connected_multipliers(data, (weights,), result, 2)
    several, _ = arithmetic.fully_connected_multipliers(data, (weights, weights), result, 2)
    conv, _ = arithmetic.conv_multipliers(data, (weights,), result, 2)
    assert several.tolist() == conv.tolist()
    assert one.tolist() != conv.tolist() and abs(one - conv).max() < 2**9
    product = np.float32(data) * np.float32(weights)
    assert one[0] == round(float(product) / result * 2**31 * 2**4)


def test_conv_multipliers_must_be_in_range():
    with pytest.raises(ValueError, match=r"Real multiplier must be from 0 to below 2\*\*30"):
        arithmetic.conv_multipliers(1e10, (1.0,), 1.0, 1)


def test_add_multipliers():
    assert arithmetic.add_multipliers(0.5, 0.25, 1.0) == (
        (2**30, 0), (2**30, -1), (2**30, -19))
    with pytest.raises(ValueError, match="Scale of the sum must be above"):
        arithmetic.add_multipliers(1.0, 1.0, 2.0**-19)


@pytest.mark.parametrize(("count", "multiplier", "shift"), [
    (1, 2**30, 1), (2, 2**30, 0), (3, 2**31 // 3, 0), (4, 2**30, -1), (25, 2**34 // 25, -3)])
def test_mean_multiplier(count, multiplier, shift):
    assert arithmetic.mean_multiplier(0.5, 0.5, count) == (multiplier, shift)


def test_average_rounds_ties_away_from_zero():
    sums = np.array([3, -3, 2, -2, 5, -5, 0])
    assert arithmetic.average(sums, np.int64(2)).tolist() == [2, -2, 1, -1, 3, -3, 0]
    assert arithmetic.average(sums, np.int64(4)).tolist() == [1, -1, 1, -1, 1, -1, 0]


def test_softmax_parameters():
    assert arithmetic.softmax_parameters(0.125, 1.0) == (2**30, 24, -124)
    for scale, beta in ((16.0, 1.0), (8.0, 2.0), (2.0**-26, 1.0), (1.0, 0.0), (1.0, -1.0)):
        with pytest.raises(ValueError, match="Input scale times beta must be above"):
            arithmetic.softmax_parameters(scale, beta)


@pytest.mark.parametrize("table", [arithmetic.logistic_table, arithmetic.logistic_integer_table])
@pytest.mark.parametrize(("scale", "zero_point"), [(0.01, 0), (0.1, -128), (0.5, 127), (0.9, 0)])
def test_logistic_tables(table, scale, zero_point):
    real = 1 / (1 + np.exp(-scale * (np.arange(-128, 128) - zero_point)))
    result = table(_scale(scale), zero_point)
    assert result.dtype == np.int8 and (np.diff(result.astype(int)) >= 0).all()
    assert np.abs(result - np.clip(real * 256 - 128, -128, 127)).max() <= 0.51


@pytest.mark.parametrize("scale", [8.0, 1e6])
def test_logistic_tables_of_large_scales(scale):
    """A step. In integers half of it is lost: the radius inside which it computes is 0."""
    assert arithmetic.logistic_table(scale, 5)[[132, 133, 134]].tolist() == [-128, 0, 127]
    assert arithmetic.logistic_integer_table(scale, 5)[[132, 133, 134]].tolist() == [
        -128, -128, 127]
