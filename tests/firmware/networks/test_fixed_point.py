"""The functions of gemmlowp: known results, and their nearness to the real functions."""

import numpy as np
import pytest

from firmware.networks import fixed_point

_SAMPLES = np.random.RandomState(0).randint(-2**31, 1, 20000).astype(np.int64)


@pytest.mark.parametrize(("a", "b", "product"), [
    (2**30, 2**30, 2**29), (-2**31, -2**31, 2**31 - 1), (-2**31, 2**31 - 1, -2**31 + 1),
    (1, 2**30, 1), (-1, 2**30, 0), (-3, 2**30, -1), (0, -2**31, 0)])
def test_multiply(a, b, product):
    assert fixed_point.multiply(a, b) == product


@pytest.mark.parametrize(("x", "exponent", "quotient"), [
    (3, 1, 2), (-3, 1, -2), (5, 2, 1), (6, 2, 2), (-6, 2, -2), (-5, 2, -1), (7, 0, 7), (-7, 0, -7),
    (2**31 - 1, 31, 1), (-2**31, 31, -1), (2**30 - 1, 31, 0)])
def test_rounding_divide(x, exponent, quotient):
    assert fixed_point.rounding_divide(x, exponent) == quotient


@pytest.mark.parametrize("integer_bits", [1, 2, 3, 4, 5])
def test_exponential(integer_bits):
    """As near as gemmlowp's own test demands, and 1 for 0."""
    values = np.concatenate([_SAMPLES, [-1, -2**31, 0]])
    result = fixed_point.exp_on_negative_values(values, integer_bits) / 2.0**31
    assert np.abs(result - np.exp(values / 2.0**(31 - integer_bits))).max() < 3e-7
    assert result[-1] == (2**31 - 1) / 2**31


@pytest.mark.parametrize("integer_bits", [1, 4, 12])
def test_reciprocal(integer_bits):
    values = np.concatenate([1 - _SAMPLES[_SAMPLES < 0], 2**np.arange(31), [2**31 - 1]])
    values = np.minimum(values, 2**31 - 1)
    result, bits_over_unit = fixed_point.reciprocal(values, integer_bits)
    expected = 2.0**(31 - integer_bits) / values
    assert np.abs(result / 2.0**(31 + bits_over_unit) / expected - 1).max() < 1e-7


def test_logistic():
    values = np.concatenate([_SAMPLES[_SAMPLES > -2**31], -_SAMPLES[_SAMPLES > -2**31], [0]])
    result = fixed_point.logistic(values, 4) / 2.0**31
    assert np.abs(result - 1 / (1 + np.exp(-values / 2.0**27))).max() < 3e-7
    assert result[-1] == 0.5
