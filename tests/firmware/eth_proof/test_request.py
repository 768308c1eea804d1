"""What is read out of the answers of a node, and what is said of those that are malformed."""

import json
from dataclasses import replace

import pytest
import rlp

from firmware.apps.eth_proof.demo import documents
from firmware.apps.eth_proof.generate import files
from firmware.apps.eth_proof.request import read_request, request_of
from soc.configuration import preset
from tests.coprocessors.keccak.vectors import user_vectors_file
from tests.firmware.eth_proof.tries import keccak
from tests.firmware.eth_proof.verifier import Verifier

_NAMES = ("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot",
          "logsBloom", "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData",
          "mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas",
          "parentBeaconBlockRoot", "requestsHash")
_QUANTITIES = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas",
               "blobGasUsed", "excessBlobGas"}
_MAINNET = "ethereum/mainnet_21925176_deposit_contract_slot1.json"


def _block(items):
    """The JSON of a block with these items of a header, and what else nodes print."""
    fields = {name: hex(int.from_bytes(item, "big")) if name in _QUANTITIES else f"0x{item.hex()}"
              for name, item in zip(_NAMES, items)}
    return {"hash": f"0x{keccak(rlp.encode(items)).hex()}", "size": "0x3e8", "uncles": [],
            "totalDifficulty": "0xc70d815d562d3cfa955", "transactions": ["0xabcd"], **fields}


@pytest.mark.parametrize("count", [15, 16, 17, 20, 21], ids=[
    "Frontier", "London", "Shanghai", "Cancun", "Prague"])
def test_headers_of_all_forks(count):
    items = [bytes([1 + i]) * {2: 20, 6: 256, 14: 8}.get(i, 32) if name not in _QUANTITIES
             else bytes([i]) * (i % 3) for i, name in enumerate(_NAMES)][:count]
    request = request_of(_block(items), documents()[1])
    assert request.header == rlp.encode(items)
    assert request.block_hash == keccak(request.header)


def test_a_header_of_the_main_network():
    document = json.loads(user_vectors_file(_MAINNET).read_text())
    header = bytes.fromhex(document["headerRlp"][2:])
    request = request_of(_block(rlp.decode(header)), document)
    assert request.header == header
    assert f"0x{request.block_hash.hex()}" == document["blockHash"]


def test_demo_holds():
    assert Verifier().check(request_of(*documents())).fault == "FAULT_NONE"


def _answer(result):
    return {"jsonrpc": "2.0", "id": 1, "result": result}


def test_answers_with_their_frame():
    header, proof = documents()
    assert request_of(_answer(header), _answer(proof)) == request_of(header, proof)


def test_short_keys_and_long_values():
    """Nodes repeat a key as it was asked for."""
    header, proof = documents()
    slot = proof["storageProof"][1]
    longer = {**slot, "key": "0x" + "7".zfill(64), "value": f"0x{int(slot['value'], 16):064x}"}
    assert (slot["key"], longer["value"] != slot["value"]) == ("0x7", True)
    assert request_of(header, {**proof, "storageProof": [slot, longer]}).slots == [
        request_of(header, {**proof, "storageProof": [slot]}).slots[0]] * 2


def test_another_hash_to_trust():
    request = request_of(*documents(), block_hash="0x" + "ab" * 32)
    assert request == replace(request_of(*documents()), block_hash=b"\xab" * 32)
    found = Verifier().check(request)
    assert (found.fault, found.place) == ("FAULT_HEADER_HASH", ("header", None, None))
    with pytest.raises(ValueError, match="^Block hash must have 32 bytes, not 2$"):
        request_of(*documents(), block_hash="0xabcd")


def test_a_proof_without_slots():
    header, proof = documents()
    for change in ({"storageProof": []}, {"storageProof": None}):
        assert request_of(header, {**proof, **change}).slots == []


def _without(document, name):
    return {key: value for key, value in document.items() if key != name}


@pytest.mark.parametrize("change, words", [
    (lambda h: [h], r"Answer in the header must be a JSON object, not \[\{.*\.\.\."),
    (lambda h: _answer(None), "Answer in the header must have a result: ask a node .* the block"),
    (lambda h: {"jsonrpc": "2.0", "error": {"code": -32000, "message": "missing trie node"}},
     "Answer in the header must be no error of the node, which says: missing trie node"),
    (lambda h: _without(h, "hash"), "Field 'hash' of the header must be there: ask the node .*"),
    (lambda h: _without(h, "mixHash"), "Field 'mixHash' of the header must be there: ask .*"),
    (lambda h: _without(h, "baseFeePerGas"),
     "Field 'baseFeePerGas' .* must be there, as 'withdrawalsRoot' is, which came later"),
    (lambda h: {**h, "number": 4711},
     "Field 'number' of the header must be a string of 0x and hex digits, not 4711"),
    (lambda h: {**h, "number": "4711"}, ".*'number' .* must be a string .*, not \"4711\""),
    (lambda h: {**h, "number": "0x12g"}, ".*'number' .* must be a string .*, not \"0x12g\""),
    (lambda h: {**h, "number": "0x1_2"}, ".*'number' .* must be a string .*, not \"0x1_2\""),
    (lambda h: {**h, "stateRoot": "0x123"},
     ".*'stateRoot' of the header must have an even number of hex digits, not 3"),
    (lambda h: {**h, "stateRoot": "0x1234"}, ".*'stateRoot' of .* must have 32 bytes, not 2"),
    (lambda h: {**h, "difficulty": "0x1" + "0" * 64},
     r".*'difficulty' of the header must be a number below 2\^256, not .*"),
    (lambda h: {**h, "extraData": ["0x"]}, r".*'extraData' .* be a string .*, not \[\"0x\"\]"),
])
def test_malformed_headers(change, words):
    header, proof = documents()
    with pytest.raises(ValueError, match=f"^{words}$"):
        request_of(change(header), proof)


def _slot(**change):
    return lambda p: {**p, "storageProof": [{**p["storageProof"][0], **change}]}


@pytest.mark.parametrize("change, words", [
    (lambda p: "0x", 'Answer in the proof must be a JSON object, not "0x"'),
    (lambda p: _without(p, "accountProof"), "Field 'accountProof' of the proof must be there: .*"),
    (lambda p: {**p, "address": "0x12"}, "Field 'address' of the proof must have 20 bytes, not 1"),
    (lambda p: {**p, "accountProof": {}}, ".*'accountProof' of the proof must be a list, not {}"),
    (lambda p: {**p, "accountProof": ["0x80", "0x8"]},
     "Entry 1 of field 'accountProof' of the proof must have an even number of hex digits, not 1"),
    (lambda p: {**p, "storageProof": "0x"}, ".*'storageProof' .* must be a list, not \"0x\""),
    (lambda p: {**p, "storageProof": ["0x"]},
     ".*entry 0 of field 'storageProof' of the proof must be a JSON object, .*"),
    (_slot(value=None), "Field 'value' of entry 0 of field 'storageProof' .* must be there: .*"),
    (_slot(key="0x" + "1" * 65), "Field 'key' of entry 0 of .* be a number below 2.256, not .*"),
    (_slot(proof=[17]), "Entry 0 of field 'proof' of entry 0 of .* must be a string .*, not 17"),
])
def test_malformed_proofs(change, words):
    header, proof = documents()
    with pytest.raises(ValueError, match=f"^{words}$"):
        request_of(header, change(proof))


def test_files_are_named(tmp_path):
    header, proof = tmp_path / "header.json", tmp_path / "proof.json"
    for path, document in zip((header, proof), documents()):
        path.write_text(json.dumps(document))
    assert read_request(header, proof) == request_of(*documents())
    proof.write_text("{}")
    with pytest.raises(ValueError, match=f"^Field 'address' of {proof} must be there: "):
        read_request(header, proof)
    for content in (b"{", b"\xff\xfe{}"):
        header.write_bytes(content)
        with pytest.raises(ValueError, match=f"^{header} must be JSON, as a node prints it: "):
            read_request(header, proof)
    with pytest.raises(FileNotFoundError):
        read_request(tmp_path / "nothing", proof)


def test_files_of_the_app(tmp_path):
    chip = preset("small")
    for inputs in ({"header": "x"}, {"proof": "x"}, {"block_hash": "0x"}):
        with pytest.raises(ValueError, match="^--header and --proof must be given together, and "
                           "--block-hash with them$"):
            files(chip, {}, **inputs)
    header, proof = documents()
    proof["accountProof"] = ["0x" + "00" * 20000]
    paths = {name: tmp_path / name for name in ("header", "proof")}
    for path, document in zip(paths.values(), (header, proof)):
        path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=r"^RAM must hold \d+ bytes, not 32768 as chip small has: "
                       "--ram-bytes 65536 would do; a proof of fewer slots needs less$"):
        files(chip, {}, **paths)
    assert "request.c" in files(preset("reference"), {}, **paths)
