"""The app ens: names and their nodes on this machine, and over the serial line of the chip."""

import ctypes
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from coprocessors.keccak.model import digest
from firmware.build import APPS_DIR, DRIVERS_DIR, build_app, build_host_library
from sim.runner import run
from soc.configuration import preset
from tests.coprocessors.keccak.vectors import user_vectors_file
from tests.firmware.host import CONFIGURATION, HOST_KECCAK

_ROOT = Path(__file__).resolve().parents[2]
_SOURCE = APPS_DIR / "ens" / "namehash.c"
_FAULTS = (None, "EMPTY_LABEL", "UNDERSCORE", "HYPHENS", "CHARACTER")


class _Names:
    """The C of names in ``source``."""

    def __init__(self, source=_SOURCE):
        self._library = ctypes.CDLL(str(build_host_library(
            "ens", [source, HOST_KECCAK, DRIVERS_DIR / "keccak_cpu.c"], CONFIGURATION,
            include=[_SOURCE.parent])))

    def normalize(self, name):
        """(fault or None, where or the normalised name)."""
        buffer, at = ctypes.create_string_buffer(name), ctypes.c_uint32()
        fault = _FAULTS[self._library.name_normalize(buffer, len(name), ctypes.byref(at))]
        return fault, at.value if fault else buffer.raw[:len(name)]

    def hash(self, name):
        node = ctypes.create_string_buffer(32)
        assert self._library.name_hash(0, name, len(name), node) == 0
        return node.raw


@pytest.fixture(scope="module")
def names():
    return _Names()


def _node(name):
    """ENSIP-1, in Python."""
    if not name:
        return bytes(32)
    label, _, rest = name.partition(b".")
    return digest("keccak_256", _node(rest) + digest("keccak_256", label))


@pytest.mark.parametrize("name, normal", [
    (b"", b""), (b"eth", b"eth"), (b"Vitalik.ETH", b"vitalik.eth"), (b"AZ.az.09", b"az.az.09"),
    (b"_a.__b.eth", b"_a.__b.eth"), (b"a-b.-c-", b"a-b.-c-"), (b"a--b", b"a--b"), (b"--", b"--"),
    (b"abc--d", b"abc--d"), (b"x.a--b", b"x.a--b"), (b"a" * 255, b"a" * 255),
])
def test_names(names, name, normal):
    assert names.normalize(name) == (None, normal)


@pytest.mark.parametrize("name, fault, at", [
    (b".", "EMPTY_LABEL", 0), (b".eth", "EMPTY_LABEL", 0), (b"a..eth", "EMPTY_LABEL", 2),
    (b"eth.", "EMPTY_LABEL", 4), (b"a_b", "UNDERSCORE", 1), (b"x._a_", "UNDERSCORE", 4),
    (b"ab--c", "HYPHENS", 3), (b"x.xn--abc", "HYPHENS", 5), (b"-----", "HYPHENS", 3),
    (b"a b", "CHARACTER", 1), (b"\tb", "CHARACTER", 0), (b"a@b", "CHARACTER", 1),
    (b"a[b", "CHARACTER", 1), (b"a`b", "CHARACTER", 1), (b"a{", "CHARACTER", 1),
    (b"a/b", "CHARACTER", 1), (b"a:", "CHARACTER", 1), (b"it's", "CHARACTER", 2),
    ("ni\u00f1o.eth".encode(), "CHARACTER", 2), (b"\xff", "CHARACTER", 0), (b"a\0", "CHARACTER", 1),
])
def test_names_that_are_refused(names, name, fault, at):
    assert names.normalize(name) == (fault, at)


def test_nodes_of_random_names(names):
    rng = random.Random(1)
    for _ in range(30):
        name = b".".join(bytes(rng.choices(b"abcxyz019-_", k=rng.choice([1, 3, 20, 140])))
                         for _ in range(rng.randint(1, 4)))
        assert names.hash(name) == _node(name)
    assert names.hash(b"") == bytes(32)


def test_official_nodes(names):
    cases = json.loads(user_vectors_file("ethereum/ens_namehash.json").read_text())
    cases.pop("_note", None)
    assert len(cases) > 3
    for name, node in cases.items():
        assert f"0x{names.hash(name.encode()).hex()}" == node


@pytest.mark.parametrize("old, new", [
    ("name[*at] += 'a' - 'A';", ""), ("if (*at == start)", "if (0)"),
    ("length != 0 && start == length", "0"), ("at == start || name[at - 1] == '_'", "1"),
    ("at == start + 3", "at == start + 2"), ("return NAME_CHARACTER;", "return NAME_OK;"),
    ("name + start, end - start", "name + start, length - start"),
    ("memcpy(pair, node, NODE_BYTES);", ""),
], ids=range(8))
def test_mutant_is_found(tmp_path, old, new):
    text = _SOURCE.read_text()
    assert text.count(old) == 1
    path = tmp_path / "namehash.c"
    path.write_text(text.replace(old, new))
    mutant = _Names(path)
    found = [mutant.normalize(name) for name in
             (b"A.eth", b".eth", b"eth.", b"a_b", b"ab--c", b"a b")]
    expected = [(None, b"a.eth"), ("EMPTY_LABEL", 0), ("EMPTY_LABEL", 4), ("UNDERSCORE", 1),
                ("HYPHENS", 3), ("CHARACTER", 1)]
    assert found != expected or mutant.hash(b"a.b.eth") != _node(b"a.b.eth")


def test_names_over_the_serial_line():
    chip = preset("reference")
    elf = build_app("ens", chip, defines={"NAME_BYTES": "12"})
    run(elf, chip, max_cycles=1)  # so that all is built
    lines = ["Vitalik.eth", "ni\u00f1o.eth", "a..b", "x" * 13, "eth\r", "", "unread"]
    with subprocess.Popen([sys.executable, "-m", "gluechip", "run", "ens", "--stdin", "--quiet",
                           "-DNAME_BYTES=12"],
                          cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        output, _ = process.communicate("\n".join(lines).encode() + b"\n", timeout=120)
    prompt, first, second, third, fourth, fifth = output.decode().splitlines()
    assert process.returncode == 0 and "an empty one ends" in prompt
    for line, name in ((first, b"vitalik.eth"), (fifth, b"eth")):
        assert line.startswith(f"{name.decode()} 0x{_node(name).hex()} in ")
    assert second == ("Not hashed: byte 2: it is not of a-z, 0-9, - and _: normalise the name "
                      "first (ENSIP-15)")
    assert third == "Not hashed: byte 2: a label must not be empty"
    assert fourth == "Not hashed: a name must have 12 bytes or less"
