"""The compressors that stand in for liblz4 and zlib when waveforms are written as FST."""

import random
import subprocess
import zlib
from pathlib import Path

import pytest

_HERE = Path(__file__).resolve().parent
_SHIM = _HERE.parents[2] / "sim" / "runner" / "shim"


@pytest.fixture(scope="module")
def compress(tmp_path_factory):
    program = tmp_path_factory.mktemp("shim") / "shim_test"
    subprocess.run(["g++", "-std=c++17", "-Wall", "-Werror", f"-I{_SHIM}",
                    str(_HERE / "shim_test.cpp"), "-o", str(program)], check=True)

    def run(kind, data):
        return subprocess.run([program, kind], input=data, capture_output=True, check=True).stdout
    return run


def _lz4_decode(data):
    """Source: LZ4 block format description."""
    out, at = bytearray(), 0

    def length(nibble):
        nonlocal at
        total = nibble
        while nibble == 15:
            byte = data[at]
            at += 1
            total += byte
            if byte != 255:
                break
        return total

    while True:
        token = data[at]
        at += 1
        literals = length(token >> 4)
        out += data[at:at + literals]
        at += literals
        if at == len(data):
            return bytes(out)
        distance = data[at] | data[at + 1] << 8
        at += 2
        assert 0 < distance <= len(out)
        for _ in range(length(token & 15) + 4):
            out.append(out[-distance])


def _samples():
    source = random.Random(7)
    yield from (b"", b"a", b"abcd" * 3, b"abcd" * 4, bytes(13), bytes(70_000))
    for size in (14, 15, 18, 19, 270, 271, 4096, 140_000):
        yield source.randbytes(size)
        yield b"".join(source.choice((b"counter", b"\0\0\0\0", b"x", source.randbytes(3)))
                       for _ in range(size))


def test_lz4_blocks_decode(compress):
    for data in _samples():
        assert _lz4_decode(compress("lz4", data)) == data, len(data)


def test_lz4_compresses_what_repeats(compress):
    assert len(compress("lz4", b"signal changes " * 1000)) < 200


def test_zlib_streams_decode(compress):
    for data in _samples():
        assert zlib.decompress(compress("zlib", data)) == data, len(data)
