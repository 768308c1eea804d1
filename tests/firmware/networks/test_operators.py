"""Operators that are refused, with the layer, the tensor and what must hold for them."""

import numpy as np
import pytest

from firmware.networks.network import ModelError
from firmware.networks.reader import parse
from tests.firmware.networks import sketch
from tests.firmware.networks.sketch import NONE, Sketch

_IMAGE = (1, 4, 4, 2)


def _second(make):
    """A model whose second layer, which ``make(sketch, its input)`` adds, is to be refused."""
    s = Sketch()
    x = s.int8(*_IMAGE, name="x")
    y = s.operator("RELU", (x,), s.int8(*_IMAGE, name="y"))
    return s.bytes((x,), (make(s, y),))


def _unary(name, shape=_IMAGE, *, options=None, **others):
    """One input, one output with what ``others`` say."""
    return _second(lambda s, x: s.operator(name, (x,), s.tensor(shape, name="z", **others),
                                           **(options or {})))


def _binary(name, shape, operand, **options):
    """A second operand, which ``operand(sketch)`` adds."""
    return _second(lambda s, x: s.operator(name, (x, operand(s)), s.int8(*shape, name="z"),
                                           **options))


_ONES = {"StrideH": 1, "StrideW": 1, "DilationHFactor": 1, "DilationWFactor": 1, **NONE}


def _weights(shape, kind=np.int8, **others):
    return lambda s: s.tensor(shape, name="w", data=np.ones(shape, kind), **others)


def _conv(shape=(3, 1, 1, 2), bias=None, result=(1, 4, 4, 3), **others):
    """CONV_2D with weights as ``others`` say."""
    return _second(lambda s, x: s.operator(
        "CONV_2D", (x, _weights(shape, **others)(s), (bias or _bias)(s)),
        s.int8(*result, name="z"), Padding="SAME", **_ONES))


def _bias(s, count=3):
    return s.int32([0] * count)


def _depthwise(shape, **others):
    return _binary("DEPTHWISE_CONV_2D", (1, 4, 4, shape[3]), _weights(shape, **others),
                   Padding="SAME", DepthMultiplier=1, **_ONES)


def _pool(stride=1, **others):
    return _unary("AVERAGE_POOL_2D", **others, options={
        "Padding": "SAME", "StrideH": stride, "StrideW": 1, "FilterHeight": 2, "FilterWidth": 2,
        **NONE})


def _float_within(s, x):
    f = s.tensor(_IMAGE, (), dtype="float32", name="f")
    return s.operator("QUANTIZE", (s.operator("DEQUANTIZE", (x,), f),), s.int8(*_IMAGE))


def _dense(s, x):
    """FULLY_CONNECTED whose bias has another scale than the products."""
    weights, bias = s.weights((3, 32), (0.5,)), s.int32([1, 2, 3], (0.5,))
    return s.operator("FULLY_CONNECTED", (x, weights, bias), s.int8(1, 3), **NONE)


def _constant(name, dtype="int8", scales=(0.5,), **options):
    """An operator whose input is in the file."""
    return _second(lambda s, x: s.operator(name, (_weights(_IMAGE)(s),), s.tensor(
        _IMAGE, scales, dtype=dtype), **options))


def _borders(inputs, outputs, dtype="int8", **others):
    """A network with such indexes: 0 and 1 as they should be, 2 as ``others`` say."""
    s = Sketch()
    s.operator("RELU", (s.int8(2),), s.int8(2))
    s.tensor((2,), dtype=dtype, **others)
    return s.bytes(inputs, outputs)


_CONV = "Layer 1, CONV_2D, tensor 'w': "
_REFUSED = {
    "dilation": (sketch.convolution(dilation=(2, 1)),
                 "Layer 0, CONV_2D, tensor 't1': dilation must be 1, not 2 by 1"),
    "stride 0": (_pool(stride=0), r"stride and window must be positive, not \(0, 1\) and \(2, 2\)"),
    "groups": (_conv((3, 1, 1, 1)), _CONV + r"input channels must be 2, as the input has \(groups"),
    "float weights": (_conv(kind=np.float32, dtype="float32"),
                      _CONV + "type must be int8, not float32"),
    "computed weights": (_binary("FULLY_CONNECTED", (1, 3), lambda s: s.operator(
        "RELU", (0,), s.int8(*_IMAGE, name="w")), **NONE),
        "Layer 2, FULLY_CONNECTED, tensor 'w': values must be in the file, not computed"),
    "scales along the wrong dimension": (_conv(scales=(0.5,) * 3, dimension=3),
                                         _CONV + "quantised dimension must be 0, not 3"),
    "scales too few": (_conv(scales=(0.5,) * 2), _CONV + "scales must be 1 or 3, not 2"),
    "no scale": (_conv(scales=()), _CONV + "scales must be 1 or 3, not 0"),
    "zero points too few": (_conv(scales=(0.5,) * 3, zero_points=(0, 0)),
                            _CONV + "zero points must be as many as scales, 3, not 2"),
    "zero point of weights": (_conv(zero_points=(1,)), _CONV + "zero points must be 0"),
    "scale 0": (_conv(scales=(0.0,)), _CONV + "scales must be positive and finite"),
    "scale infinite": (_conv(scales=(np.inf,)), _CONV + "scales must be positive and finite"),
    "scale beyond range": (_conv(scales=(1e30,)),
                           "Layer 1, CONV_2D: scales do not fit: Real multiplier must be from 0"),
    "bias too short": (_conv(bias=lambda s: _bias(s, 2)), "elements must be 3, not 2"),
    "bias of 64 bits": (_conv(bias=lambda s: s.tensor((3,), (), dtype="int64", data=np.zeros(3))),
                        "type must be int32, not int64"),
    "output of another shape": (_conv(result=(1, 4, 5, 3)),
                                r"tensor 'z': shape must be \[1, 4, 4, 3\], not \[1, 4, 5, 3\]"),
    "activation function": (sketch.convolution(activation="TANH"),
                            "must be NONE or RELU or RELU6 or RELU_N1_TO_1, not TANH"),
    "depthwise scales along 0": (_depthwise((1, 1, 1, 2), scales=(0.5, 0.5)),
                                 "quantised dimension must be 3, not 0"),
    "depthwise channels": (_depthwise((1, 1, 1, 3)), "a multiple of 2 channels"),
    "rows of another length": (_binary("FULLY_CONNECTED", (1, 2), _weights((2, 5)), **NONE),
                               "whole number of rows of 5 and 2 numbers"),
    "bias of another scale": (_second(_dense), "scale must be 0.25, the product of the scales"),
    "int32": (_binary("ADD", _IMAGE, lambda s: s.int32([1]), **NONE),
              "type must be int8, not int32"),
    "int16": (sketch.elementwise("RELU", dtypes=("int16", "int16")),
              "Layer 0, RELU, tensor 't0': type must be int8, not int16"),
    "shapes that do not broadcast": (_binary("ADD", _IMAGE, _weights((3,)), **NONE),
                                     r"shapes \[1, 4, 4, 2\] and \[3\] must be broadcastable"),
    "activation per channel": (_unary("RELU", scales=(0.5, 0.5)),
                               "Layer 1, RELU, tensor 'z': scales must be 1, for the whole tensor"),
    "zero point beyond int8": (_unary("RELU", zero_points=(128,)),
                               "zero point must be from -128 to 127, not 128"),
    "float activation": (_unary("RELU", dtype="float32", scales=()),
                         "type must be int8, not float32"),
    "float within": (_second(_float_within),
                     "DEQUANTIZE, tensor 'f': float32 must be an output of the network"),
    "softmax of another scale": (_unary("SOFTMAX", options={"Beta": 1.0}),
                                 "scale and zero point must be 1/256 and -128, not 0.5 and 0"),
    "softmax beta": (sketch.softmax(0.1, beta=-1.0), "Input scale times beta must be above"),
    "logistic of another scale": (sketch.elementwise("LOGISTIC", output_scale=1 / 255),
                                  "scale and zero point must be 1/256 and -128"),
    "squeeze that requantises": (_unary("SQUEEZE", scales=(0.25,)),
                                 "scale and zero point must be the output's, 0.25 and 0"),
    "squeeze to another size": (_unary("SQUEEZE", (4, 4)),
                                r"output must hold 32 numbers, not \[4, 4\]"),
    "pool that requantises": (_pool(zero_points=(1,)), "scale and zero point must be the output's"),
    "mean over channels": (_binary("MEAN", (1, 4, 4), lambda s: s.int32([3]), KeepDims=False),
                           r"axes must be height and width, 1 and 2, not \[3\]"),
    "paddings": (_binary("PAD", _IMAGE, lambda s: s.int32([[0, 1]])),
                 r"paddings must be 2 numbers of 0 or more for each dimension, not \[\[0, 1\]\]"),
    "concatenation of another size": (
        _binary("CONCATENATION", (1, 4, 4, 5), _weights(_IMAGE), Axis=3, **NONE),
        r"inputs must add up to \[1, 4, 4, 5\] along dimension 3"),
    "inner dimension": (_binary("BATCH_MATMUL", _IMAGE, _weights((4, 2)), AdjX=False, AdjY=False),
                        "inner dimension must be 2, not 4"),
    "softmax of a scalar": (sketch.softmax(0.1, shape=()), "dimensions must be 1 or more, not 0"),
    "constant to reshape": (_constant("RESHAPE"), "'w': values must be computed, not in the file"),
    "constant to dequantise": (_constant("DEQUANTIZE", "float32", ()), "'w': values must be comp"),
    "input of 32 bits": (_borders((0, 2), (1,), "int32"),
                         "Input 't2' of the network must be int8, uint8 or float32, not int32"),
    "input without a scale": (_borders((0, 2), (1,), scales=()), "must have 1 scale, not 0"),
    "float from end to end": (_borders((0, 2), (1, 2), "float32", scales=()),
                              "Output 't2' of the network must be computed"),
    "constant output": (_borders((0,), (1, 2), data=np.ones(2, np.int8)),
                        "Output 't2' of the network must be computed"),
    "operands": (_binary("RELU", _IMAGE, _weights((1,))), "Layer 1, RELU: inputs must be 1, not 2"),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_refused(name):
    data, sentence = _REFUSED[name]
    with pytest.raises(ModelError, match=f"^model: .*({sentence})"):
        parse(data)
