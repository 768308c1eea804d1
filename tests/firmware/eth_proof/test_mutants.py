"""Mistakes in the C of eth_proof, each of which the tests beside this one must find."""

import inspect
import itertools
import multiprocessing

import pytest

from tests.firmware.eth_proof import test_proof, test_rlp, test_trie
from tests.firmware.eth_proof.tries import World
from tests.firmware.eth_proof.verifier import Verifier, with_mistake

_LONG = {test_rlp.test_every_short_input, test_proof.test_random_worlds,
         test_proof.test_every_flipped_bit_of_a_proof_of_the_main_network,
         test_rlp.test_official_items, test_rlp.test_official_malformed_items,
         test_trie.test_official_tries, test_trie.test_secure_tries,
         test_proof.test_a_proof_of_the_main_network}
"""Left out here, to be quick; and what depends on files that may not be there."""

_MUTANTS = [  # file, what is there, what stands there instead
    ("rlp.c", "if (at[0] == 0)", "if (0)"),
    ("rlp.c", "*length > SHORT ? FAULT_NONE : FAULT_RLP_LONG_FORM", "FAULT_NONE"),
    ("rlp.c", "*length > SHORT ?", "*length >= SHORT ?"),
    ("rlp.c", "if (bytes > sizeof *length)", "if (0)"),
    ("rlp.c", "if (bytes > rest->length - 1)", "if (0)"),
    ("rlp.c", "if (length > rest->length - header)", "if (length > rest->length)"),
    ("rlp.c", "first == STRING + 1 && at[1] < STRING", "0"),
    ("rlp.c", "at[1] < STRING)", "at[1] < STRING - 1)"),
    ("rlp.c", "    if (item->is_list)\n        return FAULT_RLP_STRING_WANTED;\n", ""),
    ("rlp.c", "field->bytes == 0 || length == field->bytes", "1"),
    ("rlp.c", "length == field->bytes ?", "length >= field->bytes ?"),
    ("rlp.c", "if (length != 0 && item->payload.at[0] == 0)", "if (0)"),
    ("rlp.c", "length <= field->bytes", "length <= field->bytes + 1u"),
    ("rlp.c", "rest->length == 0 ? FAULT_RLP_ITEMS : rlp_next(rest, &item)",
     "rlp_next(rest, &item)"),
    ("rlp.c", "if (input.length != 0)", "if (0)"),
    ("rlp.c", "item.is_list ? FAULT_NONE : FAULT_RLP_LIST_WANTED", "FAULT_NONE"),
    ("rlp.c", "if (depth == 0 && rest.length != 0)", "if (0)"),
    ("rlp.c", "if (depth == RLP_DEPTH)", "if (depth + 1 == RLP_DEPTH)"),
    ("rlp.c", "rest.length = (uint32_t)(ends[depth] - rest.at);", "rest.length = 0;"),
    ("trie.c", "at % 2 == 0 ? path[at / 2] >> 4", "at % 2 != 0 ? path[at / 2] >> 4"),
    ("trie.c", "if ((a_at ^ b_at) % 2 == 0) {", "if (1) {"),
    ("trie.c", "a_at % 2 != 0 && limit != 0 && nibble(a, a_at) == nibble(b, b_at)", "a_at % 2"),
    ("trie.c", "if (!item->is_list || item->whole.length >= HASH_BYTES)", "if (!item->is_list)"),
    ("trie.c", "item->whole.length >= HASH_BYTES", "item->whole.length > HASH_BYTES"),
    ("trie.c", "!item->is_list && item->payload.length == HASH_BYTES", "!item->is_list"),
    ("trie.c", "return rlp_check(item->whole);", "return FAULT_NONE;"),
    ("trie.c", "    if (way->branch_wanted)\n        return FAULT_NODE_EXTENSION;\n", ""),
    ("trie.c", "if (nibbles.length == 0)", "if (0)"),
    ("trie.c", "if (flags > (ODD | LEAF))", "if (0)"),
    ("trie.c", "if (!(flags & ODD) && (nibbles.at[0] & 15) != 0)", "if (0)"),
    ("trie.c", "const uint32_t first = flags & ODD ? 1 : 2", "const uint32_t first = 2"),
    ("trie.c", "if (flags & LEAF) {", "if (!(flags & LEAF)) {"),
    ("trie.c", "        if (item->is_list)\n            return FAULT_RLP_STRING_WANTED;\n", ""),
    ("trie.c", "if (item->payload.length == 0)\n            return FAULT_NODE_VALUE;", ""),
    ("trie.c", "if (same == count && way->at + same == way->end)", "if (same == count)"),
    ("trie.c", "if (same == count && way->at", "if (way->at"),
    ("trie.c", "if (count == 0)", "if (0)"),
    ("trie.c", "way->branch_wanted = true;", ""),
    ("trie.c", "way->at += same;", "way->at += count + 1;"),
    ("trie.c", "if (same != count)", "if (0)"),
    ("trie.c", "CHILDREN - 1 - wanted, &used", "CHILDREN - 2 - wanted, &used"),
    ("trie.c", "if (value.is_list)", "if (0)"),
    ("trie.c", "if (rest.length != 0)\n        return FAULT_NODE_ITEMS;", ""),
    ("trie.c", "if (used + (value.payload.length != 0) < 2)", "if (used < 1)"),
    ("trie.c", "if (ends && value.payload.length != 0)", "if (value.payload.length != 0)"),
    ("trie.c", "if (ends && value.payload.length != 0)", "if (0)"),
    ("trie.c", "if (expected == NULL)\n            return FAULT_PROOF_LONG;",
     "if (expected == NULL)\n            break;"),
    ("trie.c", "fault = hashes_compare(hashes, expected);", ""),
    ("trie.c", "        if (parsed != FAULT_NONE)\n            return parsed;\n", ""),
    ("trie.c", "if (*node != 0 && piece.length < HASH_BYTES)", "if (0)"),
    ("trie.c", "*node != 0 && piece.length < HASH_BYTES", "piece.length < HASH_BYTES"),
    ("trie.c", "nodes == 0 && same_word(root, trie_empty_root)", "nodes == 0"),
    ("trie.c", "way.hash == NULL || is_empty ? FAULT_NONE : FAULT_PROOF_SHORT", "FAULT_NONE"),
    ("trie.c", "0x63, 0xb4, 0x21", "0x63, 0xb4, 0x20"),
    ("proof.c", "0x5d, 0x85, 0xa4, 0x70", "0x5d, 0x85, 0xa4, 0x71"),
    ("proof.c", "STATE_ROOT = 3", "STATE_ROOT = 4"),
    ("proof.c", "fault = hashes_compare(hashes, request->block_hash);", ""),
    ("proof.c", "return fault != FAULT_NONE ? fault : parsed;", "return fault;"),
    ("proof.c", "while (fault == FAULT_NONE && rest.length != 0)", "while (0)"),
    ("proof.c", "    if (rest.length != 0)\n        return FAULT_RLP_ITEMS;\n", ""),
    ("proof.c", "if (!is_integer(values[NONCE], claims->nonce))", "if (0)"),
    ("proof.c", "if (!is_integer(values[BALANCE], claims->balance))", "if (0)"),
    ("proof.c", "if (!same_word(values[STORAGE_HASH].at, claims->storage_hash))", "if (0)"),
    ("proof.c", "if (!same_word(values[CODE_HASH].at, claims->code_hash))", "if (0)"),
    ("proof.c", "*storage_root = values[STORAGE_HASH].at;", ""),
    ("proof.c", "is_zero(claims->nonce) && is_zero(claims->balance) &&",
     "is_zero(claims->balance) &&"),
    ("proof.c", "(is_zero(claims->code_hash) ||", "(1 ||"),
    ("proof.c", "(is_zero(claims->storage_hash) ||", "("),
    ("proof.c", "return is_zero(slot->value) ? FAULT_NONE : FAULT_SLOT;", "return FAULT_NONE;"),
    ("proof.c", "if (value.length != 0)", "if (0)"),
    ("proof.c", "if (digits.length == 0)\n        return FAULT_ZERO;", ""),
    ("proof.c", "return is_integer(digits, slot->value) ? FAULT_NONE : FAULT_SLOT;",
     "return FAULT_NONE;"),
    ("proof.c", "padded + WORD_BYTES - digits.length", "padded"),
]


def _cases(function):
    """The arguments with which pytest would call a test, but for fixtures."""
    lists = [[()]]
    for mark in getattr(function, "pytestmark", ()):
        if mark.name == "parametrize":
            names = [name.strip() for name in mark.args[0].split(",")]
            lists.append([tuple(zip(names, values if len(names) > 1 else [values]))
                          for values in mark.args[1]])
    return (dict(itertools.chain(*case)) for case in itertools.product(*lists))


@pytest.fixture(scope="module")
def world():
    return World(test_proof._ACCOUNTS)


def _try(verifier, world, first):
    """Runs the tests, those of the module ``first`` before the others; raises what they raise."""
    fixtures = {"verifier": verifier, "world": world}
    for module in sorted((test_rlp, test_trie, test_proof), key=lambda m: m is not first):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if not name.startswith("test_") or function in _LONG:
                continue
            wanted = inspect.signature(function).parameters
            for case in _cases(function):
                function(**{f: v for f, v in fixtures.items() if f in wanted}, **case)


def _passes(verifier, world, first):
    """Whether the tests pass. A mistake may also end the process, or keep it from ending."""
    process = multiprocessing.get_context("fork").Process(target=_try,
                                                          args=(verifier, world, first))
    process.start()
    process.join(60)
    process.kill()
    process.join()
    return process.exitcode == 0


def test_the_app_itself_passes(world):
    assert _passes(Verifier(), world, None)


@pytest.mark.parametrize("name, old, new", [
    pytest.param(*mutant, id=str(number), marks=[pytest.mark.long] * (number % 4 != 0))
    for number, mutant in enumerate(_MUTANTS)])
def test_mutant_is_found(tmp_path, capfd, world, name, old, new):
    first = {"rlp.c": test_rlp, "trie.c": test_trie, "proof.c": test_proof}[name]
    assert not _passes(Verifier(with_mistake(tmp_path, name, old, new)), world, first)
    capfd.readouterr()  # the traceback of the process
