"""ADD on the core, of operands that may have to be repeated."""

import math

import numpy as np

from firmware.networks.compiler.averages import count_multiplier
from firmware.networks.compiler.calls import BYTES, context
from firmware.networks.compiler.plan import Call, Job
from firmware.networks.reference import summand

__all__ = ["add"]


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


def _tables(site):
    """Place of what each value of either input adds, doubled; None where the call has no tables."""
    summands = [summand(site.layer, site.tensors, position, BYTES, site.rounding)
                for position in range(2)]
    fits = all((abs(values) < 2**28).all() for values in summands)
    if site.rounding != "double" or site.layer.shift >= 0 or not fits:
        return None
    return site.constant("summands", 2 * np.concatenate(summands).astype(np.int32))


def _call_of_block(site, tables, places, target, block):
    layer, zero = site.layer, site.result.zero_point
    output = (zero, layer.multiplier, layer.shift, layer.minimum, layer.maximum, block)
    reads = tuple((place, block) for place in places if isinstance(place.owner, int))
    if tables:
        return Call("gluechip_elementwise_add_tables_s8", (tables, *places, target, *output), reads,
                    ((target, block),))
    scales = [number for position, index in enumerate(layer.inputs) for number in (
        -site.tensors[index].zero_point, layer.input_multipliers[position],
        layer.input_shifts[position])]
    return Call("gluechip_elementwise_add_s8", (
        context(site), *places, *scales, layer.left_shift, target, *output), reads,
        ((target, block),))


def add(site):
    """ADD: one call for each block of the smaller operand."""
    (works, first, first_size), (more, second, second_size) = (
        _operand(site, position) for position in range(2))
    block = math.gcd(first_size, second_size)
    tables = _tables(site)
    calls = [_call_of_block(site, tables, (first + offset % first_size,
                                           second + offset % second_size),
                            site.output() + offset, block)
             for offset in range(0, site.result.elements, block)]
    return [*works, *more, *calls]
