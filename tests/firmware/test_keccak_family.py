"""The hash functions of the firmware against those of Python, at once and in pieces."""

import ctypes
import hashlib
import random

import pytest
from Crypto.Hash import (
    KMAC128, KMAC256, KangarooTwelve, TupleHash128, TupleHash256, TurboSHAKE128, TurboSHAKE256,
    cSHAKE128, cSHAKE256, keccak,
)

from coprocessors.keccak.model import permute
from tests.firmware import sp800_185
from tests.firmware.keccak_family import (
    ARGUMENT_ERROR, TIMEOUT_ERROR, Bytes, family, family_with_mistake,
)

BACKEND = 1
SEED = 185
STRENGTHS = [128, 256]
_CSHAKE = {128: cSHAKE128, 256: cSHAKE256}
_KMAC = {128: KMAC128, 256: KMAC256}
_TUPLE_HASH = {128: TupleHash128, 256: TupleHash256}
_TURBOSHAKE = {128: TurboSHAKE128, 256: TurboSHAKE256}
_RATE_BYTES = {128: 168, 256: 136}


@pytest.fixture(scope="module")
def c():
    return family()


def around(*rates):
    """Lengths at which something may change."""
    return sorted({0, 1, 7, 8, *(length for rate in rates
                                 for length in (rate - 1, rate, rate + 1, 2 * rate, 3 * rate + 5))})


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_fixed_lengths(c, bits):
    rng = random.Random(SEED)
    for length in around(200 - bits // 4):
        message = rng.randbytes(length)
        sha3 = hashlib.new(f"sha3_{bits}", message).digest()
        original = keccak.new(digest_bits=bits, data=message).digest()
        assert c.output(f"sha3_{bits}", BACKEND, message, size=bits // 8, fixed=True) == sha3
        assert c.output(f"keccak_{bits}", BACKEND, message, size=bits // 8, fixed=True) == original


@pytest.mark.parametrize("strength", STRENGTHS)
def test_shake_and_turboshake(c, strength):
    rng = random.Random(SEED)
    for length in around(_RATE_BYTES[strength]):
        message, size = rng.randbytes(length), rng.choice(around(_RATE_BYTES[strength])[1:])
        shake = hashlib.new(f"shake_{strength}", message).digest(size)
        assert c.output(f"shake{strength}", BACKEND, message, size=size) == shake
        for domain in (0x01, 0x1F, 0x7F, rng.randint(1, 0x7F)):
            turbo = _TURBOSHAKE[strength].new(domain=domain, data=message).read(size)
            assert c.output(f"turboshake{strength}", BACKEND, domain, message, size=size) == turbo


@pytest.mark.parametrize("strength", STRENGTHS)
def test_cshake(c, strength):
    """Names and customizations whose bytepad ends at the end of a block, and of many blocks."""
    rng = random.Random(SEED)
    rate = _RATE_BYTES[strength]
    for name_length, length in [(0, 0), (0, 1), (1, 0), (4, rate - 12), (4, rate - 11),
                                (4, rate - 10), (0, 3 * rate), (33, 1000), (0, 8192)]:
        name, customization = rng.randbytes(name_length), rng.randbytes(length)
        message, size = rng.randbytes(rng.choice(around(rate))), rng.randint(1, 400)
        got = c.output(f"cshake{strength}", BACKEND, Bytes(name), Bytes(customization), message,
                       size=size)
        assert got == sp800_185.cshake(strength, message, size, name, customization)
        if not name:
            assert got == _CSHAKE[strength].new(data=message, custom=customization).read(size)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_kmac(c, strength):
    rng = random.Random(SEED)
    rate = _RATE_BYTES[strength]
    for key_length in [0, 1, 32, rate - 5, rate - 4, rate - 3, 2 * rate, 9000]:
        key, customization = rng.randbytes(key_length), rng.randbytes(rng.choice([0, 20]))
        message, size = rng.randbytes(rng.choice(around(rate))), rng.randint(8, 400)
        arguments = (BACKEND, Bytes(key), Bytes(customization), message)
        got = c.output(f"kmac{strength}", *arguments, size=size)
        assert got == sp800_185.kmac(strength, key, message, size, customization)
        if key_length >= 32:
            assert got == _KMAC[strength].new(key=key, data=message, mac_len=size,
                                              custom=customization).digest()
        assert c.output(f"kmacxof{strength}", *arguments, size=size) == sp800_185.kmac(
            strength, key, message, size, customization, xof=True)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_tuple_hash(c, strength):
    rng = random.Random(SEED)
    for count in [0, 1, 2, 5]:
        elements = [rng.randbytes(rng.choice([0, 1, 31, 32, 200, 8192])) for _ in range(count)]
        customization, size = rng.randbytes(rng.choice([0, 20])), rng.randint(8, 400)
        array = (Bytes * count)(*map(Bytes, elements))
        arguments = (BACKEND, Bytes(customization), array, count)
        got = c.output(f"tuple_hash{strength}", *arguments, size=size)
        assert got == sp800_185.tuple_hash(strength, elements, size, customization)
        reference = _TUPLE_HASH[strength].new(digest_bytes=size, custom=customization)
        for element in elements:
            reference.update(element)
        assert got == reference.digest()
        assert c.output(f"tuple_hash_xof{strength}", *arguments, size=size) == (
            sp800_185.tuple_hash(strength, elements, size, customization, xof=True))


# NIST's examples of ParallelHash: no package of ours has the function.
_EXAMPLE = bytes([*range(8), *range(16, 24), *range(32, 40)])


@pytest.mark.parametrize("strength", STRENGTHS)
def test_parallel_hash(c, strength):
    rng = random.Random(SEED)
    for block_bytes, length in [(8, 0), (8, 1), (8, 8), (8, 24), (1, 20), (136, 700), (8192, 8193),
                                (100, 1700), (255, 2040), (256, 8 * 256), (256, 9 * 256),
                                (65536, 10), (2**32 - 1, 10)]:
        message = rng.randbytes(length)
        customization, size = rng.randbytes(rng.choice([0, 20])), rng.randint(1, 300)
        arguments = (BACKEND, ctypes.c_uint32(block_bytes), Bytes(customization), message)
        for xof in (False, True):
            assert c.output(f"parallel_hash{'_xof' if xof else ''}{strength}", *arguments,
                            size=size) == sp800_185.parallel_hash(
                                strength, message, block_bytes, size, customization, xof=xof)


def test_parallel_hash_of_nists_first_example(c):
    """Source: csrc.nist.gov, ParallelHash_samples.pdf, sample 1."""
    assert c.output("parallel_hash128", BACKEND, 8, Bytes(), _EXAMPLE, size=32).hex() == (
        "ba8dc1d1d979331d3f813603c67f72609ab5e44b94a0b8f9af46514454a2b4f5")


@pytest.mark.parametrize("strength", STRENGTHS)
def test_kangaroo_twelve(c, strength):
    rng = random.Random(SEED)
    for length, customization_length in [
            (0, 0), (1, 1), (8190, 0), (8191, 0), (8192, 0), (8193, 0), (8189, 1), (100, 8090),
            (16383, 0), (16384, 0), (8192 * 9 - 1, 0), (8192 * 9, 300), (8192 * 20 + 7, 70000)]:
        message, customization = rng.randbytes(length), rng.randbytes(customization_length)
        size = rng.randint(1, 400)
        got = c.output(f"kt{strength}", BACKEND, message, Bytes(customization), size=size)
        assert got == sp800_185.kangaroo_twelve(strength, message, size, customization)
        if strength == 128:
            assert got == KangarooTwelve.new(data=message, custom=customization).read(size)


@pytest.mark.parametrize("rounds", [24, 12])
def test_permutation(c, rounds):
    state = random.Random(SEED).randbytes(200)
    for alignment in range(4):
        memory = ctypes.create_string_buffer(bytes(alignment) + state + b"end")
        address = ctypes.c_void_p(ctypes.addressof(memory) + alignment)
        assert c.keccak_f1600(BACKEND, address, rounds) == 0
        lanes = [int.from_bytes(state[i:i + 8], "little") for i in range(0, 200, 8)]
        expected = b"".join(lane.to_bytes(8, "little") for lane in permute(lanes, rounds))
        assert memory.raw[alignment:] == expected + b"end\0"
    assert c.keccak_f1600(BACKEND, address, 23) == ARGUMENT_ERROR
    assert c.keccak_f1600(BACKEND, None, rounds) == ARGUMENT_ERROR
    assert memory.raw[alignment:] == expected + b"end\0"


class Stream:
    """A function in pieces, with what is left of its message and of its output.

    Parameters: memory : of a sponge or tree that has begun. calls : (update, final, squeeze).
    message, expected : bytes. xof : whether the output may be taken in pieces.
    """

    def __init__(self, memory, calls, message, expected, *, xof=True):
        self.memory, self.message, self.expected = memory, message, expected
        self._update, self._final, self._squeeze = calls
        self._xof, self._ended = xof, False

    @property
    def is_done(self):
        """Whether all output has come."""
        return self._ended and not self.expected

    def step(self, rng):
        """Feeds or takes a piece of any length."""
        size = rng.choice([0, 1, 136, 168, rng.randint(0, 200), rng.randint(0, 20000)])
        if self.message:
            size = min(size, len(self.message))
            assert self._update(self.memory, self.message[:size]) == 0
            self.message = self.message[size:]
            return
        size = min(size, len(self.expected)) if self._xof else len(self.expected)
        output = ctypes.create_string_buffer(size + 1)
        assert (self._squeeze if self._ended else self._final)(self.memory, output, size) == 0
        assert output.raw == self.expected[:size] + b"\0"
        self.expected, self._ended = self.expected[size:], True


def _streams(c, rng):
    """One stream of each function, with a random message."""
    message, size = rng.randbytes(rng.choice([0, 5, 136, 168, 700, 20000])), rng.randint(1, 900)
    custom, key, backend = rng.randbytes(rng.choice([0, 9])), rng.randbytes(40), rng.choice([0, 1])
    plain = c.sponge_update, c.sponge_final, c.sponge_squeeze

    def begun(memory, name, *arguments):
        assert getattr(c, name)(memory, backend, *arguments) == 0
        return memory

    def sponge(rate_bytes, domain, expected, rounds=24):
        function = c.function(rate_bytes, domain, rounds)
        return Stream(begun(c.sponge(), "sponge_init", function), plain, message, expected)

    def kt_final(memory, output, output_bytes):
        return c.kt_final(memory, Bytes(custom), output, output_bytes)

    for bits in (224, 256, 384, 512):
        rate = 200 - bits // 4
        yield sponge(rate, 0x06, hashlib.new(f"sha3_{bits}", message).digest())
        yield sponge(rate, 0x01, keccak.new(digest_bits=bits, data=message).digest())
    for strength in STRENGTHS:
        rate = _RATE_BYTES[strength]
        yield sponge(rate, 0x1F, hashlib.new(f"shake_{strength}", message).digest(size))
        turbo = _TURBOSHAKE[strength].new(domain=0x33, data=message)
        yield sponge(rate, 0x33, turbo.read(size), 12)
        yield Stream(begun(c.sponge(), f"cshake{strength}_init", Bytes(b"name"), Bytes(custom)),
                     plain, message, sp800_185.cshake(strength, message, size, b"name", custom))
        for xof in (False, True):
            kmac_final = c.kmacxof_final if xof else c.kmac_final
            yield Stream(begun(c.sponge(), f"kmac{strength}_init", Bytes(key), Bytes(custom)),
                         (c.sponge_update, kmac_final, c.sponge_squeeze), message,
                         sp800_185.kmac(strength, key, message, size, custom, xof=xof), xof=xof)
            final = c.parallel_hash_xof_final if xof else c.parallel_hash_final
            yield Stream(
                begun(c.tree_hash(), f"parallel_hash{strength}_init", 500, Bytes(custom)),
                (c.parallel_hash_update, final, c.tree_hash_squeeze), message,
                sp800_185.parallel_hash(strength, message, 500, size, custom, xof=xof), xof=xof)
        yield Stream(begun(c.tree_hash(), f"kt{strength}_init"),
                     (c.kt_update, kt_final, c.tree_hash_squeeze), message,
                     sp800_185.kangaroo_twelve(strength, message, size, custom))


@pytest.mark.parametrize("seed", range(4))
def test_pieces_of_any_length_side_by_side(c, seed):
    rng = random.Random(seed)
    streams = list(_streams(c, rng))
    while streams:
        stream = rng.choice(streams)
        stream.step(rng)
        if stream.is_done:
            streams.remove(stream)


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("xof", [False, True])
def test_tuple_hash_in_pieces(c, strength, xof):
    elements = [b"", b"\1" * 500, b"", b"\2"]
    sponge = c.sponge()
    assert getattr(c, f"tuple_hash{strength}_init")(sponge, BACKEND, Bytes(b"S")) == 0
    for element in elements:
        assert c.tuple_hash_add(sponge, Bytes(element)) == 0
    expected = sp800_185.tuple_hash(strength, elements, 90, b"S", xof=xof)
    assert c.output(f"tuple_hash{'_xof' if xof else ''}_final", sponge,
                    size=60 if xof else 90) == expected[:60 if xof else 90]
    if xof:
        assert c.output("sponge_squeeze", sponge, size=30) == expected[60:]


def test_copy_goes_its_own_way(c):
    sponge, copy = c.sponge(), c.sponge()
    assert c.kmac128_init(sponge, BACKEND, Bytes(b"k" * 16), Bytes()) == 0
    for message in (b"", b"one", b"two" * 100):
        ctypes.memmove(copy, sponge, ctypes.sizeof(sponge))
        assert c.sponge_update(copy, message) == 0
        assert c.output("kmac_final", copy, size=32) == sp800_185.kmac(128, b"k" * 16, message, 32)


def test_whole_blocks_are_read_where_they_lie(c):
    sponge, jobs = c.sponge(), c.variable("jobs")
    message = ctypes.create_string_buffer(random.Random(SEED).randbytes(10 * 136 + 20), 1380)
    assert c.sponge_init(sponge, BACKEND, c.function(136, 0x06)) == 0
    assert c.sponge_update(sponge, message, 100) == 0
    before = jobs.value
    assert c.sponge_update(sponge, ctypes.c_void_p(ctypes.addressof(message) + 100), 1280) == 0
    assert jobs.value == before + 2  # the block that had begun, and all the others
    assert c.last_source == ctypes.addressof(message) + 136
    assert c.output("sponge_final", sponge, size=32) == hashlib.sha3_256(message.raw).digest()


@pytest.mark.parametrize("name, arguments, update, size", [
    ("parallel_hash128_init", (100, Bytes()), "parallel_hash_update", 1000),
    ("kt128_init", (), "kt_update", 11 * 8192),
])
def test_leaves_are_hashed_in_batches(c, name, arguments, update, size):
    tree, batched = c.tree_hash(), c.variable("messages_in_batches")
    assert getattr(c, name)(tree, BACKEND, *arguments) == 0
    before = batched.value
    assert getattr(c, update)(tree, bytes(size)) == 0
    assert batched.value == before + 10


ONE_SHOTS = {
    "sha3_256": (b"message",), "turboshake128": (1, b"message"),
    **{f"cshake{n}": (Bytes(b"N"), Bytes(b"S"), b"message") for n in STRENGTHS},
    **{f"{name}{n}": (Bytes(b"key"), Bytes(b"S"), b"message" * 50) for n in STRENGTHS
       for name in ("kmac", "kmacxof")},
    **{f"{name}{n}": (Bytes(b"S"), (Bytes * 2)(Bytes(b"1"), Bytes(b"2" * 200)), 2)
       for n in STRENGTHS for name in ("tuple_hash", "tuple_hash_xof")},
    **{f"{name}{n}": (90, Bytes(b"S"), b"message" * 50) for n in STRENGTHS
       for name in ("parallel_hash", "parallel_hash_xof")},
    **{f"kt{n}": (b"message" * 3000, Bytes(b"C")) for n in STRENGTHS},
}


@pytest.mark.parametrize("name", ONE_SHOTS)
def test_each_failing_job_is_told(c, name):
    jobs, failing = c.variable("jobs"), c.variable("failing_job")
    options = {"size": 32, "fixed": name == "sha3_256"}
    before = jobs.value
    good = c.output(name, BACKEND, *ONE_SHOTS[name], **options)
    for number in range(jobs.value - before):
        failing.value = jobs.value + 1 + number
        status, output = c.status_and_output(name, BACKEND, *ONE_SHOTS[name], **options)
        assert (status, output) == (TIMEOUT_ERROR, bytes(32)), number
    failing.value = 0
    assert c.output(name, BACKEND, *ONE_SHOTS[name], **options) == good


def _null(length=1):
    return Bytes.nowhere(length)


@pytest.mark.parametrize("name, arguments", [
    ("kmac128", (_null(), Bytes(), b"")), ("kmac128", (Bytes(b"k"), _null(), b"")),
    ("kmac128", (Bytes(b"k"), Bytes(), None, 1)), ("kmacxof256", (_null(), Bytes(), b"")),
    ("cshake128", (_null(), Bytes(), b"")), ("cshake256", (Bytes(), _null(), b"")),
    ("cshake128", (Bytes(), Bytes(), None, 5)), ("tuple_hash128", (Bytes(), None, 1)),
    ("tuple_hash128", (_null(), None, 0)), ("tuple_hash256", (Bytes(), (Bytes * 1)(_null()), 1)),
    ("parallel_hash128", (0, Bytes(), b"x")), ("parallel_hash256", (8, _null(), b"x")),
    ("parallel_hash128", (8, Bytes(), None, 3)), ("kt128", (None, 1, Bytes())),
    ("kt256", (None, 9000, Bytes())), ("kt128", (b"x", _null())), ("kt128", (b"x" * 8200, _null())),
])
def test_bad_arguments(c, name, arguments):
    for backend in (0, 1):
        status, output = c.status_and_output(name, backend, *arguments, size=32)
        assert (status, output) == (ARGUMENT_ERROR, bytes(32))


@pytest.mark.parametrize("name", [name for name in ONE_SHOTS if name != "sha3_256"])
def test_output_of_no_bytes_and_a_backend_that_is_none(c, name):
    assert c.status_and_output(name, BACKEND, *ONE_SHOTS[name], size=0) == (ARGUMENT_ERROR, b"")
    if name != "turboshake128":  # which is a job; what a job's backend is, its driver knows
        status, output = c.status_and_output(name, 2, *ONE_SHOTS[name], size=32)
        assert (status, output) == (ARGUMENT_ERROR, bytes(32))


@pytest.mark.parametrize("function", [
    (0, 6, 24), (4, 6, 24), (200, 6, 24), (136, 0, 24), (136, 128, 24), (136, 6, 23),
])
def test_illegal_function(c, function):
    sponge = c.sponge()
    assert c.sponge_init(sponge, BACKEND, c.function(*function)) == ARGUMENT_ERROR
    assert c.sponge_update(sponge, b"x") == ARGUMENT_ERROR
    assert c.status_and_output("sponge_final", sponge, size=9) == (ARGUMENT_ERROR, bytes(9))


def test_calls_out_of_order(c):
    def begun():
        sponge = c.sponge()
        assert c.sponge_init(sponge, BACKEND, c.function(136, 6)) == 0
        return sponge

    sponge = begun()
    assert c.status_and_output("sponge_squeeze", sponge, size=9) == (ARGUMENT_ERROR, bytes(9))
    assert c.status_and_output("sponge_final", sponge, size=9) == (ARGUMENT_ERROR, bytes(9))
    sponge = begun()
    c.output("sponge_final", sponge, size=9)
    assert c.sponge_update(sponge, b"x") == ARGUMENT_ERROR
    assert c.status_and_output("sponge_squeeze", sponge, size=9) == (ARGUMENT_ERROR, bytes(9))
    sponge = begun()
    c.output("sponge_final", sponge, size=9)
    assert c.status_and_output("sponge_final", sponge, size=9) == (ARGUMENT_ERROR, bytes(9))
    sponge = begun()
    c.sponge_wipe(sponge)
    assert c.sponge_update(sponge, b"") == ARGUMENT_ERROR
    tree = c.tree_hash()
    c.tree_hash_wipe(tree)
    assert c.parallel_hash_update(tree, b"x") == c.kt_update(tree, b"x") == ARGUMENT_ERROR
    assert c.status_and_output("kt_final", tree, Bytes(), size=9) == (ARGUMENT_ERROR, bytes(9))


def test_no_memory(c):
    for name in ("cshake128", "kmac256", "tuple_hash128", "parallel_hash256", "kt128"):
        custom = {"cshake128": (Bytes(), Bytes()), "kmac256": (Bytes(), Bytes()),
                  "tuple_hash128": (Bytes(),), "parallel_hash256": (8, Bytes()), "kt128": ()}[name]
        assert getattr(c, f"{name}_init")(None, BACKEND, *custom) == ARGUMENT_ERROR
    assert c.sponge_init(None, BACKEND, c.function(136, 6)) == ARGUMENT_ERROR
    assert c.tuple_hash_add(None, Bytes(b"x")) == ARGUMENT_ERROR
    for name in ("sponge_update", "parallel_hash_update", "kt_update"):
        assert getattr(c, name)(None, b"x") == ARGUMENT_ERROR
    for name in ("sponge_final", "sponge_squeeze", "tree_hash_squeeze", "kmac_final",
                 "kmacxof_final", "tuple_hash_final", "tuple_hash_xof_final",
                 "parallel_hash_final", "parallel_hash_xof_final"):
        assert c.status_and_output(name, None, size=9) == (ARGUMENT_ERROR, bytes(9))
    assert c.status_and_output("kt_final", None, Bytes(), size=9) == (ARGUMENT_ERROR, bytes(9))
    c.sponge_wipe(None)
    c.tree_hash_wipe(None)


def _is_zero(memory):
    return not any(memory)


def test_functions_of_fixed_length_wipe_their_memory(c):
    sponge = c.sponge()
    for failing in (False, True):
        assert c.kmac256_init(sponge, BACKEND, Bytes(b"secret"), Bytes()) == 0
        assert not _is_zero(sponge)
        c.variable("failing_job").value = c.variable("jobs").value + 1 if failing else 0
        status, _ = c.status_and_output("kmac_final", sponge, size=32)
        assert status == (TIMEOUT_ERROR if failing else 0)
        assert _is_zero(sponge)
    c.variable("failing_job").value = 0
    assert c.tuple_hash128_init(sponge, BACKEND, Bytes()) == 0
    c.output("tuple_hash_final", sponge, size=32)
    assert _is_zero(sponge)
    tree = c.tree_hash()
    assert c.parallel_hash128_init(tree, BACKEND, 8, Bytes()) == 0
    assert c.parallel_hash_update(tree, b"secret") == 0
    c.output("parallel_hash_final", tree, size=32)
    assert _is_zero(tree)


def test_wipe(c):
    sponge, tree = c.sponge(), c.tree_hash()
    assert c.kmac128_init(sponge, BACKEND, Bytes(b"secret"), Bytes()) == 0
    c.output("kmacxof_final", sponge, size=32)
    c.sponge_wipe(sponge)
    assert _is_zero(sponge)
    assert c.kt128_init(tree, BACKEND) == c.kt_update(tree, b"secret" * 3000) == 0
    c.tree_hash_wipe(tree)
    assert _is_zero(tree)


def test_equal(c):
    def equal(a, b, size):
        return c.equal(ctypes.c_char_p(a), ctypes.c_char_p(b), size) & 1 == 1

    a = random.Random(SEED).randbytes(40)
    assert equal(a, a, 40) and equal(a, b"", 0)
    for place in (0, 17, 39):
        for bit in (1, 0x80):
            b = bytearray(a)
            b[place] ^= bit
            assert not equal(a, bytes(b), 40)
            assert equal(a, bytes(b), place)


def test_zkvm_names(c):
    message = ctypes.create_string_buffer(random.Random(SEED).randbytes(300))
    digest = (ctypes.c_uint64 * 4)()

    def status(pointer, size):
        return c.zkvm_keccak256(pointer, ctypes.c_size_t(size), digest)
    for size in (0, 1, 135, 136, 300):
        assert status(message, size) == 0
        assert bytes(digest) == keccak.new(digest_bits=256, data=message.raw[:size]).digest()
    failing, jobs = c.variable("failing_job"), c.variable("jobs")
    failing.value = jobs.value + 1
    assert (status(message, 300), bytes(digest)) == (-1, bytes(32))
    failing.value = 0
    digest[0] = 1
    assert (status(None, 1), bytes(digest)) == (-1, bytes(32))
    assert c.zkvm_keccak256(message, ctypes.c_size_t(1), None) == -1


def test_permutation_of_mlkem_native(c):
    lanes = [random.Random(SEED).getrandbits(64) for _ in range(25)]
    state = (ctypes.c_uint64 * 25)(*lanes)
    c.variable("failing_job").value = c.variable("jobs").value + 1
    assert (c.keccak_f1600_x1(state), list(state)) == (-1, lanes)
    c.variable("failing_job").value = 0
    assert (c.keccak_f1600_x1(state), list(state)) == (0, permute(lanes))


_KMAC_NAME = 'NAME("KMAC")'


@pytest.mark.parametrize("test, old, new", [
    (lambda c: test_pieces_of_any_length_side_by_side(c, 0),
     "job.load_state = sponge->phase != PHASE_FRESH;", "job.load_state = true;"),
    (lambda c: test_pieces_of_any_length_side_by_side(c, 0),
     "(length - 1) % sponge->function.rate_bytes + 1", "length % sponge->function.rate_bytes"),
    (test_copy_goes_its_own_way, _KMAC_NAME, 'NAME("KMAX")'),
    (lambda c: test_cshake(c, 128), "|| sponge->position == 0)", ")"),
    (lambda c: test_cshake(c, 128), "name.length == 0 && customization.length == 0", "0"),
    (lambda c: test_kangaroo_twelve(c, 128), "right_encoded(number, 0)",
     "right_encoded(number, 1)"),
    (lambda c: test_kangaroo_twelve(c, 256), "hash->root_bytes -= bytes;", ""),
    (lambda c: test_parallel_hash(c, 128), "hash->leaves += count;", "hash->leaves++;"),
    (lambda c: test_leaves_are_hashed_in_batches(
        c, "kt128_init", (), "kt_update", 11 * 8192), "bytes == hash->leaf_bytes", "0"),
    (test_whole_blocks_are_read_where_they_lie, "if (length >= rate) {",
     "for (; length >= 2 * rate; from += rate, length -= rate) absorb(sponge, from, rate); {"),
    (lambda c: test_each_failing_job_is_told(c, "kt128"),
     "hash->root.status = (int8_t)status;", ";"),
    (test_functions_of_fixed_length_wipe_their_memory, "gluechip_wipe(sponge, sizeof *sponge);",
     "memset(sponge->buffer, 0, sizeof sponge->buffer);"),
    (test_wipe, "gluechip_wipe(hash, sizeof *hash);", "gluechip_sponge_wipe(&hash->root);"),
    (test_calls_out_of_order, "sponge->phase == PHASE_FRESH ||", "sponge->phase < 2 ||"),
    (test_permutation_of_mlkem_native, "memcpy(state, before, sizeof before);\n    gluechip_wipe",
     "gluechip_wipe"),
    (test_equal, "difference |=", "difference ="),
], ids=range(16))
def test_mutant_is_found(tmp_path, test, old, new):
    """A library with one mistake fails its test."""
    with pytest.raises(AssertionError):
        test(family_with_mistake(tmp_path, old, new))
