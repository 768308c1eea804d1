"""``gluechip infer``: whole networks on the chip, every layer against the reference."""

import os
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from firmware.networks import network
from firmware.networks.compiler import averages
from firmware.networks.models.train import IMAGES, MODEL
from gluechip.cli import main
from gluechip.infer import infer
from soc.configuration import preset
from soc.fabric.external_timing import SLOTS_PER_ROUND, ExternalTiming
from tests.external_chip import EXTERNAL_CHIP

pytest.importorskip("tflite", reason="tflite is not installed: pip install -e .[networks]")

SMALL = preset("small", network_jobs=True)

MLPERF_TINY = preset("large", itcm_bytes=32 * 1024, ram_bytes=320 * 1024)
"""A chip with room for the weights of the models below."""

_CYCLES_AT_MOST = {  # at 75 MHz: 0.5 ms and 1 ms
    "ad01_int8.tflite": 37_500,
    "kws_ref_model.tflite": 75_000,
}


@pytest.fixture(scope="module")
def images():
    """(int8 images, labels)"""
    with np.load(IMAGES) as packed:
        return packed["images"], packed["labels"]


@pytest.fixture
def files(tmp_path, images):
    """(path of an image as integers, path of two as they are meant)"""
    paths = tmp_path / "integers.npy", tmp_path / "real.npy"
    np.save(paths[0], images[0][:1])
    scale, zero = _scale_of_input()
    np.save(paths[1], (images[0][:2].astype(np.float64) - zero) * scale)
    return paths


def _scale_of_input():
    from firmware.networks.reader import read

    model = read(MODEL)
    tensor = model.tensors[model.inputs[0]]
    return tensor.scale, tensor.zero_point


def _error(capsys, *arguments):
    assert main(["infer", *map(str, arguments)]) == 1
    return capsys.readouterr().err.splitlines()[-1]


def test_digits(images):
    """All images, all layers, on the smallest chip."""
    result = infer(MODEL, [images[0]], SMALL, check=True)
    assert result.differences == [] and result.all_checked and len(result.checked) == 7
    guesses = result.outputs[0].reshape(len(images[0]), -1).argmax(axis=1)
    assert (guesses == images[1]).mean() >= 0.95
    assert [layer.on_array for layer in result.layers] == [True] * 5 + [False]
    assert result.array_cycles + result.core_cycles + result.other_cycles == result.cycles[0]
    assert max(result.cycles) - min(result.cycles) < 30  # a core without Zbb branches in clamps


def test_the_core_alone_gives_the_same(images):
    with_array, alone = (infer(MODEL, [images[0][:2]], SMALL, check=True, backend=backend)
                         for backend in ("coprocessor", "cpu"))
    assert alone.differences == [] and (alone.outputs[0] == with_array.outputs[0]).all()
    assert alone.array_cycles == 0 and alone.cycles[0] > 10 * with_array.cycles[0]


@pytest.mark.parametrize("rounding", ["double", "single"])
def test_every_rounding_equals_the_reference(images, rounding):
    result = infer(MODEL, [images[0][:4]], SMALL, check=True, rounding=rounding)
    assert result.differences == [] and result.all_checked


def _mlperf_tiny(name):
    """Path of a model, or the test is skipped."""
    folder = os.environ.get("GLUECHIP_MODELS")
    if folder is None or not Path(folder, name).is_file():
        pytest.skip(f"set GLUECHIP_MODELS to a folder with {name} of github.com/mlcommons/tiny")
    return Path(folder, name)


@pytest.mark.parametrize("name", _CYCLES_AT_MOST)
def test_mlperf_tiny(name):
    path = _mlperf_tiny(name)
    from firmware.networks.reader import read

    model = read(path)
    shape = model.tensors[model.inputs[0]].shape
    inputs = np.random.RandomState(1).randint(-128, 128, (2, *shape[1:])).astype(np.int8)
    result = infer(path, [inputs], MLPERF_TINY, check=True, rounding="litert")
    assert result.differences == []
    assert result.all_checked and len(result.checked) == len(model.layers)
    assert max(result.cycles) <= _CYCLES_AT_MOST[name]


@pytest.mark.parametrize("stack_kib, streaming", [(21, {5}), (25, {0, 1, 2, 3, 5, 6})])
def test_weights_that_ram_has_no_room_for_stream(images, stack_kib, streaming):
    """A large stack leaves little RAM; in the end what the core reads must go, too."""
    inside = infer(MODEL, [images[0][:2]], EXTERNAL_CHIP, check=True)
    assert inside.external_bytes == 0 and inside.all_checked and inside.differences == []
    result = infer(MODEL, [images[0][:2]], EXTERNAL_CHIP, check=True,
                   stack_bytes=1024 * stack_kib)
    assert result.differences == [] and (result.outputs[0] == inside.outputs[0]).all()
    assert {layer.index for layer in result.layers if layer.streamed_bytes} == streaming
    assert sum(layer.streamed_bytes for layer in result.layers) <= result.external_bytes
    for layer, before in zip(result.layers, inside.layers):
        assert (layer.cycles > before.cycles) == (layer.index in streaming)


def test_a_model_larger_than_ram(capsys, tmp_path):
    """77 KB of weights beside 32 KiB of RAM."""
    from tests.firmware.networks import sketch

    path = tmp_path / "large.tflite"
    path.write_bytes(sketch.fully_connected(shape=(1, 640), outputs=120))
    result = infer(path, None, EXTERNAL_CHIP, check=True)
    assert result.differences == [] and len(result.checked) == 1
    [layer] = result.layers
    assert layer.streamed_bytes == result.external_bytes == 640 * 120
    # 8 bytes in each slot of the DMA; beside that, the input is read anew for each tile of columns.
    slots = EXTERNAL_CHIP.external_timing.cycles_per_word * SLOTS_PER_ROUND / (SLOTS_PER_ROUND - 1)
    assert layer.cycles < 1.15 * slots * 640 * 120 / 8
    small = ["--preset", "small", "--external-bytes", 131072]
    assert "External memory must hold 76,800 bytes of weights, not 65,536 as chip small has" \
        in _error(capsys, path, *small[:-1], 65536)


@pytest.mark.long
def test_mlperf_tiny_beside_a_third_of_its_ram():
    """The weights that are too many for 96 KiB of RAM stream, in little more than their time."""
    timing = ExternalTiming(20, 2)
    chip = preset("medium", external_bytes=512 * 1024, external_latency=timing.latency,
                  external_cycles_per_word=timing.cycles_per_word)
    inputs = np.random.RandomState(1).randint(-128, 128, (2, 640)).astype(np.int8)
    result = infer(_mlperf_tiny("ad01_int8.tflite"), [inputs], chip, check=True)
    assert result.differences == []
    assert result.all_checked and len(result.checked) == 10
    assert result.external_bytes >= 163_840
    streamed = timing.cycles_per_word * SLOTS_PER_ROUND / (SLOTS_PER_ROUND - 1) / 8
    for layer in result.layers:
        if layer.streamed_bytes > 10_000:
            assert layer.cycles < 1.2 * streamed * layer.streamed_bytes


def test_command(capsys, tmp_path, files, images):
    output, source = tmp_path / "y.npy", tmp_path / "source"
    assert main(["infer", str(MODEL), "--input", str(files[0]), "--preset", "medium", "--check",
                 "--output", str(output), "--source", str(source), "--clock-hz", "75_000_000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:4] == ["0", "CONV_2D", "array", "1x8x8x16"]
    assert " ms at 75 MHz; coprocessor " in lines[-3]
    assert lines[-1] == "7 layers equal the reference, bit for bit, in 1 run"
    assert np.load(output)[0].argmax() == images[1][0]
    assert {path.name for path in source.iterdir()} == {
        "network.h", "network.c", "constants.h", "constants.c", "inputs.c", "main.c"}


def test_real_numbers_are_quantised(capsys, tmp_path, files, images):
    output = tmp_path / "y.npy"
    assert main(["infer", str(MODEL), "--input", str(files[1]), "--preset", "medium", "--quiet",
                 "--output", str(output)]) == 0
    assert capsys.readouterr() == ("", "")
    want = infer(MODEL, [images[0][:2]], SMALL).outputs[0]
    assert (np.load(output) == want).all()


def test_a_mistake_is_found(capsys, files):
    with mock.patch.object(averages, "count_multiplier", lambda count: (2**30, 0)):
        assert main(["infer", str(MODEL), "--input", str(files[0]), "--preset", "medium",
                     "--check"]) == 1
    assert "run 0, layer 3, AVERAGE_POOL_2D: " in capsys.readouterr().err


def test_input_must_fit(capsys, tmp_path):
    path = tmp_path / "x.npy"

    def error(array):
        np.save(path, array)
        return _error(capsys, MODEL, "--input", path, "--preset", "medium")
    assert "must have the shape [1, 8, 8, 1], or [N, 8, 8, 1] for N inputs" in error(
        np.zeros((8, 9, 1), np.int8))
    assert "must be int8, or float32 that is quantised here, not int64" in error(
        np.zeros((8, 8, 1), np.int64))
    assert "must have finite numbers only" in error(np.full((8, 8, 1), np.nan))
    assert "Input arrays must be 1, one for each input of the network, not 2" in _error(
        capsys, MODEL, "--input", path, "--input", path)
    path.write_bytes(b"no array")
    assert "must be an array as numpy.save writes it" in _error(capsys, MODEL, "--input", path)
    archive = tmp_path / "x.npz"
    np.savez(archive, np.zeros((8, 8, 1), np.int8))
    assert "x.npz must be an array as numpy.save" in _error(capsys, MODEL, "--input", archive)


def test_several_outputs_need_a_file_of_several(capsys, tmp_path):
    """Which is told before anything is built."""
    from tests.firmware.networks.sketch import Sketch

    s = Sketch()
    x, *outputs = [s.int8(1, 4) for _ in range(3)]
    for y in outputs:
        s.operator("RELU", (x,), y)
    model, path = tmp_path / "two.tflite", tmp_path / "y.npy"
    model.write_bytes(s.bytes((x,), outputs))
    with mock.patch("gluechip.inference_report.infer", lambda *_, **__: pytest.fail("it ran")):
        assert ("File for the output must end in .npz, since the model has 2 outputs, not "
                f"{path}") in _error(capsys, model, "--output", path)
    assert not path.exists()


def test_options_must_be_legal(capsys, files):
    assert "ram_bytes must be a multiple of 32 KiB up to 1 MiB, not 5" in _error(
        capsys, MODEL, "--input", files[0], "--ram-bytes", 5)
    assert "external_latency must be an int from 2 to 255 cycles, not 1" in _error(
        capsys, MODEL, "--input", files[0], "--external-bytes", 4096, "--external-latency", 1)
    with pytest.raises(ValueError, match="backend must be one of coprocessor, cpu, not 'gpu'"):
        infer(MODEL, [], SMALL, backend="gpu")
    with pytest.raises(ValueError, match="rounding must be one of double, single, litert, not"):
        infer(MODEL, [], SMALL, rounding="up")


def test_a_chip_without_network_jobs_says_so(capsys, files):
    assert ("Layer 0, CONV_2D: the coprocessor must take network jobs for it, which chip small is "
            "built without: --backend cpu would do") in _error(
                capsys, MODEL, "--input", files[0], "--preset", "small")
    assert main(["infer", str(MODEL), "--input", str(files[0]), "--preset", "small", "--quiet",
                 "--backend", "cpu", "--check"]) == 0


def test_an_activation_larger_than_all_chips_is_refused_at_once(capsys, tmp_path):
    """Before arrays of its size are made."""
    from tests.firmware.networks import sketch

    path = tmp_path / "huge.tflite"
    path.write_bytes(sketch.add((1, 2**20, 2**20, 3), (1,)))
    assert ("Tensor 't0' must have at most 1,048,576 bytes, the RAM of the largest chip, not "
            "3,298,534,883,328") in _error(capsys, path, "--preset", "small")


def test_what_does_not_fit_is_refused_with_the_sum(images):
    from tests.firmware.networks import sketch

    path = Path("large.tflite")
    data = sketch.fully_connected(shape=(1, 640), outputs=120)
    with mock.patch("firmware.networks.reader.Path.read_bytes", lambda self: data):
        with pytest.raises(network.ModelError, match=(
                r"RAM must hold [\d,]+ bytes \(weights 77,\d+ \+ activations 760 \+ stack 4,096 "
                r"\+ .*\), not 32,768 as chip small has: --ram-bytes 98304 would do, and so would "
                r"--external-bytes 77824$")):
            infer(path, [np.zeros((1, 640), np.int8)], SMALL)
