"""The app merkle: trees on this machine against pycryptodome, and its run on the chip."""

import ctypes
import random
import re

import pytest
from Crypto.Hash import keccak

from firmware.build import APPS_DIR, build_app
from sim.runner import run
from soc.configuration import preset
from tests.firmware.host import load
from tests.firmware.keccak_family import SOURCES, STAND_IN

_SOURCE = APPS_DIR / "merkle" / "tree.c"
_BATCH, _ONE_BY_ONE, _CORE = range(3)
_ARGUMENT_ERROR = -1
_DIGEST = ctypes.c_uint8 * 32
_PATH = _DIGEST * 32
_TREE_BYTES = 1 << 16  # more than it has
_MAKE_LEAF = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.POINTER(_DIGEST))


def _load(source):
    return load("merkle", [source, *SOURCES, STAND_IN])


def _hash(message):
    return keccak.new(digest_bits=256, data=message).digest()


class _Tree:
    """A tree of random leaves, in C and in Python."""

    def __init__(self, library, levels, way=_BATCH):
        self._library, self.levels = library, levels
        self.leaves = [random.Random(n).randbytes(32) for n in range(1 << levels)]
        self._make_leaf = _MAKE_LEAF(lambda n, leaf: ctypes.memmove(leaf, self.leaves[n], 32))
        self._memory, root = ctypes.create_string_buffer(_TREE_BYTES), _DIGEST()
        assert library.tree_commit(self._memory, self._make_leaf, way, levels, root) == 0
        self.root = bytes(root)

    def expected(self, number):
        """(root, path of a leaf) as Python has them."""
        nodes, path = [_hash(leaf) for leaf in self.leaves], []
        while len(nodes) > 1:
            path.append(nodes[number ^ 1])
            nodes = [_hash(a + b) for a, b in zip(nodes[::2], nodes[1::2])]
            number //= 2
        return nodes[0], path

    def open(self, number):
        """(leaf, path) of C, or the status if it is an error."""
        leaf, path = _DIGEST(), _PATH()
        status = self._library.tree_open(self._memory, number, leaf, path)
        return status or (bytes(leaf), [bytes(digest) for digest in path][:self.levels])

    def check(self, number, leaf, path, root=None, levels=None):
        """Whether C accepts the path, or the status if it is an error."""
        is_right = ctypes.c_bool(True)
        memory = _PATH(*(_DIGEST(*digest) for digest in path))
        status = self._library.tree_check(
            0, _DIGEST(*(root or self.root)), self.levels if levels is None else levels, number,
            _DIGEST(*leaf), memory, ctypes.byref(is_right))
        assert not (status and is_right.value)
        return status or is_right.value


@pytest.fixture(scope="module")
def library():
    return _load(_SOURCE)


@pytest.mark.parametrize("levels, way", [(6, _BATCH), (6, _ONE_BY_ONE), (6, _CORE), (7, _BATCH),
                                         (9, _ONE_BY_ONE), (12, _BATCH)])
def test_paths(library, levels, way):
    tree = _Tree(library, levels, way)
    for number in {0, 1, 63, (1 << levels) - 1, random.Random(levels).randrange(1 << levels)}:
        root, path = tree.expected(number)
        assert (tree.root, tree.open(number)) == (root, (tree.leaves[number], path))
        assert tree.check(number, tree.leaves[number], path) is True


def _flipped(data, rng):
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1:]


def test_wrong_paths_are_rejected(library):
    rng, tree = random.Random(5), _Tree(library, 8)
    for number in rng.sample(range(256), 10):
        leaf, path = tree.open(number)
        for level in range(8):
            wrong = [*path[:level], _flipped(path[level], rng), *path[level + 1:]]
            assert tree.check(number, leaf, wrong) is False
            assert tree.check(number ^ 1 << level, leaf, path) is False
        assert tree.check(number, _flipped(leaf, rng), path) is False
        assert tree.check(number, leaf, path, root=_flipped(tree.root, rng)) is False
        # A node is no leaf: its children have another length than a leaf.
        assert tree.check(number // 2, path[0], path[1:], levels=7) is False


def test_what_is_no_leaf_or_tree(library):
    tree = _Tree(library, 6)
    leaf, path = tree.open(3)
    assert tree.open(64) == _ARGUMENT_ERROR
    assert tree.check(64, leaf, path) == tree.check(67, leaf, path) == _ARGUMENT_ERROR
    assert tree.check(3, leaf, path, levels=32) == _ARGUMENT_ERROR
    root, memory = _DIGEST(*[1] * 32), ctypes.create_string_buffer(_TREE_BYTES)
    for levels, way in [(5, _BATCH), (13, _BATCH), (6, 3)]:
        assert library.tree_commit(memory, tree._make_leaf, way, levels, root) == _ARGUMENT_ERROR
        assert not any(root)


def test_on_the_chip():
    chip = preset("small", network_jobs=True)
    result = run(build_app("merkle", chip, defines={"LEVELS": "7", "CORE_LEVELS": "6"}), chip)
    assert result.status == 0, result.uart_text
    figures = {(name, int(leaves)): int(cycles) for name, leaves, cycles in re.findall(
        r"^(\S.*?) +(\d+) leaves .*? cycles, (\d+) a hash", result.uart_text, re.MULTILINE)}
    batch, single = (figures[f"coprocessor, {way}", 128] for way in ("in batches", "one by one"))
    assert 24 <= batch < single < figures["core", 64]
    assert "6 paths opened and accepted, 90 of 90 wrong ones rejected" in result.uart_text


@pytest.mark.parametrize("old, new", [
    ("*is_right = status == GLUECHIP_OK && memcmp(node, root, DIGEST_BYTES) == 0;",
     "*is_right = status == GLUECHIP_OK && memcmp(node, root, 4) >= 0;"),
    ("memcpy(children[number % 2]", "memcpy(children[0]"),
    *(pytest.param(*mistake, marks=pytest.mark.long) for mistake in (
        ("number >> levels != 0", "number >> levels > 1"),
        ("nodes[number ^ 1]", "nodes[number]"),
        ("copy_siblings(path, tree->upper, pieces, piece);", ""))),
], ids=range(5))
def test_mutant_is_found(tmp_path, old, new):
    """A tree with one mistake fails a test."""
    text = _SOURCE.read_text()
    assert text.count(old) == 1
    (tmp_path / "tree.h").write_text(_SOURCE.with_name("tree.h").read_text())
    (tmp_path / "tree.c").write_text(text.replace(old, new))
    mutant = _load(tmp_path / "tree.c")
    with pytest.raises(AssertionError):
        test_paths(mutant, 7, _BATCH)
        test_wrong_paths_are_rejected(mutant)
        test_what_is_no_leaf_or_tree(mutant)


@pytest.mark.parametrize("define", ["LEVELS=5", "LEVELS=13", "CORE_LEVELS=0"])
def test_levels_that_there_are_not(define):
    name, levels = define.split("=")
    with pytest.raises(RuntimeError, match=f"{name} must be from 6 to 12"):
        build_app("merkle", preset("reference"), defines={name: levels})
