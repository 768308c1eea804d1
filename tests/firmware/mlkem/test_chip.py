"""The mlkem app on the chip; and that its secrets do not show in path, addresses and time."""

import re
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from kyber_py.ml_kem.default_parameters import ML_KEM_768

from firmware.apps.mlkem.check import MESSAGE, SEED, SYMBOLS, check
from firmware.build import build_app
from gluechip.cli import main
from sim.iss.chip import run_elf
from sim.runner import run
from soc.configuration import PRESETS, preset
from tests.firmware.mlkem.sources import app_with

_CHIP = preset("reference")
_SECRETS = Path(__file__).with_name("secrets.c")
_OPERATIONS = ("key generation", "encapsulation", "decapsulation", "its rejection")


@pytest.fixture(scope="module")
def result():
    """The RunResult of the app without its run on the core alone."""
    return run(build_app("mlkem", _CHIP, defines={"SOFTWARE": "0"}), _CHIP, symbols=list(SYMBOLS))


def _answers(symbols):
    return [symbols[name] for name in SYMBOLS]


def test_answers_equal_kyber_py(result):
    assert result.status == 0, result.uart_text
    public, private = ML_KEM_768._keygen_internal(SEED[:32], SEED[32:])
    secret, ciphertext = ML_KEM_768._encaps_internal(public, MESSAGE)
    wrong = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
    rejected = ML_KEM_768._decaps_internal(private, wrong)
    assert _answers(result.symbols) == [public, private, ciphertext, secret, rejected]


def _cycles(text):
    """{operation: cycles} of the first table."""
    return {name: int(re.search(rf"^{name} +(\d+) ", text, re.MULTILINE)[1])
            for name in _OPERATIONS}


def test_rejection_takes_as_long(result):
    cycles = _cycles(result.uart_text)
    assert cycles["decapsulation"] == cycles["its rejection"]


def test_run_checks_the_answers(result, monkeypatch, capsys):
    results = [result, replace(result, symbols=_with_wrong_bit(result.symbols, SYMBOLS[-1]))]
    monkeypatch.setattr("sim.runner.run", lambda *arguments, **options: results.pop(0))
    command = ["run", "mlkem", "-D", "SOFTWARE=0"]
    assert main(command) == 0
    assert "equal those of the model in Python: passed" in capsys.readouterr().err
    assert main(command) == 1
    assert "mlkem_rejected_secret must be " in capsys.readouterr().err


def _with_wrong_bit(symbols, name):
    return symbols | {name: symbols[name][:-1] + bytes([symbols[name][-1] ^ 1])}


@pytest.mark.parametrize("name", SYMBOLS)
def test_wrong_bit_is_found(result, name):
    with pytest.raises(ValueError, match=f"^{name} must be [0-9a-f]+, not [0-9a-f]+$"):
        check(result.uart_text, _with_wrong_bit(result.symbols, name))


@pytest.mark.parametrize("name", ["small", "medium", "large"])
def test_every_preset_has_room(name):
    build_app("mlkem", PRESETS[name])


@pytest.mark.long
def test_both_backends():
    for name in ("small", "reference"):
        configuration = preset(name)
        result = run(build_app("mlkem", configuration), configuration, symbols=list(SYMBOLS))
        assert result.status == 0, result.uart_text
        check(result.uart_text, result.symbols)
        assert "All on the core" in result.uart_text


def _record(chip, traces):
    """Appends to ``traces`` what an observer sees while the scratch register is 1: the digest and
    the count of the addresses of all instructions, loads and stores."""
    space, system = chip.space, chip.system
    seen = []

    def watched(function):
        def call(address, *arguments):
            if system.values["scratch"]:
                seen.append(address)
            elif seen:
                traces.append((zlib.crc32(b"".join(a.to_bytes(4, "little") for a in seen)),
                               len(seen)))
                seen.clear()
            return function(address, *arguments)
        return call
    for name in ("fetch", "load", "store"):
        setattr(space, name, watched(getattr(space, name)))


def _by_operation(text, values):
    """{operation: what it has of ``values``, one for each line}"""
    found = {}
    for line, value in zip(text.splitlines(), values, strict=True):
        found.setdefault(line.partition(" ")[0], set()).add(value)
    return found


def _assert_equal(found):
    """All that was seen of an operation is the same, whatever the secrets."""
    assert set(found) == {"decapsulate", "encapsulate", "generate"}
    for operation, values in found.items():
        assert len(values) == 1, operation


def _traces(folder, configuration, mistake=None, **defines):
    """{operation: set of what an observer has seen}"""
    traces = []
    elf = build_app(app_with(folder, main=_SECRETS, mistake=mistake), configuration,
                    defines=defines)
    result = run_elf(elf, configuration, prepare=lambda chip: _record(chip, traces))
    assert result.exit_code == 0, result.text
    return _by_operation(result.text, traces)


@pytest.mark.parametrize("name", ["small", "reference"])
def test_path_and_addresses_depend_on_no_secret(tmp_path, name):
    """With and without the instructions that a compiler might make of a choice."""
    _assert_equal(_traces(tmp_path, preset(name)))


_LEAKS = {
    "comparison": ("kem.c", "difference |= ciphertext[i] ^ again[i];",
                   "if ((difference |= ciphertext[i] ^ again[i]) != 0) break;"),
    "choice": ("kem.c", "hidden(0 - ((difference | (0 - difference)) >> 31))",
               "0 - ((difference | (0 - difference)) >> 31)"),
}


@pytest.mark.parametrize("leak", _LEAKS)
def test_mutant_that_leaks_is_found(tmp_path, leak):
    traces = _traces(tmp_path, preset("small"), _LEAKS[leak], DECAPSULATIONS="2", OTHERS="0")
    assert len(traces["decapsulate"]) == 2


def _times(folder, **defines):
    elf = build_app(app_with(folder, main=_SECRETS), _CHIP, defines=defines)
    result = run(elf, _CHIP)
    assert result.status == 0 and not result.conflicts, result.uart_text
    return _by_operation(result.uart_text, [line.partition(" ")[2]
                                            for line in result.uart_text.splitlines()])


def test_time_depends_on_no_secret(tmp_path):
    """On the real chip, in cycles, with jobs under way beside the core."""
    _assert_equal(_times(tmp_path))


@pytest.mark.long
def test_time_on_the_core_alone_depends_on_no_secret(tmp_path):
    _assert_equal(_times(tmp_path, BACKEND="0"))
