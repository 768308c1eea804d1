"""The digits demo: its program on the functional chip, its check on the host, its training."""

import hashlib

import pytest
from elftools.elf.elffile import ELFFile

from firmware.apps.digits.check import SYMBOLS, check, expected_logits
from firmware.apps.digits.train import FEW, HEADER, HELD_OUT
from firmware.build import build_app
from sim.iss.chip import run_elf
from soc.configuration import preset

_MODEL_SHA256 = "a258c705a417124ab9cb4d50020609547249bd4f5e66715fd9917ebd6a51a95b"


@pytest.fixture(scope="module")
def answers():
    """(text, {symbol: bytes}) of the program on the smallest chip."""
    configuration = preset("small")
    elf = build_app("digits", configuration)
    result = run_elf(elf, configuration)
    assert result.exit_code == 0, result.text
    with elf.open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        entries = {name: table.get_symbol_by_name(name)[0] for name in SYMBOLS}
        return result.text, {name: result.chip.space.read(s["st_value"], s["st_size"])
                             for name, s in entries.items()}


def test_program_and_host_agree(answers):
    text, symbols = answers
    assert len(check(text, symbols)) == 2
    assert f"of {FEW} right" in text
    assert "same bits" in text


def test_wrong_logit_is_found(answers):
    text, symbols = answers
    logits = bytearray(symbols["digits_logits"])
    logits[57] ^= 1
    with pytest.raises(ValueError, match=r"Logits of image 5 must be \[.*\], not \["):
        check(text, symbols | {"digits_logits": bytes(logits)})


def test_wrong_digest_is_found(answers):
    text, symbols = answers
    with pytest.raises(ValueError, match="SHA3-256 of the logits must be .*, not 0000"):
        check(text, symbols | {"digits_digest": bytes(32)})
    with pytest.raises(ValueError, match="The program must print the digest"):
        check(text.replace("sha3-256", "sha3"), symbols)


def test_every_preset_has_room():
    for name in ("medium", "large", "reference"):
        build_app("digits", preset(name))


def test_logits_of_all_images():
    assert expected_logits(HELD_OUT).shape == (HELD_OUT, 10)


def test_model_is_the_recorded_one():
    assert hashlib.sha256(HEADER.read_bytes()).hexdigest() == _MODEL_SHA256


@pytest.mark.long
def test_training_gives_the_model_again():
    pytest.importorskip("sklearn", reason="scikit-learn: pip install -e .[train]")
    from firmware.apps.digits.train import model_header

    text, accuracy = model_header()
    assert hashlib.sha256(text.encode()).hexdigest() == _MODEL_SHA256
    assert accuracy >= 0.95
