"""The network of this project: its file, its accuracy, LiteRT on it, its training."""

import hashlib

import numpy as np
import pytest

from firmware.networks import network
from firmware.networks.models.train import IMAGES, MODEL, SHOWN, accuracy
from firmware.networks.reader import read
from firmware.networks.reference import run
from tests.firmware.networks.litert import Litert, compare

_MODEL_SHA256 = "0ce42a1f658db7b8df7acb4cb269c515492c0d6f67ab563dfa415f5db5d0515f"
_IMAGES_SHA256 = "d38219228cb5db48e033cf9d3296d30b07cc15f05f9f5a1654fdf7ab3fe34677"


@pytest.fixture(scope="module")
def images():
    """(int8 images, labels)"""
    with np.load(IMAGES) as packed:
        return packed["images"], packed["labels"]


def test_files_are_the_recorded_ones():
    assert hashlib.sha256(MODEL.read_bytes()).hexdigest() == _MODEL_SHA256
    assert hashlib.sha256(IMAGES.read_bytes()).hexdigest() == _IMAGES_SHA256


def test_layers():
    assert [type(layer) for layer in read(MODEL).layers] == [
        network.Conv2D, network.DepthwiseConv2D, network.Conv2D, network.AveragePool2D,
        network.Reshape, network.FullyConnected, network.Softmax]


def test_accuracy(images):
    assert images[0].shape == (SHOWN, 8, 8, 1) and images[0].dtype == np.int8
    assert accuracy(read(MODEL), *images) >= 0.95


def test_every_layer_equals_litert(images):
    model, litert = read(MODEL), Litert(MODEL.read_bytes())
    for image in images[0]:
        for layer, wrong, values, _ in compare(model, litert(model, [image[None]])):
            assert not wrong, f"{layer.operator}: {wrong} of {values} values differ"


def test_both_roundings_classify_alike(images):
    model = read(MODEL)
    output, = model.outputs
    guesses = [[run(model, [image[None]], rounding=rounding)[output].argmax()
                for image in images[0]] for rounding in ("double", "single")]
    assert guesses[0] == guesses[1]


def test_training_gives_the_files_again():
    pytest.importorskip("sklearn", reason="scikit-learn: pip install -e .[train]")
    from firmware.networks.models.train import trained

    model, images, right = trained()
    assert hashlib.sha256(model).hexdigest() == _MODEL_SHA256
    assert hashlib.sha256(images).hexdigest() == _IMAGES_SHA256
    assert right >= 0.95
