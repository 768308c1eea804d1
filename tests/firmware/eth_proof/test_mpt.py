"""Our tries and RLP, which make the demo's proof, against the packages ``trie`` and ``rlp``."""

import random

import pytest
import rlp

from firmware.apps.eth_proof.mpt import Trie, encode, integer, keccak
from tests.firmware.eth_proof.test_rlp import random_item
from tests.firmware.eth_proof.tries import integer as packages_integer
from tests.firmware.eth_proof.tries import keccak as packages_keccak
from tests.firmware.eth_proof.tries import proof_of, trie_of


@pytest.mark.parametrize("count", [0, 1, 2, 16, 80])
def test_roots_and_proofs(count):
    rng = random.Random(count)
    contents = {rng.randbytes(20): rng.randbytes(rng.choice([1, 30, 70])) for _ in range(count)}
    ours = Trie(contents)
    theirs = trie_of({keccak(key): value for key, value in contents.items()})
    assert ours.root == theirs.root_hash
    for key in [*list(contents)[:20], *(rng.randbytes(3) for _ in range(10))]:
        assert ours.proof(key) == proof_of(theirs, keccak(key))


def test_rlp():
    rng = random.Random(3)
    for _ in range(200):
        item = random_item(rng, 4)
        assert encode(item) == rlp.encode(item)
    for number in (0, 1, 127, 128, 255, 256, 2**64, 2**256 - 1):
        assert integer(number) == packages_integer(number)


def test_keccak():
    for length in (0, 1, 135, 136, 137, 300):
        assert keccak(bytes(length)) == packages_keccak(bytes(length))
