"""Look-ups in tries of others: what is there, what is not, and nodes that cannot be."""

import json
import random

import pytest
import rlp

from tests.coprocessors.keccak.vectors import user_vectors_file
from tests.firmware.eth_proof.tries import keccak, proof_of, trie_of
from tests.firmware.eth_proof.verifier import Verifier


@pytest.fixture(scope="module")
def verifier():
    return Verifier()


def _check(verifier, trie, path, value):
    """That ``value``, or None, is what the trie holds there, and only with just these nodes."""
    nodes = proof_of(trie, path)
    assert verifier.lookup(trie.root_hash, path, nodes) == ("FAULT_NONE", value, len(nodes))
    if nodes:
        assert verifier.lookup(trie.root_hash, path, nodes[:-1]) == (
            "FAULT_PROOF_SHORT", None, len(nodes) - 1)
    fault, _, node = verifier.lookup(trie.root_hash, path,
                                     [*nodes, rlp.encode([b"\x20", b"value" * 8])])
    assert (fault, node) == ("FAULT_PROOF_LONG" if nodes else "FAULT_NODE_HASH", len(nodes))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 16, 17, 60, 250])
def test_secure_tries(verifier, count):
    rng = random.Random(count)
    contents = {keccak(rng.randbytes(20)): rng.randbytes(rng.choice([1, 5, 33, 70]))
                for _ in range(count)}
    trie = trie_of(contents)
    for path, value in list(contents.items())[:40]:
        _check(verifier, trie, path, value)
    for _ in range(30):
        _check(verifier, trie, keccak(rng.randbytes(9)), None)


def _random_paths(rng, count, longest):
    """Paths of few letters, so that they begin alike."""
    return {bytes(rng.choice([0x00, 0x01, 0x10, 0x11, 0x7F])
                  for _ in range(rng.randint(1, longest))) for _ in range(count)}


@pytest.mark.parametrize("seed", range(40))
def test_crowded_tries(verifier, seed):
    """Paths of any length that are beginnings of each other; small values stand in nodes above."""
    rng = random.Random(seed)
    contents = {path: rng.randbytes(rng.choice([1, 1, 2, 8, 31, 32, 33, 60]))
                for path in _random_paths(rng, rng.randint(1, 60), rng.choice([2, 3, 5]))}
    trie = trie_of(contents)
    absent = {*_random_paths(rng, 40, 6), b"\xff", b"\x00" * 9} - set(contents)
    for path in [*contents, *absent]:
        _check(verifier, trie, path, contents.get(path))


def test_every_flipped_bit_is_found_at_its_node(verifier):
    contents = {bytes([first, second]): bytes([first]) * (second + 1)
                for first in (0x00, 0x0F, 0x11, 0x12, 0x80) for second in (0x00, 0x21, 0x22)}
    trie, flips = trie_of(contents), 0
    for path in (b"\x11\x22", b"\x0f\x00", b"\x11\x23"):
        nodes = proof_of(trie, path)
        assert len(nodes) > 1
        for number, node in enumerate(nodes):
            for bit in range(8 * len(node)):
                changed = bytearray(node)
                changed[bit // 8] ^= 1 << bit % 8
                found = verifier.lookup(trie.root_hash, path,
                                        [*nodes[:number], bytes(changed), *nodes[number + 1:]])
                assert found == ("FAULT_NODE_HASH", None, number)
                flips += 1
    assert flips > 2000


def test_nodes_in_another_order(verifier):
    trie = trie_of({keccak(bytes([number])): bytes(40) for number in range(200)})
    path = keccak(b"\0")
    nodes = proof_of(trie, path)
    assert len(nodes) > 2
    for changed in ([nodes[1], nodes[0], *nodes[2:]], [nodes[0], *nodes[:0:-1]],
                    [nodes[0], *nodes], nodes[1:]):
        first = next(number for number, (a, b) in enumerate(zip(changed, nodes)) if a != b)
        assert verifier.lookup(trie.root_hash, path, changed) == ("FAULT_NODE_HASH", None, first)


_OTHER = b"\xaa" * 32
"""The hash of some node."""


def _branch(*children, value=b""):
    return [*children, *[b""] * (16 - len(children)), value]


@pytest.mark.parametrize("node, fault", [
    ([], "NODE_ITEMS"), ([b"\x20"], "NODE_ITEMS"), ([b"", b"", b""], "NODE_ITEMS"),
    ([b""] * 16, "NODE_ITEMS"), ([_OTHER] * 18, "NODE_ITEMS"), ([_OTHER] * 16, "NODE_ITEMS"),
    ([b"\x40\x12\x34", b"v"], "NODE_FLAGS"), ([b"\xf1", b"v"], "NODE_FLAGS"),
    ([b"\x21\x12\x34", b"v"], "NODE_PADDING"), ([b"\x0f\x12", _OTHER], "NODE_PADDING"),
    ([b"", b"v"], "NODE_PATH"), ([b"\x00", _OTHER], "NODE_PATH"),
    ([[], b"v"], "RLP_STRING_WANTED"), ([b"\x20\x12\x34", [b"v"]], "RLP_STRING_WANTED"),
    ([b"\x20\x12\x34", b""], "NODE_VALUE"),
    ([b"\x00\x12", b""], "NODE_CHILD"), ([b"\x00\x12", b"v" * 31], "NODE_CHILD"),
    ([b"\x00\x12", b"v" * 33], "NODE_CHILD"), ([b"\x00\x12", [b"v" * 40, b""]], "NODE_CHILD"),
    ([b"\x00\x12", [b"\x33", b"v"]], "NODE_EXTENSION"),
    ([b"\x11", [b"\x13", [b"\x34", b"v"]]], "NODE_EXTENSION"),
    (_branch(_OTHER), "NODE_SPARSE"), (_branch(value=b"v"), "NODE_SPARSE"),
    (_branch(), "NODE_SPARSE"),
    (_branch(_OTHER, b"v" * 31), "NODE_CHILD"), (_branch(_OTHER, b"v"), "NODE_CHILD"),
    (_branch(b"v", _OTHER), "NODE_CHILD"), (_branch(_OTHER, _OTHER, b"\x7f"), "NODE_CHILD"),
    (_branch(_OTHER, [b"\x20\x12\x34", b"v" * 40]), "NODE_CHILD"),
    (_branch(_OTHER, [b"\x20\x12\x34", b"v" * 26]), "NODE_CHILD"),  # of 32 bytes
    (_branch(_OTHER, _OTHER, value=[]), "RLP_STRING_WANTED"),
    (b"string", "RLP_LIST_WANTED"),
])
def test_nodes_that_cannot_be(verifier, node, fault):
    """Though their hashes are right, for they are the roots."""
    encoded = rlp.encode(node)
    found, value, _ = verifier.lookup(keccak(encoded), b"\x12\x34", [encoded])
    assert (found, value) == (f"FAULT_{fault}", None)


@pytest.mark.parametrize("change, fault", [
    (lambda node: node[:-1], "RLP_SHORT"), (lambda node: node + b"\0", "RLP_TRAILING"),
    (lambda node: b"", "RLP_SHORT"), (lambda node: node[:-2] + b"\x81\x05", "RLP_SINGLE_BYTE"),
    (lambda node: node[:-2] + b"\xc1\x80", "RLP_STRING_WANTED"),
])
def test_nodes_that_are_no_rlp(verifier, change, fault):
    encoded = change(rlp.encode([b"\x20\x12\x34", b"\x99"]))
    assert verifier.lookup(keccak(encoded), b"\x12\x34", [encoded])[0] == f"FAULT_{fault}"


def test_malformed_neighbours_are_found(verifier):
    """What stands in a branch beside the way is looked at as well."""
    for place in (0, 2, 15):
        children = [b""] * 16
        children[1], children[place] = _OTHER, [b"\x31", b"v"]
        good = rlp.encode([*children, b""])
        bad = good.replace(b"\xc2\x31v", b"\xc2\x81\x05")
        assert bad != good
        path = b"\x31\x12"
        assert verifier.lookup(keccak(good), path, [good])[0] == "FAULT_NONE"
        assert verifier.lookup(keccak(bad), path, [bad])[0] == "FAULT_RLP_SINGLE_BYTE"


def test_small_nodes_stand_in_the_one_above(verifier):
    small = rlp.encode([b"\x32", b"v"])
    node = rlp.encode(_branch(_OTHER, keccak(small)))
    assert verifier.lookup(keccak(node), b"\x12", [node, small]) == ("FAULT_NODE_SMALL", None, 1)
    node = rlp.encode(_branch(_OTHER, [b"\x32", b"v"]))
    assert verifier.lookup(keccak(node), b"\x12", [node]) == ("FAULT_NONE", b"v", 1)
    assert verifier.lookup(keccak(node), b"\x13", [node]) == ("FAULT_NONE", None, 1)
    assert verifier.lookup(keccak(small), b"\x02", [rlp.encode([b"\x20\x02", b"v"])])[
        0] == "FAULT_NODE_HASH"


def test_paths_that_begin_in_the_middle_of_a_byte(verifier):
    """An extension of the nibbles 1 and 2, which are not those behind the 1 of 0x12."""
    extension = rlp.encode([b"\x00\x12", _OTHER])
    root = rlp.encode(_branch(_OTHER, keccak(extension)))
    for path, found in ((b"\x12\x34", ("FAULT_NONE", None, 2)),
                        (b"\x11\x24", ("FAULT_PROOF_SHORT", None, 2)),
                        (b"\x11\x34", ("FAULT_NONE", None, 2)), (b"\x11", ("FAULT_NONE", None, 2))):
        assert verifier.lookup(keccak(root), path, [root, extension]) == found


def test_an_empty_trie(verifier):
    root = verifier.constant("trie_empty_root")
    assert root == keccak(rlp.encode(b""))
    assert verifier.lookup(root, b"\x12", []) == ("FAULT_NONE", None, 0)
    assert verifier.lookup(root, b"\x12", [b"\x80"]) == ("FAULT_NONE", None, 1)
    assert verifier.lookup(root, b"\x12", [b"\x80", b"\x80"]) == ("FAULT_PROOF_LONG", None, 1)
    assert verifier.lookup(_OTHER, b"\x12", []) == ("FAULT_PROOF_SHORT", None, 0)
    assert verifier.lookup(_OTHER, b"\x12", [b"\x80"]) == ("FAULT_NODE_HASH", None, 0)


_OFFICIAL = ("trietest.json", "trietest_secureTrie.json", "trieanyorder.json",
             "trieanyorder_secureTrie.json", "hex_encoded_securetrie_test.json")


def _bytes(text):
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()


@pytest.mark.parametrize("name", _OFFICIAL)
def test_official_tries(verifier, name):
    cases = json.loads(user_vectors_file(f"ethereum/{name}").read_text())
    is_secure = "secure" in name
    for title, case in cases.items():
        pairs = case["in"].items() if isinstance(case["in"], dict) else case["in"]
        contents = {}
        for key, value in pairs:
            path = keccak(_bytes(key)) if is_secure else _bytes(key)
            contents.pop(path, None)
            if value is not None:
                contents[path] = _bytes(value)
        trie = trie_of(contents)
        assert trie.root_hash == _bytes(case["root"]), title
        paths = {keccak(_bytes(key)) if is_secure else _bytes(key) for key, _ in pairs}
        for path in {*paths, keccak(b"nobody")}:
            _check(verifier, trie, path, contents.get(path))
