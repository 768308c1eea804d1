"""Turns operators of a file into layers, and refuses those that are not supported.

Each function checks what its kernel of TensorFlow Lite checks in Prepare, and what this project
leaves out: dilation, groups, float weights, shapes that change.
"""

import numpy as np

from firmware.networks import arithmetic, network
from firmware.networks.geometry import same_or_valid
from firmware.networks.site import Site

__all__ = ["decode"]


_NEXT_TO_ZERO = 1e-6  # relative difference of scales that count as the same


def _conv(site, cls=network.Conv2D):
    """CONV_2D. Source: conv.cc."""
    site.operands(2, 3)
    data, weights, result = site.image(0), site.weights(1, 4, per_channel_dimension=0), site.result
    channels, *window, depth = weights.shape
    if depth != data.shape[3]:
        site.refuse(f"input channels must be {data.shape[3]}, as the input has (groups are not "
                    f"supported), not {depth}", weights)
    return _convolution(site, cls, data, weights, result, channels, window)


def _depthwise(site):
    """DEPTHWISE_CONV_2D. Source: depthwise_conv.cc."""
    site.operands(2, 3)
    data, weights, result = site.image(0), site.weights(1, 4, per_channel_dimension=3), site.result
    one, *window, channels = weights.shape
    # The field DepthMultiplier is a leftover: the kernel takes the quotient, and checks it.
    if one != 1 or channels % data.shape[3]:
        site.refuse(f"shape must be 1, height, width and a multiple of {data.shape[3]} channels, "
                    f"not {list(weights.shape)}", weights)
    return _convolution(site, network.DepthwiseConv2D, data, weights, result, channels, window,
                        depth_multiplier=channels // data.shape[3])


def _convolution(site, cls, data, weights, result, channels, window, **others):
    dilation = (site.option("DilationHFactor"), site.option("DilationWFactor"))
    if dilation != (1, 1):
        site.refuse(f"dilation must be 1, not {dilation[0]} by {dilation[1]}", weights)
    stride, padding = _window(site, data, result, window, channels)
    site.bias(2, channels)
    multipliers, shifts = site.scaled(arithmetic.conv_multipliers, data.scale, weights.scales,
                                      result.scale, channels)
    return site.layer(cls, multipliers, shifts, *site.clamp(result), stride, padding, **others)


def _window(site, data, result, window, channels):
    """(stride, Padding) after the check of the output's shape."""
    stride = (site.option("StrideH"), site.option("StrideW"))
    if min(stride) < 1 or min(window) < 1:
        site.refuse(f"stride and window must be positive, not {stride} and {tuple(window)}", data)
    padding = site.one_of("Padding", ("SAME", "VALID"), data)
    places, padding = same_or_valid(data.shape[1:3], window, stride, same=padding == "SAME")
    site.shape(result, (data.shape[0], *places, channels))
    return stride, padding


def _fully_connected(site):
    """FULLY_CONNECTED. Source: fully_connected.cc."""
    site.operands(2, 3)
    data, weights, result = site.activation(0), site.weights(1, 2, 0, symmetric=False), site.result
    site.one_of("WeightsFormat", ("DEFAULT",), weights)
    outputs, inputs = weights.shape
    if data.elements % inputs or result.elements != data.elements // inputs * outputs:
        site.refuse(f"input and output must hold a whole number of rows of {inputs} and {outputs} "
                    f"numbers, not {list(data.shape)} and {list(result.shape)}", weights)
    bias = site.bias(2, outputs)
    if bias is not None and len(weights.scales) == 1 and len(bias.scales) == 1:
        # Only this kernel looks; GetQuantizedConvolutionMultipler in kernel_util.cc.
        off = abs(data.scale * weights.scale - bias.scale) / result.scale
        if off > 0.02:
            site.refuse(f"scale must be {data.scale * weights.scale:g}, the product of the scales "
                        f"of input and weights, not {bias.scale:g}", bias)
    scales = (data.scale, weights.scales, result.scale, outputs)
    # LiteRT 2 multiplies all of them as double, as its convolutions do.
    return site.layer(network.FullyConnected,
                      *site.scaled(arithmetic.fully_connected_multipliers, *scales),
                      *site.clamp(result), *site.scaled(arithmetic.conv_multipliers, *scales))


def _pool(site, cls):
    """AVERAGE_POOL_2D and MAX_POOL_2D. Source: pooling.cc."""
    site.operands(1)
    data, result = site.image(0), site.result
    window = (site.option("FilterHeight"), site.option("FilterWidth"))
    stride, padding = _window(site, data, result, window, data.shape[3])
    site.same_quantization(data, result, _NEXT_TO_ZERO)
    return site.layer(cls, window, stride, padding, *site.clamp(result))


def _add(site):
    """ADD. Source: add.cc."""
    site.operands(2)
    first, second, result = site.activation(0), site.activation(1), site.result
    site.shape(result, site.broadcast(first.shape, second.shape))
    of_first, of_second, of_sum = site.scaled(arithmetic.add_multipliers, first.scale,
                                              second.scale, result.scale)
    return site.layer(network.Add, arithmetic.ADD_LEFT_SHIFT, *zip(of_first, of_second), *of_sum,
                      *site.clamp(result))


def _softmax(site):
    """SOFTMAX. Source: activations.cc."""
    site.operands(1)
    data, result = site.activation(0), site.result
    site.shape(result, data.shape)
    if not data.shape:
        site.refuse("dimensions must be 1 or more, not 0", data)
    site.probabilities(result, tolerance=1e-3)
    return site.layer(network.Softmax, *site.scaled(arithmetic.softmax_parameters, data.scale,
                                                    site.option("Beta")))


def _logistic(site):
    """LOGISTIC. Source: activations.cc."""
    site.operands(1)
    data, result = site.activation(0), site.result
    site.shape(result, data.shape)
    site.probabilities(result, tolerance=0)
    quantization = (data.scale, data.zero_point)
    return site.layer(network.Logistic, site.scaled(arithmetic.logistic_table, *quantization),
                      site.scaled(arithmetic.logistic_integer_table, *quantization))


def _relu(site, activation):
    """RELU, RELU6, RELU_N1_TO_1. Source: activations.cc."""
    site.operands(1)
    data, result = site.activation(0), site.result
    site.shape(result, data.shape)
    return site.layer(network.Relu,
                      *site.scaled(arithmetic.relu_multiplier, data.scale, result.scale),
                      *arithmetic.activation_range(activation, result.scale, result.zero_point))


def _quantize(site):
    """QUANTIZE. Source: quantize.cc."""
    site.operands(1)
    data = site.tensor(0)
    result = site.quantized(site.tensor_of(site.outputs[0]), ("int8", "uint8"))
    site.shape(result, data.shape)
    if data.dtype == "float32":
        if site.inputs[0] not in site.network_inputs:
            site.refuse("float32 must be an input of the network, which the host quantises", data)
        return site.layer(network.Quantize)
    site.quantized(data, ("int8", "uint8"))
    return site.layer(network.Requantize, *site.scaled(arithmetic.rescale_multiplier, data.scale,
                                                       result.scale))


def _dequantize(site):
    """DEQUANTIZE. Source: dequantize.cc."""
    site.operands(1)
    data, result = site.quantized(site.tensor(0), ("int8", "uint8")), site.float_result
    site.computed(data)
    site.shape(result, data.shape)
    if site.outputs[0] not in site.network_outputs:
        site.refuse("float32 must be an output of the network, which the host makes", result)
    return site.layer(network.Dequantize)


def _mean(site):
    """MEAN over height and width. Source: reduce.cc."""
    site.operands(2)
    data, axes, result = site.image(0), site.constant(1, ("int32",)), site.result
    if sorted({int(axis) % 4 for axis in axes.data.flat}) != [1, 2]:
        site.refuse(f"axes must be height and width, 1 and 2, not {axes.data.ravel().tolist()}",
                    axes)
    batch, height, width, channels = data.shape
    if result.shape not in ((batch, channels), (batch, 1, 1, channels)):
        site.shape(result, (batch, channels))
    return site.layer(network.Mean, *site.scaled(arithmetic.mean_multiplier, data.scale,
                                                 result.scale, height * width))


def _batch_matmul(site):
    """BATCH_MATMUL. Source: batch_matmul.cc."""
    site.operands(2)
    first, second, result = site.activation(0), site.activation(1), site.result
    adjoint = (bool(site.option("AdjX", False)), bool(site.option("AdjY", False)))
    if min(len(first.shape), len(second.shape)) < 2:
        site.refuse(f"factors must have 2 dimensions or more, not {list(first.shape)} and "
                    f"{list(second.shape)}", first)
    (*batch_1, rows, depth_1), (*batch_2, depth_2, columns) = (
        (*tensor.shape[:-2], *tensor.shape[-2:][::-1 if flip else 1])
        for tensor, flip in zip((first, second), adjoint))
    if depth_1 != depth_2:
        site.refuse(f"inner dimension must be {depth_1}, not {depth_2}", second)
    site.shape(result, (*site.broadcast(batch_1, batch_2), rows, columns))
    return site.layer(network.BatchMatmul, adjoint, *site.scaled(
        arithmetic.product_multiplier, first.scale, second.scale, result.scale))


def _pad(site):
    """PAD, with zeros, which are the zero point of the output. Source: pad.cc."""
    site.operands(2)
    data, amounts, result = site.activation(0), site.constant(1, ("int32", "int64")), site.result
    if amounts.shape != (len(data.shape), 2) or amounts.data.min() < 0:
        site.refuse(f"paddings must be 2 numbers of 0 or more for each dimension, not "
                    f"{amounts.data.tolist()}", amounts)
    pairs = tuple(map(tuple, amounts.data.tolist()))
    site.shape(result, tuple(size + before + after
                             for size, (before, after) in zip(data.shape, pairs)))
    site.same_quantization(data, result)
    return site.layer(network.Pad, pairs, result.zero_point)


def _concatenation(site):
    """CONCATENATION. Source: concatenation.cc."""
    result = site.result
    parts = [site.activation(position) for position in range(len(site.inputs))]
    axis = site.option("Axis") + (len(result.shape) if site.option("Axis") < 0 else 0)
    site.one_of("FusedActivationFunction", ("NONE",), result)
    for part in parts:
        others = [(*t.shape[:axis], *t.shape[axis + 1:]) for t in (part, result)]
        if len(part.shape) != len(result.shape) or others[0] != others[1]:
            site.refuse(f"shape must fit {list(result.shape)} along dimension {axis}, "
                        f"not {list(part.shape)}", part)
        site.same_quantization(part, result)
    if not parts or not 0 <= axis < len(result.shape) or sum(
            part.shape[axis] for part in parts) != result.shape[axis]:
        site.refuse(f"inputs must add up to {list(result.shape)} along dimension {axis}", result)
    return site.layer(network.Concatenation, axis)


def _reshape(site):
    """RESHAPE, SQUEEZE, EXPAND_DIMS: the shape of the output says it all."""
    site.operands(1, 2)
    data, result = site.activation(0), site.result
    site.computed(data)
    if len(site.inputs) == 2 and site.inputs[1] is not None:
        site.constant(1, ("int32", "int64"))
    if data.elements != result.elements:
        site.refuse(f"output must hold {data.elements} numbers, not {list(result.shape)}", result)
    site.same_quantization(data, result)
    return site.layer(network.Reshape)


_DECODERS = {
    "ADD": _add,
    "AVERAGE_POOL_2D": lambda site: _pool(site, network.AveragePool2D),
    "BATCH_MATMUL": _batch_matmul,
    "CONCATENATION": _concatenation,
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "DEQUANTIZE": _dequantize,
    "EXPAND_DIMS": _reshape,
    "FULLY_CONNECTED": _fully_connected,
    "LOGISTIC": _logistic,
    "MAX_POOL_2D": lambda site: _pool(site, network.MaxPool2D),
    "MEAN": _mean,
    "PAD": _pad,
    "QUANTIZE": _quantize,
    "RELU": lambda site: _relu(site, "RELU"),
    "RELU6": lambda site: _relu(site, "RELU6"),
    "RELU_N1_TO_1": lambda site: _relu(site, "RELU_N1_TO_1"),
    "RESHAPE": _reshape,
    "SOFTMAX": _softmax,
    "SQUEEZE": _reshape,
}


def _check_borders(tensors, inputs, outputs, layers):
    """What comes in and goes out is an array that the host can put there or has from the chip."""
    for tensor in (tensors[index] for index in inputs):
        what = f"Input {tensor.name!r} of the network must"
        if tensor.dtype not in ("int8", "uint8", "float32"):
            raise network.ModelError(f"{what} be int8, uint8 or float32, not {tensor.dtype}")
        if tensor.dtype != "float32" and len(tensor.scales) != 1:
            raise network.ModelError(f"{what} have 1 scale, not {len(tensor.scales)}")
    known = {layer.output for layer in layers} | {
        index for index in inputs if tensors[index].dtype != "float32"}
    for index in outputs:
        if index not in known:
            raise network.ModelError(f"Output {tensors[index].name!r} of the network must be "
                                     f"computed")


def decode(operators, tensors, inputs, outputs):
    """The layers of a network.

    Parameters: operators : sequence with members ``name``, ``options``, ``inputs``, ``outputs``;
        tensors : sequence of Tensor; inputs, outputs : tensor indexes of the network.
    Returns: tuple of Layer. Raises: ModelError.
    """
    layers = []
    for index, operator in enumerate(operators):
        site = Site(index, operator, tensors, inputs, outputs)
        with np.errstate(all="ignore"):  # of scales that make no sense; the sums are checked
            layers.append(_DECODERS[operator.name](site))
    _check_borders(tensors, inputs, outputs, layers)
    return tuple(layers)
