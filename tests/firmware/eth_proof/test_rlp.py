"""RLP as the program reads it: what a correct encoder writes, and nothing else."""

import itertools
import json
import random
import re

import pytest
import rlp

from tests.coprocessors.keccak.vectors import user_vectors_file
from tests.firmware.eth_proof.verifier import APP_DIR, FAULTS, Verifier


@pytest.fixture(scope="module")
def verifier():
    return Verifier()


_DEPTH = int(re.search(r"#define RLP_DEPTH (\d+)", (APP_DIR / "rlp.h").read_text())[1])


def _is_strict(data):
    """Whether the package takes it, lists in lists too."""
    try:
        rlp.decode(data)
    except rlp.DecodingError:
        return False
    return True


@pytest.mark.parametrize("data, fault", [
    ("", "SHORT"), ("81", "SHORT"), ("b8", "SHORT"), ("f9ff", "SHORT"), ("8180 00", "TRAILING"),
    ("c0 c0", "TRAILING"), ("00 00", "TRAILING"), ("8100", "SINGLE_BYTE"), ("817f", "SINGLE_BYTE"),
    ("c2 8101", "SINGLE_BYTE"), ("b800", "LENGTH_ZEROS"), ("f800", "LENGTH_ZEROS"),
    ("b90038" + "00" * 56, "LENGTH_ZEROS"), ("b837" + "00" * 55, "LONG_FORM"),
    ("f837" + "00" * 55, "LONG_FORM"), ("b838" + "00" * 55, "SHORT"),
    ("bf0100000000000000", "SHORT"), ("ff ffffffffffffffff 00", "SHORT"),
    ("bbffffffff", "SHORT"), ("fbffffffff", "SHORT"), ("bbfffffffb", "SHORT"),
    ("c1", "SHORT"), ("c182", "SHORT"), ("c3 c182 00", "SHORT"), ("c2 c1 c0 00", "TRAILING"),
    ("c3 c0 8101", "SINGLE_BYTE"),
])
def test_malformed(verifier, data, fault):
    assert verifier.rlp(bytes.fromhex(data)) == f"FAULT_RLP_{fault}"


@pytest.mark.parametrize("data", [
    "00", "7f", "80", "8180", "81ff", "c0", "c1c0", "b838" + "00" * 56, "f838" + "00" * 56,
    "c4c2c0c0c0"])
def test_well_formed(verifier, data):
    assert verifier.rlp(bytes.fromhex(data)) == "FAULT_NONE"


def test_depth_is_bounded(verifier):
    nested = []
    for _ in range(_DEPTH - 1):
        nested = [nested]
    assert verifier.rlp(rlp.encode(nested)) == "FAULT_NONE"
    assert verifier.rlp(rlp.encode([nested])) == "FAULT_RLP_DEPTH"
    assert verifier.rlp(rlp.encode([nested] * 3)) == "FAULT_RLP_DEPTH"
    assert verifier.rlp(b"\xff" * 1000) == "FAULT_RLP_SHORT"


def test_every_short_input(verifier):
    for length in (1, 2):
        for data in map(bytes, itertools.product(range(256), repeat=length)):
            assert (verifier.rlp(data) == "FAULT_NONE") == _is_strict(data), data.hex()


def random_item(rng, depth):
    if depth and rng.random() < 0.6:
        return [random_item(rng, depth - 1) for _ in range(rng.randrange(5))]
    return rng.randbytes(rng.choice([0, 1, 1, 2, 5, 32, 55, 56, 57, 255, 256, 300]))


def testrandom_items_and_what_one_byte_makes_of_them(verifier):
    rng, verdicts = random.Random(5), set()
    for _ in range(1500):
        data = bytearray(rlp.encode(random_item(rng, 4)))
        assert verifier.rlp(bytes(data)) == "FAULT_NONE"
        for _ in range(3):
            changed = bytearray(data)
            if rng.random() < 0.2:
                del changed[rng.randrange(len(changed)):]
            else:
                changed[rng.randrange(min(len(changed), 12))] = rng.choice(
                    [0, 1, 0x7F, 0x80, 0x81, 0xB7, 0xB8, 0xB9, 0xC0, 0xC1, 0xF7, 0xF8, 0xFF])
            changed = bytes(changed)
            found = verifier.rlp(changed)
            verdicts.add(found == "FAULT_NONE")
            assert (found == "FAULT_NONE") == _is_strict(changed), changed.hex()
    assert verdicts == {True, False}


@pytest.mark.parametrize("data, maximum, found", [
    ("80", 8, 0), ("01", 8, 1), ("7f", 8, 127), ("8180", 8, 128),
    ("88ffffffffffffffff", 8, 2**64 - 1),
    ("89010000000000000000", 8, "INTEGER_SIZE"), ("89010000000000000000", 32, 2**64),
    ("00", 8, "INTEGER_ZEROS"), ("820001", 8, "INTEGER_ZEROS"), ("c0", 8, "STRING_WANTED"),
    ("", 8, "ITEMS"), ("8101", 8, "SINGLE_BYTE"), ("82ff", 8, "SHORT"),
])
def test_integers(verifier, data, maximum, found):
    expected = ((f"FAULT_RLP_{found}", None) if isinstance(found, str) else ("FAULT_NONE", found))
    assert verifier.integer(bytes.fromhex(data), maximum) == expected


def test_every_fault_has_words(verifier):
    texts = {verifier.text(fault) for fault in FAULTS}
    assert len(texts) == len(FAULTS) and "unknown fault" not in texts


def _official(name):
    return json.loads(user_vectors_file(f"ethereum/{name}").read_text())


def _hex(text):
    return bytes.fromhex(text.removeprefix("0x"))


def test_official_items(verifier):
    cases = _official("rlptest.json")
    assert len(cases) > 20
    for name, case in cases.items():
        assert verifier.rlp(_hex(case["out"])) == "FAULT_NONE", name
        if isinstance(case["in"], int):
            assert verifier.integer(_hex(case["out"]), 32) == ("FAULT_NONE", case["in"]), name


def test_official_malformed_items(verifier):
    cases = _official("invalidRLPTest.json")
    assert len(cases) > 20
    for name, case in cases.items():
        assert verifier.rlp(_hex(case["out"])).startswith("FAULT_RLP_"), name
