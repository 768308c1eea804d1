"""Layer normalisation of int8 rows in integers: what ``gluechip_layer_norm_s8`` computes.

TensorFlow Lite has no such operator, so the arithmetic is ours; it is made of products that a
matmul job can do too, rounded once (`requantize`, "single"). For a row x of N values:

    d[j] = N x[j] - sum x                           the difference from the mean, times N
    v    = N sum x^2 - (sum x)^2 + epsilon          the variance, times N^2; below 2^32
    z[j] = d[j] / sqrt(v), in steps of 1/32, clamped to int8
    y[j] = scale[j] * (64 z[j] + bias[j]) + zero point, clamped

1/sqrt(v) is a multiplier and a shift: v is shifted to the left by 2h, so that it fills 31 or 32
bits; root = floor(sqrt(v * 4^h)); the multiplier is floor((2^32 - 1) / root) * 2^14.
"""

import numpy as np

from coprocessors.matmul.model import quantize_multiplier, requantize

__all__ = ["EPSILON_LIMIT", "FRACTION_BITS", "ROW_LIMIT", "UNIT", "channel_parameters",
           "layer_norm", "normalized", "row_scales"]


FRACTION_BITS = 5
"""Of z: 1 stands for 2**-5."""

UNIT = 64
"""What z is multiplied by before the bias is added."""

ROW_LIMIT, EPSILON_LIMIT = 512, 65535
"""Values of a row, and epsilon, which is at least 1: v then fits in 32 bits."""

_ROOT_BITS, _SCALE_BITS = 15, 14


def row_scales(values, epsilon):
    """(multipliers, shifts) of d[j] for each row of ``values``, an int8 array (rows, N)."""
    x = values.astype(np.int64)
    v = x.shape[1] * (x * x).sum(axis=1) - x.sum(axis=1)**2 + epsilon
    pairs = (32 - np.frexp(v.astype(np.float64))[1].astype(np.int64)) >> 1
    root = np.sqrt((v << 2 * pairs).astype(np.float64)).astype(np.int64)  # exact below 2**52
    return (2**32 - 1) // root << _SCALE_BITS, pairs + FRACTION_BITS - _ROOT_BITS


def normalized(values, epsilon):
    """z, an int8 array like ``values``."""
    x = values.astype(np.int64)
    difference = x.shape[1] * x - x.sum(axis=1, keepdims=True)
    multipliers, shifts = row_scales(values, epsilon)
    z = requantize(difference, multipliers[:, None], shifts[:, None], rounding="single")
    return np.clip(z, -128, 127).astype(np.int8)


def layer_norm(values, *, epsilon, bias, multipliers, shifts, zero, minimum=-128, maximum=127):
    """y, an int8 array like ``values``; bias, multipliers, shifts have an element for each j."""
    y = requantize(UNIT * normalized(values, epsilon).astype(np.int64) + bias, multipliers, shifts,
                   rounding="single") + zero
    return np.clip(y, minimum, maximum).astype(np.int8)


def channel_parameters(gamma, beta, output_scale):
    """(bias, multipliers, shifts): int32 arrays, for gamma z + beta.

    Raises: ValueError unless each gamma is above 0, as multipliers have no sign.
    """
    if not (gamma > 0).all():
        raise ValueError("gamma must be above 0 in each channel")
    scales = gamma / (UNIT * 2.0**FRACTION_BITS * output_scale)
    pairs = [quantize_multiplier(float(scale)) for scale in scales]
    return (np.rint(beta / (scales * output_scale)).astype(np.int32),
            *(np.array(column, np.int32) for column in zip(*pairs)))
