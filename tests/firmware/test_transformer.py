"""The transformer app: its model in numpy, its program on the functional chip and the real one."""

from dataclasses import replace

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile

from coprocessors.matmul.model import matmul
from firmware.apps.transformer.check import SYMBOLS, check
from firmware.apps.transformer.generate import files, sizes_of
from firmware.apps.transformer.model import evaluate_block
from firmware.apps.transformer.parameters import Sizes, block
from firmware.build import APPS_DIR, build_app
from gluechip.cli import main
from sim.iss.chip import run_elf
from sim.runner import run
from soc.configuration import preset

_CHIP = preset("reference")
_SMALL = {"SEQUENCE": "48", "EMBEDDING": "32", "HEADS": "2", "HIDDEN": "48", "SOFTWARE": "0"}
_SIZES = (Sizes(), sizes_of(_SMALL))
_TIGHT = preset("small", network_jobs=True, itcm_bytes=65536, ram_bytes=65536)
"""With an array and a memory that are small."""


def _answers(elf, configuration):
    """(exit code, text, {symbol: bytes}) of the program on the functional chip."""
    result = run_elf(elf, configuration, limit=4_000_000)
    with elf.open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        entries = {name: table.get_symbol_by_name(name)[0] for name in SYMBOLS}
        return result.exit_code, result.text, {
            name: result.chip.space.read(s["st_value"], s["st_size"])
            for name, s in entries.items()}


@pytest.fixture(scope="module")
def small():
    """The RunResult of a small block."""
    return run(build_app("transformer", _CHIP, defines=_SMALL), _CHIP, symbols=list(SYMBOLS))


def test_program_equals_the_model(small):
    assert small.status == 0, small.uart_text
    [line] = check(small.uart_text, small.symbols)
    assert "bit for bit" in line and "room" not in line
    for words in ("softmax", "of peak", "only the core works", "Most of the glue: softmax",
                  "Side by side against step after step"):
        assert words in small.uart_text


@pytest.mark.parametrize("change, room", [
    ({}, "bit for bit"),
    ({"SEQUENCE": "64", "HIDDEN": "64"}, "RAM has room for 1 of 4 blocks"),
    ({"SEQUENCE": "16", "HEADS": "1", "SOFTWARE": "1"}, "bit for bit"),
    ({"SEQUENCE": "32", "EMBEDDING": "16", "HEADS": "4"}, "bit for bit"),
], ids=["small", "blocks that share memory", "one block, on the core too", "narrow heads"])
def test_other_sizes_and_chips(change, room):
    exit_code, text, symbols = _answers(
        build_app("transformer", _TIGHT, defines=_SMALL | change), _TIGHT)
    assert exit_code == 0, text
    [line] = check(text, symbols)
    assert room in line


@pytest.mark.parametrize("name", SYMBOLS[1:])
def test_one_wrong_bit_is_found(small, name):
    content = bytearray(small.symbols[name])
    content[-40] ^= 1
    with pytest.raises(ValueError, match=r"^1 of \d+ values of \w+ differ from the model's: \[.*\]"
                                         r" must be -?\d+, not -?\d+$"):
        check(small.uart_text, small.symbols | {name: bytes(content)})


@pytest.mark.parametrize("sizes", _SIZES, ids=["full", "small"])
def test_activations_use_their_range(sizes):
    """Scales fit: little is cut off, and nothing lies in a corner of what int8 can hold."""
    b = block(sizes)
    for name, values in ({"x": b.x} | evaluate_block(b)).items():
        values = values.astype(int)
        one_sided = {"hidden": -128, "probabilities": -128}.get(name)
        cut = (values == 127) | ((values == -128) & (one_sided is None))
        assert cut.mean() < 0.01, name
        assert values.max() > 60 and values.min() < -60, name
        assert values.std() > 8, name


@pytest.mark.parametrize("sizes", _SIZES, ids=["full", "small"])
def test_sums_are_also_products(sizes):
    """What makes a job of the array as good as TensorFlow Lite's ADD."""
    b = block(sizes)
    t = {"x": b.x} | evaluate_block(b)
    for parameters, names in zip(b.sums, (("x", "projected", "sum_1"), ("y", "second", "sum_2"))):
        first, second, expected = (t[name].reshape(-1, 1) for name in names)
        product = matmul(np.hstack([first, second]), np.array([parameters.weights], np.int8),
                         bias=np.array([parameters.bias]), multiplier=parameters.multiplier,
                         shift=parameters.shift, c_zero=parameters.zero, rounding="single")
        assert (product == expected).all()


def test_run_checks_the_answers(small, monkeypatch, capsys):
    command = ["run", "transformer", *(f"-D{macro}={value}" for macro, value in _SMALL.items())]
    results = [small, replace(small, symbols=small.symbols | {
        "transformer_out": bytes(len(small.symbols["transformer_out"]))})]
    monkeypatch.setattr("sim.runner.run", lambda *arguments, **options: results.pop(0))
    assert main(command) == 0
    assert "bit for bit: passed" in capsys.readouterr().err
    assert main(command) == 1
    assert "values of out differ from the model's" in capsys.readouterr().err


def test_sizes_that_cannot_be_are_refused():
    for change, words in (({"sequence": 40}, "sequence must be a multiple of 16, not 40"),
                          ({"sequence": 256}, "sequence must be at most 240, not 256"),
                          ({"embedding": 144}, "embedding must be at most 128, not 144"),
                          ({"hidden": 0}, "hidden must be a multiple of 16, not 0"),
                          ({"heads": 3}, r"heads must divide embedding \(128\), not 3")):
        with pytest.raises(ValueError, match=f"^{words}$"):
            replace(Sizes(), **change)


def test_sums_without_tables_are_refused():
    with pytest.raises(ValueError, match="tables give both sums .*: other -D HEADS would do"):
        block(Sizes(16, 16, 16, 16))


def test_chips_that_cannot_run_it_are_refused(capsys):
    assert main(["run", "transformer", "--preset", "medium"]) == 1
    assert "--ram-bytes 327680 would do" in capsys.readouterr().err
    with pytest.raises(ValueError, match="has: smaller sizes, such as .* would do$"):
        files(_CHIP, {"HIDDEN": "65536"})
    with pytest.raises(ValueError, match="hidden must be an integer, not 'many'"):
        files(_CHIP, {"HIDDEN": "many"})
    with pytest.raises(ValueError, match="must take network jobs"):
        files(preset("small"), _SMALL)


_MUTANTS = [  # file of the app, what is there, what stands there instead
    ("jobs.c", ".rounding = GLUECHIP_ROUNDING_SINGLE", ".rounding = GLUECHIP_ROUNDING_DOUBLE"),
    ("jobs.c", ".n = BLOCK_ROWS + 1,", ".n = BLOCK_ROWS,"),
    ("side_by_side.c", "block * HEADS + head + 1", "block * HEADS + head"),
    ("side_by_side.c", "list_scores(block + 2)", "list_scores(block + 1)"),
    ("side_by_side.c", "JOB_STATISTICS_2, ROW_SCALES_TASK", "JOB_STATISTICS_2"),
    ("jobs.c", ".piece_step = distance", ".piece_step = distance + 1"),
]


def _mutant(folder, name, old, new):
    """A folder with the app, a mistake in one of its files, and what else is made for it."""
    texts = {path.name: path.read_text() for path in (APPS_DIR / "transformer").glob("*.[ch]")}
    assert texts[name].count(old) == 1
    texts |= files(_TIGHT, _SMALL) | {name: texts[name].replace(old, new)}
    for file_name, text in texts.items():
        (folder / file_name).write_text(text)
    return folder


@pytest.mark.parametrize("name, old, new", _MUTANTS, ids=range(len(_MUTANTS)))
def test_mutant_is_found(tmp_path, name, old, new):
    elf = build_app(_mutant(tmp_path, name, old, new), _TIGHT, defines=_SMALL)
    exit_code, text, symbols = _answers(elf, _TIGHT)
    if exit_code == 0:
        with pytest.raises(ValueError, match="differ from the model's"):
            check(text, symbols)


@pytest.mark.long
def test_full_size():
    chip = preset("large", itcm_bytes=32768, ram_bytes=327680)
    elf = build_app("transformer", chip, defines={"SOFTWARE": "0"})
    result = run(elf, chip, symbols=list(SYMBOLS))
    assert result.status == 0, result.uart_text
    [line] = check(result.uart_text, result.symbols)
    assert "RAM has room for 1 of 4 blocks" in line
