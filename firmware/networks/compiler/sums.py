"""ADD on the core, of operands that may have to be repeated."""

import math

import numpy as np

from firmware.networks.compiler.averages import count_multiplier
from firmware.networks.compiler.calls import BYTES, context
from firmware.networks.compiler.plan import Call, Job
from firmware.networks.reference import evaluate, summand

__all__ = ["add", "sum_tables"]

_EXCESSES = [2.0**-n for n in range(26, 14, -1)]
"""How much too large a scale of tables may be."""


def _repeats(site, shape):
    """(times along the first dimensions, times each value) that an operand is repeated."""
    full = site.result.shape
    shape = (1,) * (len(full) - len(shape)) + shape
    start = next((i for i, size in enumerate(shape) if size != 1), len(full))
    stop = next((i for i in range(len(full), start, -1) if shape[i - 1] != 1), start)
    if shape[start:stop] != full[start:stop]:
        site.refuse(f"an operand must be constant or be repeated along its first or last "
                    f"dimensions only, not be of shape {list(shape)} for {list(full)}")
    return math.prod(full[:start]), math.prod(full[stop:])


def _operand(site, position):
    """(works, Place, elements) of an operand whose values are repeated, but not its blocks."""
    index = site.layer.inputs[position]
    tensor, result = site.tensors[index], site.result
    if tensor.elements == result.elements:
        return [], site.input(position), tensor.elements
    if tensor.data is not None:
        full = np.broadcast_to(tensor.data, result.shape)
        return [], site.constant(f"operand{position}", full), result.elements
    _, times = _repeats(site, tensor.shape)
    if times == 1:
        return [], site.input(position), tensor.elements
    # Each value many times: the product of a column by a row of ones.
    multiplier, shift = count_multiplier(1)
    target, size = site.scratch(tensor.elements * times), tensor.elements * times
    return [Job(site.input(position), site.constant(f"ones{position}", np.ones(times, np.int8)),
                target, tensor.elements, times, 1, tensor.elements, size, rounding="single",
                scale_multiplier=multiplier, scale_shift=shift)], target, size


def sum_tables(layer, tensors, rounding):
    """(int32 array (2, 256), fraction bits): what each value of either input adds to the output.

    None where no tables give the output for all pairs of values, which are all tried. Halves must
    go away from zero when rounding twice: a scale that is a little too large sees to that.
    """
    summands = [summand(layer, tensors, position, BYTES, rounding) for position in range(2)]
    wanted = evaluate(layer, tensors, {
        index: np.expand_dims(BYTES, 1 - position)
        for position, index in enumerate(layer.inputs)}, rounding=rounding)
    scale = layer.multiplier * 2.0**(layer.shift - 31)
    zero = tensors[layer.output].zero_point
    largest = sum(abs(values).max() for values in summands) * scale + abs(zero) + 2
    fraction_bits = min(30 - math.frexp(largest)[1], 30)
    for excess in (0, *_EXCESSES):
        tables = [np.rint(values * (scale * (1 + excess) * 2**fraction_bits)).astype(np.int64)
                  for values in summands]
        tables[0] += (2 * zero + 1) << fraction_bits >> 1
        sums = (tables[0][:, None] + tables[1]) >> fraction_bits
        if (np.clip(sums, layer.minimum, layer.maximum) == wanted).all():
            return np.array(tables, np.int32), fraction_bits
    return None


def _call_of_block(site, tables, places, target, block):
    layer, zero = site.layer, site.result.zero_point
    reads = tuple((place, block) for place in places if isinstance(place.owner, int))
    if tables:
        values, fraction_bits = tables
        return Call("gluechip_add_table_s8", (
            site.constant("summands", values), fraction_bits, *places, target, layer.minimum,
            layer.maximum, block), reads, ((target, block),))
    scales = [number for position, index in enumerate(layer.inputs) for number in (
        -site.tensors[index].zero_point, layer.input_multipliers[position],
        layer.input_shifts[position])]
    return Call("gluechip_elementwise_add_s8", (
        context(site), *places, *scales, layer.left_shift, target, zero, layer.multiplier,
        layer.shift, layer.minimum, layer.maximum, block), reads, ((target, block),))


def add(site):
    """ADD: one call for each block of the smaller operand."""
    (works, first, first_size), (more, second, second_size) = (
        _operand(site, position) for position in range(2))
    block = math.gcd(first_size, second_size)
    same = site.layer.inputs[0] == site.layer.inputs[1]
    tables = None if same else sum_tables(site.layer, site.tensors, site.rounding)
    calls = [_call_of_block(site, tables, (first + offset % first_size,
                                           second + offset % second_size),
                            site.output() + offset, block)
             for offset in range(0, site.result.elements, block)]
    return [*works, *more, *calls]
