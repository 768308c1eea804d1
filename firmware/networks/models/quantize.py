"""Turns the trained network into an int8 TensorFlow Lite file.

Weights are symmetric: of the convolutions per output channel, of the last layer as a whole, as the
converter of TensorFlow does it. The ranges of activations are those of the training set.
"""

import numpy as np

from firmware.networks.network import Tensor
from firmware.networks.writer import Operator, model_bytes

__all__ = ["INPUT_ZERO_POINT", "quantize"]


INPUT_ZERO_POINT = -128
_INPUT_SCALE = 1 / 255  # pixels are from 0 to 1

_RELU = {"FusedActivationFunction": "RELU"}
_CONVOLUTION = {"Padding": "SAME", "DilationHFactor": 1, "DilationWFactor": 1, **_RELU}


class _Model:
    """Collects tensors and operators. Its methods return tensor indexes."""

    def __init__(self):
        self.tensors = []
        self.operators = []

    def tensor(self, name, shape, dtype, scales=(), zero_points=(), dimension=0, data=None):
        scales = tuple(float(np.float32(scale)) for scale in scales)
        self.tensors.append(Tensor(name, shape, dtype, scales, zero_points, dimension, data))
        return len(self.tensors) - 1

    def activation(self, name, shape, values):
        """A tensor whose int8 range covers ``values`` and 0."""
        low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
        scale = np.float32((high - low) / 255)
        return self.tensor(name, shape, "int8", (scale,),
                           (int(np.clip(np.round(-128 - low / scale), -128, 127)),))

    def constants(self, name, weights, bias, data, dimension=None):
        """(weights, bias) of a layer with the input ``data``; per channel along ``dimension``."""
        others = tuple(i for i in range(weights.ndim) if i != dimension)
        scales = (np.abs(weights).max(axis=others, keepdims=True) / 127).astype(np.float32)
        quantized = np.round(weights / scales.astype(np.float64)).astype(np.int8)
        bias_scales = np.float32(self.tensors[data].scale) * scales.ravel()
        rounded = np.round(bias / bias_scales.astype(np.float64)).astype(np.int32)
        zeros = (0,) * scales.size
        return (self.tensor(f"{name}/weights", weights.shape, "int8", scales.ravel(), zeros,
                            dimension or 0, quantized),
                self.tensor(f"{name}/bias", bias.shape, "int32", bias_scales, zeros, 0, rounded))

    def operator(self, name, inputs, output, **options):
        self.operators.append(Operator(name, inputs, (output,), options))
        return output

    def convolution(self, kind, name, data, weights, bias, values, stride):
        """A layer with its activation function; ``values`` are what it gives in training."""
        depthwise = kind == "DEPTHWISE_CONV_2D"
        constants = self.constants(name, weights, bias, data, 3 if depthwise else 0)
        others = {"DepthMultiplier": 1} if depthwise else {}
        return self.operator(kind, (data, *constants),
                             self.activation(name, (1, *values.shape[1:]), values),
                             StrideH=stride, StrideW=stride, **_CONVOLUTION, **others)


def quantize(parameters, activations):
    """Bytes of the file.

    Parameters: parameters, activations : of `train.forward`, the latter of the training set.
    """
    conv, conv_bias, depthwise, depthwise_bias, pointwise, pointwise_bias, dense, bias = parameters
    first, second, third, pooled, logits = activations
    m = _Model()
    image = m.tensor("image", (1, 8, 8, 1), "int8", (_INPUT_SCALE,), (INPUT_ZERO_POINT,))
    x = m.convolution("CONV_2D", "conv", image, conv.reshape(-1, 3, 3, 1), conv_bias, first, 1)
    x = m.convolution("DEPTHWISE_CONV_2D", "depthwise", x, depthwise.reshape(1, 3, 3, -1),
                      depthwise_bias, second, 2)
    x = m.convolution("CONV_2D", "pointwise", x, pointwise[:, None, None], pointwise_bias, third, 1)
    features = m.tensors[x]
    x = m.operator("AVERAGE_POOL_2D", (x,), m.tensor(
        "pool", (1, *pooled.shape[1:]), "int8", features.scales, features.zero_points),
        Padding="VALID", StrideH=2, StrideW=2, FilterHeight=2, FilterWidth=2,
        FusedActivationFunction="NONE")
    shape = np.array([1, dense.shape[1]], np.int32)
    x = m.operator("RESHAPE", (x, m.tensor("shape", (2,), "int32", data=shape)), m.tensor(
        "flat", tuple(shape.tolist()), "int8", features.scales, features.zero_points))
    x = m.operator("FULLY_CONNECTED", (x, *m.constants("dense", dense, bias, x)),
                   m.activation("logits", (1, len(bias)), logits), FusedActivationFunction="NONE")
    x = m.operator("SOFTMAX", (x,), m.tensor("probabilities", (1, len(bias)), "int8", (1 / 256,),
                                             (-128,)), Beta=1.0)
    return model_bytes(m.tensors, m.operators, (image,), (x,))
