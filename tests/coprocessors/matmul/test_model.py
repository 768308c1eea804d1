"""The numpy reference against a literal transcription of the C functions it follows."""

import random

import numpy as np
import pytest

from coprocessors.matmul.model import matmul, quantize_multiplier, requantize
from tests.coprocessors.matmul.requantizer_cases import INT32_MAX, INT32_MIN, extremes, ties



def _c_divide(a, b):
    """C's division: towards zero."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _saturating_rounding_doubling_high_mul(a, b):
    if a == b == INT32_MIN:
        return INT32_MAX
    product = a * b
    nudge = 1 << 30 if product >= 0 else 1 - (1 << 30)
    return _c_divide(product + nudge, 1 << 31)


def _rounding_divide_by_pot(x, exponent):
    mask = (1 << exponent) - 1
    remainder = x & mask
    threshold = (mask >> 1) + (1 if x < 0 else 0)
    return (x >> exponent) + (1 if remainder > threshold else 0)


def _double_rounding(x, multiplier, shift):
    left, right = (shift, 0) if shift > 0 else (0, -shift)
    return _rounding_divide_by_pot(
        _saturating_rounding_doubling_high_mul(x * (1 << left), multiplier), right)


def _single_rounding(x, multiplier, shift):
    total_shift = 31 - shift
    return (x * multiplier + (1 << (total_shift - 1))) >> total_shift


def _cases(rng, count):
    """Accumulator, multiplier and shift inside the contract of the C functions."""
    corners = [0, 1, -1, 2, -2, 127, -128, INT32_MIN, INT32_MAX, INT32_MIN + 1, 1 << 30, -(1 << 30)]
    for _ in range(count):
        shift = rng.choice([rng.randint(-31, 30), rng.randint(-12, 0), -31, 0, 30])
        x = rng.choice([rng.choice(corners), rng.randint(INT32_MIN, INT32_MAX),
                        rng.randint(-5000, 5000)])
        if shift > 0:
            x = rng.randint(INT32_MIN >> shift, INT32_MAX >> shift)
        yield x, rng.choice([0, 1 << 30, INT32_MAX, rng.randint(1 << 30, INT32_MAX)]), shift


@pytest.mark.parametrize("rounding, literal", [("double", _double_rounding),
                                               ("single", _single_rounding)])
def test_requantize_is_the_c_function(rounding, literal):
    cases = np.array(list(_cases(random.Random(3), 20_000)))
    got = requantize(*cases.T, rounding=rounding)
    expected = [literal(*(int(v) for v in case)) for case in cases]
    wrong = np.flatnonzero(got != expected)
    assert not len(wrong), f"{cases[wrong[0]]}: got {got[wrong[0]]}, not {expected[wrong[0]]}"


@pytest.mark.parametrize("rounding, literal", [("double", _double_rounding),
                                               ("single", _single_rounding)])
def test_all_ties_near_zero_and_the_ends_of_all_ranges(rounding, literal):
    inside = [case for case in (*ties(301), *extremes())
              if INT32_MIN <= case[0] << max(case[2], 0) <= INT32_MAX]
    got = requantize(*np.array(inside).T, rounding=rounding)
    assert list(got) == [literal(*case) for case in inside]


def test_the_two_roundings_differ_by_one_at_most_and_do_differ():
    values = np.arange(-100_000, 100_000)
    difference = (requantize(values, 0x5A82_7999, -6, rounding="double")
                  - requantize(values, 0x5A82_7999, -6, rounding="single"))
    assert set(difference) <= {-1, 0, 1} and difference.any()


def test_left_shift_saturates():
    assert requantize(1 << 20, 1 << 30, 30) == 1 << 30
    assert requantize(-(1 << 20), 1 << 30, 30) == -(1 << 30)


def test_quantize_multiplier():
    assert quantize_multiplier(0) == (0, 0)
    assert quantize_multiplier(0.5) == (1 << 30, 0)
    assert quantize_multiplier(1 - 2**-40) == (1 << 30, 1)
    assert quantize_multiplier(2.0**-40) == (0, 0)
    multiplier, shift = quantize_multiplier(0.0123)
    assert abs(multiplier / 2**31 * 2**shift - 0.0123) < 1e-11
    with pytest.raises(ValueError, match="must be from 0 to below 2"):
        quantize_multiplier(-1.0)


def test_matmul_by_hand():
    a = np.array([[1, 2], [3, -4]], dtype=np.int8)
    b = np.array([[5, 6], [255, 0], [1, 1]], dtype=np.uint8)
    exact = matmul(a, b, a_zero=1, b_zero=5, bias=[10, 20, 30])
    assert exact.tolist() == [[11, 15, 26], [5, 545, 42]] and exact.dtype == np.int32
    half = matmul(a, b, a_zero=1, b_zero=5, bias=[10, 20, 30], multiplier=1 << 30, shift=0,
                  c_zero=-3, minimum=-100, maximum=100)
    assert half.tolist() == [[3, 5, 10], [0, 100, 18]] and half.dtype == np.int8
    assert matmul(a, b, multiplier=1 << 30, shift=0, minimum=0, maximum=255).dtype == np.uint8


def test_sums_wrap_in_32_bits():
    a = np.full((1, 40_000), 255, dtype=np.uint8)
    assert matmul(a, a)[0, 0] == 40_000 * 255 * 255 - 2**32
    with pytest.raises(ValueError, match="rounding must be 'double' or 'single', not 'up'"):
        requantize(1, 1, 1, rounding="up")
