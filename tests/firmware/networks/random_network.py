"""Small networks of random layers, whose values keep to the middle of their range."""

import math

import numpy as np

from tests.firmware.networks.sketch import NONE, Sketch, scales

__all__ = ["random_network"]

_SPREAD = 73 * 20 / 50
"""Standard deviation of weights, times that of activations, by that which results shall have."""


class _Growing(Sketch):
    """A network to whose newest activation ``x`` layers are added.

    Members: shape : of x; scale, zero : of x; older : list of (tensor, shape, scale, zero).
    """

    def __init__(self, seed):
        super().__init__(seed)
        self.shape = (1, *(self.pick(range(3, 10)) for _ in range(2)), self.pick((1, 3, 4, 8, 11)))
        self.scale, self.zero = 0.05, self.pick(range(-128, 128))
        self.first = self.x = self.int8(*self.shape, scale=self.scale, zero=self.zero)
        self.older = []

    def pick(self, values):
        """One of ``values``."""
        return values[self.random.randint(len(values))]

    def append(self, operator, operands, shape, *, scale=None, zero=None, **options):
        """Adds a layer of x and ``operands``, whose output is the new x."""
        self.older.append((self.x, self.shape, self.scale, self.zero))
        self.shape = tuple(shape)
        self.scale = self.scale if scale is None else scale
        self.zero = self.zero if zero is None else zero
        y = self.int8(*shape, scale=self.scale, zero=self.zero)
        self.x = self.operator(operator, (self.x, *operands), y, **options)

    def _weighted(self, operator, weight_shape, dimension, taps, shape, **options):
        channels = weight_shape[dimension]
        weights = scales(self, self.pick((1, channels)))
        scale = self.scale * float(np.mean(weights)) * math.sqrt(taps) * _SPREAD
        operands = [self.weights(weight_shape, weights, dimension=dimension)]
        if self.pick((True, True, False)):
            operands.append(self.int32(self.random.randint(-3000, 3000, channels)))
        self.append(operator, operands, shape, scale=scale, zero=int(self.pick(range(-128, 100))),
                    FusedActivationFunction=self.pick(("NONE", "NONE", "RELU")), **options)

    def window(self):
        """(window, stride, padding, places) of one that fits."""
        _, *size, _ = self.shape
        window = [min(self.pick((1, 2, 3, 3)), n) for n in size]
        stride, padding = [self.pick((1, 1, 2)) for _ in size], self.pick(("SAME", "VALID"))
        places = [-(-n // d) if padding == "SAME" else (n - k) // d + 1
                  for n, k, d in zip(size, window, stride)]
        return window, {"StrideH": stride[0], "StrideW": stride[1], "Padding": padding}, places

    def convolution(self):
        """CONV_2D."""
        window, options, places = self.window()
        channels, depth = self.pick((3, 4, 8, 12)), self.shape[3]
        self._weighted("CONV_2D", (channels, *window, depth), 0, window[0] * window[1] * depth,
                       (1, *places, channels), DilationHFactor=1, DilationWFactor=1, **options)

    def depthwise(self):
        """DEPTHWISE_CONV_2D."""
        window, options, places = self.window()
        multiple = self.pick((1, 1, 1, 2))
        channels = self.shape[3] * multiple
        self._weighted("DEPTHWISE_CONV_2D", (1, *window, channels), 3, window[0] * window[1],
                       (1, *places, channels), DilationHFactor=1, DilationWFactor=1,
                       DepthMultiplier=multiple, **options)

    def pool(self):
        """AVERAGE_POOL_2D or MAX_POOL_2D."""
        window, options, places = self.window()
        self.append(self.pick(("AVERAGE_POOL_2D", "MAX_POOL_2D")), (),
                    (1, *places, self.shape[3]), FilterHeight=window[0], FilterWidth=window[1],
                    **NONE, **options)

    def add(self):
        """ADD of an older activation of the same shape, if there is one."""
        like = [other for other in self.older if other[1] == self.shape]
        if like:
            other, _, scale, _ = self.pick(like)
            self.append("ADD", (other,), self.shape, scale=math.hypot(scale, self.scale),
                        zero=int(self.pick(range(-60, 60))), **NONE)

    def pad(self):
        """PAD of height and width."""
        amounts = [(0, 0), *((self.pick((0, 1)), self.pick((0, 1))) for _ in range(2)), (0, 0)]
        operand = self.int32(amounts)
        self.append("PAD", (operand,), np.add(self.shape, np.sum(amounts, axis=1)).tolist())

    def head(self):
        """RESHAPE, FULLY_CONNECTED, SOFTMAX."""
        inputs, outputs = int(np.prod(self.shape)), self.pick((2, 5, 10))
        self.append("RESHAPE", (self.int32((1, inputs)),), (1, inputs))
        self._weighted("FULLY_CONNECTED", (outputs, inputs), 0, inputs, (1, outputs),
                       WeightsFormat=0)
        self.append("SOFTMAX", (), (1, outputs), scale=1 / 256, zero=-128, Beta=1.0)


def random_network(seed, layers=6):
    """The bytes of a network of ``layers`` layers and a classifier."""
    s = _Growing(seed)
    kinds = (s.convolution, s.convolution, s.depthwise, s.depthwise, s.pool, s.add, s.add, s.pad)
    for _ in range(layers):
        s.pick(kinds)()
    s.head()
    return s.bytes((s.first,), (s.x,))
