"""The bound of matrix products on an array of 8 x 8, worked out by hand as the manual says."""

from types import SimpleNamespace

import pytest

from gluechip.matmul_bound import LATENCIES, bound_cycles

HOPS, FIXED = 2, 55


def _bound(m, n, k, rows=8, columns=8, lanes=4):
    return bound_cycles(SimpleNamespace(m=m, n=n, k=k, rows=rows, columns=columns, lanes=lanes))


def test_latencies_are_those_of_the_manual():
    assert sum(LATENCIES.values()) == FIXED


@pytest.mark.parametrize("m, n, k, cycles", [
    (1, 1, 1, 2 + 1 + HOPS + 1 + FIXED),  # one word each
    (8, 8, 8, 16 + 8 + HOPS + 16 + FIXED),  # a whole tile
    (64, 64, 64, 5 * 64 + 16 + 61 * 64 - 64 + HOPS + 16 + FIXED),  # five strips, then full steps
    (1, 1, 64, 2 * 2 + 64 + HOPS + 1 + FIXED),  # a chunk, then steps
    (17, 16, 65, 24 * 9 + 65 + 4 * 66 + HOPS + 2 + FIXED),  # one step more, rows unaligned
    (16, 64, 8, 16 + 15 * 17 + 8 + HOPS + 16 + FIXED),  # results leave more slowly
    (1, 128, 640, 80 + 128 * 80 + 15 * 12 + 14 + 640 + HOPS + 2 + FIXED),  # B is read once
])
def test_by_hand(m, n, k, cycles):
    assert _bound(m, n, k) == cycles


@pytest.mark.parametrize("n, reads_of_b", [(64, 1), (72, 2)])
def test_b_that_stays_is_read_once(n, reads_of_b):
    """A has two panels, and the port is what bounds: the bytes of each row are in one word."""
    read, written = 64 + reads_of_b * n + 2 * 3 * n // 2, 64 * n // 8
    assert _bound(64, n, 1, lanes=8) == 12 + read + written + 11


def test_operands_of_several_passes_are_read_for_each_tile():
    read = 4 * 16 * 256 + 2 * 3 * 16 // 2
    assert _bound(16, 16, 2048) == read - 12 + 2 * 8 + 1024 + HOPS + 16 + FIXED
