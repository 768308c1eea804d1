"""Whole proofs, from the hash of a block to slots: what holds, what is claimed wrongly, and every
single changed bit."""

import random
from dataclasses import replace

import pytest
import rlp

from firmware.apps.eth_proof.request import read_request
from tests.coprocessors.keccak.vectors import user_vectors_file
from tests.firmware.eth_proof.tries import EMPTY_CODE, Account, World, integer, keccak
from tests.firmware.eth_proof.verifier import Image, Verifier


@pytest.fixture(scope="module")
def verifier():
    return Verifier()


def _address(number):
    return keccak(b"address %d" % number)[:20]


_CONTRACT, _PLAIN, _EMPTY, _NOBODY = map(_address, range(4))
_LARGEST = 2**256 - 1
_ACCOUNTS = {
    _CONTRACT: Account(1, 5 * 10**18, keccak(b"code"),
                       {0: 1, 1: 0x7F, 2: 0x80, 3: _LARGEST, 2**255: 2**248, _LARGEST: 256,
                        **{key: key for key in range(100, 140)}}),
    _PLAIN: Account(2**64 - 1, _LARGEST), _EMPTY: Account(),
    **{_address(number): Account(number, number**9) for number in range(10, 60)}}


@pytest.fixture(scope="module")
def world():
    return World(_ACCOUNTS)


def _fault(verifier, request):
    """(fault, place) without the common beginning."""
    found = verifier.check(request)
    return found.fault.removeprefix("FAULT_"), found.place


@pytest.mark.parametrize("address", [_CONTRACT, _PLAIN, _EMPTY, _address(17), _NOBODY])
def test_accounts_and_slots(verifier, world, address):
    keys = [*world.accounts.get(address, Account()).slots, 4, 2**200, 7777]
    found = verifier.check(world.request(address, keys))
    assert (found.fault, found.number, found.present) == (
        "FAULT_NONE", 1234, address != _NOBODY)


@pytest.mark.parametrize("seed", range(12))
def test_random_worlds(verifier, seed):
    rng = random.Random(seed)
    addresses = [rng.randbytes(20) for _ in range(rng.choice([0, 1, 2, 5, 40, 300]))]
    world = World({address: Account(rng.choice([0, 1, rng.getrandbits(64)]),
                                    rng.choice([0, rng.getrandbits(90)]), rng.randbytes(32),
                                    {rng.getrandbits(256): rng.getrandbits(rng.choice([8, 256])) | 1
                                     for _ in range(rng.choice([0, 1, 3, 30]))})
                   for address in addresses}, number=seed << 40)
    for address in [*addresses[:20], rng.randbytes(20)]:
        keys = [*list(world.accounts.get(address, Account()).slots)[:5], rng.getrandbits(256)]
        found = verifier.check(world.request(address, keys))
        assert (found.fault, found.number, found.present) == (
            "FAULT_NONE", seed << 40, address in addresses)


@pytest.mark.parametrize("change, fault", [
    ({"nonce": 2}, "NONCE"), ({"nonce": 0}, "NONCE"), ({"nonce": 1 + 2**64}, "NONCE"),
    ({"balance": 5 * 10**18 + 1}, "BALANCE"), ({"balance": 5 * 10**18 + 2**255}, "BALANCE"),
    ({"storage_hash": bytes(32)}, "STORAGE_HASH"), ({"code_hash": EMPTY_CODE}, "CODE_HASH"),
])
def test_wrong_claims_of_an_account(verifier, world, change, fault):
    request = world.request(_CONTRACT, [0], **change)
    assert _fault(verifier, request) == (fault, ("account", None, None))


@pytest.mark.parametrize("key, value", [(0, 0), (0, 2), (0, 1 + 2**255), (3, 0), (3, 1), (4, 1),
                                        (2**255, 1), (_LARGEST, 1), (_LARGEST, 2**16)])
def test_wrong_claims_of_a_slot(verifier, world, key, value):
    request = world.request(_CONTRACT, [1, key])
    changed = [request.slots[0], replace(request.slots[1], value=value)]
    assert _fault(verifier, replace(request, slots=changed)) == ("SLOT", ("slot", 1, None))


def test_what_is_claimed_of_nobody(verifier, world):
    """Nodes answer with the hashes of nothing, or with 0."""
    zero = bytes(32)
    for hashes in ({}, {"code_hash": zero}, {"storage_hash": zero},
                   {"code_hash": zero, "storage_hash": zero}):
        assert verifier.check(world.request(_NOBODY, [5], **hashes)).fault == "FAULT_NONE"
    for change in ({"nonce": 1}, {"balance": 1}, {"code_hash": b"\1" * 32},
                   {"storage_hash": b"\1" * 32}):
        assert _fault(verifier, world.request(_NOBODY, [5], **change)) == (
            "ACCOUNT_ABSENT", ("account", None, None))
    assert verifier.constant("proof_empty_code_hash") == EMPTY_CODE


def test_an_account_that_is_there_cannot_be_denied(verifier, world):
    request = world.request(_EMPTY, code_hash=bytes(32))
    assert _fault(verifier, request)[0] == "CODE_HASH"
    denied = replace(world.request(_NOBODY), address=_PLAIN,
                     account_proof=world.request(_PLAIN).account_proof)
    assert _fault(verifier, denied)[0] == "NONCE"


def test_a_slot_of_another_account_or_key_proves_nothing(verifier, world):
    other = world.request(_CONTRACT, [0, 3])
    request = replace(world.request(_PLAIN), slots=other.slots)
    assert _fault(verifier, request) == ("NODE_HASH", ("slot", 0, 0))
    swapped = [replace(other.slots[0], key=other.slots[1].key), other.slots[1]]
    assert verifier.check(replace(other, slots=swapped)).fault != "FAULT_NONE"


def test_proofs_without_a_node_or_with_one_more(verifier, world):
    request = world.request(_CONTRACT, [0, 4])
    proof = request.account_proof
    assert _fault(verifier, replace(request, account_proof=proof[:-1])) == (
        "PROOF_SHORT", ("account", None, len(proof) - 1))
    assert _fault(verifier, replace(request, account_proof=[])) == (
        "PROOF_SHORT", ("account", None, 0))
    assert _fault(verifier, replace(request, account_proof=[*proof, proof[0]])) == (
        "PROOF_LONG", ("account", None, len(proof)))
    for number, slot in enumerate(request.slots):
        for changed, fault, node in ((slot.proof[:-1], "PROOF_SHORT", len(slot.proof) - 1),
                                     (slot.proof[1:], "NODE_HASH", 0),
                                     ([*slot.proof, b"\x80"], "PROOF_LONG", len(slot.proof))):
            slots = [*request.slots]
            slots[number] = replace(slot, proof=changed)
            assert _fault(verifier, replace(request, slots=slots)) == (
                fault, ("slot", number, node))


def _flips(array):
    """Changes each bit of a ctypes array, one after the other."""
    for number in range(len(array)):
        for bit in range(8):
            array[number] ^= 1 << bit
            yield
            array[number] ^= 1 << bit


def _places(request):
    """Of each piece what must be reported: (faults, place)."""
    yield {"HEADER_HASH"}, ("header", None, None)
    yield None, ("account", None, None)
    for node in range(len(request.account_proof)):
        yield {"NODE_HASH"}, ("account", None, node)
    for number, slot in enumerate(request.slots):
        yield None, ("slot", number, None)
        for node in range(len(slot.proof)):
            yield {"NODE_HASH"}, ("slot", number, node)


def _check_flips(verifier, request):
    """Each changed bit is found where it is; returns how many."""
    image, flips = Image(request), 0
    assert verifier.check(image).fault == "FAULT_NONE"
    for piece, (faults, place) in zip(image.pieces, _places(request)):
        if faults is None and place[0] == "slot" and request.slots[place[1]].value == 0:
            continue  # another slot may be as empty by the same nodes
        for _ in _flips(piece):
            fault, found = _fault(verifier, image)
            flips += 1
            if faults is not None:
                assert (fault, found) == (*faults, place)
            else:  # of an address or a key: the way leads elsewhere, at some node
                assert fault != "NONE" and found[:2] == place[:2]
    for array, fault in ((image.request.block_hash, "HEADER_HASH"),
                         (image.request.account.nonce, "NONCE"),
                         (image.request.account.balance, "BALANCE"),
                         (image.request.account.storage_hash, "STORAGE_HASH"),
                         (image.request.account.code_hash, "CODE_HASH"),
                         *((slot.value, "SLOT") for slot in image.slots)):
        for _ in _flips(array):
            assert _fault(verifier, image)[0] == fault
            flips += 1
    assert verifier.check(image).fault == "FAULT_NONE"
    return flips


def test_every_flipped_bit_is_found_where_it_is(verifier):
    accounts = {_address(number): Account(number) for number in range(10, 14)}
    small = World(accounts | {_CONTRACT: Account(1, 10**18, keccak(b"code"), {0: 5, 1: 2**200})})
    assert _check_flips(verifier, small.request(_CONTRACT, [0, 1, 2])) > 10_000


def _header_fault(verifier, world, fields):
    header = fields if isinstance(fields, bytes) else rlp.encode(fields)
    return _fault(verifier, world.request(_PLAIN, header=header, block_hash=keccak(header)))


@pytest.mark.parametrize("place, value, fault", [
    (0, b"\1" * 31, "SIZE"), (1, b"\1" * 33, "SIZE"), (2, bytes(21), "SIZE"), (4, b"", "SIZE"),
    (5, bytes(31), "SIZE"), (3, bytes(31), "SIZE"), (6, bytes(255), "SIZE"),
    (7, bytes(1), "INTEGER_ZEROS"), (7, b"\1" * 33, "INTEGER_SIZE"),
    (8, b"\0\1", "INTEGER_ZEROS"), (8, b"\1" * 9, "INTEGER_SIZE"), (9, b"\0", "INTEGER_ZEROS"),
    (10, b"\0\0", "INTEGER_ZEROS"), (11, b"\1" * 9, "INTEGER_SIZE"), (13, bytes(33), "SIZE"),
    (14, bytes(7), "SIZE"), *((place, [b"a"], "STRING_WANTED") for place in range(15)),
    (15, [], "STRING_WANTED"),
])
def test_malformed_headers(verifier, world, place, value, fault):
    fields = [*world.fields[:place], value, *world.fields[place + 1:]]
    assert _header_fault(verifier, world, fields) == (f"RLP_{fault}", ("header", None, None))


def test_headers_with_other_ends(verifier, world):
    for fields, fault in (([], "RLP_ITEMS"), (world.fields[:14], "RLP_ITEMS"),
                          (b"header", "RLP_TRAILING"), (rlp.encode(b"header"), "RLP_LIST_WANTED"),
                          (rlp.encode(world.fields) + b"\0", "RLP_TRAILING"),
                          (rlp.encode(world.fields)[:-1], "RLP_SHORT"), (b"", "RLP_SHORT")):
        assert _header_fault(verifier, world, fields)[0] == fault
    for later in ([b"\7"], [b"\7", bytes(32), b"", b"", bytes(32), bytes(32)], [b"x"] * 30):
        world = World(_ACCOUNTS, later=later)
        assert verifier.check(world.request(_PLAIN)).fault == "FAULT_NONE"


@pytest.mark.parametrize("value, fault", [
    (b"", "LIST_WANTED"), (b"x", "LIST_WANTED"), ([], "ITEMS"), ([b""] * 3, "SIZE"),
    ([b"", b"", bytes(32)], "ITEMS"), ([b"", b"", bytes(32), bytes(32), b""], "ITEMS"),
    ([b"\0", b"", bytes(32), bytes(32)], "INTEGER_ZEROS"),
    ([b"", b"\0\1", bytes(32), bytes(32)], "INTEGER_ZEROS"),
    ([b"\1" * 9, b"", bytes(32), bytes(32)], "INTEGER_SIZE"),
    ([b"", b"\1" * 33, bytes(32), bytes(32)], "INTEGER_SIZE"),
    ([b"", b"", bytes(31), bytes(32)], "SIZE"), ([b"", b"", bytes(32), bytes(33)], "SIZE"),
    ([[], b"", bytes(32), bytes(32)], "STRING_WANTED"),
    ([b"", b"", [bytes(20)], bytes(32)], "STRING_WANTED"),
])
def test_malformed_accounts(verifier, value, fault):
    world = World(_ACCOUNTS, encoded={_PLAIN: rlp.encode(value)})
    assert _fault(verifier, world.request(_PLAIN)) == (f"RLP_{fault}", ("account", None, None))


@pytest.mark.parametrize("encoded, fault", [
    (b"\x80", "ZERO"), (b"\0", "RLP_INTEGER_ZEROS"), (b"\x82\0\1", "RLP_INTEGER_ZEROS"),
    (b"\xa1" + b"\1" * 33, "RLP_INTEGER_SIZE"), (b"\xc0", "RLP_STRING_WANTED"),
    (b"\x01\x01", "RLP_TRAILING"), (b"\x81\x01", "RLP_SINGLE_BYTE"), (b"\x82\x01", "RLP_SHORT"),
])
def test_malformed_slots(verifier, encoded, fault):
    account = Account(1, slots={5: 1})
    account.storage[keccak((5).to_bytes(32, "big"))] = encoded
    world = World({**_ACCOUNTS, _CONTRACT: account})
    for value in (0, 1):
        request = world.request(_CONTRACT, [5])
        request = replace(request, slots=[replace(request.slots[0], value=value)])
        assert _fault(verifier, request) == (fault, ("slot", 0, None))


def test_integers_of_all_sizes(verifier):
    for bits in (0, 1, 7, 8, 15, 16, 63, 64):
        nonce, balance = 2**bits - 1, 2**(4 * bits) - 1
        account = Account(nonce, balance, slots={1: 2**(4 * bits) - 1 or 1})
        assert len(integer(balance)) == (4 * bits + 7) // 8
        world = World({**_ACCOUNTS, _CONTRACT: account})
        assert verifier.check(world.request(_CONTRACT, [1])).fault == "FAULT_NONE"


_MAINNET = "ethereum/mainnet_21925176_deposit_contract_slot1.json"


@pytest.fixture(scope="module")
def mainnet():
    path = user_vectors_file(_MAINNET)
    return read_request(path, path)


def test_a_proof_of_the_main_network(verifier, mainnet):
    found = verifier.check(mainnet)
    assert (found.fault, found.number, found.present) == ("FAULT_NONE", 21925176, True)
    assert len(mainnet.slots) == 1 and mainnet.slots[0].value


def test_every_flipped_bit_of_a_proof_of_the_main_network(verifier, mainnet):
    assert _check_flips(verifier, mainnet) > 8 * 4900
