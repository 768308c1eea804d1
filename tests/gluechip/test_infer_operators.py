"""Each operator in each of its forms, and random networks, on the chip against the reference."""

import numpy as np
import pytest

from firmware.networks.reader import parse
from gluechip.infer import infer
from soc.configuration import preset
from tests.firmware.networks.cases import CASES
from tests.firmware.networks.litert import random_inputs
from tests.firmware.networks.random_network import random_network

_SMALL = preset("small", network_jobs=True)
_RUNS = 2
_NETWORKS = 12


def _check(path, data, seed, *, shared=False, **options):
    """The model runs, and every layer gives what the reference does.

    With ``shared`` it runs a second time, with activations that share memory.
    """
    path.write_bytes(data)
    model, random = parse(data), np.random.RandomState(seed)
    runs = [random_inputs(model, random) for _ in range(_RUNS)]
    arrays = [np.stack(column) for column in zip(*runs)]
    result = infer(path, arrays, _SMALL, check=True, **options)
    assert result.differences == [] and result.all_checked
    assert set(result.checked) == {layer.index for layer in model.layers if not layer.on_host}
    if shared:
        again = infer(path, arrays, _SMALL, **options)
        assert all((a == b).all() for a, b in zip(again.outputs, result.outputs))
        assert again.parts["activations"] <= result.parts["activations"]


@pytest.mark.parametrize("name", CASES)
def test_operator(tmp_path, name):
    _check(tmp_path / "model.tflite", CASES[name], sum(name.encode()))


@pytest.mark.parametrize("seed", range(_NETWORKS))
def test_random_network(tmp_path, seed):
    _check(tmp_path / "model.tflite", random_network(seed), seed, shared=True,
           rounding=("litert", "double", "single")[seed % 3])


@pytest.mark.parametrize("seed", range(_NETWORKS, _NETWORKS + 3))
def test_random_network_on_the_core(tmp_path, seed):
    _check(tmp_path / "model.tflite", random_network(seed), seed, backend="cpu")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 200))
def test_many_random_networks(tmp_path, seed):
    _check(tmp_path / "model.tflite", random_network(seed, layers=8), seed, shared=True)
