"""One operator of a file while it becomes a layer: what it says, and what must hold for it."""

import math

import numpy as np

from firmware.networks import arithmetic
from firmware.networks.network import ModelError

__all__ = ["Site"]


class Site:
    """Access to an operator's options and tensors, with checks that name the place.

    Parameters: index : int, of the layer; operator : with members ``name``, ``options`` (dict or
        None), ``inputs``, ``outputs``; tensors : sequence of Tensor; network_inputs,
        network_outputs : tensor indexes.
    Raises: ModelError from every method, unless what the method's name says holds.
    """

    def __init__(self, index, operator, tensors, network_inputs, network_outputs):
        self.index = index
        self.operator = operator.name
        self.inputs = tuple(None if i == -1 else i for i in operator.inputs)
        self.outputs = operator.outputs
        self.network_inputs = network_inputs
        self.network_outputs = network_outputs
        self._options = operator.options
        self._tensors = tensors
        if len(self.outputs) != 1:
            self.refuse(f"outputs must be 1, not {len(self.outputs)}")

    def refuse(self, sentence, tensor=None):
        """Raises ModelError: the layer, the tensor if one is to blame, and ``sentence``."""
        blamed = "" if tensor is None else f", tensor {tensor.name!r}"
        raise ModelError(f"Layer {self.index}, {self.operator}{blamed}: {sentence}")

    def layer(self, cls, *values, **others):
        """The layer of class ``cls``."""
        return cls(self.index, self.operator, self.inputs, self.outputs, *values, **others)

    def option(self, field, default=None):
        """A field of the options; ``default`` where the file has no options."""
        if self._options is None and default is None:
            self.refuse("options must be there")
        return default if self._options is None else self._options[field]

    def one_of(self, field, names, tensor):
        """A field that is an enumeration, and must be one of ``names``."""
        value = self.option(field, names[0] if field == "WeightsFormat" else None)
        if value not in names:
            self.refuse(f"{field} must be {' or '.join(names)}, not {value}", tensor)
        return value

    def operands(self, *numbers):
        """The number of inputs is one of ``numbers``."""
        if len(self.inputs) not in numbers:
            self.refuse(f"inputs must be {' or '.join(map(str, numbers))}, not {len(self.inputs)}")

    def tensor_of(self, index):
        """The tensor of an index of the file."""
        return self._tensors[index]

    def tensor(self, position):
        """Input number ``position``, which must be there."""
        if self.inputs[position] is None:
            self.refuse(f"input {position} must be there")
        return self._tensors[self.inputs[position]]

    @property
    def result(self):
        """The output, an int8 activation."""
        return self.quantized(self._tensors[self.outputs[0]])

    @property
    def float_result(self):
        """The output, float32."""
        tensor = self._tensors[self.outputs[0]]
        if tensor.dtype != "float32":
            self.refuse(f"type must be float32, not {tensor.dtype}", tensor)
        return tensor

    def quantized(self, tensor, dtypes=("int8",)):
        """``tensor``, quantised as a whole, of one of ``dtypes``."""
        if tensor.dtype not in dtypes:
            self.refuse(f"type must be {' or '.join(dtypes)}, not {tensor.dtype}", tensor)
        self._scales(tensor)
        if len(tensor.scales) != 1:
            self.refuse(f"scales must be 1, for the whole tensor, not {len(tensor.scales)}", tensor)
        low, high = arithmetic.DTYPE_RANGES[tensor.dtype]
        if not low <= tensor.zero_point <= high:
            self.refuse(f"zero point must be from {low} to {high}, not {tensor.zero_point}", tensor)
        return tensor

    def _scales(self, tensor):
        if len(tensor.zero_points) != len(tensor.scales):
            self.refuse(f"zero points must be as many as scales, {len(tensor.scales)}, "
                        f"not {len(tensor.zero_points)}", tensor)
        if not all(scale > 0 and math.isfinite(scale) for scale in tensor.scales):
            self.refuse("scales must be positive and finite", tensor)

    def activation(self, position):
        """Input number ``position``, int8, constant or not."""
        return self.quantized(self.tensor(position))

    def image(self, position):
        """Input number ``position``, int8 with 4 dimensions, NHWC."""
        tensor = self.activation(position)
        if len(tensor.shape) != 4:
            self.refuse(f"dimensions must be 4, not {len(tensor.shape)}", tensor)
        return tensor

    def constant(self, position, dtypes):
        """Input number ``position``, whose data are in the file."""
        tensor = self.tensor(position)
        if tensor.dtype not in dtypes:
            self.refuse(f"type must be {' or '.join(dtypes)}, not {tensor.dtype}", tensor)
        if tensor.data is None:
            self.refuse("values must be in the file, not computed", tensor)
        return tensor

    def computed(self, tensor):
        """``tensor`` is no constant."""
        if tensor.data is not None:
            self.refuse("values must be computed, not in the file", tensor)

    def weights(self, position, dimensions, per_channel_dimension, *, symmetric=True):
        """Input number ``position``: constant int8, one scale or one for each output channel.

        Parameters: symmetric : bool, the zero point must be 0 even if there is one scale.
        """
        tensor = self.constant(position, ("int8",))
        self._scales(tensor)
        if len(tensor.shape) != dimensions:
            self.refuse(f"dimensions must be {dimensions}, not {len(tensor.shape)}", tensor)
        channels = tensor.shape[per_channel_dimension]
        if len(tensor.scales) not in (1, channels):
            self.refuse(f"scales must be 1 or {channels}, not {len(tensor.scales)}", tensor)
        several = len(tensor.scales) > 1
        if several and tensor.quantized_dimension != per_channel_dimension:
            self.refuse(f"quantised dimension must be {per_channel_dimension}, "
                        f"not {tensor.quantized_dimension}", tensor)
        if (several or symmetric) and any(tensor.zero_points):
            self.refuse("zero points must be 0", tensor)
        if not all(-128 <= zero_point <= 127 for zero_point in tensor.zero_points):
            self.refuse(f"zero point must be from -128 to 127, not {tensor.zero_points[0]}", tensor)
        return tensor

    def bias(self, position, channels):
        """Input number ``position`` if there is one: constant int32, one for each channel."""
        if position >= len(self.inputs) or self.inputs[position] is None:
            return None
        tensor = self.constant(position, ("int32",))
        if tensor.elements != channels:
            self.refuse(f"elements must be {channels}, not {tensor.elements}", tensor)
        return tensor

    def shape(self, tensor, expected):
        """``tensor`` has the shape that follows from the inputs."""
        if tensor.shape != tuple(expected):
            self.refuse(f"shape must be {list(expected)}, not {list(tensor.shape)}", tensor)

    def broadcast(self, first, second):
        """The shape of what two shapes broadcast to."""
        try:
            return np.broadcast_shapes(tuple(first), tuple(second))
        except ValueError:
            self.refuse(f"shapes {list(first)} and {list(second)} must be broadcastable")

    def same_quantization(self, tensor, result, tolerance=0):
        """Input and output have the same scale, but for ``tolerance``, and the same zero point."""
        if (abs(tensor.scale - result.scale) > tolerance * result.scale
                or tensor.zero_point != result.zero_point):
            self.refuse(f"scale and zero point must be the output's, {result.scale:g} and "
                        f"{result.zero_point}, not {tensor.scale:g} and {tensor.zero_point}",
                        tensor)

    def probabilities(self, result, tolerance):
        """The output has scale 1/256, but for the relative ``tolerance``, and zero point -128."""
        if abs(result.scale * 256 - 1) > tolerance or result.zero_point != -128:
            self.refuse(f"scale and zero point must be 1/256 and -128, not {result.scale:g} and "
                        f"{result.zero_point}", result)

    def clamp(self, result):
        """(minimum, maximum) that the fused activation leaves."""
        activation = self.one_of("FusedActivationFunction",
                                 ("NONE", "RELU", "RELU6", "RELU_N1_TO_1"), result)
        return arithmetic.activation_range(activation, result.scale, result.zero_point)

    def scaled(self, function, *arguments):
        """What a function of `arithmetic` gives; its ValueError becomes a ModelError."""
        try:
            return function(*arguments)
        except ValueError as error:
            self.refuse(f"scales do not fit: {error}")
