"""Mistakes of the compiler of networks, each of which a run on the chip must find."""

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest

from firmware.networks.compiler import arena, averages, emit, products
from gluechip.infer import infer
from soc.configuration import preset
from tests.firmware.networks.random_network import random_network

_COMPILER = "firmware.networks.compiler"
_SMALL = preset("small", network_jobs=True)
_SEEDS = (0, 23, 26)
"""Networks that have between them what the mistakes are about."""

_patch, _ones, _allocate = products._window_patch, averages._ones, arena.allocate


def _scale_of_the_first(site, multipliers, shifts):
    return {"scale_multiplier": int(multipliers[0]), "scale_shift": int(shifts[0])}


_MUTANTS = {  # what goes wrong: (place, what stands there instead)
    "calls do not wait for jobs": (f"{_COMPILER}.emit._jobs_to_wait_for", lambda plan, number: 0),
    "activations take each other's place": (
        f"{_COMPILER}.compile.allocate",
        lambda lives, keep=False: ({key: 0 for key in lives}, _allocate(lives, keep=True)[1])),
    "padding on the left is forgotten": (
        f"{_COMPILER}.products._window_patch",
        lambda *arguments, **others: replace(_patch(*arguments, **others), padding_left=0)),
    "lines are passed over": (
        f"{_COMPILER}.products._window_patch",
        lambda *arguments, **others: replace(_patch(*arguments, **others), line_step=2)),
    "all channels have the scale of the first": (
        f"{_COMPILER}.products.scale_fields", _scale_of_the_first),
    "averages are of the next channel": (
        f"{_COMPILER}.averages._ones",
        lambda site, group, rows, k: (_ones(site, group, rows, k)[0] + 1, group - 1)),
    "sums are rounded down": (
        f"{_COMPILER}.sums.sum_tables",
        lambda layer, tensors, rounding: (np.zeros((2, 256), np.int32), 22)),
}


def _is_found(path):
    """A run of some network fails, or differs from the reference."""
    for seed in _SEEDS:
        path.write_bytes(random_network(seed))
        try:
            if infer(path, None, _SMALL, check=True).differences:
                return True
        except RuntimeError:
            return True
    return False


def test_nothing_is_found_without_a_mistake(tmp_path):
    assert not _is_found(tmp_path / "model.tflite")


@pytest.mark.parametrize("mistake", _MUTANTS)
def test_mutant_is_found(tmp_path, mistake):
    place, replacement = _MUTANTS[mistake]
    with mock.patch(place, replacement):
        assert _is_found(tmp_path / "model.tflite")


def test_a_wait_that_is_missing_is_told(tmp_path):
    """The simulator sees the core touch what a job still writes."""
    path = tmp_path / "model.tflite"
    path.write_bytes(random_network(_SEEDS[0]))
    with mock.patch.object(emit, "_jobs_to_wait_for", lambda plan, number: 0):
        with pytest.raises(RuntimeError, match="wait for the job first"):
            infer(path, None, _SMALL)
