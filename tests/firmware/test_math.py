"""The square root of the runtime, compiled for this machine, against that of Python."""

import ctypes
import math
import random
import struct

import pytest

from firmware.build import FIRMWARE_DIR, build_host_library
from soc.configuration import preset


@pytest.fixture(scope="module")
def root():
    library = build_host_library("math", [FIRMWARE_DIR / "runtime" / "math.c"],
                                 preset("reference"))
    function = ctypes.CDLL(str(library)).sqrt
    function.argtypes, function.restype = [ctypes.c_double], ctypes.c_double
    return function


def test_corners(root):
    for value in (0.0, -0.0, 1.0, 2.0, 3.0, 4.0, 0.25, 5e-324, 2.2250738585072014e-308,
                  2.225073858507201e-308, 1.7976931348623157e308, math.inf,
                  1 - 2**-53, 1 + 2**-52, 2 - 2**-52, 4 - 2**-51):
        assert struct.pack("d", root(value)) == struct.pack("d", math.sqrt(value)), value
    for value in (-1.0, -5e-324, -math.inf, math.nan):
        assert math.isnan(root(value))


def test_random_numbers(root):
    rng = random.Random(17)
    for _ in range(20_000):
        value = struct.unpack("d", struct.pack("Q", rng.getrandbits(63)))[0]
        if math.isfinite(value):
            assert root(value) == math.sqrt(value), value.hex()
