"""Weights of the transformer block, from a seed, and its scales, fitted to its input.

All is int8, quantised as TensorFlow Lite does it: weights per channel, but those of V as a whole
and without a bias, which would only add to that of the projection, as each row of probabilities
sums to 1.

The two scales that a sum adds have a ratio of n/64 or of a power of two. TensorFlow Lite's ADD is
then exact up to its one rounding, so that a matmul job with the weights 64 and n gives the same
bits.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np

from coprocessors.matmul.model import quantize_multiplier
from firmware.networks import arithmetic, network
from firmware.networks.compiler.sums import sum_tables
from firmware.networks.layer_norm import channel_parameters
from firmware.networks.network import Tensor
from firmware.networks.reference import softmax_table

__all__ = ["ROUNDING", "Block", "Dense", "Norm", "Sizes", "Sum", "block", "heads_of", "joined"]


ROUNDING = "single"
"""Of all jobs and layers, as with TFLITE_SINGLE_ROUNDING."""

_EPSILON = 1  # of the layer normalisation, in units of 1/N^2 of an input's step squared
_SUM_WEIGHT = 64  # of the operand with the larger scale
_SEED = 2024


@dataclass(frozen=True)
class Sizes:
    """Members: sequence, embedding, heads, hidden : int.

    Raises: ValueError unless sequence is a multiple of 16 up to 240, embedding one up to 128 and of
        heads, and hidden one.
    """

    sequence: int = 64
    embedding: int = 128
    heads: int = 4
    hidden: int = 512

    def __post_init__(self):
        for what in ("sequence", "embedding", "hidden"):
            if getattr(self, what) < 16 or getattr(self, what) % 16:
                raise ValueError(f"{what} must be a multiple of 16, not {getattr(self, what)}")
        if self.embedding > 128:  # N - 1 is a weight of the job that subtracts the mean
            raise ValueError(f"embedding must be at most 128, not {self.embedding}")
        if self.sequence > 240:
            raise ValueError(f"sequence must be at most 240, not {self.sequence}")
        if self.heads < 1 or self.embedding % self.heads:
            raise ValueError(f"heads must divide embedding ({self.embedding}), not {self.heads}")

    @property
    def head(self):
        """Values of a head."""
        return self.embedding // self.heads


@dataclass(frozen=True)
class Dense:
    """A product with constant weights.

    Members: weights : int8 array (outputs, inputs); bias : int32 array or None; multipliers,
        shifts : int32 arrays or int; zero : int, of the output.
    """

    weights: np.ndarray
    bias: np.ndarray | None
    multipliers: np.ndarray | int
    shifts: np.ndarray | int
    zero: int


@dataclass(frozen=True)
class Sum:
    """A residual connection.

    Members: layer, tensors : ADD as `firmware.networks.reference` takes it. weights, bias,
        multiplier, shift : of a product that gives the same. tables, fraction_bits : of
        ``gluechip_add_table_s8``. zero : int, of the output.
    """

    layer: network.Add
    tensors: tuple
    weights: tuple
    bias: int
    multiplier: int
    shift: int
    tables: np.ndarray
    fraction_bits: int
    zero: int


@dataclass(frozen=True)
class Norm:
    """Members: bias, multipliers, shifts : int32 arrays; zero, epsilon : int."""

    bias: np.ndarray
    multipliers: np.ndarray
    shifts: np.ndarray
    zero: int
    epsilon: int


@dataclass(frozen=True)
class Block:
    """All parameters.

    Members: sizes : Sizes. x : int8 array, the input; x_zero : int. query, key, value, projection,
        first, second : Dense. scores, attended : (multiplier, shift) of products of activations.
        softmax : network.Softmax; exponentials : its uint32 table. sums, norms : pairs of Sum and
        Norm.
    """

    sizes: Sizes
    x: np.ndarray
    x_zero: int
    query: Dense
    key: Dense
    value: Dense
    projection: Dense
    first: Dense
    second: Dense
    scores: tuple
    attended: tuple
    softmax: network.Softmax
    exponentials: np.ndarray
    sums: tuple
    norms: tuple


def _coarse(scale):
    """``scale`` made a little larger, to 16 bits: the last bits of a float then matter nowhere."""
    mantissa, exponent = math.frexp(scale)
    return math.ceil(mantissa * 2**16 - 1e-6) / 2**16 * 2.0**exponent


def _symmetric(values):
    """Scale of ``values`` with zero point 0."""
    return _coarse(float(np.abs(values).max()) / 127)


def _affine(values):
    """(scale, zero point) for ``values``."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    scale = _coarse((high - low) / 254)
    return scale, int(np.clip(round(-128 - low / scale), -128, 127))


def _summable(scale, other):
    """The scale from ``scale`` on that has a good ratio to ``other``."""
    if scale > other:
        return other * 2.0**math.ceil(math.log2(scale / other) - 1e-9)
    return other * math.ceil(_SUM_WEIGHT * scale / other - 1e-6) / _SUM_WEIGHT


def _dense(weights, bias, scale_in, scale_out, zero):
    """`Dense` of real ``weights`` (outputs, inputs), per channel."""
    scales = [_symmetric(row) for row in weights]
    quantized = np.clip(np.rint(weights / np.array(scales)[:, None]), -127, 127).astype(np.int8)
    units = np.array(scales) * scale_in
    pairs = [quantize_multiplier(float(unit / scale_out)) for unit in units]
    return Dense(quantized, np.rint(bias / units).astype(np.int32),
                 *(np.array(column, np.int32) for column in zip(*pairs)), zero)


def _dense_as_a_whole(weights, scale_in, scale_out):
    scale = _symmetric(weights)
    quantized = np.clip(np.rint(weights / scale), -127, 127).astype(np.int8)
    return Dense(quantized, None, *quantize_multiplier(scale * scale_in / scale_out), 0)


def _sum(first, second, result):
    """`Sum` of two operands with (scale, zero point) each."""
    larger = max(first[0], second[0])
    weights = tuple(round(_SUM_WEIGHT * scale / larger) for scale, _ in (first, second))
    multipliers, shifts = zip(*arithmetic.add_multipliers(first[0], second[0], result[0]))
    layer = network.Add(0, "ADD", (0, 1), (2,), arithmetic.ADD_LEFT_SHIFT, multipliers[:2],
                        shifts[:2], multipliers[2], shifts[2], -128, 127)
    tensors = tuple(Tensor("", (), "int8", (scale,), (zero,))
                    for scale, zero in (first, second, result))
    tables = sum_tables(layer, tensors, ROUNDING)
    if tables is None:
        raise ValueError("sizes must be such that tables give both sums of the block, which those "
                         "few do not whose scales lie badly: other -D HEADS would do")
    return Sum(layer, tensors, weights, -weights[0] * first[1] - weights[1] * second[1],
               *quantize_multiplier(larger / (_SUM_WEIGHT * result[0])), *tables, result[1])


def _norm(gamma, beta, scale_and_zero):
    scale, zero = scale_and_zero
    return Norm(*channel_parameters(gamma, beta, scale), zero, _EPSILON)


def _normalized(values, gamma, beta):
    centred = values - values.mean(axis=1, keepdims=True)
    return gamma * centred / centred.std(axis=1, keepdims=True) + beta


def _softmax(values):
    exponentials = np.exp(values - values.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def heads_of(values, sizes):
    """``values`` (sequence, embedding) as (heads, sequence, head)."""
    return values.reshape(-1, sizes.heads, sizes.head).swapaxes(0, 1)


def joined(heads):
    """What `heads_of` takes apart."""
    return heads.swapaxes(0, 1).reshape(heads.shape[1], -1)


@functools.cache
def block(sizes):
    """The `Block` of these sizes. Its weights are random, its scales are fitted to its input."""
    random = np.random.RandomState(_SEED)
    e = sizes.embedding

    def weights(outputs, inputs, gain=1.0):
        return (random.standard_normal((outputs, inputs)) * gain / math.sqrt(inputs),
                0.1 * random.standard_normal(outputs))

    def affine_parameters():
        return (1 + 0.1 * np.clip(random.standard_normal(e), -4, 4),
                0.1 * random.standard_normal(e))

    x = random.standard_normal((sizes.sequence, e))
    w_query, w_key = weights(e, e, 1.5), weights(e, e, 1.5)
    w_value, _ = weights(e, e)
    w_projection, w_first, w_second = weights(e, e), weights(sizes.hidden, e), weights(
        e, sizes.hidden)
    affine = affine_parameters(), affine_parameters()

    def dense(values, pair):
        return values @ pair[0].T + pair[1]

    query, key, value = dense(x, w_query), dense(x, w_key), x @ w_value.T
    scores = heads_of(query, sizes) @ heads_of(key, sizes).swapaxes(1, 2) / math.sqrt(sizes.head)
    attended = joined(_softmax(scores) @ heads_of(value, sizes))
    projected = dense(attended, w_projection)
    sum_1 = x + projected
    y = _normalized(sum_1, *affine[0])
    hidden = np.maximum(dense(y, w_first), 0)
    second = dense(hidden, w_second)
    sum_2 = y + second
    out = _normalized(sum_2, *affine[1])

    q_x, q_y, q_out = _affine(x), _affine(y), _affine(out)
    s_query, s_key, s_value = _symmetric(query), _symmetric(key), _symmetric(value)
    s_scores, s_attended, s_hidden = _symmetric(scores), _symmetric(attended), _affine(hidden)[0]
    # The two operands of a sum; their zero points follow from the scales.
    s_projected = _summable(_symmetric(projected), q_x[0])
    s_second = _summable(_symmetric(second), q_y[0])
    q_sum_1, q_sum_2 = _affine(sum_1), _affine(sum_2)
    softmax = network.Softmax(0, "SOFTMAX", (0,), (1,),
                              *arithmetic.softmax_parameters(s_scores, 1.0))
    return Block(
        sizes, arithmetic.affine_quantize(x, q_x[0], q_x[1], "int8"), q_x[1],
        _dense(*w_query, q_x[0], s_query, 0), _dense(*w_key, q_x[0], s_key, 0),
        _dense_as_a_whole(w_value, q_x[0], s_value),
        _dense(*w_projection, s_attended, s_projected, 0),
        _dense(*w_first, q_y[0], s_hidden, -128), _dense(*w_second, s_hidden, s_second, 0),
        quantize_multiplier(s_query * s_key / math.sqrt(sizes.head) / s_scores),
        quantize_multiplier(s_value / 256 / s_attended), softmax,
        softmax_table(softmax, ROUNDING),
        (_sum(q_x, (s_projected, 0), q_sum_1), _sum(q_y, (s_second, 0), q_sum_2)),
        (_norm(*affine[0], q_y), _norm(*affine[1], q_out)))
