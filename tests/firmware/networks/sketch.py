"""Small models to read, run and refuse: put together tensor by tensor."""

import numpy as np
import pytest

from firmware.networks.network import Tensor
from firmware.networks.writer import Operator, model_bytes

pytest.importorskip("tflite", reason="tflite is not installed: pip install -e .[networks]")

NONE = {"FusedActivationFunction": "NONE"}


class Sketch:
    """A model under construction. Its methods return tensor indexes."""

    def __init__(self, seed=0):
        self.random = np.random.RandomState(seed)
        self.tensors = []
        self.operators = []

    def tensor(self, shape, scales=(0.5,), zero_points=None, dtype="int8", dimension=0, data=None,
               name=None):
        zero_points = (0,) * len(scales) if zero_points is None else zero_points
        scales = tuple(float(np.float32(s)) for s in scales)
        self.tensors.append(Tensor(name or f"t{len(self.tensors)}", tuple(shape), dtype, scales,
                                   tuple(zero_points), dimension, data))
        return len(self.tensors) - 1

    def int8(self, *shape, scale=0.5, zero=0, name=None):
        """An activation."""
        return self.tensor(shape, (scale,), (zero,), name=name)

    def weights(self, shape, scales, zero_points=None, dimension=0):
        """Random weights; one scale makes them quantised as a whole."""
        data = self.random.randint(-127, 128, shape).astype(np.int8)
        return self.tensor(shape, scales, zero_points, dimension=dimension, data=data)

    def int32(self, values, scales=()):
        data = np.array(values, np.int32)
        return self.tensor(data.shape, scales, dtype="int32", data=data)

    def operator(self, name, inputs, output, **options):
        self.operators.append(Operator(name, tuple(inputs), (output,), options))
        return output

    def bytes(self, inputs, outputs):
        return model_bytes(self.tensors, self.operators, inputs, outputs)


def scales(sketch, channels):
    return tuple(sketch.random.uniform(0.002, 0.02, channels))


def convolution(name="CONV_2D", *, size=(7, 6), depth=3, channels=5, window=(3, 3), stride=(1, 1),
                padding="SAME", per_channel=True, bias=True, activation="NONE", dilation=(1, 1),
                batch=1, output_scale=0.9, seed=0, **others):
    """A model of one CONV_2D or DEPTHWISE_CONV_2D; in the latter ``channels`` are a multiple."""
    s = Sketch(seed)
    x = s.int8(batch, *size, depth, scale=0.3, zero=-7, name="image")
    weight_scales = scales(s, channels if per_channel else 1)
    shape, dimension = ((channels, *window, depth), 0) if name == "CONV_2D" else (
        (1, *window, channels), 3)
    w = s.weights(shape, weight_scales, dimension=dimension)
    b = s.int32(s.random.randint(-3000, 3000, channels)) if bias else None
    places = [-(-n // d) if padding == "SAME" else (n - k) // d + 1
              for n, k, d in zip(size, window, stride)]
    y = s.int8(batch, *places, channels, scale=output_scale, zero=4, name="features")
    if name == "DEPTHWISE_CONV_2D":
        others = {"DepthMultiplier": channels // depth, **others}
    s.operator(name, (x, w) if b is None else (x, w, b), y, Padding=padding, StrideH=stride[0],
               StrideW=stride[1], DilationHFactor=dilation[0], DilationWFactor=dilation[1],
               FusedActivationFunction=activation, **others)
    return s.bytes((x,), (y,))


def fully_connected(*, shape=(3, 20), outputs=6, weight_scales=1, weight_scale=None, weight_zero=0,
                    bias=True, activation="NONE", seed=0):
    """A model of one FULLY_CONNECTED with ``weight_scales`` random scales, or all ``weight_scale``.
    """
    s = Sketch(seed)
    x = s.int8(*shape, scale=0.02, zero=12)
    several = (weight_scale,) * weight_scales if weight_scale else scales(s, weight_scales)
    w = s.weights((outputs, shape[-1]), several, (weight_zero,) * weight_scales)
    rows = int(np.prod(shape[:-1]))
    b = s.int32(s.random.randint(-3000, 3000, outputs),
                np.float32(0.02) * np.float32(several)) if bias else -1
    y = s.int8(rows, outputs, scale=0.05, zero=-3)
    s.operator("FULLY_CONNECTED", (x, w, b), y, FusedActivationFunction=activation)
    return s.bytes((x,), (y,))


def pool(name, *, size=(7, 6), depth=3, window=(3, 2), stride=(2, 2), padding="SAME",
         activation="NONE"):
    s = Sketch()
    x = s.int8(2, *size, depth, scale=0.05, zero=-11)
    places = [-(-n // d) if padding == "SAME" else (n - k) // d + 1
              for n, k, d in zip(size, window, stride)]
    y = s.int8(2, *places, depth, scale=0.05, zero=-11)
    s.operator(name, (x,), y, Padding=padding, StrideH=stride[0], StrideW=stride[1],
               FilterHeight=window[0], FilterWidth=window[1], FusedActivationFunction=activation)
    return s.bytes((x,), (y,))


def add(first=(2, 5, 3), second=(2, 5, 3), *, output_scales=(0.11, 0.05, 0.2), activation="NONE"):
    s = Sketch()
    a, b = s.int8(*first, scale=output_scales[0], zero=5), s.int8(
        *second, scale=output_scales[1], zero=-128)
    y = s.int8(*np.broadcast_shapes(first, second), scale=output_scales[2], zero=17)
    s.operator("ADD", (a, b), y, FusedActivationFunction=activation)
    return s.bytes((a, b), (y,))


def elementwise(name, *, shape=(4, 64), input_scale=0.1, input_zero=0, output_scale=1 / 256,
                output_zero=-128, dtypes=("int8", "int8"), **options):
    """A model of one operator that keeps the shape."""
    s = Sketch()
    x = s.tensor(shape, (input_scale,) if dtypes[0] != "float32" else (), (input_zero,) if dtypes[
        0] != "float32" else (), dtype=dtypes[0])
    y = s.tensor(shape, (output_scale,) if dtypes[1] != "float32" else (), (output_zero,) if dtypes[
        1] != "float32" else (), dtype=dtypes[1])
    s.operator(name, (x,), y, **options)
    return s.bytes((x,), (y,))


def softmax(scale, *, shape=(40, 10), beta=1.0):
    return elementwise("SOFTMAX", shape=shape, input_scale=scale, input_zero=3, Beta=beta)


def mean(shape, *, keep=True, axes=(1, 2), input_scale=0.07, output_scale=0.05):
    s = Sketch()
    x, a = s.int8(*shape, scale=input_scale, zero=-9), s.int32(axes)
    y = s.int8(*((shape[0], 1, 1) if keep else (shape[0],)), shape[3], scale=output_scale, zero=6)
    s.operator("MEAN", (x, a), y, KeepDims=keep)
    return s.bytes((x,), (y,))


def batch_matmul(first, second, *, adjoint=(False, False)):
    s = Sketch()
    a, b = s.int8(*first, scale=0.03, zero=-20), s.int8(*second, scale=0.041, zero=9)
    (*batch_1, rows, _), (*batch_2, _, columns) = (
        (*shape[:-2], *shape[-2:][::-1 if flip else 1])
        for shape, flip in zip((first, second), adjoint))
    y = s.int8(*np.broadcast_shapes(batch_1, batch_2), rows, columns, scale=0.3, zero=2)
    s.operator("BATCH_MATMUL", (a, b), y, AdjX=adjoint[0], AdjY=adjoint[1])
    return s.bytes((a, b), (y,))


def pad(shape, amounts, *, dtype=np.int32):
    s = Sketch()
    x = s.int8(*shape, zero=-33)
    amounts = np.array(amounts, dtype)
    a = s.tensor(amounts.shape, (), dtype=np.dtype(dtype).name, data=amounts)
    y = s.int8(*np.add(shape, amounts.sum(axis=1)), zero=-33)
    s.operator("PAD", (x, a), y)
    return s.bytes((x,), (y,))


def concatenation(shapes, axis):
    s = Sketch()
    parts = [s.int8(*shape) for shape in shapes]
    total = list(shapes[0])
    total[axis] = sum(shape[axis] for shape in shapes)
    y = s.int8(*total)
    s.operator("CONCATENATION", parts, y, Axis=axis, **NONE)
    return s.bytes(parts, (y,))


def reshape(name, before, after, extra=None):
    s = Sketch()
    x = s.int8(*before)
    inputs = (x,) if extra is None else (x, s.int32(extra))
    y = s.operator(name, inputs, s.int8(*after))
    return s.bytes((x,), (y,))
