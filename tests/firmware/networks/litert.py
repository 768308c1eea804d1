"""LiteRT's interpreter with its reference kernels, to compare with."""

import sys

import numpy as np
import pytest

from firmware.networks import network
from firmware.networks.reference import evaluate

pytest.importorskip("tflite", reason="tflite is not installed: pip install -e .[networks]")


def _interpreter_module():
    """Skips the test where the package is missing, and says why."""
    return pytest.importorskip("ai_edge_litert.interpreter", reason=(
        "ai-edge-litert is not installed; it has wheels for Linux, Windows and macOS on ARM: "
        f"pip install -e .[test]; this is Python {sys.version_info[0]}.{sys.version_info[1]}"))


class Litert:
    """A model in LiteRT. Call it with input arrays; it gives every tensor by its index."""

    def __init__(self, data):
        module = _interpreter_module()
        self._interpreter = module.Interpreter(
            model_content=data, experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=module.OpResolverType.BUILTIN_REF)
        self._interpreter.allocate_tensors()

    def __call__(self, model, inputs):
        for index, array in zip(model.inputs, inputs):
            self._interpreter.set_tensor(index, array)
        self._interpreter.invoke()
        used = {*model.inputs, *(layer.output for layer in model.layers)}
        constants = {i: t.data for i, t in enumerate(model.tensors) if t.data is not None}
        return constants | {index: self._interpreter.get_tensor(index) for index in used}


def random_inputs(model, random):
    """Arrays for the inputs of a network: all values of a byte, and a few more in float32."""
    arrays = []
    for tensor in (model.tensors[index] for index in model.inputs):
        if tensor.dtype == "float32":
            arrays.append((random.standard_normal(tensor.shape) * 40).astype(np.float32))
        else:
            bounds = np.iinfo(tensor.dtype)
            arrays.append(random.randint(bounds.min, bounds.max + 1, tensor.shape).astype(
                tensor.dtype))
    return arrays


def litert_rounding(layer):
    """How LiteRT's reference kernel of a layer rounds: one of them has left its source behind."""
    return "litert" if isinstance(layer, network.FullyConnected) else "double"


def compare(model, theirs, rounding=litert_rounding):
    """Each layer on LiteRT's own inputs to it: [(layer, values that differ, values, largest
    difference)]."""
    results = []
    for layer in model.layers:
        ours = evaluate(layer, model.tensors, theirs, rounding=rounding(layer))
        assert ours.shape == theirs[layer.output].shape
        assert ours.dtype == theirs[layer.output].dtype
        difference = np.abs(ours.astype(np.float64) - theirs[layer.output])
        results.append((layer, int((difference != 0).sum()), ours.size, float(difference.max())))
    return results
