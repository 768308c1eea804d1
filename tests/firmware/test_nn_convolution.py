"""Convolutions of gluechip/nn.h, with and without depth, compiled for this machine."""

import numpy as np
import pytest

from firmware.networks import network
from tests.firmware import nn
from tests.firmware.host import CONFIGURATION, address_of

_COLUMNS = CONFIGURATION.array_columns


class Convolution:
    """A random convolution: the C's arguments by name, and what it must give.

    Parameters: vertical, horizontal : `random_window`; depthwise : bool, ``outputs`` is then the
        multiple of ``channels``.
    """

    def __init__(self, rng, vertical, horizontal, channels, outputs, *, depthwise=False, batch=1,
                 extreme=False, rounding="double", bias=True):
        self.depthwise, self.rounding, self._window = depthwise, rounding, (vertical, horizontal)
        height, width = vertical[1], horizontal[1]
        multiple, outputs = outputs, channels * outputs if depthwise else outputs
        self.output = nn.output((batch, vertical[4], horizontal[4], outputs))
        self.image = nn.random_int8(rng, (batch, vertical[0], horizontal[0], channels), extreme)
        self.filter = nn.random_int8(rng, (1, height, width, outputs) if depthwise
                                     else (outputs, height, width, channels), extreme)
        self.bias = rng.integers(-4000, 4000, outputs).astype(np.int32) if bias else None
        products = height * width * (1 if depthwise else channels)
        self.scales = nn.random_scales(rng, outputs, products)
        self.zeros = rng.choice([-128, 127], 2) if extreme else rng.integers(-128, 128, 2)
        self.limits = np.sort(rng.integers(-128, 128, 2)) if rng.random() < 0.3 else (-128, 127)
        fields = {"input_offset": -self.zeros[0], "output_offset": self.zeros[1],
                  "stride": nn.Tile(horizontal[2], vertical[2]),
                  "padding": nn.Tile(horizontal[3], vertical[3]), "dilation": nn.Tile(1, 1),
                  "activation": nn.Activation(*self.limits)}
        self.buffer = None
        self.context = nn.Context(rounding=rounding == "single")
        self.arguments = {
            "context": self.context,
            "params": nn.DwConvParams(ch_mult=multiple, **fields) if depthwise
            else nn.ConvParams(**fields),
            "scales": nn.PerChannel(*map(address_of, self.scales)),
            "input_dims": nn.dims(self.image), "input": self.image,
            "filter_dims": nn.dims(self.filter), "filter": self.filter,
            "bias_dims": nn.Dims(1, 1, 1, outputs), "bias": self.bias,
            "output_dims": nn.dims(self.output), "output": self.output,
        }

    @property
    def name(self):
        return "depthwise_conv2d" if self.depthwise else "conv2d"

    def buffer_size(self, library, backend):
        """What the C says that it needs."""
        a = self.arguments
        return nn.call(getattr(library, f"gluechip_{self.name}_s8_get_buffer_size"),
                       nn.BACKENDS[backend], a["params"], a["input_dims"], a["filter_dims"],
                       a["output_dims"])

    def run(self, library, backend, **changes):
        """Calls the C, some arguments changed; returns its status."""
        if self.buffer is None:
            size = self.buffer_size(library, backend)
            self.buffer = np.full(size + 8, nn.UNTOUCHED, np.int8)
            self.context.buf, self.context.size = address_of(self.buffer), size
        status = nn.call(getattr(library, f"gluechip_{self.name}_s8"), nn.BACKENDS[backend],
                         *(self.arguments | changes).values())
        assert (self.buffer[-8:] == nn.UNTOUCHED).all(), "wrote behind the buffer"
        return status

    @property
    def expected(self):
        tensors = [nn.tensor(self.image, self.zeros[0]), nn.tensor(self.filter)]
        values = [self.image, self.filter]
        if self.bias is not None:
            tensors.append(nn.tensor(self.bias))
            values.append(self.bias)
        kind = network.DepthwiseConv2D if self.depthwise else network.Conv2D
        multiple = {"depth_multiplier": self.output.shape[3] // self.image.shape[3]} \
            if self.depthwise else {}
        layer = kind(0, "", tuple(range(len(tensors))), (len(tensors),),
                     *(s.astype(np.int64) for s in self.scales), *self.limits, **multiple,
                     **nn.reference(*self._window))
        tensors.append(nn.tensor(self.output, self.zeros[1]))
        return nn.expected(layer, tensors, values, self.rounding)

    def check(self, library, backend):
        assert self.run(library, backend) == 0
        wrong = np.argwhere(self.output != self.expected)
        assert not len(wrong), (
            f"{self.name} of {self.image.shape} with {self.filter.shape}, {self._window}: "
            f"{len(wrong)} wrong, the first at {wrong[0]}")


@pytest.fixture(scope="module")
def library():
    return nn.layers()


def _check_random(library, backend, count, depthwise):
    rng = np.random.default_rng(count)
    for case in range(count):
        channels = int(rng.choice([1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 33]))
        multiple = 1 if case % 3 else int(rng.integers(1, 4))
        outputs = multiple if depthwise else int(rng.integers(1, 20))
        Convolution(rng, nn.random_window(rng), nn.random_window(rng), channels, outputs,
                    depthwise=depthwise, batch=int(rng.choice([1, 1, 3])), extreme=case % 7 == 0,
                    rounding=("double", "single")[case & 1], bias=case % 5 > 0).check(
                        library, backend)


@pytest.mark.parametrize("backend", nn.BACKENDS)
def test_conv2d_of_random_shapes(library, backend):
    _check_random(library, backend, 300, False)


@pytest.mark.parametrize("backend", nn.BACKENDS)
def test_depthwise_of_random_shapes(library, backend):
    _check_random(library, backend, 301, True)


def _window(image, kernel, stride, padding):
    return image, kernel, stride, padding, (image + 2 * padding - kernel) // stride + 1


@pytest.mark.parametrize("backend", nn.BACKENDS)
@pytest.mark.parametrize("vertical, horizontal, channels, outputs, depthwise", [
    ((1, 1, 1, 0), (1, 1, 1, 0), 1, 1, False),
    ((49, 10, 2, 4), (10, 4, 2, 1), 1, 8, False),  # keyword spotting, first layer
    ((16, 3, 1, 1), (16, 3, 1, 1), 16, 16, False),
    ((9, 3, 2, 1), (9, 3, 2, 1), 70, 5, False),  # rows longer than the core gathers at a time
    ((3, 1, 1, 0), (200, 1, 1, 0), 9, 17, False),  # A as it lies there
    ((7, 1, 3, 0), (7, 1, 2, 0), 5, 9, False),
    ((2, 5, 1, 2), (3, 5, 1, 2), 3, 4, False),  # kernel larger than the image
    ((25, 3, 1, 1), (5, 3, 1, 1), 64, 1, True),
    ((49, 10, 2, 4), (10, 8, 2, 3), 1, 8, True),  # many outputs of one channel
    ((13, 12, 1, 6), (13, 11, 1, 5), 9, 1, True),  # kernels of more taps than a pass holds
    ((6, 3, 2, 0), (6, 3, 2, 0), 12, 2, True),
], ids=str)
def test_real_layers(library, backend, vertical, horizontal, channels, outputs, depthwise):
    rng = np.random.default_rng(5)
    windows = [_window(*vertical), _window(*horizontal)]
    Convolution(rng, *windows, channels, outputs, depthwise=depthwise).check(library, backend)


def test_smaller_output_than_the_image_allows(library):
    """Windows of one pixel that leave some of the image out: not A as it lies there."""
    Convolution(np.random.default_rng(1), (5, 1, 1, 0, 5), (6, 1, 1, 0, 3), 4, 3).check(
        library, "cpu")


def test_buffer_sizes(library):
    rng = np.random.default_rng(2)

    def size(channels, multiple, kernel=3, backend="coprocessor"):
        window = _window(20, kernel, 1, 1)
        return Convolution(rng, window, window, channels, multiple, depthwise=True).buffer_size(
            library, backend)
    assert size(3, 1, backend="cpu") == 0
    assert size(3, 2) == 6 * 9 * 3
    assert size(_COLUMNS, 1) == _COLUMNS * 9 * _COLUMNS
    assert size(64, 1) == 64 * 9 * _COLUMNS
    assert size(64, 2) == 128 * 9
    assert size(64, 1, kernel=12) == 64 * 144


def test_filled_buffer_is_used_again(library):
    rng = np.random.default_rng(3)
    convolution = Convolution(rng, _window(5, 3, 1, 1), _window(5, 3, 1, 1), 20, 1, depthwise=True)
    convolution.check(library, "coprocessor")
    convolution.output[:] = 0
    convolution.context.buf_is_filled = True
    assert convolution.run(library, "coprocessor", filter=np.zeros_like(convolution.filter)) == 0
    assert (convolution.output == convolution.expected).all()


_BAD_PARAMETERS = [
    {"input_offset": -128}, {"input_offset": 129}, {"input_offset": -2**31},
    {"output_offset": -129}, {"output_offset": 128}, {"output_offset": 2**31 - 1},
    {"stride": nn.Tile(0, 1)}, {"stride": nn.Tile(1, 0)}, {"stride": nn.Tile(1, 256)},
    {"stride": nn.Tile(30000, 1)}, {"padding": nn.Tile(-1, 0)}, {"padding": nn.Tile(0, -1)},
    {"padding": nn.Tile(0, 256)}, {"padding": nn.Tile(30000, 0)},
    {"padding": nn.Tile(2**31 - 1, 0)},
    {"dilation": nn.Tile(2, 1)}, {"dilation": nn.Tile(1, 2)}, {"dilation": nn.Tile(0, 1)},
    {"activation": nn.Activation(-129, 127)}, {"activation": nn.Activation(-128, 128)},
    {"activation": nn.Activation(5, 4)}, {"activation": nn.Activation(-2**31, 2**31 - 1)},
]
_BAD_DIMS = [
    *({f"{what}_dims": {axis: size}} for what in ("input", "filter", "output") for axis in "nhwc"
      for size in (0, -1, 65536)),
    {"input_dims": {"n": 2}}, {"output_dims": {"n": 2}}, {"input_dims": {"c": 4}},
    {"filter_dims": {"c": 4}}, {"output_dims": {"c": 4}}, {"bias_dims": {"c": 4}},
    {"output_dims": {"h": 8}}, {"output_dims": {"w": 8}}, {"filter_dims": {"n": 2}},
    {"input_dims": {"w": 30000}}, {"filter_dims": {"h": 30000, "w": 30000}},
    {"filter_dims": {"h": 65535, "w": 65535}},
]


def _bad_calls(depthwise):
    """(what is bad, arguments by name that differ)."""
    def convolution():
        # ``n`` of a filter and ``c`` of a bias are neither used nor equal to anything else.
        return Convolution(np.random.default_rng(4), _window(5, 3, 1, 1), _window(5, 3, 1, 1), 3,
                           1 if depthwise else 3, depthwise=depthwise)
    for change in _BAD_PARAMETERS + [{"ch_mult": v} for v in (0, -1, 2, 65536) if depthwise]:
        c = convolution()
        for name, value in change.items():
            setattr(c.arguments["params"], name, value)
        yield f"params {list(change)}", c, {}
    for change in _BAD_DIMS:
        c = convolution()
        [(what, axes)] = change.items()
        for axis, size in axes.items():
            setattr(c.arguments[what], axis, size)
        yield f"{what} {axes}", c, {}
    c = convolution()
    for name in c.arguments:
        if name not in ("context", "bias_dims", "bias"):
            yield f"no {name}", c, {name: None}
    for name in ("multiplier", "shift"):
        c = convolution()
        setattr(c.arguments["scales"], name, None)
        yield f"no {name}", c, {}
        c = convolution()
        setattr(c.arguments["scales"], name, getattr(c.arguments["scales"], name) + 1)
        yield f"{name} not aligned", c, {}
    c = convolution()
    yield "output over input", c, {"input": c.output}
    yield "output over filter", c, {"filter": c.output}
    c = convolution()
    c.context.rounding = 2
    yield "rounding", c, {}


@pytest.mark.parametrize("backend", nn.BACKENDS)
@pytest.mark.parametrize("depthwise", [False, True])
def test_wrong_arguments_are_refused(library, backend, depthwise):
    for what, convolution, changes in _bad_calls(depthwise):
        assert convolution.run(library, backend, **changes) == nn.ARGUMENT_ERROR, what
        assert (convolution.output == nn.UNTOUCHED).all(), what


def test_wrong_backend_is_refused(library):
    for depthwise in (False, True):
        _, convolution, _ = next(_bad_calls(depthwise))
        convolution.arguments["params"].input_offset = 0
        assert convolution.run(library, "cpu") == 0
        function = getattr(library, f"gluechip_{convolution.name}_s8")
        for backend in (2, -1):
            assert nn.call(function, backend, *convolution.arguments.values()) == nn.ARGUMENT_ERROR


def test_depthwise_refuses_a_bad_buffer(library):
    rng = np.random.default_rng(6)
    c = Convolution(rng, _window(5, 3, 1, 1), _window(5, 3, 1, 1), 20, 1, depthwise=True)
    assert c.run(library, "coprocessor") == 0
    c.output[:] = nn.UNTOUCHED
    size = c.context.size
    for change in ({"size": size - 1}, {"size": 0}, {"size": -1}, {"buf": None}):
        context = nn.Context(**{"buf": c.context.buf, "size": size} | change)
        assert c.run(library, "coprocessor", context=context) == nn.ARGUMENT_ERROR, change
    assert c.run(library, "coprocessor", context=None) == nn.ARGUMENT_ERROR
    assert (c.output == nn.UNTOUCHED).all()
    assert c.run(library, "cpu", context=None) == 0
    assert (c.output == c.expected).all()


def test_bias_dims_and_context_may_be_left_out(library):
    rng = np.random.default_rng(7)
    for depthwise in (False, True):
        c = Convolution(rng, _window(5, 3, 1, 1), _window(5, 3, 1, 1), 3, 1, depthwise=depthwise)
        assert c.run(library, "cpu", context=None, bias_dims=None) == 0
        assert (c.output == c.expected).all()


def _random(depthwise, backend):
    return lambda library: _check_random(library, backend, 60, depthwise)


@pytest.mark.parametrize("check, old, new", [
    (test_smaller_output_than_the_image_allows, "window->input->w == window->output->w", "true"),
    (_random(False, "cpu"), ".padding_top = (uint32_t)window->padding->h", ".padding_top = 0"),
    (_random(True, "cpu"), "channels - CHANNELS;", "0;"),
    (_random(True, "cpu"), "y + stride + height <= in->h", "y + height <= in->h"),
    (_random(True, "coprocessor"), "? job.bias + job.n :", "? job.bias :"),
    (_random(True, "coprocessor"), "++place == plan->width", "++place > plan->width"),
], ids=range(6))
def test_mutant_is_found(tmp_path, check, old, new):
    """A layer with one mistake fails its test."""
    with pytest.raises(AssertionError):
        check(nn.layers_with_mistake(tmp_path, old, new))
