"""ML-KEM in C on this machine, against kyber-py and our model; wrong input; jobs that fail."""

import ctypes
import random
import re

import pytest
from kyber_py.ml_kem.default_parameters import ML_KEM_768

from firmware.apps.mlkem import model
from tests.coprocessors.keccak.vectors import cryptography_vectors_file
from tests.firmware.mlkem.sources import load_kem

_ARGUMENT, _QUEUE_FULL, _TIMEOUT = -1, -3, -8
_SEED_OF_LONG_MATRIX = 20
"""Of which one polynomial needs more than three blocks of SHAKE128."""

_JOBS = {"generate_keys": 17, "encapsulate": 18, "decapsulate": 19}


@pytest.fixture(scope="module")
def kem():
    return load_kem()


def _flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


class _Case:
    """Keys, ciphertext and secrets of random bytes, as kyber-py has them."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.seed, self.message = rng.randbytes(64), rng.randbytes(32)
        self.public, self.private = ML_KEM_768._keygen_internal(self.seed[:32], self.seed[32:])
        self.secret, self.ciphertext = ML_KEM_768._encaps_internal(self.public, self.message)
        self.wrong = _flipped(self.ciphertext, rng.randrange(8 * len(self.ciphertext)))
        self.rejected = ML_KEM_768._decaps_internal(self.private, self.wrong)
        assert self.rejected != self.secret


@pytest.fixture(scope="module")
def case():
    return _Case(0)


def _check(kem, case):
    assert kem.generate_keys(case.seed) == (0, case.public, case.private)
    assert kem.encapsulate(case.public, case.message) == (0, case.ciphertext, case.secret)
    assert kem.decapsulate(case.private, case.ciphertext) == (0, case.secret)
    assert kem.decapsulate(case.private, case.wrong) == (0, case.rejected)


def test_random_keys_equal_kyber_py(kem):
    for seed in range(20):
        _check(kem, _Case(seed))


def test_matrix_that_needs_more_bytes(kem):
    _check(kem, _Case(_SEED_OF_LONG_MATRIX))
    assert kem.counted("longest") == 840


def test_known_answers(kem):
    """Of the package cryptography-vectors: the last pair of each is a wrong ciphertext's."""
    text = cryptography_vectors_file("asymmetric/MLKEM/kat_MLKEM_768.rsp").read_text()
    cases = [dict(re.findall(r"^(\w+) = ([0-9a-f]+)$", case, re.MULTILINE))
             for case in text.split("count = ")[1:]]
    assert len(cases) == 1000
    for count, case in enumerate(cases):
        z, d, message, public, private, ciphertext, secret, wrong, rejected = (
            bytes.fromhex(case[name])
            for name in ("z", "d", "msg", "pk", "sk", "ct", "ss", "ct_n", "ss_n"))
        assert kem.generate_keys(d + z) == (0, public, private), count
        assert kem.encapsulate(public, message) == (0, ciphertext, secret), count
        assert kem.decapsulate(private, ciphertext) == (0, secret), count
        assert kem.decapsulate(private, wrong) == (0, rejected), count


@pytest.mark.long
def test_many_random_keys_equal_kyber_py(kem):
    for seed in range(1000, 3000):
        _check(kem, _Case(seed))


def test_model_equals_kyber_py():
    for seed in range(40, 45):
        case = _Case(seed)
        assert model.generate_keys(case.seed) == (case.public, case.private)
        assert model.encapsulate(case.public, case.message) == (case.secret, case.ciphertext)
        assert model.decapsulate(case.private, case.ciphertext) == case.secret
        assert model.decapsulate(case.private, case.wrong) == case.rejected


def test_ciphertexts_of_any_bytes(kem, case):
    rng = random.Random(1)
    for ciphertext in (bytes(1088), b"\xff" * 1088, rng.randbytes(1088)):
        expected = ML_KEM_768._decaps_internal(case.private, ciphertext)
        assert kem.decapsulate(case.private, ciphertext) == (0, expected)


def test_each_byte_of_a_ciphertext_matters(kem, case):
    for byte in (0, 1, 319, 320, 959, 960, 1086, 1087):
        wrong = _flipped(case.ciphertext, 8 * byte + byte % 8)
        expected = model.decapsulate(case.private, wrong)
        assert expected != case.secret
        assert kem.decapsulate(case.private, wrong) == (0, expected)


def _secret_key_with(case, s):
    """The key with other numbers in its first polynomial, which only its owner could make."""
    return model.byte_encode(s, 12) + case.private[384:]


def test_numbers_of_a_secret_key_are_taken_modulo_q(kem, case):
    """ByteDecode_12 of a key that nobody has checked (FIPS 203 4.2.1)."""
    numbers = [x + model.Q if x < 4096 - model.Q else x
               for x in model.byte_decode(case.private[:384], 12).tolist()]
    key = _secret_key_with(case, numbers)
    assert key != case.private
    assert kem.decapsulate(key, case.ciphertext) == (0, case.secret)


@pytest.mark.parametrize("change", [lambda key: key[:-1], lambda key: key + b"\0", lambda key: b""],
                         ids=["short", "long", "empty"])
def test_wrong_lengths_are_refused(kem, case, change):
    nothing = bytes(1088), bytes(32)
    assert kem.encapsulate(change(case.public), case.message) == (_ARGUMENT, *nothing)
    assert kem.decapsulate(change(case.private), case.ciphertext) == (_ARGUMENT, nothing[1])
    assert kem.decapsulate(case.private, change(case.ciphertext)) == (_ARGUMENT, nothing[1])


@pytest.mark.parametrize("place", [0, 1, 255, 256, 767])
def test_number_of_q_or_more_is_refused(kem, case, place):
    """FIPS 203 7.2, modulus check."""
    numbers = [x for i in range(0, 1152, 384)
               for x in model.byte_decode(case.public[i:i + 384], 12).tolist()]
    for value, status in ((model.Q - 1, 0), (model.Q, _ARGUMENT), (4095, _ARGUMENT)):
        numbers[place] = value
        key = model.byte_encode(numbers, 12) + case.public[1152:]
        got, ciphertext, secret = kem.encapsulate(key, case.message)
        assert got == status
        assert (ciphertext == bytes(1088)) == (secret == bytes(32)) == (status != 0)


def test_key_with_another_hash_is_refused(kem, case):
    """FIPS 203 7.3, hash check: of a bit in the public key, and of one in its hash."""
    for byte in (1152, 2335, 2336, 2367):
        assert kem.decapsulate(_flipped(case.private, 8 * byte), case.ciphertext) == (
            _ARGUMENT, bytes(32))


def test_no_memory_is_refused(kem, case):
    library, work = kem.library, kem.work
    for name, arguments, sizes in (
            ("mlkem_generate_keys", [1, work, bytes(64)], (1184, 2400)),
            ("mlkem_encapsulate", [1, work, bytes(1184), 1184, bytes(32)], (1088, 32)),
            ("mlkem_decapsulate", [1, work, bytes(2400), 2400, bytes(1088), 1088], (32,))):
        for number in range(len(arguments) + len(sizes)):
            outputs = [ctypes.create_string_buffer(b"\xee" * size, size) for size in sizes]
            nulled = [*arguments, *outputs]
            if type(nulled[number]) is int:
                continue
            nulled[number] = None
            assert getattr(library, name)(*nulled) == _ARGUMENT
            assert not any(any(output.raw) for output in outputs if output in nulled)


def _call(kem, case, name, **trouble):
    arguments = {"generate_keys": (case.seed,), "encapsulate": (case.public, case.message),
                 "decapsulate": (case.private, case.ciphertext)}
    return getattr(kem, name)(*arguments[name], **trouble)


@pytest.mark.parametrize("name", _JOBS)
def test_job_that_fails_leaves_nothing(kem, case, name):
    """Whichever it is: the outputs are zero, nothing is under way, no secret stays behind."""
    _call(kem, case, name)
    assert kem.counted("submitted") == _JOBS[name]
    for number in range(1, _JOBS[name] + 1):
        for trouble, expected in (("refuse", _QUEUE_FULL), ("fail", _TIMEOUT)):
            status, *outputs = _call(kem, case, name, **{trouble: number})
            assert status == expected, (trouble, number)
            assert not any(map(any, outputs))
            assert kem.counted("ended") == kem.counted("submitted")
            assert not any(kem.work.raw)
        assert kem.counted("aborts") == 1


@pytest.mark.parametrize("name", _JOBS)
def test_work_space_is_wiped(kem, case, name):
    _call(kem, case, name)
    assert not any(kem.work.raw)


_MUTANTS = [  # file, what is there, what stands there instead
    ("expand.c", "transposed ? row : column", "transposed ? column : row"),
    ("expand.c", "number < K ? number : K + row", "number < K ? number : row"),
    ("expand.c", "expansions[number % 2];\n    gluechip_status_t status;",
     "expansions[0];\n    gluechip_status_t status;"),
    ("expand.c", "status = start(work, number, MLKEM_EXPANSION_BYTES)", "status = GLUECHIP_OK"),
    ("hash.c", "work->now.ended < number;", "work->now.ended + 1 < number;"),
    ("kem.c", "d[32] = K;", "d[32] = 0;"),
    ("kem.c", "memcpy(rejection, z, 32);", "memcpy(rejection, hash, 32);"),
    ("kem.c", "difference |= ", "difference = "),
    ("kem.c", "mask & (right", "~mask & (right"),
]


@pytest.mark.parametrize("mistake", _MUTANTS, ids=range(len(_MUTANTS)))
def test_mutant_is_found(tmp_path, mistake):
    kem = load_kem(tmp_path, mistake)
    with pytest.raises(AssertionError):
        for seed in (0, _SEED_OF_LONG_MATRIX):
            _check(kem, _Case(seed))


@pytest.mark.parametrize("mistake, test", [
    (("kem.c", "&& !passes_modulus_check(work, ek)", "&& false"),
     lambda kem, case: test_number_of_q_or_more_is_refused(kem, case, 0)),
    (("kem.c", "memcmp(work->now.hash, hash, 32) != 0", "false"),
     test_key_with_another_hash_is_refused),
    (("kem.c", "ciphertext_bytes == MLKEM_CIPHERTEXT_BYTES", "true"),
     lambda kem, case: test_wrong_lengths_are_refused(kem, case, lambda key: key[:-1])),
    (("kem.c", "    wipe(&work->now, sizeof work->now);\n", ""),
     lambda kem, case: test_work_space_is_wiped(kem, case, "decapsulate")),
    (("kem.c", "        forget(decapsulation_key, MLKEM_DECAPSULATION_KEY_BYTES);\n", ""),
     lambda kem, case: test_job_that_fails_leaves_nothing(kem, case, "generate_keys")),
    (("kem.c", "    hash_wait(work, work->now.started);\n    wipe", "    wipe"),
     lambda kem, case: test_job_that_fails_leaves_nothing(kem, case, "encapsulate")),
    (("hash.c", "gluechip_abort(GLUECHIP_COPROCESSOR_KECCAK);", ""),
     lambda kem, case: test_job_that_fails_leaves_nothing(kem, case, "encapsulate")),
], ids=["modulus", "hash", "length", "wipe", "zero", "under way", "abort"])
def test_mutant_of_the_checks_is_found(tmp_path, case, mistake, test):
    kem = load_kem(tmp_path, mistake)
    with pytest.raises(AssertionError):
        test(kem, case)
