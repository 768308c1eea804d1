"""What the benchmarks of the core must find, each computed in another way than the C does it."""

import bisect
import re
import zlib
from collections import Counter

import numpy as np

__all__ = ["RESULTS", "fold", "random_numbers", "xxh32"]


_MASK = 0xFFFF_FFFF


def random_numbers(seed):
    """bench_random(): the 32-bit xorshift generator of Marsaglia, without end."""
    state = seed
    while True:
        for shift in (13, -17, 5):
            state ^= (state << shift if shift > 0 else state >> -shift) & _MASK
        yield state


def fold(words):
    """Digest of ``words``: FNV-1a with 32-bit words in the place of bytes."""
    digest = 0x811C_9DC5
    for word in words:
        digest = (digest ^ word & _MASK) * 0x0100_0193 & _MASK
    return digest


def _take(count, seed):
    return [word for _, word in zip(range(count), random_numbers(seed))]


def _list():
    keys = [word % 256 - 128 for word in _take(220, 1)]
    pushed = keys[:200][::-1]
    found = [[*pushed, key].index(key) for key in range(-120, 120, 4)]
    ordered = sorted((key, serial) for serial, key in enumerate(keys[:200]))
    for node in enumerate(keys[200:], 200):
        bisect.insort(ordered, node[::-1])
    return fold([*found, *((key << 16 | serial) & _MASK for key, serial in ordered)])


def _matrix():
    bits = np.array(_take(400, 2), dtype=np.int64).reshape(20, 20)
    product = (bits % 4096 - 2048) @ ((bits >> 16) % 4096 - 2048)
    square = (product.astype(object) @ product.astype(object)) % 2**32
    sums = [int(word) for m in (product, square) for word in m.sum(axis=1) - m.sum(axis=0)]
    return fold([*sums, *square.flat])


_KINDS = {1: r"[+-]?\d+", 2: r"[+-]?(\d+\.\d*|\.\d+)", 3: r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+"}


def _state():
    pieces = ["7", "42", "305", "0", "1.5", ".", "e", "E", "e-", "E+", "-", "x", " ", " ", ", ",
              ";"]
    text = "".join(pieces[word >> 28] for word in _take(2400, 3))[:2400]
    words = list(re.finditer(r"[^ ,;]+", text))
    kinds = [next((kind for kind, pattern in _KINDS.items() if re.fullmatch(pattern, word[0])), 0)
             for word in words]
    ends = [word.end() << 2 | kind for word, kind in zip(words, kinds)]
    return fold([*ends, *(kinds.count(kind) for kind in range(4))])


def _crc():
    return zlib.crc32(bytes(word >> 24 for word in _take(1024, 4)))


def _sort():
    numbers = [word - (word >> 31 << 32) for word in _take(400, 5)]
    return fold(sorted(n >> 24 if i % 3 == 0 else n for i, n in enumerate(numbers)))


def xxh32(data, seed):
    """XXH32 of the xxHash specification."""
    p1, p2, p3, p4, p5 = 2654435761, 2246822519, 3266489917, 668265263, 374761393

    def rotate(value, bits):
        value &= _MASK
        return value << bits | value >> 32 - bits

    lanes = [seed + p1 + p2, seed + p2, seed, seed - p1]
    stripes = len(data) // 16 * 4
    words = np.frombuffer(data[:len(data) & ~3], dtype="<u4").tolist()
    for i, word in enumerate(words[:stripes]):
        lanes[i % 4] = rotate(lanes[i % 4] + word * p2, 13) * p1
    total = seed + p5
    if stripes:
        total = sum(rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18)))
    total += len(data)
    for word in words[stripes:]:
        total = rotate(total + word * p3, 17) * p4
    for byte in data[4 * len(words):]:
        total = rotate(total + byte * p5, 11) * p1
    for shift, factor in ((15, p2), (13, p3), (16, 1)):
        total &= _MASK
        total = (total ^ total >> shift) * factor
    return total & _MASK


def _hash():
    numbers = random_numbers(6)
    words = ["".join(chr(97 + (next(numbers) >> 8) % 26) for _ in range(6)) for _ in range(160)]
    counts = Counter(words[(next(numbers) >> 8) % 160] for _ in range(400))
    block = bytes(next(numbers) >> 24 for _ in range(1000))
    return fold([*(counts[word] for word in words), *(xxh32(block, seed) for seed in range(4))])


def _string():
    text = "".join("ABCDabcd"[word >> 8 & 7] for word in _take(1500, 7))
    lower = text.lower()
    places = [match.start() for pattern in ("ab", "cab", "abba", "bcdab", "dcbaab", "abcdabcd")
              for match in re.finditer(f"(?={pattern})", lower)]
    prefixes = [len(re.match("[a-d]*", text[i:])[0]) for i in range(len(text))]
    return fold([len(text), *places, *prefixes])


def _interpreter():
    def steps(number):
        return 0 if number == 1 else 1 + steps(3 * number + 1 if number % 2 else number // 2)

    digest, total = 1, 0
    for count in map(steps, range(1, 49)):
        total += count
        digest = (31 * digest + total & _MASK) ^ count
    return digest


RESULTS = {"list": _list(), "matrix": _matrix(), "state": _state(), "crc": _crc(), "sort": _sort(),
           "hash": _hash(), "string": _string(), "interpreter": _interpreter()}
"""{name of the benchmark: its result}."""
