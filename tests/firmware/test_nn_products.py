"""Products of matrices and fully connected layers of gluechip/nn.h, compiled for this machine."""

import numpy as np
import pytest

from firmware.networks import network
from tests.firmware import nn
from tests.firmware.host import address_of



class Product:
    """Arguments that both kinds of calls share: operands, offsets, scales.

    ``output`` is at first not the result but `nn.UNTOUCHED`.
    """

    def __init__(self, rng, first, second, output, *, per_channel=False, extreme=False,
                 rounding="double"):
        self.rounding, self.per_channel = rounding, per_channel
        self.first, self.second = (nn.random_int8(rng, shape, extreme)
                                   for shape in (first, second))
        self.output = nn.output(output)
        self.zeros = rng.choice([-128, 127], 3) if extreme else rng.integers(-128, 128, 3)
        self.limits = np.sort(rng.integers(-128, 128, 2)) if rng.random() < 0.3 else (-128, 127)
        self.scales = nn.random_scales(rng, output[-1] if per_channel else 1, second[-1])
        self.arguments = {
            "context": nn.Context(rounding=rounding == "single"),
            "params": nn.FcParams(-self.zeros[0], -self.zeros[1], self.zeros[2],
                                  nn.Activation(*self.limits)),
            "scales": nn.PerChannel(*map(address_of, self.scales)) if per_channel
            else nn.PerTensor(*(s[0] for s in self.scales)),
            "first_dims": nn.dims(self.first), "first": self.first,
            "second_dims": nn.dims(self.second), "second": self.second,
            "output_dims": nn.dims(self.output), "output": self.output,
        }

    @property
    def tensors(self):
        return [nn.tensor(a, z) for a, z in zip((self.first, self.second, self.output), self.zeros)]


class MatrixProducts(Product):
    name = "matmul"

    @property
    def expected(self):
        """The model's, of transposed second factors; it has no clamp."""
        layer = network.BatchMatmul(0, "", (0, 1), (2,), (False, True),
                                    *(s.astype(np.int64)[0] for s in self.scales))
        result = nn.expected(layer, self.tensors, [self.first, self.second], self.rounding)
        return np.clip(result, *self.limits)


class FullyConnected(Product):
    def __init__(self, rng, image, outputs, *, bias=True, **options):
        super().__init__(rng, image, (outputs, int(np.prod(image[1:]))), (image[0], outputs),
                         **options)
        self.bias = rng.integers(-4000, 4000, outputs).astype(np.int32) if bias else None
        a = self.arguments
        a["second_dims"] = nn.Dims(self.second.shape[1], 0, 0, outputs)
        a["output_dims"] = nn.Dims(image[0], 0, 0, outputs)
        output = {key: a.pop(key) for key in ("output_dims", "output")}
        a |= {"bias_dims": nn.Dims(0, 0, 0, outputs), "bias": self.bias} | output

    @property
    def name(self):
        return f"fully_connected{'_per_channel' * self.per_channel}"

    @property
    def expected(self):
        tensors, values = self.tensors, [self.first, self.second]
        if self.bias is not None:
            tensors.insert(2, nn.tensor(self.bias))
            values.append(self.bias)
        layer = network.FullyConnected(0, "", tuple(range(len(values))), (len(values),),
                                       *(s.astype(np.int64) for s in self.scales), *self.limits,
                                       None, None)
        return nn.expected(layer, tensors, values, self.rounding)


@pytest.fixture(scope="module")
def library():
    return nn.layers()


def _run(library, backend, product, **changes):
    return nn.call(getattr(library, f"gluechip_{product.name}_s8"),
                   nn.BACKENDS.get(backend, backend), *(product.arguments | changes).values())


def _check(library, backend, product):
    assert _run(library, backend, product) == 0
    assert (product.output == product.expected).all(), (product.first.shape, product.second.shape)


@pytest.mark.parametrize("backend", nn.BACKENDS)
@pytest.mark.parametrize("per_channel", [False, True])
def test_fully_connected(library, backend, per_channel):
    rng = np.random.default_rng(1)
    for case in range(60):
        image = tuple(int(rng.integers(1, limit)) for limit in (20, 4, 4, 30))
        _check(library, backend, FullyConnected(
            rng, image, int(rng.integers(1, 20)), per_channel=per_channel, bias=case % 3 > 0,
            extreme=case % 7 == 0, rounding=("double", "single")[case & 1]))
    _check(library, backend, FullyConnected(rng, (1, 1, 1, 640), 128, per_channel=per_channel))


_SHAPES = [((1, 1), (1, 1)), ((3, 2), (3, 2)), ((3, 2), (1, 1)), ((1, 1), (3, 2)), ((3, 1), (1, 2)),
           ((1, 2), (3, 1)), ((3, 2), (1, 2)), ((3, 1), (3, 2))]


def _matrix_products(rng, first, second, **options):
    m, n, k = (int(v) for v in rng.integers(1, 20, 3))
    output = tuple(max(pair) for pair in zip(first, second))
    return MatrixProducts(rng, (*first, m, k), (*second, n, k), (*output, m, n), **options)


@pytest.mark.parametrize("backend", nn.BACKENDS)
@pytest.mark.parametrize("first, second", _SHAPES)
def test_matrix_products(library, backend, first, second):
    rng = np.random.default_rng(2)
    for case in range(10):
        _check(library, backend, _matrix_products(
            rng, first, second, extreme=case == 4, rounding=("double", "single")[case & 1]))


def test_no_buffer_is_needed(library):
    size = library.gluechip_fully_connected_s8_get_buffer_size
    assert [nn.call(size, b, nn.Dims(640, 1, 1, 128)) for b in (0, 1)] == [0, 0]


_BAD_PARAMETERS = [
    {"input_offset": -128}, {"input_offset": 129}, {"input_offset": -2**31},
    {"filter_offset": -128}, {"filter_offset": 129}, {"filter_offset": 2**31 - 1},
    {"output_offset": -129}, {"output_offset": 128}, {"activation": nn.Activation(-129, 127)},
    {"activation": nn.Activation(-128, 128)}, {"activation": nn.Activation(5, 4)},
]


def _bad_calls(make, bad_dims, per_channel):
    """(what is bad, product, arguments that differ)."""
    for change in _BAD_PARAMETERS:
        product = make()
        for name, value in change.items():
            setattr(product.arguments["params"], name, value)
        yield change, product, {}
    for what, axis, size in bad_dims:
        product = make()
        setattr(product.arguments[what], axis, size)
        yield (what, axis, size), product, {}
    for name in make().arguments:
        if name not in ("context", "bias_dims", "bias"):
            yield name, make(), {name: None}
    for name, values in (("multiplier", (-1, -2**31)), ("shift", (-32, 31, 2**31 - 1))):
        for value in (None,) if per_channel else values:
            product = make()
            setattr(product.arguments["scales"], name, value)
            yield (name, value), product, {}
    product = make()
    yield "output over input", product, {"first": product.output}
    yield "output over weights", product, {"second": product.output}
    product = make()
    product.arguments["context"].rounding = 2
    yield "rounding", product, {}


def _check_refusals(library, calls):
    for what, product, changes in calls:
        for backend in nn.BACKENDS:
            assert _run(library, backend, product, **changes) == nn.ARGUMENT_ERROR, what
        assert (product.output == nn.UNTOUCHED).all(), what


@pytest.mark.parametrize("per_channel", [False, True])
def test_fully_connected_refuses_wrong_arguments(library, per_channel):
    def make():
        return FullyConnected(np.random.default_rng(3), (2, 1, 3, 4), 5, per_channel=per_channel)
    bad = [(what, axis, size) for what, axes in (("first_dims", "nhwc"), ("second_dims", "nc"),
                                                 ("output_dims", "nc"), ("bias_dims", "c"))
           for axis in axes for size in (0, -1, 65536, 7)]
    _check_refusals(library, _bad_calls(make, bad, per_channel))
    product = make()
    for backend in (2, -1):
        assert _run(library, backend, product) == nn.ARGUMENT_ERROR
    assert _run(library, "cpu", product, context=None, bias_dims=None) == 0
    assert (product.output == product.expected).all()


def test_matrix_products_refuse_wrong_arguments(library):
    def make():
        return _matrix_products(np.random.default_rng(4), (3, 2), (3, 2))
    bad = [(f"{what}_dims", axis, size) for what in ("first", "second", "output")
           for axis in "nhwc" for size in (0, -1, 65536, 40)]
    _check_refusals(library, _bad_calls(make, bad, False))
    product = make()
    for backend in (2, -1):
        assert _run(library, backend, product) == nn.ARGUMENT_ERROR
    assert _run(library, "cpu", product, context=None) == 0
    assert (product.output == product.expected).all()


@pytest.mark.parametrize("check, old, new", [
    (lambda library: test_fully_connected(library, "cpu", True),
     "narrow(-(int64_t)fc_params->filter_offset);\n    job.m = (uint32_t)input",
     "narrow(fc_params->filter_offset);\n    job.m = (uint32_t)input"),
    (lambda library: test_matrix_products(library, "cpu", (1, 2), (3, 1)),
     "(dims->n > 1 ? n : 0)", "n"),
    (test_matrix_products_refuse_wrong_arguments, "lhs_dims->c != rhs_dims->c", "false"),
], ids=range(3))
def test_mutant_is_found(tmp_path, check, old, new):
    """A layer with one mistake fails its test."""
    with pytest.raises(AssertionError):
        check(nn.layers_with_mistake(tmp_path, old, new))
