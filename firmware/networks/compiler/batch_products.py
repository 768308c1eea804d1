"""BATCH_MATMUL as jobs of the matmul coprocessor, which multiplies rows by rows."""

import numpy as np

from firmware.networks.compiler.averages import count_multiplier
from firmware.networks.compiler.plan import Job, Patch

__all__ = ["batch_matmul"]

_BLOCK = 128
"""Lines that one job turns into columns: its identity matrix has as many rows and columns."""


def _columns_of(lines, line_bytes):
    """The Patch by which row i of A is column i of a matrix."""
    return Patch(piece_bytes=1, line_bytes=line_bytes, lines=lines, outputs_per_line=line_bytes,
                 output_step=1)


def _transpose(site, source, target, lines, line_bytes):
    """Jobs that write the transpose of a matrix to ``target``: products with an identity."""
    multiplier, shift = count_multiplier(1)
    jobs = []
    for start in range(0, lines, _BLOCK):
        block = min(_BLOCK, lines - start)
        jobs.append(Job(
            source + start * line_bytes, site.constant(f"identity_{block}", np.eye(
                block, dtype=np.int8)), target + start, line_bytes, block, block,
            block * line_bytes, (line_bytes - 1) * lines + block, a_stride=line_bytes,
            c_stride=lines, rounding="single", scale_multiplier=multiplier, scale_shift=shift,
            patch=_columns_of(block, line_bytes)))
    return jobs


def _matrices(shape, batch):
    """Index of the matrix that each product of a batch uses, broadcast."""
    count = int(np.prod(shape[:-2]))
    return np.broadcast_to(np.arange(count).reshape(shape[:-2]), batch).ravel()


def batch_matmul(site):
    """One job for each product, after those that turn the second factor where rows are no rows."""
    layer, first, second = site.layer, site.data, site.tensors[site.layer.inputs[1]]
    *batch, rows, columns = site.result.shape
    depth = first.shape[-2 if layer.adjoint[0] else -1]
    b, jobs = site.input(1), []
    if not layer.adjoint[1]:
        if second.data is not None:
            b = site.constant("transposed", np.swapaxes(second.data, -1, -2))
        else:
            source, b = b, site.scratch(second.elements)
            for offset in range(0, second.elements, depth * columns):
                jobs += _transpose(site, source + offset, b + offset, depth, columns)
    patch = {"patch": _columns_of(depth, rows), "a_stride": rows} if layer.adjoint[0] else {}
    pairs = zip(_matrices(first.shape, batch), _matrices(second.shape, batch))
    for number, (i, j) in enumerate(pairs):
        jobs.append(Job(
            site.input() + int(i) * rows * depth, b + int(j) * depth * columns,
            site.output() + number * rows * columns, rows, columns, depth, rows * depth,
            rows * columns, a_zero=first.zero_point, b_zero=second.zero_point,
            c_zero=site.result.zero_point, rounding=site.rounding,
            scale_multiplier=layer.multiplier, scale_shift=layer.shift, **patch))
    return jobs
