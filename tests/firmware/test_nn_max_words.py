"""MAX_POOL of whole words, four channels at a time, compiled for this machine."""

import numpy as np
import pytest

from firmware.networks import network
from tests.firmware import nn

_EVERY = np.arange(-128, 128).astype(np.int8)


def _pool(library, image, window):
    """What the C gives for windows that lie side by side."""
    batch, height, width, channels = image.shape
    output = nn.output((batch, height // window[0], width // window[1], channels))
    parameters = nn.PoolParams(nn.Tile(*window[::-1]), nn.Tile(0, 0), nn.Activation(-128, 127))
    assert nn.call(library.gluechip_max_pool_s8, None, parameters, nn.dims(image), image,
                   nn.Dims(0, *window, 0), nn.dims(output), output) == 0
    layer = network.MaxPool2D(0, "", (0,), (1,), window, window, network.Padding(0, 0, 0, 0), -128,
                              127)
    return output, nn.expected(layer, [nn.tensor(image), nn.tensor(output)], [image])


def check_every_pair(library):
    first, second = np.meshgrid(_EVERY, _EVERY, indexing="ij")
    image = np.ascontiguousarray(np.stack([first, second], axis=1)[None])  # 256 lines of 2 x 256
    got, want = _pool(library, image.reshape(1, 256, 2, 256), (1, 2))
    assert (got == want).all()


def check_windows(library):
    rng = np.random.default_rng(1)
    for window in ((1, 1), (2, 2), (3, 3), (2, 3), (5, 1)):
        for channels in (4, 8, 20):
            shape = (2, 3 * window[0], 4 * window[1], channels)
            got, want = _pool(library, nn.random_int8(rng, shape, False), window)
            assert (got == want).all(), (window, channels)


@pytest.mark.parametrize("check", [check_every_pair, check_windows])
def test_words(check):
    check(nn.layers())


@pytest.mark.parametrize("check, old, new", [
    (check_every_pair, "(b & ~a) |", "(a & ~b) |"),
    (check_every_pair, "lower & ~(a ^ b)", "lower"),
    (check_every_pair, "(b & ~signs)", "b"),
    (check_windows, "tap += gap", "tap += gap + 1"),
    (check_windows, "words, 2, 2, gap_words", "words, 2, 1, gap_words"),
], ids=range(5))
def test_mutant_is_found(tmp_path, check, old, new):
    """A layer with one mistake fails its test."""
    with pytest.raises(AssertionError):
        check(nn.layers_with_mistake(tmp_path, old, new))
