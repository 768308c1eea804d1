"""ML-KEM-768 in Python, from the definitions of FIPS 203: what the C must compute.

The transform is a table of powers, not butterflies, and numbers are rounded by division.
"""

from hashlib import sha3_256, sha3_512, shake_128, shake_256

import numpy as np

__all__ = ["K", "N", "Q", "byte_decode", "byte_encode", "compress", "decapsulate", "decompress",
           "encapsulate", "generate_keys", "multiply", "ntt", "ntt_inverse", "sample_cbd",
           "sample_ntt", "zeta"]


N, Q, K = 256, 3329, 3

_ETA, _U_BITS, _V_BITS = 2, 10, 4
_XOF_BYTES = 840


def zeta(index):
    """17^BitRev7(index), as appendix A lists them."""
    return pow(17, int(f"{index:07b}"[::-1], 2), Q)


_GAMMAS = [zeta(64 + i // 2) * (-1) ** i % Q for i in range(N // 2)]
"""X^256 + 1 is the product of all X^2 - gamma (4.3)."""

_POWERS = np.array([[pow(gamma, i, Q) for i in range(N // 2)] for gamma in _GAMMAS])
_INVERSE_POWERS = np.array([[pow(gamma, -i, Q) * pow(N // 2, -1, Q) % Q for gamma in _GAMMAS]
                            for i in range(N // 2)])


def _of_both_halves(matrix, f):
    result = np.empty_like(f)
    for half in (0, 1):
        result[half::2] = matrix @ f[half::2] % Q
    return result


def ntt(f):
    """The remainders of ``f`` (N numbers) modulo each X^2 - gamma."""
    return _of_both_halves(_POWERS, f)


def ntt_inverse(f):
    """The polynomial that has these remainders."""
    return _of_both_halves(_INVERSE_POWERS, f)


def multiply(f, g):
    """Product of transformed polynomials."""
    product = np.empty_like(f)
    product[0::2] = (f[0::2] * g[0::2] + f[1::2] * g[1::2] % Q * _GAMMAS) % Q
    product[1::2] = (f[0::2] * g[1::2] + f[1::2] * g[0::2]) % Q
    return product


def compress(x, bits):
    """The nearest integer to x 2^bits / q, modulo 2^bits (4.7)."""
    return (2 * x * 2**bits + Q) // (2 * Q) % 2**bits


def decompress(y, bits):
    """The nearest integer to y q / 2^bits, halves up (4.8)."""
    return (2 * y * Q + 2**bits) // 2**(bits + 1)


def byte_encode(f, bits):
    """Numbers of ``bits`` bits each, lowest bit first (algorithm 5)."""
    return sum(int(x) << bits * i for i, x in enumerate(f)).to_bytes(len(f) * bits // 8, "little")


def byte_decode(data, bits):
    """The numbers again (algorithm 6)."""
    word = int.from_bytes(data, "little")
    f = np.array([word >> bits * i & 2**bits - 1 for i in range(8 * len(data) // bits)])
    return f % Q if bits == 12 else f


def sample_ntt(data):
    """Numbers below q from 3 bytes for each two candidates: N, or as many as are there
    (algorithm 7)."""
    return np.array([x for x in byte_decode_raw(data) if x < Q][:N])


def byte_decode_raw(data):
    """Numbers of 12 bits, as they are."""
    return [b for i in range(0, len(data), 3) for b in (
        data[i] + 256 * (data[i + 1] % 16), data[i + 1] // 16 + 16 * data[i + 2])]


def sample_cbd(data):
    """Differences of sums of two bits (algorithm 8)."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little").astype(int)
    pairs = bits.reshape(-1, 2, _ETA).sum(axis=2)
    return (pairs[:, 0] - pairs[:, 1]) % Q


def _matrix(rho):
    return [[sample_ntt(shake_128(rho + bytes([j, i])).digest(_XOF_BYTES)) for j in range(K)]
            for i in range(K)]


def _noise(sigma, first, count):
    return [sample_cbd(shake_256(sigma + bytes([n])).digest(64 * _ETA))
            for n in range(first, first + count)]


def _dot(f, g):
    return sum(map(multiply, f, g)) % Q


def _join(polynomials, bits):
    return b"".join(byte_encode(f, bits) for f in polynomials)


def _split(data, bits):
    return [byte_decode(data[i:i + 32 * bits], bits) for i in range(0, len(data), 32 * bits)]


def _encrypt(key, message, coins):
    t, a = _split(key[:-32], 12), _matrix(key[-32:])
    y, e1, [e2] = _noise(coins, 0, K), _noise(coins, K, K), _noise(coins, 2 * K, 1)
    y = list(map(ntt, y))
    u = [(ntt_inverse(_dot(column, y)) + e) % Q for column, e in zip(zip(*a), e1)]
    v = (ntt_inverse(_dot(t, y)) + e2 + decompress(byte_decode(message, 1), 1)) % Q
    return (_join([compress(f, _U_BITS) for f in u], _U_BITS)
            + byte_encode(compress(v, _V_BITS), _V_BITS))


def _decrypt(key, ciphertext):
    end = 32 * _U_BITS * K
    u = [decompress(f, _U_BITS) for f in _split(ciphertext[:end], _U_BITS)]
    v = decompress(byte_decode(ciphertext[end:], _V_BITS), _V_BITS)
    w = (v - ntt_inverse(_dot(_split(key, 12), list(map(ntt, u))))) % Q
    return byte_encode(compress(w, 1), 1)


def generate_keys(seed):
    """(encapsulation key, decapsulation key) of d and z (algorithms 13 and 16)."""
    d, z = seed[:32], seed[32:]
    g = sha3_512(d + bytes([K])).digest()
    rho, sigma = g[:32], g[32:]
    s, e = (list(map(ntt, _noise(sigma, first, K))) for first in (0, K))
    t = [(_dot(row, s) + f) % Q for row, f in zip(_matrix(rho), e)]
    key = _join(t, 12) + rho
    return key, _join(s, 12) + key + sha3_256(key).digest() + z


def encapsulate(key, message):
    """(shared secret, ciphertext) (algorithms 14 and 17)."""
    g = sha3_512(message + sha3_256(key).digest()).digest()
    return g[:32], _encrypt(key, message, g[32:])


def decapsulate(key, ciphertext):
    """The shared secret (algorithms 15 and 18)."""
    s, public, digest, z = (key[:384 * K], key[384 * K:-64], key[-64:-32], key[-32:])
    message = _decrypt(s, ciphertext)
    g = sha3_512(message + digest).digest()
    if _encrypt(public, message, g[32:]) == ciphertext:
        return g[:32]
    return shake_256(z + ciphertext).digest(32)
