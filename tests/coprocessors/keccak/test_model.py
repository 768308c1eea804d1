"""The model against FIPS 202's own numbers, hashlib, pycryptodome and the vectors of others."""

import hashlib
import random

import pytest
from Crypto.Hash import TurboSHAKE128, TurboSHAKE256, keccak

from coprocessors.keccak import model
from tests.coprocessors.keccak.vectors import (
    cryptography_vectors_file, intermediate_values, rsp_cases, user_vectors_file,
)

SEED = 202
HASHES = ["sha3_224", "sha3_256", "sha3_384", "sha3_512"]


def test_tables():
    assert model.ROTATIONS[:5] == (0, 1, 62, 28, 27)
    assert len(set(model.ROTATIONS)) == 25
    assert model.ROUND_CONSTANTS[0] == 1
    assert model.ROUND_CONSTANTS[23] == 0x8000_0000_8000_8008


@pytest.mark.parametrize("name", [*HASHES, "shake128", "shake256"])
def test_every_length_to_two_blocks_against_hashlib(name):
    rng = random.Random(SEED)
    function = model.FUNCTIONS[name]
    for length in range(0, 2 * function.rate_bytes + 2, 5):
        message = rng.randbytes(length)
        reference = hashlib.new(name, message)
        if function.output_bytes is None:
            size = rng.randrange(3 * function.rate_bytes)
            assert model.digest(name, message, size) == reference.digest(size)
        else:
            assert model.digest(name, message) == reference.digest()


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_original_padding_against_pycryptodome(bits):
    rng = random.Random(SEED)
    for length in (0, 1, 71, 72, 103, 104, 135, 136, 137, 143, 144, 300):
        message = rng.randbytes(length)
        expected = keccak.new(digest_bits=bits, data=message).digest()
        assert model.digest(f"keccak_{bits}", message) == expected


@pytest.mark.parametrize("package, rate_bytes", [(TurboSHAKE128, 168), (TurboSHAKE256, 136)])
@pytest.mark.parametrize("domain", [0x01, 0x1F, 0x7F])
def test_twelve_rounds_against_pycryptodome(package, rate_bytes, domain):
    message = random.Random(SEED).randbytes(200)
    assert (model.sponge(message, rate_bytes=rate_bytes, domain=domain, output_bytes=400, rounds=12)
            == package.new(domain=domain, data=message).read(400))


@pytest.mark.parametrize("name", HASHES)
def test_nist_short_messages(name):
    path = cryptography_vectors_file(f"hashes/SHA3/{name.upper()}ShortMsg.rsp")
    for case in rsp_cases(path):
        assert model.digest(name, case["Msg"]) == case["output"]


@pytest.mark.parametrize("name", ["shake128", "shake256"])
def test_nist_variable_output(name):
    path = cryptography_vectors_file(f"hashes/SHAKE/{name.upper()}VariableOut.rsp")
    for case in rsp_cases(path)[::10]:
        output_bytes = int(case["Outputlen"]) // 8
        assert model.digest(name, case["Msg"], output_bytes) == case["output"]


def test_original_padding_short_messages():
    for case in rsp_cases(user_vectors_file("keccak/Keccak-256_ShortMsgKAT.txt")):
        assert model.digest("keccak_256", case["Msg"]) == case["output"]


def test_intermediate_values():
    path = user_vectors_file("xkcp/KeccakF-1600-IntermediateValues.txt")
    permutations = intermediate_values(path)
    assert len(permutations) == 2
    steps = [model.theta, model.rho, model.pi, model.chi]
    for (_, state), *states in permutations:
        start = state
        assert [title for title, _ in states] == [
            f"After {step}" for step in ("theta", "rho", "pi", "chi", "iota")] * model.ROUNDS
        for number, (title, expected) in enumerate(states):
            step = number % 5
            state = model.iota(state, number // 5) if step == 4 else steps[step](state)
            assert state == expected, f"{title}, round {number // 5}"
        assert model.permute(start) == state


@pytest.mark.parametrize("change, message", [
    ({"rate_bytes": 0}, "rate_bytes must be a multiple of 8 from 8 to 192, not 0"),
    ({"rate_bytes": 200}, "rate_bytes must be a multiple of 8 from 8 to 192, not 200"),
    ({"rate_bytes": 12}, "rate_bytes must be a multiple of 8 from 8 to 192, not 12"),
    ({"domain": 0}, "domain must be from 0x01 to 0x7F, not 0x0"),
    ({"domain": 0x80}, "domain must be from 0x01 to 0x7F, not 0x80"),
    ({"output_bytes": -1}, "output_bytes must be 0 or more, not -1"),
    ({"rounds": 25}, "rounds must be from 1 to 24, not 25"),
])
def test_bad_parameters_are_rejected(change, message):
    legal = {"rate_bytes": 136, "domain": 6, "output_bytes": 32}
    with pytest.raises(ValueError, match=message):
        model.sponge(b"", **{**legal, **change})


def test_output_length_where_it_does_not_belong():
    with pytest.raises(ValueError, match="output_bytes of sha3_256 must be None, not 32"):
        model.digest("sha3_256", b"", 32)
    with pytest.raises(ValueError, match="output_bytes of shake128 must be a number, not None"):
        model.digest("shake128", b"")
