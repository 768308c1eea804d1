"""The program on the chip: the demo, a proof of the main network, and both with a wrong bit."""

import json
from dataclasses import replace

import pytest

from firmware.apps.eth_proof.demo import documents, state
from firmware.apps.eth_proof.request import request_of
from firmware.build import build_app
from gluechip.cli import main
from sim.iss.chip import run_elf
from soc.configuration import preset
from tests.coprocessors.keccak.vectors import user_vectors_file

_MAINNET = "ethereum/mainnet_21925176_deposit_contract_slot1.json"


def _written(folder, header, proof):
    """Options of the command for two documents."""
    options = []
    for name, document in (("header", header), ("proof", proof)):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(document))
        options += [f"--{name}", str(path)]
    return options


def _run(capsys, *arguments):
    """(exit code, what the program printed) of the command."""
    code = main(["run", "eth_proof", "--quiet", *arguments])
    return code, capsys.readouterr().out


def _numbers(text, line):
    """Cycles in the lines that begin with ``line``."""
    return [int(words.removeprefix(line).split()[0]) for words in
            (each.strip() for each in text.splitlines()) if words.startswith(line)]


def test_demo(capsys):
    code, text = _run(capsys)
    assert code == 0
    request = request_of(*documents())
    for words in ("Proved of block 4711, hash 0x" + request.block_hash.hex(),
                  "account 0x" + request.address.hex(), f"balance      {request.balance} wei",
                  "code hash    0x" + request.code_hash.hex(),
                  f"slot 0x0\n  {request.slots[0].value:#x}\n",
                  f"slot 0x7\n  {request.slots[1].value:#x}\n", "slot 0xdead\n  holds nothing\n"):
        assert words in text
    in_turn, together = _numbers(text, "all ")
    [software] = _numbers(text, "All on the core: ")
    assert together < in_turn < software / 10
    for parts in zip(*(_numbers(text, f"{name} ") for name in (
            "only the core works", "only the coprocessor works", "both work"))):
        assert sum(parts) in (in_turn, together)
    pieces = [request.header, request.address, *request.account_proof,
              *(piece for slot in request.slots for piece in (slot.key, *slot.proof))]
    assert (f"{len(pieces)} hashes of {sum(map(len, pieces))} bytes: "
            f"{sum(len(piece) // 136 + 1 for piece in pieces)} permutations") in text


def test_a_proof_of_the_main_network(capsys, tmp_path):
    path = str(user_vectors_file(_MAINNET))
    code, text = _run(capsys, "--header", path, "--proof", path, "-DSOFTWARE=0")
    assert code == 0
    document = json.loads(user_vectors_file(_MAINNET).read_text())
    for words in (f"Proved of block {document['blockNumber']}, hash {document['blockHash']}",
                  f"account {document['address']}", f"nonce        {int(document['nonce'], 16)}",
                  f"balance      {int(document['balance'], 16)} wei",
                  f"slot 0x1\n  {document['storageProof'][0]['value']}\n",
                  "14 hashes of 4995 bytes: 41 permutations"):
        assert words in text
    assert "All on the core" not in text

    node = bytearray.fromhex(document["accountProof"][5][2:])
    node[300] ^= 0x10
    document["accountProof"][5] = f"0x{node.hex()}"
    code, text = _run(capsys, *_written(tmp_path, document, document), "-DSOFTWARE=0")
    assert code == 1 and "Proved of" not in text
    assert ("Not proved. account, node 5 of its proof: its hash is not the one that leads to it"
            in text)


def _flip(text, bit):
    digits = bytearray.fromhex(text[2:])
    digits[bit // 8] ^= 1 << bit % 8
    return f"0x{digits.hex()}"


def _small(folder, header, proof):
    """(exit code, text) on the functional chip with the smallest memories."""
    chip = replace(preset("small"), itcm_bytes=65536)
    options = _written(folder, header, proof)
    elf = build_app("eth_proof", chip, defines={"SOFTWARE": "0"},
                    inputs={"header": options[1], "proof": options[3]})
    result = run_elf(elf, chip)
    return result.exit_code, result.text


@pytest.mark.parametrize("change, words", [
    (lambda h, p: h.update(gasUsed="0x1"), "header: its hash is not the trusted one"),
    (lambda h, p: p.update(balance="0x5"), "account: the balance is not the claimed one"),
    (lambda h, p: p["accountProof"].append("0x80"),
     "account, node 3 of its proof: the path does not lead to it"),
    (lambda h, p: p["accountProof"].pop(), "account, node 2 of its proof: it is missing"),
    (lambda h, p: p["storageProof"][1]["proof"].__setitem__(
        0, _flip(p["storageProof"][1]["proof"][0], 77)),
     "slot 0x7, node 0 of its proof: its hash is not the one that leads to it"),
    (lambda h, p: p["storageProof"][2].update(value="0x1"),
     "slot 0xdead: the value is not the claimed one"),
])
def test_what_is_not_proved(tmp_path, change, words):
    header, proof = documents()
    change(header, proof)
    code, text = _small(tmp_path, header, proof)
    assert (code, text.splitlines()[1:]) == (1, [f"Not proved. {words}"])


def test_a_long_node_that_is_left_over(capsys, tmp_path):
    """Its hash is still under way when the verdict is there."""
    header, proof = documents()
    proof["storageProof"][-1]["proof"].append("0x" + "ab" * 60_000)
    assert main(["run", "eth_proof", "--quiet", *_written(tmp_path, header, proof),
                 "-DSOFTWARE=0"]) == 1
    out, err = capsys.readouterr()
    assert "Not proved. slot 0xdead, node 2 of its proof: the path does not lead to it" in out
    assert "wait for the job first" not in err


def test_nobody(tmp_path):
    """The way to an address that the demo's state does not hold."""
    address = "0x" + "ab" * 20
    nothing = {"address": address, "nonce": "0x0", "balance": "0x0", "storageProof": [],
               "codeHash": "0x" + "00" * 32, "storageHash": "0x" + "00" * 32,
               "accountProof": [f"0x{node.hex()}" for node in state().proof(b"\xab" * 20)]}
    code, text = _small(tmp_path, documents()[0], nothing)
    assert code == 0
    assert f"account {address}\n  does not exist\n" in text


def test_presets_have_room_for_the_demo():
    for name in ("medium", "large", "reference"):
        build_app("eth_proof", preset(name))


def test_files_that_are_of_no_use(capsys, tmp_path):
    options = _written(tmp_path, *documents())
    assert main(["run", "hello", *options]) == 1
    assert "App hello takes no header: leave out --header" in capsys.readouterr().err
    assert main(["run", "eth_proof", *options[:2]]) == 1
    assert "--header and --proof must be given together" in capsys.readouterr().err
    assert main(["build", "eth_proof"]) == 0
    elf = capsys.readouterr().out.strip()
    assert main(["run", elf, *options]) == 1
    assert f"must be given when {elf} is built" in capsys.readouterr().err
    assert main(["run", "eth_proof", "--header", "nothing", "--proof", "nothing"]) == 1
    assert "nothing: No such file or directory" in capsys.readouterr().err
