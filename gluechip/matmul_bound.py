"""What a matrix product takes at least on the array, as ``docs/matmul.md`` derives it."""

from coprocessors.matmul.array import Array, block_count
from coprocessors.matmul.drainer import RELEASE_CYCLES
from coprocessors.matmul.job_plan import CHUNK_BYTES
from coprocessors.matmul.operand_buffer import OperandBuffer
from coprocessors.matmul.processing_element import PRODUCT_LATENCY
from coprocessors.matmul.requantizer import Requantizer
from coprocessors.matmul.table import PASS_BYTES
from soc.fabric.dma import WORD_BYTES

__all__ = ["LATENCIES", "bound_cycles"]


LATENCIES = {
    "store to START, job at the datapath": 2,
    "first read command": 4,
    "its first word, itself not counted": 6,
    "first step, after the last word that it needs": 4,
    "last step, its products in the array": 1 + OperandBuffer.FEED_LATENCY + PRODUCT_LATENCY - 1,
    "last sums, results": Array.SHIFT_LATENCY + Requantizer.LATENCY - 1,
    "beat, and its way to the memory": 1 + 1 + 3,
    "end of the job": 1,
    "the program has seen it": 10,
}
"""Cycles at the start and the end of a job that no shape avoids; the last one as measured."""

_BEFORE_READS = 3
"""So many of them pass before the first word has come."""
_AFTER_WRITES = 2
"""And so many after the last one has left."""

_STRIPS = ((PASS_BYTES // 4, 4, 8), (PASS_BYTES // 2, 2, 4), (PASS_BYTES, 2, 2))
"""Strips of A in a panel, and of B that stay in the buffer, for rows of up to as many bytes."""


def _pieces(length, size):
    """Lengths of the pieces of ``length``, each at most ``size``, in their order."""
    return [min(size, length - start) for start in range(0, length, size)]


def _words(rows, row_bytes, count):
    """Words that ``count`` bytes of each row touch, when the first of them begins at a word.

    ``rows`` : range of rows, which lie close together.
    """
    return sum(-(-(row * row_bytes % WORD_BYTES + count) // WORD_BYTES) for row in rows)


def _reads(p, row_tiles, column_tiles):
    """Words of operands and parameters that are read."""
    a, b = _words(range(p.m), p.k, p.k), _words(range(p.n), p.k, p.k)
    plan = next(((strips, slots) for limit, strips, slots in _STRIPS if p.k <= limit), None)
    panels = row_tiles if plan is None else -(-row_tiles // plan[0])
    if plan is None:
        a *= column_tiles
    b *= 1 if plan is not None and column_tiles <= plan[1] else panels
    return a + b + panels * 3 * _words(range(1), 0, 4 * p.n)


def _writes(p):
    """Words that are written of each row of each tile, in their order but for panels."""
    return [_words(range(1), 0, (row * p.n + column) % WORD_BYTES + columns)
            for column, columns in zip(range(0, p.n, p.columns), _pieces(p.n, p.columns))
            for row in range(p.m)]


def _comes_in_chunks(p):
    """Whether the strips of the tiles of the first column do."""
    return p.k % WORD_BYTES == 0 and CHUNK_BYTES < p.k <= PASS_BYTES


def _loading(p, times):
    """Cycles from the first word to the last step, when each tile of the first column waits for its
    strip, and ``times`` pass from the end of each tile but the last to that of the next.

    In chunks, a tile is made while its strips come; else its steps begin when they are there.
    """
    in_chunks = _comes_in_chunks(p)
    row_bytes, first = min(p.k, PASS_BYTES), CHUNK_BYTES if in_chunks else p.k
    words = _words(range(min(p.n, p.columns)), p.k, row_bytes)
    strips = next((strips for limit, strips, _ in _STRIPS if p.k <= limit), 1)
    found = []
    for number, rows in enumerate(_pieces(p.m, p.rows)[:strips]):
        start = number * p.rows
        words += _words(range(start, start + rows), p.k, row_bytes)
        found.append(words + first + sum(times[number:]))
    if in_chunks:
        rows = min(p.m, p.rows) + min(p.n, p.columns)
        found.append(rows * CHUNK_BYTES // WORD_BYTES + p.k + sum(times))
    return max(found)


def bound_cycles(product):
    """Cycles from the store to START until a program can use the result, at least.

    ``product``: what has sizes m, n, k and rows, columns, lanes of the array, as a
    `gluechip.matmul_figures.Product`: int8, results requantised per channel with a bias, operands
    without gaps from the start of a word on.
    """
    p = product
    row_tiles, column_tiles = _pieces(p.m, p.rows), _pieces(p.n, p.columns)
    hops = block_count(p.rows) + block_count(p.columns) - 2
    steps = p.k + (p.k % WORD_BYTES == 1)  # a bank reads the words of A and B one after the other

    def drain(rows, columns):
        """Cycles between the first results of a tile and those of the next, at least.

        The lanes take all of them; all rows but one must have begun to leave before the next
        tile's last step may arrive, and one row before it may set out.
        """
        row_steps = -(-columns // p.lanes)
        return max(rows * row_steps, hops + (rows - 1) * row_steps + 1,
                   hops + RELEASE_CYCLES + (row_steps if rows > 1 else 1))

    tiles = [(rows, columns) for columns in column_tiles for rows in row_tiles]
    *others, last = tiles
    times = [max(steps, drain(*tile)) for tile in others]
    reads, writes = _reads(p, len(row_tiles), len(column_tiles)), _writes(p)
    last_steps = (p.k - 1) % PASS_BYTES + 1
    if _comes_in_chunks(p) and len(column_tiles) == 1:
        last_steps = CHUNK_BYTES
    early = 0
    if sum(writes) < reads > p.k + sum(times):
        # The port never rests, and reads and writes take turns: when the last operand has come,
        # the results of all tiles but the last two have left.
        early = sum(writes[:-sum(rows for rows, _ in tiles[-2:])])
    last_parameters = 3 * _words(range(1), 0, 4 * last[1])
    fixed = list(LATENCIES.values())
    end = hops + last[0] * -(-last[1] // p.lanes) + sum(fixed)
    return max(
        _loading(p, times) + end,
        reads - last_parameters + early + last_steps + end,
        reads + sum(writes) + sum(fixed[:_BEFORE_READS]) + sum(fixed[-_AFTER_WRITES:]),
    )
