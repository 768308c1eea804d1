"""Layers that the core does, as calls of the functions of gluechip/nn.h."""

import math

import numpy as np

from firmware.networks.compiler.plan import Call
from firmware.networks.reference import evaluate, softmax_table

__all__ = ["BYTES", "average_pool", "concatenation", "context", "max_pool", "mean", "pad",
           "softmax", "table"]


_ROW_LIMIT = 8191
"""Values of a row of SOFTMAX, whose sum must fit in 32 bits."""


def _struct(kind, *values):
    """C of a pointer to a structure."""
    return f"&(gluechip_nn_{kind}_t){{{', '.join(map(str, values))}}}"


def _pair(horizontal, vertical):
    return f"{{{horizontal}, {vertical}}}"


def context(site):
    """C of the context of a call that scales."""
    if site.rounding == "double":
        return "NULL"
    return _struct("context", f".rounding = GLUECHIP_ROUNDING_{site.rounding.upper()}")


def _call(site, function, *arguments):
    """The Call of a function that reads the first input and writes the output."""
    reads = [(site.input(), site.data.elements)] if isinstance(site.input().owner, int) else []
    return [Call(function, arguments, tuple(reads), ((site.output(), site.result.elements),))]


def _pool(site, function):
    layer = site.layer
    parameters = _struct("pool_params", f".stride = {_pair(*layer.stride[::-1])}",
                         f".padding = {_pair(layer.padding.left, layer.padding.top)}",
                         f".activation = {_pair(layer.minimum, layer.maximum)}")
    return _call(site, function, "NULL", parameters, _struct("dims", *site.data.shape),
                 site.input(), _struct("dims", 1, *layer.filter, 1),
                 _struct("dims", *site.result.shape), site.output())


def max_pool(site):
    """MAX_POOL_2D."""
    return _pool(site, "gluechip_max_pool_s8")


def average_pool(site):
    """AVERAGE_POOL_2D."""
    return _pool(site, "gluechip_avg_pool_s8")


def mean(site):
    """MEAN."""
    layer = site.layer
    return _call(site, "gluechip_mean_s8", context(site), -site.data.zero_point,
                 site.result.zero_point,
                 _struct("per_tensor_quant_params", layer.multiplier, layer.shift),
                 _struct("dims", *site.data.shape), site.input(), site.output())


def softmax(site):
    """SOFTMAX, with a table of all exponentials that there can be."""
    row = site.data.shape[-1]
    if row > _ROW_LIMIT:
        site.refuse(f"values of a row must be at most {_ROW_LIMIT}, not {row}")
    table = softmax_table(site.layer, site.rounding)
    return _call(site, "gluechip_softmax_table_s8", site.constant("exponentials", table),
                 site.input(), site.data.elements // row, row, site.output())


BYTES = np.arange(-128, 128).astype(np.int8)
"""All values of an input, in the order of tables."""


def table(site):
    """A function of one byte: RELU, LOGISTIC, QUANTIZE, by what it gives for each of them."""
    layer = site.layer
    values = {layer.input: BYTES.view(site.data.dtype)}
    results = evaluate(layer, site.tensors, values, rounding=site.rounding).view(np.int8)
    return _call(site, "gluechip_lookup_s8", site.constant("table", results), site.input(),
                 site.output(), site.data.elements)


def pad(site):
    """PAD of up to 4 dimensions."""
    missing = 4 - len(site.data.shape)
    if missing < 0:
        site.refuse(f"dimensions must be at most 4, not {len(site.data.shape)}")
    before, after = zip(*((0, 0),) * missing, *site.layer.amounts)
    return _call(site, "gluechip_pad_s8", site.input(), site.output(), site.layer.value,
                 _struct("dims", *(1,) * missing, *site.data.shape), _struct("dims", *before),
                 _struct("dims", *after))


def concatenation(site):
    """CONCATENATION: rows of each part go between those of the others."""
    axis, result, calls, offset = site.layer.axis, site.result, [], 0
    rows = math.prod(result.shape[:axis])
    stride = result.elements // rows
    for position, index in enumerate(site.layer.inputs):
        part = site.tensors[index]
        row, source, target = part.elements // rows, site.input(position), site.output() + offset
        reads = ((source, part.elements),) if isinstance(source.owner, int) else ()
        calls.append(Call("copy_rows", (target, stride, source, row, rows), reads,
                          ((target, (rows - 1) * stride + row),)))
        offset += row
    return calls
