"""The parts of ML-KEM in C on this machine, against plain Python."""

import ctypes
import hashlib

import numpy as np
import pytest

from firmware.apps.mlkem.model import (
    K, N, Q, byte_decode, byte_decode_raw, byte_encode, compress, decompress, multiply, ntt,
    ntt_inverse, sample_cbd, sample_ntt, zeta,
)
from tests.firmware.host import address_of
from tests.firmware.mlkem.sources import APP, load_kem

_LIMIT = 2**32 // Q  # of what times() multiplies


@pytest.fixture(scope="module")
def c():
    return load_kem().library


def _poly(values):
    return np.ascontiguousarray(values, dtype=np.uint16)


def _polynomials(below, seed):
    """Random ones, and those of the smallest and the largest numbers, and one each 1."""
    rng = np.random.default_rng(seed)
    yield from (_poly(np.full(N, value)) for value in (0, 1, below - 1))
    yield from (_poly(np.eye(N)[i]) for i in (0, 1, 2, 127, 128, 255))
    yield from (_poly(rng.choice([0, below - 1], N)) for _ in range(10))
    yield from (_poly(rng.integers(0, below, N)) for _ in range(30))


def test_multiplication_is_exact_for_each_factor(c):
    numbers = np.array([*range(300), *range(Q - 50, Q + 50), *range(16 * Q - 50, 36 * Q, 997),
                        *range(_LIMIT - 300, _LIMIT + 1)], np.uint32)
    assert c.probe_times(ctypes.c_void_p(address_of(numbers)), len(numbers)) == 0


def test_multiplication_ends_where_it_says(c):
    """The limit is no caution: not far above it products are wrong."""
    numbers = np.array([_LIMIT * 2 + i for i in range(Q)], np.uint32)
    assert c.probe_times(ctypes.c_void_p(address_of(numbers)), len(numbers)) > 0


def test_reduction(c):
    assert c.probe_canonical(_LIMIT + 1) == 0
    assert c.probe_reduce(331) == 0


def test_zetas_are_those_of_the_standard():
    text = (APP / "ntt.c").read_text()
    table = text[text.index("zetas[128] = {"):text.index("};")]
    numbers = [int(entry.partition(")")[0]) for entry in table.split("Z(")[1:]]
    assert numbers == [zeta(i) for i in range(128)]


def test_transform(c):
    for f in _polynomials(2 * Q, 1):
        expected, got = ntt(f.astype(int)), f.copy()
        c.ntt(ctypes.c_void_p(address_of(got)))
        assert (got < 16 * Q).all() and (got % Q == expected).all()


def test_inverse_transform(c):
    for f in _polynomials(2 * Q, 2):
        expected, got = ntt_inverse(f.astype(int)), f.copy()
        c.ntt_inverse(ctypes.c_void_p(address_of(got)))
        assert (got == expected).all()


def test_model_of_the_transform():
    """It is one that makes products of polynomials modulo X^256 + 1."""
    rng = np.random.default_rng(3)
    f, g = rng.integers(0, Q, (2, N))
    product = np.convolve(f, g)
    wrapped = product[:N].copy()
    wrapped[:N - 1] -= product[N:]
    assert (ntt_inverse(multiply(ntt(f), ntt(g))) == wrapped % Q).all()
    assert (ntt_inverse(ntt(f)) == f).all()


def test_products(c):
    rng = np.random.default_rng(4)
    cases = [(_poly(np.full((K, N), 4095)), _poly(np.full((K, N), 16 * Q - 1))),
             (_poly(np.zeros((K, N))), _poly(np.full((K, N), 16 * Q - 1)))]
    cases += [(_poly(rng.integers(0, 4096, (K, N))), _poly(rng.integers(0, 16 * Q, (K, N))))
              for _ in range(20)]
    for a, b in cases:
        got = _poly(np.zeros(N))
        c.dot(*(ctypes.c_void_p(address_of(x)) for x in (got, a, b)))
        expected = sum(map(multiply, a.astype(int), b.astype(int))) % Q
        assert (got < 2 * Q).all() and (got % Q == expected).all()


@pytest.mark.parametrize("name, bits", [("u", 10), ("v", 4), ("message", 1)])
def test_compression_of_every_number(c, name, bits):
    _test_compression(c, name, bits)


def _test_compression(c, name="u", bits=10):
    """All numbers below 4q, at two addresses."""
    for start in range(0, 4 * Q, N):
        f = _poly(np.arange(start, start + N) % (4 * Q))
        for offset in (0, 1):
            out = np.full(32 * bits + 2, 0xEE, np.uint8)
            getattr(c, f"encode_{name}")(ctypes.c_void_p(address_of(out) + offset),
                                         ctypes.c_void_p(address_of(f)))
            expected = byte_encode(compress(f.astype(int), bits), bits)
            assert out[offset:][:32 * bits].tobytes() == expected
            assert (np.delete(out, range(offset, offset + 32 * bits)) == 0xEE).all()


@pytest.mark.parametrize("name, bits", [("u", 10), ("v", 4)])
def test_decompression_of_every_number(c, name, bits):
    _test_decompression(c, name, bits)


def _test_decompression(c, name="u", bits=10):
    for start in range(0, 2**bits, N):
        values = np.arange(start, start + N) % 2**bits
        f = _poly(np.zeros(N))
        getattr(c, f"decode_{name}")(ctypes.c_void_p(address_of(f)), byte_encode(values, bits))
        assert (f == decompress(values, bits)).all()


def test_message(c):
    for data in (bytes(32), b"\xff" * 32, bytes(range(32)), hashlib.sha256().digest()):
        f = _poly(np.arange(N))
        c.add_message(ctypes.c_void_p(address_of(f)), data)
        assert (f == np.arange(N) + decompress(byte_decode(data, 1), 1)).all()


def test_encoding_of_every_number(c):
    for start in range(0, 2**16, N):
        f = _poly(np.arange(start, start + N))
        out = np.full(384, 0xEE, np.uint8)
        c.encode_12(ctypes.c_void_p(address_of(out)), ctypes.c_void_p(address_of(f)))
        assert out.tobytes() == byte_encode(f % Q, 12)


def test_decoding_of_every_number(c):
    c.is_canonical.restype = ctypes.c_bool
    for start in range(0, 4096, N):
        values = np.arange(start, start + N)
        f = _poly(np.zeros(N))
        c.decode_12(ctypes.c_void_p(address_of(f)), byte_encode(values, 12))
        assert (f == values).all()
        assert c.is_canonical(ctypes.c_void_p(address_of(f))) == (values < Q).all()


@pytest.mark.parametrize("place", [0, 1, 7, 128, 255])
def test_one_number_of_q_is_found(c, place):
    c.is_canonical.restype = ctypes.c_bool
    for value, passes in ((Q - 1, True), (Q, False), (4095, False)):
        f = _poly(np.zeros(N))
        f[place] = value
        assert c.is_canonical(ctypes.c_void_p(address_of(f))) == passes


def test_centred_binomial_numbers(c):
    """All values of a byte, in all places of a word."""
    rng = np.random.default_rng(5)
    blocks = [bytes(range(i, i + 128)) for i in (0, 128)] + [bytes(128), b"\xff" * 128]
    blocks += [bytes(b[1:] + b[:1]) for b in blocks] + [rng.bytes(128) for _ in range(20)]
    for data in blocks:
        f, words = _poly(np.zeros(N)), np.frombuffer(data, np.uint32)
        c.sample_cbd(ctypes.c_void_p(address_of(f)), ctypes.c_void_p(address_of(words)))
        assert (f >= Q - 2).all() and (f <= Q + 2).all()
        assert (f % Q == sample_cbd(data)).all()


def _sampled(c, data):
    behind = 8 * len(data)  # room for what a mistake may write
    f, words = _poly(np.full(N + behind, 0xEEEE)), np.frombuffer(data, np.uint32)
    found = c.sample_ntt(ctypes.c_void_p(address_of(f)), ctypes.c_void_p(address_of(words)),
                         len(data))
    assert (f[N:] == 0xEEEE).all(), "wrote behind the polynomial"
    return f[:found]


def test_sampling_of_the_matrix(c):
    lengths = set()
    for i in range(300):
        data = hashlib.shake_128(bytes([i % 256, i // 256])).digest(504)
        got = _sampled(c, data)
        assert (got == sample_ntt(data)).all()
        lengths.add(len(got))
    assert N in lengths and min(lengths) < N, "both enough and too few numbers must have come up"


def test_sampling_takes_numbers_below_q_only(c):
    values = [Q - 1, Q, Q + 1, 0, 4095, 1, Q, 2] * 200
    data = byte_encode(values, 12)[:840]
    assert byte_decode_raw(data) == values[:560]
    assert (_sampled(c, data) == sample_ntt(data)).all()
    assert len(_sampled(c, b"\xff" * 840)) == 0
    assert (_sampled(c, bytes(840)) == np.zeros(N)).all()


@pytest.mark.parametrize("rejected", range(9))
def test_sampling_ends_in_each_place_of_a_group(c, rejected):
    values = [Q] * rejected + list(range(1000))
    data = byte_encode(values[:560], 12)
    assert (_sampled(c, data) == np.arange(N)).all()


_MUTANTS = [  # file, what is there, what stands there instead, the test that finds it
    ("ntt.c", "x[i] += 7 * Q", "x[i] += Q", test_transform),
    ("ntt.c", "zetas[16 + 2 * block + i]", "zetas[16 + 2 * block]", test_transform),
    ("ntt.c", "FACTOR(1729 * SCALE % Q)", "FACTOR(1729)", test_inverse_transform),
    ("ntt.c", "            x[0] = canonical(x[0]);\n", "", test_inverse_transform),
    ("ntt.c", "reduce(y.first + Q - times", "reduce(y.first + times", test_products),
    ("field.h", "(1ull << 32) / Q)", "(1ull << 32) / Q - 1)", test_reduction),
    ("field.h", "((uint64_t)(z) << 32) + Q - 1", "((uint64_t)(z) << 32)",
     test_multiplication_is_exact_for_each_factor),
    ("encode.c", "(x << bits) + Q / 2", "(x << bits) + Q / 2 + 1", _test_compression),
    ("encode.c", "(1ull << 42) + Q - 1", "(1ull << 42)", _test_compression),
    ("encode.c", "(1u << (bits - 1))) >> bits", "0) >> bits", _test_decompression),
    ("encode.c", "Q - 1 - f->at[i]", "Q - f->at[i]",
     lambda c: test_one_number_of_q_is_found(c, 0)),
    ("encode.c", "canonical(f->at[i]) |", "f->at[i] |", test_encoding_of_every_number),
    ("sample.c", "(x < Q)", "(x <= Q)", test_sampling_takes_numbers_below_q_only),
    ("sample.c", "b >> 28 | c << 4", "b >> 28 | c << 8", test_sampling_of_the_matrix),
    ("sample.c", "to <= limit - 8", "to <= limit - 7", test_sampling_of_the_matrix),
    ("sample.c", "sums >> 2 & 0x33333333", "sums >> 2 & 0x33333330", test_centred_binomial_numbers),
]


@pytest.mark.parametrize("name, old, new, test", _MUTANTS, ids=range(len(_MUTANTS)))
def test_mutant_is_found(tmp_path, name, old, new, test):
    library = load_kem(tmp_path, (name, old, new)).library
    with pytest.raises(AssertionError):
        test(library)
