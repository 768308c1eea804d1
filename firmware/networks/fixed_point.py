"""Exponential, reciprocal and logistic function in fixed point, bit-exact to gemmlowp.

Values are int64 arrays that hold 32-bit numbers: Qm.n has m integer and n fractional bits beside
the sign. Source: fixedpoint/fixedpoint.h of gemmlowp, whose functions the docstrings name.
"""

import numpy as np

__all__ = ["exp_on_negative_values", "logistic", "multiply", "reciprocal", "rounding_divide"]


_MAXIMUM = 2**31 - 1  # what stands for 1 in Q0.31


def multiply(a, b):
    """a * b / 2**31, ties up, saturated. SaturatingRoundingDoublingHighMul."""
    product = np.asarray(a, dtype=np.int64) * np.asarray(b, dtype=np.int64)
    return np.minimum((product + 2**30) >> 31, _MAXIMUM)  # -2**31 squared would leave the range


def rounding_divide(x, exponent):
    """x / 2**exponent, ties away from zero. RoundingDivideByPOT."""
    x, exponent = np.asarray(x, dtype=np.int64), np.asarray(exponent, dtype=np.int64)
    mask = (np.int64(1) << exponent) - 1
    return (x >> exponent) + ((x & mask) > (mask >> 1) + (x < 0))


def _shift_left(x, exponent):
    """x * 2**exponent, saturated. SaturatingRoundingMultiplyByPOT."""
    return np.clip(x << exponent, -2**31, _MAXIMUM)


def _exp_between_minus_quarter_and_0(a):
    """exp(a), Q0.31 both, a Taylor series about -1/8.

    exp_on_interval_between_negative_one_quarter_and_0_excl.
    """
    at_center = 1895147668  # exp(-1/8)
    third = 715827883
    x = a + (1 << 28)
    square = multiply(x, x)
    fourth_over_4 = rounding_divide(multiply(square, square), 2)
    tail = multiply(fourth_over_4 + multiply(square, x), third) + square
    return at_center + multiply(at_center, x + rounding_divide(tail, 1))


_EXPONENTIALS = ((-2, 1672461947), (-1, 1302514674), (0, 790015084), (1, 290630308),
                 (2, 39332535), (3, 720401), (4, 242))
"""(n, exp(-2**n) in Q0.31)"""


def exp_on_negative_values(a, integer_bits):
    """exp(a) in Q0.31 for ``a`` <= 0 with ``integer_bits`` from 1 to 5. exp_on_negative_values."""
    a = np.asarray(a, dtype=np.int64)
    fraction_bits = 31 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    in_quarter = (a & (quarter - 1)) - quarter
    result = _exp_between_minus_quarter_and_0(_shift_left(in_quarter, integer_bits))
    remainder = in_quarter - a
    for exponent, factor in _EXPONENTIALS:
        if exponent < integer_bits:
            has = remainder & (1 << (fraction_bits + exponent)) != 0
            result = np.where(has, multiply(result, factor), result)
    return np.where(a == 0, _MAXIMUM, result)


def _one_over_one_plus(a):
    """1 / (1 + a), Q0.31 both, for ``a`` from 0 to 1. one_over_one_plus_x_for_x_in_0_1."""
    half_denominator = (a + _MAXIMUM + 1) >> 1  # RoundingHalfSum of what is positive
    x = 1515870810 + multiply(half_denominator, -1010580540)  # 48/17 - 32/17 * d, Q2.29
    for _ in range(3):  # steps of Newton and Raphson
        x = x + _shift_left(multiply(x, (1 << 29) - multiply(half_denominator, x)), 2)
    return _shift_left(x, 1)


def reciprocal(x, integer_bits):
    """(1 / x in Q0.31, bits over unit): ``x`` > 0 is divided by 2**bits before it is inverted.

    Source: GetReciprocal of TensorFlow Lite (kernels/internal/common.h).
    """
    x = np.asarray(x, dtype=np.int64)
    leading_zeros = 32 - np.frexp(x.astype(np.float64))[1].astype(np.int64)  # of 32 bits
    return _one_over_one_plus((x << leading_zeros) - 2**31), integer_bits - leading_zeros


def logistic(a, integer_bits):
    """1 / (1 + exp(-a)) in Q0.31. logistic."""
    a = np.asarray(a, dtype=np.int64)
    positive = _one_over_one_plus(exp_on_negative_values(-np.abs(a), integer_bits))
    return np.where(a == 0, 1 << 30, np.where(a > 0, positive, _MAXIMUM - positive))
