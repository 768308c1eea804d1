"""What each layer computes, in numpy, bit-exact to the reference kernels of TensorFlow Lite.

Those are in tensorflow/lite/kernels/internal/reference/, the int8 ones mostly in integer_ops/; each
function names its own. They round as gemmlowp does, "double"; "single" is what the same kernels do
when built with TFLITE_SINGLE_ROUNDING. Sums wrap as in int32.

LiteRT 2 has left its source behind in one place: its reference kernel of FULLY_CONNECTED scales
with a double, made of scales as double, and rounds once: "litert".
"""

import numpy as np

from coprocessors.matmul.model import requantize
from firmware.networks import fixed_point, network
from firmware.networks.arithmetic import DTYPE_RANGES, affine_quantize, average

__all__ = ["evaluate", "run", "softmax_exponentials", "softmax_table", "summand"]


def _wrap32(sums):
    return (np.asarray(sums).astype(np.int64) + 2**31) % 2**32 - 2**31


def _centred(tensor, values):
    """``values`` less the zero point, as double: products and sums of them stay exact."""
    return values.astype(np.float64) - tensor.zero_point


def _finish(layer, tensors, sums, multiplier, shift, rounding, clamp=None):
    """Requantised, moved to the output's zero point, clamped, as the output's type."""
    result = tensors[layer.output]
    minimum, maximum = clamp or DTYPE_RANGES[result.dtype]
    values = requantize(_wrap32(sums), multiplier, shift, rounding=rounding) + result.zero_point
    return np.clip(values, minimum, maximum).astype(result.dtype)


def _weighted(layer, tensors, values, sums, rounding):
    """What convolutions and FULLY_CONNECTED do with their sums: bias, scale, clamp."""
    if layer.bias is not None:
        sums = sums + values[layer.bias].ravel()
    return _finish(layer, tensors, sums, *layer.scaling(rounding), (layer.minimum, layer.maximum))


def _padded(image, padding, value=0):
    amounts = ((0, 0), (padding.top, padding.bottom), (padding.left, padding.right), (0, 0))
    return np.pad(image, amounts, constant_values=value)


def _taps(image, window, stride, places):
    """(row, column, what the window's element there sees at every place), one after the other."""
    for row in range(window[0]):
        for column in range(window[1]):
            yield row, column, image[:, row:row + (places[0] - 1) * stride[0] + 1:stride[0],
                                     column:column + (places[1] - 1) * stride[1] + 1:stride[1]]


def _conv(layer, tensors, values, rounding):
    """ConvPerChannel (integer_ops/conv.h)."""
    image = _padded(_centred(tensors[layer.input], values[layer.input]), layer.padding)
    weights = values[layer.weights].astype(np.float64)
    sums = sum(seen @ weights[:, row, column].T for row, column, seen in _taps(
        image, weights.shape[1:3], layer.stride, tensors[layer.output].shape[1:3]))
    return _weighted(layer, tensors, values, sums, rounding)


def _depthwise(layer, tensors, values, rounding):
    """DepthwiseConvPerChannel (integer_ops/depthwise_conv.h)."""
    image = _padded(_centred(tensors[layer.input], values[layer.input]), layer.padding)
    image = np.repeat(image, layer.depth_multiplier, axis=3)
    weights = values[layer.weights].astype(np.float64)[0]
    sums = sum(seen * weights[row, column] for row, column, seen in _taps(
        image, weights.shape[:2], layer.stride, tensors[layer.output].shape[1:3]))
    return _weighted(layer, tensors, values, sums, rounding)


def _fully_connected(layer, tensors, values, rounding):
    """FullyConnected, FullyConnectedPerChannel (integer_ops/fully_connected.h)."""
    weights = tensors[layer.weights]
    # Several zero points are 0, all of them.
    centred = values[layer.weights].astype(np.float64) - weights.zero_points[0]
    rows = _centred(tensors[layer.input], values[layer.input]).reshape(-1, weights.shape[1])
    result = _weighted(layer, tensors, values, rows @ centred.T, rounding)
    return result.reshape(tensors[layer.output].shape)


def _average_pool(layer, tensors, values, rounding):
    """AveragePool (integer_ops/pooling.h)."""
    image = values[layer.input].astype(np.int64)
    places = tensors[layer.output].shape[1:3]
    sums, counts = (sum(seen for _, _, seen in _taps(_padded(x, layer.padding), layer.filter,
                                                     layer.stride, places))
                    for x in (image, np.ones_like(image)))
    return np.clip(average(sums, counts), layer.minimum, layer.maximum).astype(np.int8)


def _max_pool(layer, tensors, values, rounding):
    """MaxPool (integer_ops/pooling.h)."""
    image = _padded(values[layer.input], layer.padding, -128)
    seen = [seen for _, _, seen in _taps(image, layer.filter, layer.stride,
                                         tensors[layer.output].shape[1:3])]
    return np.clip(np.max(seen, axis=0), layer.minimum, layer.maximum).astype(np.int8)


def summand(layer, tensors, position, values, rounding):
    """What each of ``values`` of an input of ADD adds to the sum."""
    centred = values.astype(np.int64) - tensors[layer.inputs[position]].zero_point
    return requantize(centred << layer.left_shift, layer.input_multipliers[position],
                      layer.input_shifts[position], rounding=rounding)


def _add(layer, tensors, values, rounding):
    """Add (integer_ops/add.h)."""
    first, second = (summand(layer, tensors, position, values[index], rounding)
                     for position, index in enumerate(layer.inputs))
    return _finish(layer, tensors, first + second, layer.multiplier, layer.shift, rounding,
                   (layer.minimum, layer.maximum))


_SUM_INTEGER_BITS = 12


def softmax_exponentials(layer, difference, rounding):
    """exp of each ``difference``, from the largest of its row, in Q0.31; 0 where none counts."""
    counts = difference >= layer.diff_min
    scaled = requantize(np.where(counts, difference, 0), layer.multiplier, layer.left_shift,
                        rounding=rounding)
    return np.where(counts, fixed_point.exp_on_negative_values(scaled, 5), 0)


def softmax_table(layer, rounding):
    """What ``gluechip_softmax_table_s8`` takes for the layer: uint32 array (512,)."""
    exponentials = softmax_exponentials(layer, np.arange(-255, 1), rounding)
    return np.concatenate([2 * exponentials, fixed_point.rounding_divide(
        exponentials, _SUM_INTEGER_BITS)]).astype(np.uint32)


def _softmax(layer, tensors, values, rounding):
    """Softmax (softmax.h)."""
    data = values[layer.input].astype(np.int64)
    difference = data - data.max(axis=-1, keepdims=True)
    counts = difference >= layer.diff_min
    exponentials = softmax_exponentials(layer, difference, rounding)
    sums = fixed_point.rounding_divide(exponentials, _SUM_INTEGER_BITS).sum(axis=-1, keepdims=True)
    factor, bits_over_unit = fixed_point.reciprocal(sums, _SUM_INTEGER_BITS)
    quotients = fixed_point.rounding_divide(fixed_point.multiply(factor, exponentials),
                                            bits_over_unit + 31 - 8)
    return np.where(counts, np.clip(quotients - 128, -128, 127), -128).astype(np.int8)


def _logistic(layer, tensors, values, rounding):
    """LookupTable (integer_ops/lut.h)."""
    return layer.table[values[layer.input].astype(np.int64) + 128]


def _requantize(layer, tensors, values, rounding):
    """Requantize (requantize.h); ReluX (internal/optimized/optimized_ops.h)."""
    data = tensors[layer.input]
    clamp = (layer.minimum, layer.maximum) if isinstance(layer, network.Relu) else None
    return _finish(layer, tensors, _centred(data, values[layer.input]), layer.multiplier,
                   layer.shift, rounding, clamp)


def _quantize(layer, tensors, values, rounding):
    """AffineQuantize (quantize.h)."""
    result = tensors[layer.output]
    return affine_quantize(values[layer.input], result.scale, result.zero_point, result.dtype)


def _dequantize(layer, tensors, values, rounding):
    """Dequantize (dequantize.h)."""
    data = tensors[layer.input]
    return (_centred(data, values[layer.input]) * data.scale).astype(np.float32)


def _mean(layer, tensors, values, rounding):
    """QuantizedMeanOrSum (reduce.h)."""
    sums = _centred(tensors[layer.input], values[layer.input]).sum(axis=(1, 2))
    result = _finish(layer, tensors, sums, layer.multiplier, layer.shift, rounding)
    return result.reshape(tensors[layer.output].shape)


def _batch_matmul(layer, tensors, values, rounding):
    """BatchMatMul (batch_matmul.h)."""
    first, second = (
        np.swapaxes(factor, -1, -2) if flip else factor for factor, flip in zip(
            (_centred(tensors[i], values[i]) for i in layer.inputs), layer.adjoint))
    return _finish(layer, tensors, first @ second, layer.multiplier, layer.shift, rounding)


def _pad(layer, tensors, values, rounding):
    """Pad (pad.h)."""
    return np.pad(values[layer.input], layer.amounts, constant_values=layer.value)


def _concatenation(layer, tensors, values, rounding):
    """Concatenation (concatenation.h)."""
    return np.concatenate([values[i] for i in layer.inputs], axis=layer.axis)


def _reshape(layer, tensors, values, rounding):
    return values[layer.input].reshape(tensors[layer.output].shape)


_FUNCTIONS = {
    network.Add: _add,
    network.AveragePool2D: _average_pool,
    network.BatchMatmul: _batch_matmul,
    network.Concatenation: _concatenation,
    network.Conv2D: _conv,
    network.Dequantize: _dequantize,
    network.DepthwiseConv2D: _depthwise,
    network.FullyConnected: _fully_connected,
    network.Logistic: _logistic,
    network.MaxPool2D: _max_pool,
    network.Mean: _mean,
    network.Pad: _pad,
    network.Quantize: _quantize,
    network.Relu: _requantize,
    network.Requantize: _requantize,
    network.Reshape: _reshape,
    network.Softmax: _softmax,
}


def evaluate(layer, tensors, values, *, rounding="double"):
    """The output of one layer: an array of the output tensor's shape and type.

    Parameters: tensors : sequence of Tensor; values : mapping from tensor index to array, with the
        layer's inputs; rounding : "double" or "single", as `requantize` takes it, or for
        FULLY_CONNECTED "litert".
    """
    return _FUNCTIONS[type(layer)](layer, tensors, values, rounding)


def run(model, inputs, *, rounding="double"):
    """Every tensor's value: dict of {tensor index: array}, the constants too.

    Parameters:
        model    : Network.
        inputs   : sequence of arrays, in the order of ``model.inputs``.
        rounding : "double", "single", or a function that gives one of them for a Layer.
    Raises: ValueError unless the inputs have the shapes and types of the network's.
    """
    if len(inputs) != len(model.inputs):
        raise ValueError(f"Inputs must be {len(model.inputs)}, not {len(inputs)}")
    values = {i: tensor.data for i, tensor in enumerate(model.tensors) if tensor.data is not None}
    for index, array in zip(model.inputs, inputs):
        tensor, array = model.tensors[index], np.asarray(array)
        if array.shape != tensor.shape or array.dtype != tensor.dtype:
            raise ValueError(f"Input {tensor.name!r} must be {tensor.dtype} of shape "
                             f"{list(tensor.shape)}, not {array.dtype} of {list(array.shape)}")
        values[index] = array
    for layer in model.layers:
        chosen = rounding(layer) if callable(rounding) else rounding
        values[layer.output] = evaluate(layer, model.tensors, values, rounding=chosen)
    return values
