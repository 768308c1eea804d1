"""Multipliers, shifts and clamps of int8 layers, as the kernels of TensorFlow Lite prepare them.

Scales are float32 in a file. Where a kernel multiplies or divides them as float32 before it goes
on as double, the last bit of a multiplier depends on it, so each function says what it does.
Sources are paths below tensorflow/lite/kernels/.
"""

import math

import numpy as np

from coprocessors.matmul.model import quantize_multiplier, requantize
from firmware.networks import fixed_point

__all__ = ["ADD_LEFT_SHIFT", "DTYPE_RANGES", "activation_range", "add_multipliers",
           "affine_quantize", "average", "conv_multipliers", "fully_connected_multipliers",
           "logistic_integer_table", "logistic_table", "mean_multiplier", "product_multiplier",
           "relu_multiplier", "rescale_multiplier", "softmax_parameters"]


DTYPE_RANGES = {"int8": (-128, 127), "uint8": (0, 255)}
"""{dtype: (smallest, largest value)} of activations."""

ADD_LEFT_SHIFT = 20
"""What inputs of ADD are shifted by: 9 bits of difference then fill 29 of 32."""

_CLAMPS = {"NONE": (None, None), "RELU": (0.0, None), "RELU6": (0.0, 6.0),
           "RELU_N1_TO_1": (-1.0, 1.0)}


def _round(values):
    """Nearest integers, ties away from zero, as C's round. Takes float32 or double."""
    values = np.asarray(values, dtype=np.float64)
    return np.copysign(np.floor(np.abs(values) + 0.5), values).astype(np.int64)


def affine_quantize(values, scale, zero_point, dtype):
    """Real ``values`` in quantised units, an array of ``dtype``: divided as float32.

    Source: AffineQuantize (internal/reference/quantize.h).
    """
    quotients = _round(np.asarray(values, np.float32) / np.float32(scale))
    return np.clip(quotients + zero_point, *DTYPE_RANGES[dtype]).astype(dtype)


def activation_range(activation, scale, zero_point, dtype="int8"):
    """(minimum, maximum) of the output in quantised units.

    Parameters: activation : "NONE", "RELU", "RELU6" or "RELU_N1_TO_1".
    Raises: KeyError for another.
    Source: CalculateActivationRangeQuantized (kernel_util.cc); divides as float32. QuantizedReluX
        (activations.cc) does the same.
    """
    low, high = _CLAMPS[activation]
    minimum, maximum = DTYPE_RANGES[dtype]
    if low is not None:
        minimum = max(minimum, zero_point + int(_round(np.float32(low) / np.float32(scale))))
    if high is not None:
        maximum = min(maximum, zero_point + int(_round(np.float32(high) / np.float32(scale))))
    return minimum, maximum


def _multipliers(reals):
    pairs = [quantize_multiplier(real) for real in reals]
    return tuple(np.array(column, dtype=np.int64) for column in zip(*pairs))


def conv_multipliers(input_scale, weight_scales, output_scale, channels):
    """(multipliers, shifts) of CONV_2D and DEPTHWISE_CONV_2D: int64 arrays of ``channels``.

    Parameters: weight_scales : one for each channel, or one for all.
    Raises: ValueError where a scale leaves the range of `quantize_multiplier`.
    Source: PopulateConvolutionQuantizationParams (kernel_util.cc): all in double.
    """
    scales = np.broadcast_to(np.asarray(weight_scales, dtype=np.float64), channels)
    return _multipliers(float(input_scale) * float(s) / float(output_scale) for s in scales)


def product_multiplier(scale_1, scale_2, output_scale):
    """(multiplier, shift) of a product of two tensors, each quantised as a whole.

    Source: GetQuantizedConvolutionMultipler (kernel_util.cc): the product of the scales as float32.
    """
    product = float(np.float32(scale_1) * np.float32(scale_2))
    return quantize_multiplier(product / float(output_scale))


def fully_connected_multipliers(input_scale, weight_scales, output_scale, channels):
    """(multipliers, shifts) of FULLY_CONNECTED: int64 arrays of ``channels``.

    Several weight scales count as in a convolution, one as in `product_multiplier`.
    Source: PrepareImpl (fully_connected.cc).
    """
    if len(weight_scales) > 1:
        return conv_multipliers(input_scale, weight_scales, output_scale, channels)
    multiplier, shift = product_multiplier(input_scale, weight_scales[0], output_scale)
    return np.full(channels, multiplier, np.int64), np.full(channels, shift, np.int64)


def add_multipliers(scale_1, scale_2, output_scale):
    """((multiplier, shift) of input 1, of input 2, of their sum), for inputs << `ADD_LEFT_SHIFT`.

    Raises: ValueError unless the sum is scaled down, as the kernel demands.
    Source: Prepare (add.cc): doublings and powers of two alone happen as float32.
    """
    twice_larger = 2 * max(scale_1, scale_2)
    of_sum = twice_larger / (2**ADD_LEFT_SHIFT * output_scale)
    if not of_sum < 1:
        raise ValueError(f"Scale of the sum must be above {twice_larger / 2**ADD_LEFT_SHIFT:g}, "
                         f"not {output_scale:g}")
    return tuple(quantize_multiplier(real)
                 for real in (scale_1 / twice_larger, scale_2 / twice_larger, of_sum))


def rescale_multiplier(input_scale, output_scale):
    """(multiplier, shift) of QUANTIZE between integers. Source: Prepare (quantize.cc): double."""
    return quantize_multiplier(float(input_scale) / float(output_scale))


def relu_multiplier(input_scale, output_scale):
    """(multiplier, shift) of RELU alone. Source: ReluPrepare (activations.cc): float32 division.

    TensorFlow Lite for microcontrollers divides as double; the multipliers may differ in bits that
    no int8 result has yet been seen to depend on.
    """
    return quantize_multiplier(float(np.float32(input_scale) / np.float32(output_scale)))


def mean_multiplier(input_scale, output_scale, count):
    """(multiplier, shift) of the sum over ``count`` elements, which gives their mean.

    The multiplier may lie below 2**30, down to 2**29.
    Source: PrepareMeanOrSum (reduce.cc), QuantizedMeanOrSum (internal/reference/reduce.h).
    """
    multiplier, shift = rescale_multiplier(input_scale, output_scale)
    extra = min(count.bit_length() - 1, 32, 31 + shift)
    return (multiplier << extra) // count, shift - extra


def average(sums, count):
    """Quotients of int64 arrays, ties away from zero.

    Source: AveragePool (internal/reference/integer_ops/pooling.h).
    """
    magnitude = (np.abs(sums) + count // 2) // count
    return np.where(sums > 0, magnitude, -magnitude)


def _input_radius(integer_bits, left_shift):
    """The largest input that does not overflow. CalculateInputRadius (quantization_util.cc)."""
    return math.floor(((1 << integer_bits) - 1) * 2**(31 - integer_bits) / 2**left_shift)


_SOFTMAX_INTEGER_BITS = 5
_LOGISTIC_INTEGER_BITS = 4


def softmax_parameters(input_scale, beta):
    """(multiplier, left shift, smallest difference from the largest input that counts).

    Raises: ValueError unless 2**-26 < scale * beta < 16: above, the two ways to round saturate at
        different numbers; below, the kernel refuses.
    Source: SoftmaxPrepare (activations.cc), PreprocessSoftmaxScaling (internal/
        quantization_util.cc): double.
    """
    real = float(beta) * float(input_scale) * 2**(31 - _SOFTMAX_INTEGER_BITS)
    if not 1 < real < 2**30:
        raise ValueError(f"Input scale times beta must be above 2**-26 and below 16, "
                         f"not {float(beta) * float(input_scale):g}")
    multiplier, left_shift = quantize_multiplier(real)
    return multiplier, left_shift, -_input_radius(_SOFTMAX_INTEGER_BITS, left_shift)


_INT8 = np.arange(-128, 128, dtype=np.int64)


def logistic_table(input_scale, input_zero_point):
    """The logistic function of every int8 input, to scale 1/256 and zero point -128: int8 (256,).

    In float32, as every kernel of TensorFlow Lite does it that is not for microcontrollers.
    Source: SigmoidPrepare (activations.cc), LUTPopulate (internal/common.h).
    """
    x = np.float32(input_scale) * (_INT8 - input_zero_point).astype(np.float32)
    # Exponentials as double, rounded: numpy's own in float32 are not the same on every machine.
    with np.errstate(over="ignore"):
        exponentials = np.exp(-x.astype(np.float64)).astype(np.float32)
    y = np.float32(1) / (np.float32(1) + exponentials)
    return np.clip(_round(y * np.float32(256)) - 128, -128, 127).astype(np.int8)


def logistic_integer_table(input_scale, input_zero_point, *, rounding="double"):
    """What `logistic_table` gives, in integers, as TensorFlow Lite for microcontrollers does it.

    Source: Logistic (internal/reference/integer_ops/logistic.h), CalculateArithmeticOpDataLogistic
        (micro/kernels/logistic_common.cc).
    """
    difference = _INT8 - input_zero_point
    real = float(input_scale) * 2**(31 - _LOGISTIC_INTEGER_BITS)
    if real >= 2**30:  # no difference is inside the radius, which is 0
        return np.where(difference > 0, 127, -128).astype(np.int8)
    multiplier, shift = quantize_multiplier(real)
    radius = _input_radius(_LOGISTIC_INTEGER_BITS, shift)
    inside = np.clip(difference, 1 - radius, radius - 1)
    x = requantize(inside, multiplier, shift, rounding=rounding)
    y = fixed_point.rounding_divide(fixed_point.logistic(x, _LOGISTIC_INTEGER_BITS), 31 - 8)
    y = np.clip(y - 128, -128, 127)
    return np.where(difference <= -radius, -128,
                    np.where(difference >= radius, 127, y)).astype(np.int8)
