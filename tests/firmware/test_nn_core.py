"""The layers of gluechip/nn.h that run on the core, compiled for this machine."""

import numpy as np
import pytest

from firmware.networks import arithmetic, network
from tests.firmware import nn

_EVERY = np.arange(-128, 128).astype(np.int8)


@pytest.fixture(scope="module")
def library():
    return nn.layers()


def _limits(rng):
    return np.sort(rng.integers(-128, 128, 2)) if rng.random() < 0.3 else np.array([-128, 127])


def _refuses(function, arguments, output, bad):
    """Asserts that each change of ``arguments``, a dict in order, is refused, output untouched."""
    for change in bad:
        assert set(change) <= set(arguments), change
        assert nn.call(function, *(arguments | change).values()) == nn.ARGUMENT_ERROR, change
        assert (output == nn.UNTOUCHED).all(), change
    assert nn.call(function, *arguments.values()) == 0


_POOLS = {"max_pool": network.MaxPool2D, "avg_pool": network.AveragePool2D}


def _pool(kind, windows, image, limits):
    """(arguments of the C, what it must give)."""
    vertical, horizontal = windows
    output = nn.output((image.shape[0], vertical[4], horizontal[4], image.shape[3]))
    arguments = {
        "context": None,
        "params": nn.PoolParams(nn.Tile(horizontal[2], vertical[2]),
                                nn.Tile(horizontal[3], vertical[3]), nn.Activation(*limits)),
        "input_dims": nn.dims(image), "input": image,
        "filter_dims": nn.Dims(0, vertical[1], horizontal[1], 0),
        "output_dims": nn.dims(output), "output": output}
    layer = _POOLS[kind](0, "", (0,), (1,), (vertical[1], horizontal[1]), minimum=limits[0],
                         maximum=limits[1], **nn.reference(vertical, horizontal))
    return arguments, nn.expected(layer, [nn.tensor(image), nn.tensor(output)], [image])


@pytest.mark.parametrize("kind", _POOLS)
def test_pools_of_random_shapes(library, kind):
    rng = np.random.default_rng(1)
    for case in range(300):
        windows = [nn.random_window(rng, inside=True) for _ in range(2)]
        image = nn.random_int8(rng, (int(rng.choice([1, 2])), windows[0][0], windows[1][0],
                                     int(rng.integers(1, 14))), case % 5 == 0)
        arguments, expected = _pool(kind, windows, image, _limits(rng))
        assert nn.call(getattr(library, f"gluechip_{kind}_s8"), *arguments.values()) == 0
        assert (arguments["output"] == expected).all(), (windows, image.shape)


def test_averages_round_halves_away_from_zero(library):
    for sums in ([1, 2], [-1, -2], [0, 1], [-1, 0], [127, 126], [-128, -127]):
        arguments, expected = _pool("avg_pool", [(1, 1, 1, 0, 1), (2, 2, 1, 0, 1)],
                                    np.array(sums, np.int8).reshape(1, 1, 2, 1), (-128, 127))
        nn.call(library.gluechip_avg_pool_s8, *arguments.values())
        mean = sum(sums) / 2
        assert arguments["output"] == expected == np.sign(mean) * np.floor(abs(mean) + 0.5)


@pytest.mark.parametrize("kind", _POOLS)
def test_pools_refuse_wrong_arguments(library, kind):
    image = nn.random_int8(np.random.default_rng(2), (2, 5, 4, 6))
    a, _ = _pool(kind, [(5, 3, 2, 1, 3), (4, 2, 2, 0, 2)], image, (-128, 127))

    def changed(what, **fields):
        old = a[what]
        kept = {name: getattr(old, name) for name, _ in old._fields_}
        return {what: type(old)(**kept | fields)}
    bad = [changed(what, **{axis: size}) for what in ("input_dims", "output_dims")
           for axis in "nhwc" for size in (0, -1, 65536)]
    bad += [changed("filter_dims", **{axis: size}) for axis in "hw" for size in (0, -1, 65536)]
    bad += [changed("params", stride=nn.Tile(*s)) for s in ((0, 2), (2, 0), (-1, 2), (2, 65536))]
    bad += [changed("params", padding=nn.Tile(*p)) for p in ((-1, 1), (0, -1), (2, 1), (0, 3))]
    bad += [changed("params", activation=nn.Activation(*v))
            for v in ((-129, 0), (0, 128), (1, 0))]
    bad += [changed("output_dims", **{axis: 4}) for axis in "nhwc"]
    bad += [{name: None} for name in a if name != "context"] + [{"input": a["output"]}]
    _refuses(getattr(library, f"gluechip_{kind}_s8"), a, a["output"], bad)


def _rounding(context):
    return "single" if context is not None and context.rounding else "double"


def _mean(rng, image, context=None):
    zeros = rng.integers(-128, 128, 2)
    multiplier, shift = arithmetic.mean_multiplier(*rng.uniform(0.01, 0.1, 2),
                                                   image.shape[1] * image.shape[2])
    output = nn.output((image.shape[0], image.shape[3]))
    layer = network.Mean(0, "", (0,), (1,), multiplier, shift)
    arguments = {"context": context, "input_offset": int(-zeros[0]), "output_offset": int(zeros[1]),
                 "scales": nn.PerTensor(multiplier, shift), "input_dims": nn.dims(image),
                 "input": image, "output": output}
    tensors = [nn.tensor(image, zeros[0]), nn.tensor(output, zeros[1])]
    return arguments, nn.expected(layer, tensors, [image], _rounding(context))


def test_mean(library):
    rng = np.random.default_rng(3)
    for case in range(200):
        image = nn.random_int8(rng, tuple(int(rng.integers(1, limit)) for limit in (3, 9, 9, 14)),
                               case % 5 == 0)
        arguments, expected = _mean(rng, image, nn.Context(rounding=case & 1))
        assert nn.call(library.gluechip_mean_s8, *arguments.values()) == 0
        assert (arguments["output"] == expected).all(), image.shape


def test_mean_refuses_wrong_arguments(library):
    rng = np.random.default_rng(4)
    a, _ = _mean(rng, nn.random_int8(rng, (2, 3, 4, 5)))
    bad = [{"context": nn.Context(rounding=2)}]
    bad += [{"input_offset": v} for v in (-128, 129, -2**31)]
    bad += [{"output_offset": v} for v in (-129, 128, 2**31 - 1)]
    bad += [{"scales": nn.PerTensor(*v)} for v in ((-1, 0), (1, 31), (1, -32))]
    bad += [{"input_dims": nn.Dims(*(v if i == j else 2 for j in range(4)))}
            for i in range(4) for v in (0, -1, 65536)]
    bad += [{name: None} for name in ("scales", "input_dims", "input", "output")]
    _refuses(library.gluechip_mean_s8, a, a["output"], bad + [{"input": a["output"]}])


def _add(rng, size, context, scales=None, extreme=False):
    scales = rng.uniform(0.01, 0.1, 3) if scales is None else scales
    pairs = arithmetic.add_multipliers(*scales)
    return _scaled_add(rng, size, context, pairs, extreme)


def _scaled_add(rng, size, context, pairs, extreme=False, left_shift=arithmetic.ADD_LEFT_SHIFT):
    """(arguments of the C, what it must give)."""
    zeros, limits = rng.integers(-128, 128, 3), _limits(rng)
    inputs = [nn.random_int8(rng, size, extreme) for _ in range(2)]
    output = nn.output(size)
    layer = network.Add(0, "", (0, 1), (2,), left_shift, *zip(*pairs[:2]), *pairs[2], *limits)
    tensors = [nn.tensor(array, zero) for array, zero in zip((*inputs, output), zeros)]
    arguments = {"context": context, "input_1": inputs[0], "input_2": inputs[1]}
    for number, ((multiplier, shift), zero) in enumerate(zip(pairs[:2], zeros), 1):
        arguments |= {f"offset_{number}": int(-zero), f"mult_{number}": multiplier,
                      f"shift_{number}": shift}
    arguments |= {"left_shift": left_shift, "output": output, "out_offset": int(zeros[2]),
                  "out_mult": pairs[2][0], "out_shift": pairs[2][1], "min": int(limits[0]),
                  "max": int(limits[1]), "size": size}
    return arguments, nn.expected(layer, tensors, inputs, _rounding(context))


def _context(buffer, **fields):
    return nn.Context(buf=buffer.ctypes.data, size=buffer.nbytes, **fields)


def test_add(library):
    rng = np.random.default_rng(5)
    buffer = np.zeros(512, np.int32)
    for case in range(120):
        size = (1, 7, 699, 700, 3000)[case % 5]
        context = _context(buffer, rounding=case & 1) if case % 3 else None
        arguments, expected = _add(rng, size, context, extreme=case % 7 == 0)
        assert nn.call(library.gluechip_elementwise_add_s8, *arguments.values()) == 0
        assert (arguments["output"] == expected).all(), case


def test_add_of_every_pair(library):
    """All pairs of inputs, with and without the tables, and in place."""
    buffer = np.zeros(512, np.int32)
    for scales in ((0.02, 0.05, 0.05), (0.05, 0.0001, 0.03), (1.0, 1.0, 0.00001)):
        results = []
        for context in (None, _context(buffer)):
            arguments, _ = _add(np.random.default_rng(7), 65536, context, scales)
            arguments["input_1"][:] = np.repeat(_EVERY, 256)
            arguments["input_2"][:] = np.tile(_EVERY, 256)
            assert nn.call(library.gluechip_elementwise_add_s8, *arguments.values()) == 0
            results.append(arguments["output"].copy())
            arguments["output"] = arguments["input_1"]
            assert nn.call(library.gluechip_elementwise_add_s8, *arguments.values()) == 0
            results.append(arguments["output"])
        assert all((r == results[0]).all() for r in results[1:])


def test_add_of_any_scales(library):
    """Scales that no file has, so that tables do not serve."""
    rng = np.random.default_rng(8)
    buffer = np.zeros(512, np.int32)
    for case in range(200):
        pairs = [(int(rng.integers(2**30, 2**31)), int(rng.integers(-8, 2))) for _ in range(2)]
        pairs.append((int(rng.integers(2**30, 2**31)), int(rng.integers(-25, 3))))
        arguments, expected = _scaled_add(rng, 800, _context(buffer, rounding=case & 1), pairs,
                                          left_shift=int(rng.integers(0, 23)))
        assert nn.call(library.gluechip_elementwise_add_s8, *arguments.values()) == 0
        assert (arguments["output"] == expected).all(), (case, pairs)


def test_add_tells_its_buffer(library):
    assert [library.gluechip_elementwise_add_s8_get_buffer_size(size)
            for size in (-1, 1, 699, 700, 10**6)] == [0, 0, 0, 2048, 2048]


def test_add_refuses_wrong_arguments(library):
    a, _ = _add(np.random.default_rng(9), 5, None)
    bad = [{"context": nn.Context(rounding=2)}]
    bad += [{name: None} for name in ("input_1", "input_2", "output")]
    bad += [{f"offset_{i}": v} for i in (1, 2) for v in (-128, 129)]
    bad += [{f"{what}mult{i}": v} for what, i in (("", "_1"), ("", "_2"), ("out_", ""))
            for v in (-1, -2**31)]
    bad += [{f"{what}shift{i}": v} for what, i in (("", "_1"), ("", "_2"), ("out_", ""))
            for v in (-32, 31)]
    bad += [{"left_shift": v} for v in (-1, 23)] + [{"out_offset": v} for v in (-129, 128)]
    bad += [{"min": -129}, {"max": 128}, {"min": 5, "max": 4}, {"size": 0}, {"size": -1}]
    _refuses(library.gluechip_elementwise_add_s8, a, a["output"], bad)


def _softmax(values, scale, beta):
    multiplier, shift, diff_min = arithmetic.softmax_parameters(scale, beta)
    output = nn.output(values.shape)
    arguments = {"input": values, "rows": values.shape[0], "size": values.shape[1],
                 "mult": multiplier, "shift": shift, "diff_min": diff_min, "output": output}
    layer = network.Softmax(0, "", (0,), (1,), multiplier, shift, diff_min)
    return arguments, nn.expected(layer, [nn.tensor(values), nn.tensor(output, -128)], [values])


def test_softmax(library):
    rng = np.random.default_rng(10)
    for case in range(300):
        shape = int(rng.integers(1, 5)), int(rng.choice([1, 2, 3, 10, 12, 50, 1000]))
        arguments, expected = _softmax(nn.random_int8(rng, shape, case % 7 == 0),
                                       10.0**rng.uniform(-4, 1), float(rng.choice([0.5, 1, 1.5])))
        assert nn.call(library.gluechip_softmax_s8, *arguments.values()) == 0
        assert (arguments["output"] == expected).all(), case


def test_softmax_of_every_difference(library):
    for scale in 2.0 ** np.arange(-12, 4, 0.37):
        values = np.stack([np.full(256, 127, np.int8), _EVERY], axis=1)
        arguments, expected = _softmax(values, scale, 1.0)
        assert nn.call(library.gluechip_softmax_s8, *arguments.values()) == 0
        assert (arguments["output"] == expected).all(), scale


def test_softmax_of_the_longest_rows(library):
    for size in (4095, 4096, 8191):
        for value in (-128, 127):
            arguments, expected = _softmax(np.full((1, size), value, np.int8), 0.1, 1.0)
            arguments["output"] = arguments["input"]  # in place
            assert nn.call(library.gluechip_softmax_s8, *arguments.values()) == 0
            assert (arguments["input"] == expected).all(), size


def test_softmax_refuses_wrong_arguments(library):
    a, _ = _softmax(nn.random_int8(np.random.default_rng(11), (2, 9)), 0.1, 1.0)
    bad = [{name: None} for name in ("input", "output")]
    bad += [{"rows": 0}, {"rows": -1}, {"size": 0}, {"size": 8192}, {"mult": -1}, {"shift": -1},
            {"shift": 31}, {"diff_min": 1}]
    _refuses(library.gluechip_softmax_s8, a, a["output"], bad)


def _logistic_arguments(scale, zero, values):
    """As TensorFlow Lite for microcontrollers prepares them; its table is the model's."""
    multiplier, shift = arithmetic.quantize_multiplier(float(scale) * 2**27)
    radius = arithmetic._input_radius(4, shift)
    return {"input": values, "offset": -zero, "radius": radius, "mult": multiplier,
            "shift": shift, "output": nn.output(values.shape), "size": values.size}


def test_logistic(library):
    for scale in 2.0 ** np.arange(-12, 2.9, 0.37):
        for zero in (-128, -3, 0, 127):
            expected = arithmetic.logistic_integer_table(scale, zero)
            for values in (_EVERY, np.tile(_EVERY, 4)):
                arguments = _logistic_arguments(scale, zero, values)
                assert nn.call(library.gluechip_logistic_s8, *arguments.values()) == 0
                assert (arguments["output"].reshape(-1, 256) == expected).all(), (scale, zero)


def test_logistic_refuses_wrong_arguments(library):
    a = _logistic_arguments(0.1, 5, _EVERY)
    bad = [{"input": None}, {"output": None}, {"offset": -128}, {"offset": 129}, {"radius": 0},
           {"mult": -1}, {"shift": -32}, {"shift": 31}, {"size": 0}, {"size": -1}]
    _refuses(library.gluechip_logistic_s8, a, a["output"], bad)


def test_lookup(library):
    rng = np.random.default_rng(12)
    table, values = nn.random_int8(rng, 256), nn.random_int8(rng, 1000)
    a = {"table": table, "input": values, "output": nn.output(1000), "size": 1000}
    bad = [{name: None} for name in ("table", "input", "output")] + [{"size": 0}, {"size": -1}]
    _refuses(library.gluechip_lookup_s8, a, a["output"], bad)
    assert (a["output"] == table[values.astype(int) + 128]).all()


def _requantize(rng, size, context):
    zeros, limits = rng.integers(-128, 128, 2), _limits(rng)
    multiplier, shift = int(rng.integers(2**30, 2**31)), int(rng.integers(-8, 5))
    values, output = nn.random_int8(rng, size), nn.output(size)
    arguments = {"context": context, "input": values, "input_offset": int(-zeros[0]),
                 "scales": nn.PerTensor(multiplier, shift), "output": output,
                 "output_offset": int(zeros[1]), "activation": nn.Activation(*limits),
                 "size": size}
    layer = network.Relu(0, "", (0,), (1,), multiplier, shift, *limits)
    tensors = [nn.tensor(values, zeros[0]), nn.tensor(output, zeros[1])]
    return arguments, nn.expected(layer, tensors, [values], _rounding(context))


def test_requantize(library):
    rng = np.random.default_rng(13)
    for case in range(200):
        arguments, expected = _requantize(rng, (1, 399, 400, 1000)[case % 4],
                                          nn.Context(rounding=case >> 2 & 1) if case % 3 else None)
        assert nn.call(library.gluechip_requantize_s8, *arguments.values()) == 0
        assert (arguments["output"] == expected).all(), case


def test_requantize_refuses_wrong_arguments(library):
    a, _ = _requantize(np.random.default_rng(14), 9, None)
    bad = [{"context": nn.Context(rounding=2)}]
    bad += [{name: None} for name in ("input", "scales", "output", "activation")]
    bad += [{"input_offset": v} for v in (-128, 129)] + [{"output_offset": v} for v in (-129, 128)]
    bad += [{"scales": nn.PerTensor(*v)} for v in ((-1, 0), (1, 31), (1, -32))]
    bad += [{"activation": nn.Activation(*v)} for v in ((-129, 0), (0, 128), (1, 0))]
    _refuses(library.gluechip_requantize_s8, a, a["output"], bad + [{"size": 0}, {"size": -1}])


def _pad(values, amounts, value):
    output = nn.output([size + sum(pair) for size, pair in zip(values.shape, amounts)])
    arguments = {"input": values, "output": output, "value": value, "dims": nn.dims(values),
                 "before": nn.Dims(*(b for b, _ in amounts)),
                 "after": nn.Dims(*(a for _, a in amounts))}
    layer = network.Pad(0, "", (0,), (1,), amounts, value)
    return arguments, nn.expected(layer, [nn.tensor(values), nn.tensor(output)], [values])


def test_pad(library):
    rng = np.random.default_rng(15)
    for _ in range(200):
        values = nn.random_int8(rng, rng.integers(1, 5, 4))
        amounts = rng.integers(0, 3, (4, 2)) * (rng.random((4, 2)) < 0.6)
        arguments, expected = _pad(values, tuple(map(tuple, amounts.tolist())),
                                   int(rng.integers(-128, 128)))
        assert nn.call(library.gluechip_pad_s8, *arguments.values()) == 0
        assert (arguments["output"] == expected).all(), (values.shape, amounts)


def test_pad_refuses_wrong_arguments(library):
    a, _ = _pad(_EVERY[:16].reshape(2, 2, 2, 2), ((1, 1),) * 4, 0)
    bad = [{name: None} for name in a if name != "value"] + [{"input": a["output"]}]
    for i in range(4):
        bad += [{"dims": nn.Dims(*(v if i == j else 2 for j in range(4)))} for v in (0, -1, 65536)]
        bad += [{what: nn.Dims(*(v if i == j else 1 for j in range(4)))}
                for what in ("before", "after") for v in (-1, 65536)]
    _refuses(library.gluechip_pad_s8, a, a["output"], bad)


@pytest.mark.parametrize("check, old, new", [
    (test_averages_round_halves_away_from_zero, "sum > 0 ? sum + count / 2 : sum - count / 2",
     "sum + count / 2"),
    (lambda library: test_pools_of_random_shapes(library, "max_pool"),
     "const int32_t none = fold == SUM ? 0 : -128;", "const int32_t none = 0;"),
    (test_add_of_every_pair, "+ 1) >> 1;\n        *to++", ") >> 1;\n        *to++"),
    (test_add_of_every_pair, "table + 256 + 128", "table + 128"),
    (test_softmax_of_every_difference, "39332535", "39132535"),
    (test_softmax_of_the_longest_rows, "uint32_t sum = 0;\n    for", "int32_t sum = 0;\n    for"),
    (test_logistic, "for (int i = 0; i < 3; i++) {", "for (int i = 0; i < 2; i++) {"),
    (test_pad, "fill(output + channels, pad_value, behind)", "fill(output + channels, 0, behind)"),
], ids=range(8))
def test_mutant_is_found(tmp_path, check, old, new):
    """A layer with one mistake fails its test."""
    with pytest.raises(AssertionError):
        check(nn.layers_with_mistake(tmp_path, old, new))
