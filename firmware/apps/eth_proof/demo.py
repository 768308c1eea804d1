"""A block and a proof of our own, as a node would answer: for the app without files."""

import hashlib

from firmware.apps.eth_proof.mpt import Trie, encode, integer, keccak

__all__ = ["documents", "state"]

_ACCOUNTS, _SLOTS = 48, 20
_BALANCE = 1_234_567_890_123_456_789
_ABSENT_SLOT = 0xDEAD


def _bytes(name, size=32):
    """Bytes that follow from ``name``."""
    return hashlib.shake_128(name.encode()).digest(size)


def _word(number):
    return number.to_bytes(32, "big")


_ADDRESS, _CODE_HASH = _bytes("contract", 20), keccak(_bytes("code", 100))


def _hex(value):
    return hex(value) if isinstance(value, int) else f"0x{value.hex()}"


def _slots():
    return {number: int.from_bytes(_bytes(f"slot {number}", 1 + number), "big")
            for number in range(_SLOTS)}


def _storage():
    return Trie({_word(number): encode(integer(value)) for number, value in _slots().items()})


def state():
    """The `Trie` of the demo's accounts."""
    accounts = {_bytes(f"account {number}", 20): encode([
        integer(number), integer(_BALANCE * number), Trie({}).root, keccak(b"")])
        for number in range(_ACCOUNTS)}
    return Trie({**accounts, _ADDRESS: encode([integer(1), integer(_BALANCE), _storage().root,
                                               _CODE_HASH])})


def documents():
    """(header, proof): JSON documents as answers to eth_getBlockByHash and eth_getProof.

    The proof is of an account of a contract, of two slots that hold something and one that does
    not.
    """
    accounts, storage = state(), _storage()
    header = {
        "parentHash": _bytes("parent"), "sha3Uncles": keccak(encode([])),
        "miner": _bytes("miner", 20), "stateRoot": accounts.root,
        "transactionsRoot": Trie({}).root, "receiptsRoot": Trie({}).root,
        "logsBloom": bytes(256), "difficulty": 0, "number": 4711, "gasLimit": 30_000_000,
        "gasUsed": 0, "timestamp": 1_700_000_000, "extraData": b"Gluechip",
        "mixHash": _bytes("randomness"), "nonce": bytes(8), "baseFeePerGas": 7,
        "withdrawalsRoot": Trie({}).root}
    block_hash = keccak(encode([integer(value) if isinstance(value, int) else value
                                for value in header.values()]))
    proof = {
        "address": _hex(_ADDRESS), "balance": _hex(_BALANCE), "nonce": "0x1",
        "codeHash": _hex(_CODE_HASH), "storageHash": _hex(storage.root),
        "accountProof": [*map(_hex, accounts.proof(_ADDRESS))],
        "storageProof": [{"key": _hex(number), "value": _hex(_slots().get(number, 0)),
                          "proof": [*map(_hex, storage.proof(_word(number)))]}
                         for number in (0, 7, _ABSENT_SLOT)]}
    header = {name: _hex(value) for name, value in header.items()}
    return {"hash": _hex(block_hash), **header}, proof
