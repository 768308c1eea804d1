"""The transformer block in numpy: every tensor that comes of its parameters.

    attended = softmax(Q K^T / sqrt(D)) V, head by head;  Q, K, V from x
    y   = layer_norm(x + projection(attended))
    out = layer_norm(y + second(relu(first(y))))

All is int8. Softmax and the sums are TensorFlow Lite's, of `firmware.networks.reference`; the
normalisation is that of `firmware.networks.layer_norm`.
"""

import numpy as np

from coprocessors.matmul.model import matmul
from firmware.apps.transformer.parameters import ROUNDING, heads_of, joined
from firmware.networks.layer_norm import layer_norm
from firmware.networks.network import Tensor
from firmware.networks.reference import evaluate

__all__ = ["evaluate_block"]


def _product(values, zero, dense):
    return matmul(values, dense.weights, a_zero=zero, bias=dense.bias, c_zero=dense.zero,
                  multiplier=dense.multipliers, shift=dense.shifts, rounding=ROUNDING)


def _attention(b, query, key, value):
    """(probabilities (heads, sequence, sequence), attended (sequence, embedding))"""
    probabilities, heads = [], []
    for of_head in zip(*(heads_of(values, b.sizes) for values in (query, key, value))):
        scores = matmul(of_head[0], of_head[1], multiplier=b.scores[0], shift=b.scores[1],
                        rounding=ROUNDING)
        tensors = (Tensor("", scores.shape, "int8", (1.0,), (0,)),) * 2
        probabilities.append(evaluate(b.softmax, tensors, {0: scores}, rounding=ROUNDING))
        heads.append(matmul(probabilities[-1], of_head[2].T, a_zero=-128,
                            multiplier=b.attended[0], shift=b.attended[1], rounding=ROUNDING))
    return np.stack(probabilities), joined(np.stack(heads))


def _added(first, second, parameters):
    return evaluate(parameters.layer, parameters.tensors, {0: first, 1: second},
                    rounding=ROUNDING)


def _layer_norm(values, norm):
    return layer_norm(values, epsilon=norm.epsilon, bias=norm.bias, multipliers=norm.multipliers,
                      shifts=norm.shifts, zero=norm.zero)


def evaluate_block(b):
    """{name: int8 array} of all activations of `Block` ``b``, in the order of their making."""
    t = {"query": _product(b.x, b.x_zero, b.query), "key": _product(b.x, b.x_zero, b.key),
         "value": _product(b.x, b.x_zero, b.value)}
    t["probabilities"], t["attended"] = _attention(b, *t.values())
    t["projected"] = _product(t["attended"], 0, b.projection)
    t["sum_1"] = _added(b.x, t["projected"], b.sums[0])
    t["y"] = _layer_norm(t["sum_1"], b.norms[0])
    t["hidden"] = _product(t["y"], b.norms[0].zero, b.first)
    t["second"] = _product(t["hidden"], -128, b.second)
    t["sum_2"] = _added(t["y"], t["second"], b.sums[1])
    t["out"] = _layer_norm(t["sum_2"], b.norms[1])
    return t
