"""`make run`: the demo on the real chip, and that it fails when an answer is wrong."""

import io
from dataclasses import replace

import pytest

import gluechip.demo
from gluechip.cli import main
from sim.runner import RunResult


@pytest.fixture(scope="module")
def real_run():
    """(what the demo printed, its RunResult)."""
    results, output, original = [], io.StringIO(), gluechip.demo.run
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gluechip.demo, "run",
                      lambda *a, **k: results.append(original(*a, **k)) or results[0])
        assert gluechip.demo.demo(output=output) == 0
    return output.getvalue(), results[0]


def _outcome(result, monkeypatch):
    assert isinstance(result, RunResult)
    monkeypatch.setattr(gluechip.demo, "run", lambda *a, **k: result)
    return main(["demo"])


def test_prints_accuracy_digest_checks_and_speed(real_run):
    text, result = real_run
    for words in ("accuracy", "sha3-256", "bit for bit: passed", "equals hashlib's: passed",
                  "cycles per second"):
        assert words in text
    assert result.conflicts == []


@pytest.mark.parametrize(["symbol", "words"], [("digits_logits", "Logits of image 3 must be"),
                                               ("digits_digest", "SHA3-256 of the logits must")])
def test_one_wrong_bit_fails(real_run, symbol, words, monkeypatch, capsys):
    _, result = real_run
    content = bytearray(result.symbols[symbol])
    content[30] ^= 1
    wrong = replace(result, symbols={**result.symbols, symbol: bytes(content)})
    assert _outcome(wrong, monkeypatch) == 1
    assert words in capsys.readouterr().err


def test_a_program_that_fails_fails_the_demo(real_run, monkeypatch, capsys):
    assert _outcome(replace(real_run[1], exit_code=7), monkeypatch) == 7
    assert "exit code 7" in capsys.readouterr().err
