"""A network as read: tensors and layers, plain and immutable.

Layers name tensors by their index in `Network.tensors`, which is the index in the file. Everything
that the kernels of TensorFlow Lite derive before they run is in the layer: padding, clamps in
quantised units, multipliers and shifts.
"""

import math
from dataclasses import dataclass

import numpy as np

__all__ = ["Add", "AveragePool2D", "BatchMatmul", "Concatenation", "Conv2D", "Dequantize",
           "DepthwiseConv2D", "FullyConnected", "Layer", "Logistic", "MaxPool2D", "Mean",
           "ModelError", "Network", "Pad", "Padding", "Quantize", "Relu", "Requantize", "Reshape",
           "Softmax", "Tensor"]


class ModelError(ValueError):
    """A model that is damaged, or that asks for what is not supported."""


@dataclass(frozen=True, eq=False)
class Tensor:
    """One array of the network.

    Members:
        name   : str, for messages; may be empty or twice in a file.
        shape  : tuple of int.
        dtype  : str such as "int8", "int32", "float32".
        scales : tuple of float, each a float32; empty where the tensor is not quantised, several
                 where it is quantised per channel.
        zero_points : tuple of int, as many.
        quantized_dimension : int, the dimension along which ``scales`` go, if they are several.
        data   : read-only array of ``shape``, or None for what is computed at run time.
    """

    name: str
    shape: tuple
    dtype: str
    scales: tuple = ()
    zero_points: tuple = ()
    quantized_dimension: int = 0
    data: np.ndarray | None = None

    @property
    def scale(self):
        """The only scale. Raises ValueError unless the tensor is quantised as a whole."""
        scale, = self.scales
        return scale

    @property
    def zero_point(self):
        """The only zero point. Raises ValueError unless the tensor is quantised as a whole."""
        zero_point, = self.zero_points
        return zero_point

    @property
    def elements(self):
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Padding:
    """Rows and columns of zero points around an image."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, eq=False)
class Layer:
    """One operator.

    Members:
        index    : int, place among the operators of the file.
        operator : str, name in the schema, such as "CONV_2D".
        inputs   : tuple of tensor indexes, constants too; None for an operand left out.
        outputs  : tuple of tensor indexes; every supported operator has one.
    """

    index: int
    operator: str
    inputs: tuple
    outputs: tuple

    on_host = False
    """Its input or output is float32, so the host computes it, before or after the chip."""

    @property
    def input(self):
        """Index of the first input."""
        return self.inputs[0]

    @property
    def output(self):
        """Index of the output."""
        return self.outputs[0]


@dataclass(frozen=True, eq=False)
class _Weighted(Layer):
    """A layer with constant weights and bias.

    Members:
        multipliers, shifts : int64 arrays, one element for each output channel.
        minimum, maximum    : int, clamp of the output in quantised units.
    """

    multipliers: np.ndarray
    shifts: np.ndarray
    minimum: int
    maximum: int

    @property
    def weights(self):
        """Index of the weights."""
        return self.inputs[1]

    @property
    def bias(self):
        """Index of the bias, or None."""
        return self.inputs[2] if len(self.inputs) > 2 else None

    def scaling(self, rounding):
        """(multipliers, shifts, how they round: "double" or "single") of a ``rounding``."""
        return self.multipliers, self.shifts, rounding


@dataclass(frozen=True, eq=False)
class Conv2D(_Weighted):
    """NHWC input, weights (output channels, height, width, input channels).

    Members: stride : (vertical, horizontal); padding : Padding.
    """

    stride: tuple
    padding: Padding


@dataclass(frozen=True, eq=False)
class DepthwiseConv2D(_Weighted):
    """Weights (1, height, width, channels); channel c reads input channel c // depth_multiplier.

    Members: stride : (vertical, horizontal); padding : Padding; depth_multiplier : int.
    """

    stride: tuple
    padding: Padding
    depth_multiplier: int


@dataclass(frozen=True, eq=False)
class FullyConnected(_Weighted):
    """Weights (outputs, inputs); the input is taken as rows of that many numbers.

    Members: litert_multipliers, litert_shifts : int64 arrays, those of LiteRT 2, see `scaling`.
    """

    litert_multipliers: np.ndarray
    litert_shifts: np.ndarray

    def scaling(self, rounding):
        """As of other layers; "litert" is as well what LiteRT 2 does, which rounds once."""
        if rounding == "litert":
            return self.litert_multipliers, self.litert_shifts, "single"
        return super().scaling(rounding)


@dataclass(frozen=True, eq=False)
class _Pool2D(Layer):
    """Members: filter, stride : (vertical, horizontal); padding : Padding, which takes no part in
    the result; minimum, maximum : int, clamp of the output."""

    filter: tuple
    stride: tuple
    padding: Padding
    minimum: int
    maximum: int


@dataclass(frozen=True, eq=False)
class AveragePool2D(_Pool2D):
    """The mean of the pixels under the filter that lie in the image, ties away from zero."""


@dataclass(frozen=True, eq=False)
class MaxPool2D(_Pool2D):
    """The largest of the pixels under the filter."""


@dataclass(frozen=True, eq=False)
class Add(Layer):
    """Sum of two tensors, of which either may be broadcast or constant.

    Members:
        left_shift : int, what both are shifted by before they are scaled.
        input_multipliers, input_shifts : pairs of int, of the shifted inputs.
        multiplier, shift : int, of the sum; minimum, maximum : int, clamp of the output.
    """

    left_shift: int
    input_multipliers: tuple
    input_shifts: tuple
    multiplier: int
    shift: int
    minimum: int
    maximum: int


@dataclass(frozen=True, eq=False)
class Softmax(Layer):
    """Over the last dimension.

    Members: multiplier, left_shift : int, from input difference to Q5.26;
        diff_min : int, differences from the largest below it count as minus infinity.
    """

    multiplier: int
    left_shift: int
    diff_min: int


@dataclass(frozen=True, eq=False)
class Logistic(Layer):
    """One byte in, one byte out, so it is a table.

    Members: table : int8 array of 256, the output for inputs from -128 to 127.
        integer_table : the same, as TensorFlow Lite for microcontrollers computes it.
    """

    table: np.ndarray
    integer_table: np.ndarray


@dataclass(frozen=True, eq=False)
class Relu(Layer):
    """RELU, RELU6 or RELU_N1_TO_1 that was not fused into another layer: requantised and clamped.

    Members: multiplier, shift, minimum, maximum : int.
    """

    multiplier: int
    shift: int
    minimum: int
    maximum: int


@dataclass(frozen=True, eq=False)
class Requantize(Layer):
    """QUANTIZE from int8 or uint8 to int8 or uint8. Members: multiplier, shift : int."""

    multiplier: int
    shift: int


@dataclass(frozen=True, eq=False)
class Quantize(Layer):
    """QUANTIZE of an input of the network from float32 to int8 or uint8."""

    on_host = True


@dataclass(frozen=True, eq=False)
class Dequantize(Layer):
    """DEQUANTIZE from int8 or uint8 to an output of the network in float32."""

    on_host = True


@dataclass(frozen=True, eq=False)
class Mean(Layer):
    """Over height and width of an NHWC tensor. Members: multiplier, shift : int, with the division
    by the number of pixels in them; the multiplier may be as small as 2**29."""

    multiplier: int
    shift: int


@dataclass(frozen=True, eq=False)
class BatchMatmul(Layer):
    """Products of matrices, leading dimensions broadcast.

    Members: adjoint : pair of bool, whether each factor is transposed; multiplier, shift : int.
    """

    adjoint: tuple
    multiplier: int
    shift: int


@dataclass(frozen=True, eq=False)
class Pad(Layer):
    """Members: amounts : tuple of (before, after), one for each dimension; value : int."""

    amounts: tuple
    value: int


@dataclass(frozen=True, eq=False)
class Concatenation(Layer):
    """Members: axis : int, from 0."""

    axis: int


@dataclass(frozen=True, eq=False)
class Reshape(Layer):
    """RESHAPE, SQUEEZE or EXPAND_DIMS: the same bytes under another shape."""


@dataclass(frozen=True, eq=False)
class Network:
    """A network to run.

    Members:
        inputs, outputs : tuples of tensor indexes.
        tensors : tuple of Tensor.
        layers  : tuple of Layer, in an order in which they can run.
    """

    inputs: tuple
    outputs: tuple
    tensors: tuple
    layers: tuple
