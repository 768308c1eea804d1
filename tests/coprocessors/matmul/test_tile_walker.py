"""The walk over the tiles of C against nested loops."""

import random

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from coprocessors.matmul.tile_walker import TileWalker
from sim.harness import run_cocotb
from sim.streams import unpack

ROWS, COLUMNS = 4, 8


def _expected(m, n, strips):
    """The tiles of an m x n matrix, in order."""
    tiles = []
    for panel in range(0, m, ROWS * strips):
        strip_rows = range(panel, min(panel + ROWS * strips, m), ROWS)
        for column in range(0, n, COLUMNS):
            for row in strip_rows:
                tiles.append({
                    "rows": min(ROWS, m - row), "columns": min(COLUMNS, n - column),
                    "first_strip": row == strip_rows[0], "last_strip": row == strip_rows[-1],
                    "first_column": column == 0, "last_column": column + COLUMNS >= n,
                    "last": row + ROWS >= m and column + COLUMNS >= n})
    return tiles


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def walks(dut):
    layout = TileWalker(rows=ROWS, columns=COLUMNS).tile.shape()
    rng = random.Random(1)
    dut.start.value, dut.next.value, dut.rst.value = 0, 0, 1
    Clock(dut.clk, 10, unit="ns").start()
    await FallingEdge(dut.clk)
    await FallingEdge(dut.clk)
    dut.rst.value = 0
    shapes = [(1, 1), (4, 8), (5, 8), (4, 9), (16, 8), (17, 17), (65535, 1), (1, 65535)]
    shapes += [(rng.randint(1, 70), rng.randint(1, 70)) for _ in range(40)]
    for m, n in shapes:
        strips = rng.choice([1, 2, 4])
        dut.m.value, dut.n.value, dut.strips.value = m, n, strips
        dut.start.value = 1
        await FallingEdge(dut.clk)
        dut.start.value, dut.next.value = 0, 1
        for index, want in enumerate(_expected(m, n, strips)[:300]):
            got = unpack(layout, dut.tile.value.to_unsigned())
            assert got == want, f"tile {index} of {m} x {n}, {strips} strips: {got}, not {want}"
            await FallingEdge(dut.clk)
        dut.next.value = 0


def test_walk():
    run_cocotb(TileWalker(rows=ROWS, columns=COLUMNS), __name__, name="tile_walker")


class _EdgeOffByOne(TileWalker):
    """Mutant: takes a strip that ends at the edge of C for one that has another below it."""

    def _is_at_edge(self, left, size):
        return left < size


def test_mutant_edge_off_by_one_is_caught():
    with pytest.raises(AssertionError, match="tile 0 of"):
        run_cocotb(_EdgeOffByOne(rows=ROWS, columns=COLUMNS), __name__, name="tile_walker")
