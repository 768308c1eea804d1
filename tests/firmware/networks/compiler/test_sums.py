"""Tables for sums, against the kernel of ADD on all pairs of values."""

import numpy as np
import pytest

from firmware.networks import arithmetic
from firmware.networks.compiler.calls import BYTES
from firmware.networks.compiler.sums import sum_tables
from firmware.networks.network import Add, Tensor
from firmware.networks.reference import evaluate


def _layer(random, ratio=None):
    """(an ADD, its tensors), of random scales; of the ``ratio`` of second and sum to the first."""
    scales = np.exp(random.uniform(-6, 1, 3)).astype(np.float32)
    if ratio:
        scales[1:] = scales[0] * np.float32(ratio)
    scales[2] = max(scales[2], scales[:2].max() / 8)
    zeros = random.randint(-128, 128, 3)
    tensors = [Tensor("", (256,), "int8", (float(scale),), (int(zero),))
               for scale, zero in zip(scales, zeros)]
    of_first, of_second, of_sum = arithmetic.add_multipliers(*(t.scale for t in tensors))
    limits = sorted(random.randint(-128, 128, 2)) if random.rand() < 0.3 else (-128, 127)
    return Add(0, "ADD", (0, 1), (2,), arithmetic.ADD_LEFT_SHIFT, *zip(of_first, of_second),
               *of_sum, *limits), tensors


@pytest.mark.parametrize("rounding", ["double", "single"])
@pytest.mark.parametrize("ratio", [None, (1, 1), (1, 2), (0.5, 1)])
def test_tables_give_every_sum(ratio, rounding):
    random = np.random.RandomState(3)
    for _ in range(20):
        layer, tensors = _layer(random, ratio)
        tables, fraction_bits = sum_tables(layer, tensors, rounding)
        sums = (tables[0].astype(np.int64)[:, None] + tables[1])
        assert -2**31 <= sums.min() and sums.max() < 2**31
        got = np.clip(sums >> fraction_bits, layer.minimum, layer.maximum)
        want = evaluate(layer, tensors, {0: BYTES[:, None], 1: BYTES[None]}, rounding=rounding)
        assert (got == want).all()


def test_where_many_pairs_come_close_to_halves_there_are_none():
    random = np.random.RandomState(4)
    assert sum_tables(*_layer(random, (5 / 11, 20 / 11)), "double") is None
