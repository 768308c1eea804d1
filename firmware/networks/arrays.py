"""Arrays that a user brings, as inputs of a network: shapes, types, quantisation."""

import numpy as np

from firmware.networks import network
from firmware.networks.arithmetic import affine_quantize
from firmware.networks.reference import evaluate

__all__ = ["chip_arrays", "host_outputs", "random_arrays", "split_runs"]


def _runs_of(array, tensor, what):
    """``array`` as (runs, *shape of the tensor)."""
    shape = tensor.shape
    if array.shape == shape:
        return array[None]
    if shape[:1] == (1,) and array.shape == shape[1:]:
        return array[None, None]
    if array.shape[1:] == shape and array.size:
        return array
    if shape[:1] == (1,) and array.shape[1:] == shape[1:] and array.size:
        return array[:, None]
    several = f"[N, {', '.join(map(str, shape[1:] if shape[:1] == (1,) else shape))}]"
    raise ValueError(f"{what} must have the shape {list(shape)}, or {several} for N inputs one "
                     f"after the other, not {list(array.shape)}")


def _typed(array, tensor, what):
    if array.dtype == tensor.dtype:
        return array
    if array.dtype.kind != "f":
        or_float = "" if tensor.dtype == "float32" else ", or float32 that is quantised here"
        raise ValueError(f"{what} must be {tensor.dtype}{or_float}, not {array.dtype}")
    if not np.isfinite(array).all():
        raise ValueError(f"{what} must have finite numbers only")
    if tensor.dtype == "float32":
        return array.astype(np.float32)
    return affine_quantize(array, tensor.scale, tensor.zero_point, tensor.dtype)


def random_arrays(model, seed=0):
    """An array for each input of ``model``, always the same ones."""
    random = np.random.RandomState(seed)
    return [random.standard_normal(tensor.shape).astype(np.float32) if tensor.dtype == "float32"
            else random.randint(0, 256, tensor.shape).astype(np.uint8).view(tensor.dtype)
            for tensor in (model.tensors[index] for index in model.inputs)]


def split_runs(model, arrays):
    """[[array for each input of the network] for each run].

    Parameters: arrays : one for each input of ``model``, of its shape, or with a dimension more in
        front (in place of a batch of 1), along which the runs go; of its type, or real.
    Raises: ValueError.
    """
    if len(arrays) != len(model.inputs):
        raise ValueError(f"Input arrays must be {len(model.inputs)}, one for each input of the "
                         f"network, not {len(arrays)}")
    stacks = []
    for number, (index, array) in enumerate(zip(model.inputs, arrays)):
        tensor = model.tensors[index]
        what = f"Input {number}, {tensor.name!r},"
        stacks.append(_typed(_runs_of(np.asarray(array), tensor, what), tensor, what))
    counts = {len(stack) for stack in stacks}
    if len(counts) != 1:
        raise ValueError(f"Input arrays must be for as many runs each, not for "
                         f"{', '.join(str(len(stack)) for stack in stacks)}")
    return [list(run) for run in zip(*stacks)]


def chip_arrays(model, plan, arrays):
    """One run's inputs of the chip: bytes close together, as int8."""
    values = dict(zip(model.inputs, arrays))
    for layer in model.layers:
        if isinstance(layer, network.Quantize):
            values[layer.output] = evaluate(layer, model.tensors, values)
    return np.concatenate([values[index].ravel().view(np.int8) for index in plan.inputs])


def host_outputs(model, plan, data):
    """One run's outputs of the network, from those of the chip: int8 array close together."""
    values, offset = {}, 0
    for index in plan.outputs:
        tensor = model.tensors[index]
        values[index] = data[offset:offset + tensor.elements].view(tensor.dtype).reshape(
            tensor.shape)
        offset += tensor.elements
    for layer in model.layers:
        if isinstance(layer, network.Dequantize):
            values[layer.output] = evaluate(layer, model.tensors, values)
    return [values[index] for index in model.outputs]
