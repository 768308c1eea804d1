"""Tries, proofs and blocks by the packages ``trie`` and ``rlp``, which are not ours."""

from dataclasses import dataclass, field

import rlp
from eth_hash.auto import keccak
from rlp.sedes import big_endian_int
from trie import HexaryTrie

from firmware.apps.eth_proof.request import Request, Slot

__all__ = ["Account", "EMPTY_CODE", "World", "integer", "keccak", "proof_of", "trie_of"]

EMPTY_CODE = keccak(b"")


def integer(number):
    """Bytes of a number as RLP takes them."""
    return big_endian_int.serialize(number)


def trie_of(contents):
    """The trie of {path: value}."""
    trie = HexaryTrie({})
    for path, value in contents.items():
        trie[path] = value
    return trie


def proof_of(trie, path):
    """RLP of the nodes that lead to ``path``, as nodes of Ethereum list them: without those that
    stand in the one above."""
    first, *others = map(rlp.encode, trie.get_proof(path)) if trie.get_proof(path) else [b""]
    return [first, *(node for node in others if len(node) >= 32)] if first else []


@dataclass
class Account:
    """An account and its slots, {number: value}."""

    nonce: int = 0
    balance: int = 0
    code_hash: bytes = EMPTY_CODE
    slots: dict = field(default_factory=dict)

    def __post_init__(self):
        self.storage = trie_of({keccak(number.to_bytes(32, "big")): rlp.encode(integer(value))
                                for number, value in self.slots.items()})

    def encoded(self):
        return rlp.encode([integer(self.nonce), integer(self.balance), self.storage.root_hash,
                           self.code_hash])


class World:
    """A state with accounts, {address: Account}, and the header of a block that has it.

    ``later`` : items behind the 15 that all headers have. ``encoded`` : {address: bytes} that stand
    in the place of accounts.
    """

    def __init__(self, accounts, *, number=1234, later=(), encoded=()):
        self.accounts = accounts
        contents = {address: account.encoded() for address, account in accounts.items()}
        self.state = trie_of({keccak(address): value
                              for address, value in {**contents, **dict(encoded)}.items()})
        self.fields = [b"\1" * 32, b"\2" * 32, b"\3" * 20, self.state.root_hash, b"\4" * 32,
                       b"\5" * 32, bytes(256), b"", integer(number), integer(30_000_000), b"",
                       integer(1_700_000_000), b"extra", b"\6" * 32, bytes(8), *later]

    def request(self, address, keys=(), **changes):
        """What proves the account and the slots ``keys``, or their absence."""
        account = self.accounts.get(address, Account())
        header = rlp.encode(self.fields)
        slots = [Slot(key.to_bytes(32, "big"), account.slots.get(key, 0),
                      proof_of(account.storage, keccak(key.to_bytes(32, "big")))) for key in keys]
        return Request(**{
            "block_hash": keccak(header), "header": header, "address": address,
            "nonce": account.nonce, "balance": account.balance,
            "storage_hash": account.storage.root_hash, "code_hash": account.code_hash,
            "account_proof": proof_of(self.state, keccak(address)), "slots": slots} | changes)
