"""Layers of gluechip/nn.h that take tables made beforehand, compiled for this machine."""

import numpy as np
import pytest

from firmware.networks import arithmetic, network
from firmware.networks.reference import softmax_table
from tests.firmware import nn


@pytest.fixture(scope="module")
def library():
    return nn.layers()


def _softmax(values, scale):
    layer = network.Softmax(0, "", (0,), (1,), *arithmetic.softmax_parameters(scale, 1.0))
    output = nn.output(values.shape)
    arguments = {"table": softmax_table(layer, "double"), "input": values, "rows": values.shape[0],
                 "size": values.shape[1], "output": output}
    return arguments, nn.expected(layer, [nn.tensor(values), nn.tensor(output, -128)], [values])


def check_softmax(library):
    rng = np.random.default_rng(1)
    for case in range(200):
        shape = int(rng.integers(1, 5)), int(rng.choice([1, 2, 3, 10, 50, 1000]))
        arguments, expected = _softmax(nn.random_int8(rng, shape, case % 7 == 0),
                                       10.0**rng.uniform(-4, 1))
        assert nn.call(library.gluechip_softmax_table_s8, *arguments.values()) == 0
        assert (arguments["output"] == expected).all(), case


def check_longest_rows(library):
    for size in (511, 512, 513, 1024, 8191):
        for value in (-128, 127):
            arguments, expected = _softmax(np.full((1, size), value, np.int8), 0.1)
            arguments["output"] = arguments["input"]  # in place
            assert nn.call(library.gluechip_softmax_table_s8, *arguments.values()) == 0
            assert (arguments["input"] == expected).all(), size


def test_softmax(library):
    check_softmax(library)


def test_softmax_of_the_longest_rows(library):
    check_longest_rows(library)


def _sum(rng, size, fraction_bits=22):
    tables = rng.integers(-2**29, 2**29, (2, 256)).astype(np.int32)
    first, second = nn.random_int8(rng, (size,), False), nn.random_int8(rng, (size,), False)
    limits = np.sort(rng.integers(-128, 128, 2)).tolist()
    sums = (tables[0][first.astype(int) + 128].astype(np.int64)
            + tables[1][second.astype(int) + 128])
    arguments = {"tables": tables, "bits": fraction_bits, "first": first, "second": second,
                 "output": nn.output((size,)), "minimum": limits[0], "maximum": limits[1],
                 "size": size}
    return arguments, np.clip(sums >> fraction_bits, *limits)


def check_sums(library):
    rng = np.random.default_rng(2)
    for size in (1, 2, 3, 4, 5, 8, 77, 1024):
        for bits in (0, 22, 31):
            arguments, expected = _sum(rng, size, bits)
            assert nn.call(library.gluechip_add_table_s8, *arguments.values()) == 0
            assert (arguments["output"] == expected).all(), (size, bits)


def test_sums(library):
    check_sums(library)


def test_sum_in_place(library):
    for name in ("first", "second"):
        arguments, expected = _sum(np.random.default_rng(3), 50)
        arguments["output"] = arguments[name]
        assert nn.call(library.gluechip_add_table_s8, *arguments.values()) == 0
        assert (arguments[name] == expected).all()


def _refuses(function, arguments, bad):
    for change in bad:
        arguments["output"][:] = nn.UNTOUCHED
        assert nn.call(function, *(arguments | change).values()) == nn.ARGUMENT_ERROR, change
        assert (arguments["output"] == nn.UNTOUCHED).all()


def test_wrong_arguments_are_refused(library):
    rng = np.random.default_rng(4)
    _refuses(library.gluechip_softmax_table_s8, _softmax(nn.random_int8(rng, (2, 9)), 0.1)[0], [
        *({name: None} for name in ("table", "input", "output")), {"rows": 0}, {"size": 0},
        {"size": 8192}])
    _refuses(library.gluechip_add_table_s8, _sum(rng, 9)[0], [
        *({name: None} for name in ("tables", "first", "second", "output")), {"bits": -1},
        {"bits": 32}, {"size": 0}, {"minimum": -129}, {"maximum": 128},
        {"minimum": 5, "maximum": 4}])


@pytest.mark.parametrize("check, old, new", [
    (check_softmax, "first >> right, 510)", "first >> right, 512)"),
    (check_softmax, "(product + 1) >>", "(product + (1 << 20)) >>"),
    (check_softmax, "larger(larger(larger(larger(second, x1), x3), x5), x7)", "second"),
    (check_softmax, "y6 + y7", "y6 + y6"),
    (check_longest_rows, "right - 4)", "right - 5)"),
    (check_longest_rows, "with_half - 255", "with_half - 254"),
    (check_sums, "tables + 256 + 128", "tables + 256 + 127"),
    (check_sums, "sum_3 = SUM(3)", "sum_3 = SUM(2)"),
], ids=range(8))
def test_mutant_is_found(tmp_path, check, old, new):
    """A layer with one mistake fails its test."""
    with pytest.raises(AssertionError):
        check(nn.layers_with_mistake(tmp_path, old, new))
