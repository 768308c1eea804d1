"""The hash functions of the firmware against the files of NIST, the Keccak team and pycryptodome.

Each test prints how many cases it has checked.
"""

import ctypes
import re

import pytest

from tests.coprocessors.keccak.vectors import (
    cryptography_vectors_file, intermediate_values, paragraphs, pycryptodome_vectors_file,
    rsp_cases, user_vectors_file,
)
from tests.firmware.keccak_family import Bytes, family

BACKEND = 1
SHA3 = [224, 256, 384, 512]
STRENGTHS = [128, 256]


@pytest.fixture(scope="module")
def c():
    return family()


def _check(c, cases, name, *, fixed):
    """Checks a function without further arguments on all ``cases``."""
    for case in cases:
        expected = case["output"]
        assert c.output(name, BACKEND, case["Msg"], size=len(expected), fixed=fixed) == expected, (
            f"{name} of {len(case['Msg'])} bytes")
    print(f"{name}: {len(cases)} cases")


@pytest.mark.parametrize("kind", ["ShortMsg", "LongMsg"])
@pytest.mark.parametrize("bits", SHA3)
def test_cavp_sha3(c, bits, kind):
    path = cryptography_vectors_file(f"hashes/SHA3/SHA3_{bits}{kind}.rsp")
    _check(c, rsp_cases(path), f"sha3_{bits}", fixed=True)


@pytest.mark.parametrize("kind", ["ShortMsg", "LongMsg", "VariableOut"])
@pytest.mark.parametrize("strength", STRENGTHS)
def test_cavp_shake(c, strength, kind):
    path = cryptography_vectors_file(f"hashes/SHAKE/SHAKE{strength}{kind}.rsp")
    _check(c, rsp_cases(path), f"shake{strength}", fixed=False)


@pytest.mark.parametrize("bits", SHA3)
def test_cavp_sha3_monte_carlo(c, bits):
    """Source: The SHA-3 validation system (SHA3VS) 6.2.3."""
    digest, size, cases = None, bits // 8, 0
    function = c.raw(f"sha3_{bits}")
    for case in paragraphs(cryptography_vectors_file(f"hashes/SHA3/SHA3_{bits}Monte.rsp")):
        if "Seed" in case:
            digest = ctypes.create_string_buffer(bytes.fromhex(case["Seed"]), size)
        if "MD" not in case:
            continue
        for _ in range(1000):
            assert function(BACKEND, digest.raw, size, digest) == 0
        assert digest.raw == bytes.fromhex(case["MD"]), f"COUNT = {case['COUNT']}"
        cases += 1
    assert cases == 100
    print(f"{cases} cases of 1000 hashes")


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("limit", [20, pytest.param(100, marks=pytest.mark.long)])
def test_cavp_shake_monte_carlo(c, strength, limit):
    """Source: The SHA-3 validation system (SHA3VS) 6.3.3."""
    text = cryptography_vectors_file(f"hashes/SHAKE/SHAKE{strength}Monte.rsp")
    least, most = (int(re.search(rf"\[{word} Output Length \(bits\) = (\d+)\]",
                                 text.read_text())[1]) // 8 for word in ("Minimum", "Maximum"))
    function, output, size, cases = c.raw(f"shake{strength}"), b"", most, 0
    for case in paragraphs(text):
        if "Msg" in case:
            output = bytes.fromhex(case["Msg"])
        if "Output" not in case or cases == limit:
            continue
        for _ in range(1000):
            memory = ctypes.create_string_buffer(size)
            assert function(BACKEND, output[:16].ljust(16, b"\0"), 16, memory, size) == 0
            output, last_size = memory.raw, size
            size = least + int.from_bytes(output[-2:], "big") % (most - least + 1)
        assert 8 * last_size == int(case["Outputlen"])
        assert output == bytes.fromhex(case["Output"]), f"COUNT = {case['COUNT']}"
        cases += 1
    assert cases == limit
    print(f"{cases} cases of 1000 outputs")


@pytest.mark.parametrize("kind", ["ShortMsg", "LongMsg"])
@pytest.mark.parametrize("bits", SHA3)
def test_original_padding(c, bits, kind):
    path = pycryptodome_vectors_file(f"Hash/keccak/{kind}KAT_{bits}.txt")
    _check(c, rsp_cases(path), f"keccak_{bits}", fixed=True)


@pytest.mark.long
@pytest.mark.parametrize("bits", SHA3)
def test_original_padding_of_a_gigabyte(c, bits):
    for case in paragraphs(pycryptodome_vectors_file(
            f"Hash/keccak/ExtremelyLongMsgKAT_{bits}.txt")):
        if "MD" not in case:
            continue
        sponge, repeats, text = c.sponge(), int(case["Repeat"]), case["Text"].encode()
        piece = text * (repeats // 1024)
        assert c.sponge_init(sponge, BACKEND, c.function(200 - bits // 4, 0x01)) == 0
        for _ in range(1024):
            assert c.sponge_update(sponge, piece) == 0
        assert c.output("sponge_final", sponge, size=bits // 8) == bytes.fromhex(case["MD"])


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("name", ["CustomMsgSamples", "ShortMsgSamples"])
def test_cshake(c, name, strength):
    cases = rsp_cases(pycryptodome_vectors_file(f"Hash/SHA3/{name}_cSHAKE{strength}.txt"))
    for case in cases:
        n, s = (bytes.fromhex(case[key])[:int(case[f"{key}Len"]) // 8] for key in ("N", "S"))
        assert c.output(f"cshake{strength}", BACKEND, Bytes(n), Bytes(s), case["Msg"],
                        size=len(case["output"])) == case["output"]
    print(f"{len(cases)} cases")


def _user_cases(name):
    """Cases of a file of GLUECHIP_VECTORS whose customization is a text."""
    return [{**case, **{key: case.get(key, "").strip().strip('"').encode() for key in ("N", "S")}}
            for case in rsp_cases(user_vectors_file(name))]


@pytest.mark.parametrize("strength", STRENGTHS)
def test_nist_examples_of_cshake(c, strength):
    cases = _user_cases(f"nist/CSHAKE{strength}Ex1.rsp")
    for case in cases:
        assert c.output(f"cshake{strength}", BACKEND, Bytes(case["N"]), Bytes(case["S"]),
                        case["Msg"], size=len(case["output"])) == case["output"]
    print(f"{len(cases)} cases")


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("xof", ["", "XOF"])
def test_nist_examples_of_kmac(c, strength, xof):
    cases = _user_cases(f"nist/KMAC{strength}{xof}Ex1.rsp")
    for case in cases:
        assert c.output(f"kmac{xof.lower()}{strength}", BACKEND, Bytes(bytes.fromhex(case["Key"])),
                        Bytes(case["S"]), case["Msg"],
                        size=len(case["output"])) == case["output"]
    print(f"{len(cases)} cases")


@pytest.mark.parametrize("name", [*(f"SHA3_{bits}ShortMsg" for bits in SHA3),
                                  *(f"SHAKE{n}{kind}" for n in STRENGTHS
                                    for kind in ("ShortMsg", "VariableOut"))])
def test_files_of_nist(c, name):
    function = re.match(r"SHA3_\d+|SHAKE\d+", name)[0].lower()
    _check(c, rsp_cases(user_vectors_file(f"nist/{name}.rsp")), function,
           fixed=function.startswith("sha3"))


def test_original_padding_of_the_users_file(c):
    _check(c, rsp_cases(user_vectors_file("keccak/Keccak-256_ShortMsgKAT.txt")), "keccak_256",
           fixed=True)


def _pattern(size):
    """What the file calls a pattern: the bytes 0x00 to 0xFA again and again."""
    return (bytes(range(0xFB)) * (size // 0xFB + 1))[:size]


def _described(text):
    """Bytes of a description in the file of KangarooTwelve."""
    if text == "empty":
        return b""
    if match := re.fullmatch(r"pattern 0x00 to 0xFA for (\d+)\^(\d+) bytes", text):
        return _pattern(int(match[1]) ** int(match[2]))
    count, byte = re.fullmatch(r"(\d+) times byte 0x(\w\w)", text).groups()
    return bytes.fromhex(byte) * int(count)


def test_kangaroo_twelve(c):
    text = user_vectors_file("xkcp/KangarooTwelve.txt").read_text()
    cases = re.findall(r"KangarooTwelve\(M=(.*), C=(.*), (\d+) bytes\).*:\n([\da-f ]+)", text)
    assert len(cases) == text.count("KangarooTwelve(")
    for message, customization, size, expected in cases:
        output = c.output("kt128", BACKEND, _described(message), Bytes(_described(customization)),
                          size=int(size))
        expected = bytes.fromhex(expected)
        assert output[-len(expected):] == expected, f"M={message}, C={customization}"
    print(f"{len(cases)} cases")


def test_permutation(c):
    def state_of(lanes):
        return b"".join(lane.to_bytes(8, "little") for lane in lanes)

    path = user_vectors_file("xkcp/KeccakF-1600-IntermediateValues.txt")
    permutations = intermediate_values(path)
    for states in permutations:
        memory = ctypes.create_string_buffer(state_of(states[0][1]), 200)
        assert c.keccak_f1600(BACKEND, memory, 24) == 0
        assert memory.raw == state_of(states[-1][1])
    print(f"{len(permutations)} cases")
