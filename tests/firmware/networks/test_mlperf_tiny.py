"""Models of MLPerf Tiny, layer by layer against LiteRT: those in the folder GLUECHIP_MODELS."""

import os
from pathlib import Path

import numpy as np
import pytest

from firmware.networks.reader import read
from firmware.networks.reference import run
from tests.firmware.networks.litert import Litert, compare, litert_rounding, random_inputs

_RUNS = 10
_MODELS = {  # file in github.com/mlcommons/tiny: number of layers
    "ad01_int8.tflite": 10,
    "kws_ref_model.tflite": 13,
}


@pytest.fixture(params=_MODELS)
def path(request):
    folder = os.environ.get("GLUECHIP_MODELS")
    if folder is None:
        pytest.skip(f"set GLUECHIP_MODELS to a folder with {' and '.join(_MODELS)} of "
                    "github.com/mlcommons/tiny")
    if not Path(folder, request.param).is_file():
        pytest.skip(f"{request.param} is not in GLUECHIP_MODELS, {folder}")
    return Path(folder, request.param)


def test_every_layer_equals_litert(path):
    model, litert = read(path), Litert(path.read_bytes())
    assert len(model.layers) == _MODELS[path.name]
    random = np.random.RandomState(0)
    for _ in range(_RUNS):
        for layer, wrong, values, largest in compare(model, litert(
                model, random_inputs(model, random))):
            assert not wrong, (f"layer {layer.index}, {layer.operator}: {wrong} of {values} "
                               f"values differ, by {largest} at most")


def test_whole_network_equals_litert(path):
    """Not only layer by layer: what one layer gives, the next one takes."""
    model, litert = read(path), Litert(path.read_bytes())
    random = np.random.RandomState(1)
    for _ in range(_RUNS):
        inputs = random_inputs(model, random)
        ours, theirs = run(model, inputs, rounding=litert_rounding), litert(model, inputs)
        assert all((ours[layer.output] == theirs[layer.output]).all() for layer in model.layers)


@pytest.mark.parametrize("rounding", ["double", "single"])
def test_no_rounding_is_off_by_more_than_1(path, rounding):
    model, litert = read(path), Litert(path.read_bytes())
    theirs = litert(model, random_inputs(model, np.random.RandomState(2)))
    assert max(result[3] for result in compare(model, theirs, lambda layer: rounding)) <= 1
