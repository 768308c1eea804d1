"""What is to be proved, out of what a node of Ethereum answers over JSON-RPC.

Only the form is checked here; whether the proof holds is for the firmware to find out.
Source: execution-apis (eth_getBlockByHash), EIP-1186 (eth_getProof); the forks' EIPs 1559, 4895,
4844, 4788 and 7685 for the fields of the header.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

from firmware.apps.eth_proof.mpt import encode, integer

__all__ = ["Request", "Slot", "read_request", "request_of"]

_WORD_BYTES = 32
_ANY = None

_HEADER = (  # name, bytes; "integer", of which leading zeros are left out
    ("parentHash", 32), ("sha3Uncles", 32), ("miner", 20), ("stateRoot", 32),
    ("transactionsRoot", 32), ("receiptsRoot", 32), ("logsBloom", 256), ("difficulty", "integer"),
    ("number", "integer"), ("gasLimit", "integer"), ("gasUsed", "integer"),
    ("timestamp", "integer"), ("extraData", _ANY), ("mixHash", 32), ("nonce", 8))
_LATER = (  # what forks have added, in their order
    ("baseFeePerGas", "integer"), ("withdrawalsRoot", 32), ("blobGasUsed", "integer"),
    ("excessBlobGas", "integer"), ("parentBeaconBlockRoot", 32), ("requestsHash", 32))


@dataclass(frozen=True)
class Slot:
    """A slot, what is claimed of it, and its proof: ``key`` (32 bytes), ``value`` (int), ``proof``
    (list of bytes)."""

    key: bytes
    value: int
    proof: list


@dataclass(frozen=True)
class Request:
    """What is to be proved.

    Members: block_hash (bytes, trusted), header (bytes, RLP), address (bytes), nonce, balance
        (int), storage_hash, code_hash (bytes), account_proof (list of bytes), slots (list of Slot).
    """

    block_hash: bytes
    header: bytes
    address: bytes
    nonce: int
    balance: int
    storage_hash: bytes
    code_hash: bytes
    account_proof: list
    slots: list = field(default_factory=list)


class _Reader:
    """Takes fields out of a JSON object called ``what`` in errors."""

    def __init__(self, document, what):
        if not isinstance(document, dict):
            raise ValueError(f"Answer in {what} must be a JSON object, not {_shown(document)}")
        self.document, self.what = document, what

    def __contains__(self, name):
        return self.document.get(name) is not None

    def get(self, name):
        if name not in self:
            raise ValueError(f"Field {name!r} of {self.what} must be there: ask the node again, or "
                             "look whether the file is the right one")
        return self.document[name]

    def list(self, name):
        value = self.get(name)
        if not isinstance(value, list):
            raise ValueError(f"{self._name(name)} must be a list, not {_shown(value)}")
        return value

    def bytes(self, name, size=_ANY):
        return _bytes(self.get(name), self._name(name), size)

    def integer(self, name, limit_bytes=_WORD_BYTES):
        digits = _hex(self.get(name), self._name(name))
        if int(digits or "0", 16) >> 8 * limit_bytes:
            raise ValueError(f"{self._name(name)} must be a number below 2^{8 * limit_bytes}, not "
                             f"{_shown(self.get(name))}")
        return int(digits or "0", 16)

    def byte_strings(self, name):
        return [_bytes(value, f"Entry {number} of field {name!r} of {self.what}")
                for number, value in enumerate(self.list(name))]

    def _name(self, name):
        return f"Field {name!r} of {self.what}"


def _shown(value):
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _hex(value, name):
    """The digits of a string "0x..."."""
    digits = value[2:] if isinstance(value, str) and value[:2] in ("0x", "0X") else None
    if digits is None or set(digits) - set("0123456789abcdefABCDEF"):
        raise ValueError(f"{name} must be a string of 0x and hex digits, not {_shown(value)}")
    return digits


def _bytes(value, name, size=_ANY):
    digits = _hex(value, name)
    if len(digits) % 2:
        raise ValueError(f"{name} must have an even number of hex digits, not {len(digits)}")
    if size is not _ANY and len(digits) != 2 * size:
        raise ValueError(f"{name} must have {size} bytes, not {len(digits) // 2}")
    return bytes.fromhex(digits)


def _result(document, what):
    """A `_Reader` of what the node has answered, with or without the frame of JSON-RPC."""
    if isinstance(document, dict) and isinstance(document.get("error"), dict):
        raise ValueError(f"Answer in {what} must be no error of the node, which says: "
                         f"{_shown(document['error'].get('message'))}")
    if isinstance(document, dict) and "jsonrpc" in document:
        document = document.get("result")
        if document is None:
            raise ValueError(f"Answer in {what} must have a result: ask a node that knows the "
                             "block")
    return _Reader(document, what)


def _header(reader):
    """RLP of the header."""
    if "headerRlp" in reader:
        return reader.bytes("headerRlp")
    present = [name in reader for name, _ in _LATER]
    count = sum(present)
    if not all(present[:count]):
        missing = _LATER[present.index(False)][0]
        last = _LATER[len(present) - 1 - present[::-1].index(True)][0]
        raise ValueError(f"Field {missing!r} of {reader.what} must be there, as {last!r} is, which "
                         "came later")
    return encode([integer(reader.integer(name)) if size == "integer" else reader.bytes(name, size)
                   for name, size in (*_HEADER, *_LATER[:count])])


def _slot(document, number, what):
    reader = _Reader(document, f"entry {number} of field 'storageProof' of {what}")
    return Slot(reader.integer("key").to_bytes(_WORD_BYTES, "big"), reader.integer("value"),
                reader.byte_strings("proof"))


def request_of(header, proof, *, block_hash=None, names=("the header", "the proof")):
    """The `Request` of two JSON documents, answers to eth_getBlockByHash and eth_getProof.

    Parameters: block_hash : str, the trusted hash; that which the header claims unless told.
        names : what the two are called in errors.
    Raises: ValueError that says what is malformed.
    """
    block, account = _result(header, names[0]), _result(proof, names[1])
    trusted = (block.bytes("hash" if "hash" in block or "blockHash" not in block else "blockHash",
                           _WORD_BYTES)
               if block_hash is None else _bytes(block_hash, "Block hash", _WORD_BYTES))
    return Request(
        trusted, _header(block), account.bytes("address", 20), account.integer("nonce"),
        account.integer("balance"), account.bytes("storageHash", _WORD_BYTES),
        account.bytes("codeHash", _WORD_BYTES), account.byte_strings("accountProof"),
        [_slot(slot, number, names[1]) for number, slot in
         enumerate(account.list("storageProof") if "storageProof" in account else [])])


def read_request(header, proof, *, block_hash=None):
    """The `Request` of two files; see `request_of`. Raises: ValueError, OSError."""
    documents = []
    for path in map(Path, (header, proof)):
        try:
            documents.append(json.loads(path.read_bytes()))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} must be JSON, as a node prints it: {error}") from None
    return request_of(*documents, block_hash=block_hash, names=(str(header), str(proof)))
