"""Where the multipliers of the array lie on the die.

The multipliers of an ECP5 stand in a few rows across the whole die. Left to itself, place and route
scatters an array over them, and the wires between its elements take all the routing there is. So
each block of the array gets neighbouring sites, and connected blocks neighbouring stretches.
"""

import re

from coprocessors.matmul.array import BLOCK, block_count

__all__ = ["MULTIPLIER_ROWS", "array_sites", "constrain"]


MULTIPLIER_ROWS = {"25k": (13,), "45k": (22, 46), "85k": (10, 34, 58)}
"""Rows of multipliers by the device's size, as nextpnr places a netlist that needs all of them."""

_GROUPS = {"25k": (range(4, 31, 9), range(33, 61, 9)),
           "45k": (range(4, 32, 9), range(42, 79, 9)),
           "85k": (range(4, 59, 9), range(69, 115, 9))}
"""Columns of the first of each group of four in a row, in the two halves that the spine parts."""

_GROUP = ((0, 0), (1, 1), (4, 4), (5, 5))
"""(column behind the first of its group, number in its bel's name) of the four of a group."""

_BLOCK_SITES = BLOCK * BLOCK
_OPERAND_WIRES, _RESULT_WIRES = 9 * BLOCK, 32 * BLOCK  # between two blocks


def array_sites(rows, columns, size):
    """Sites of the array's multipliers, as {(row, column): name of nextpnr's bel}.

    Parameters: rows, columns : int, of the array. size : str, the device's: 25k, 45k or 85k.
    Empty when the device has no room for it by whole blocks.
    """
    stretches = [(y, row[start:start + _BLOCK_SITES])
                 for y in MULTIPLIER_ROWS[size]
                 for row in [_row_sites(size)]
                 for start in _starts(len(row))]
    blocks = [(r, c) for r in range(block_count(rows)) for c in range(block_count(columns))]
    if len(blocks) > len(stretches):
        return {}
    places = _shortest(blocks, [(x_sites[0][0], y) for y, x_sites in stretches])
    sites = {}
    for (block_row, block_column), place in zip(blocks, places):
        y, x_sites = stretches[place]
        for index, (x, number) in enumerate(x_sites):
            # Down a column first: that is the way of the results, the widest there is.
            row = block_row * BLOCK + index % BLOCK
            column = block_column * BLOCK + index // BLOCK
            if row < rows and column < columns:
                sites[row, column] = f"X{x}/Y{y}/MULT18_{number}"
    return sites


def _row_sites(size):
    """(column, number in the bel's name) of each multiplier in a row."""
    return [(first + offset, number) for half in _GROUPS[size] for first in half
            for offset, number in _GROUP]


def _starts(length):
    """Where the stretches of whole blocks begin in a row, spread evenly, in groups of four."""
    count = length // _BLOCK_SITES
    spare = (length - count * _BLOCK_SITES) // 4
    return [index * _BLOCK_SITES + 4 * (spare * index // max(count - 1, 1))
            for index in range(count)]


def _shortest(blocks, places):
    """For each block the number of its place, so that the wires between blocks are shortest."""
    def cost(block, place, taken):
        """Length of the wires to the neighbours that have a place already."""
        row, column = block
        total = 0
        for neighbour, wires in (((row - 1, column), _OPERAND_WIRES + _RESULT_WIRES),
                                 ((row, column - 1), _OPERAND_WIRES)):
            if neighbour in taken:
                x, y = places[taken[neighbour]]
                total += wires * (abs(places[place][0] - x) + abs(places[place][1] - y))
        return total

    best = [None, None]

    def search(index, taken, total):
        if best[0] is not None and total >= best[0]:
            return
        if index == len(blocks):
            best[:] = [total, [taken[block] for block in blocks]]
            return
        for place in range(len(places)):
            if place not in taken.values():
                search(index + 1, {**taken, blocks[index]: place},
                       total + cost(blocks[index], place, taken))

    search(0, {}, 0)
    return best[1]


def constrain(netlist, sites):
    """Writes ``sites``, of `array_sites`, into a netlist for nextpnr.

    ``netlist`` is what yosys' ``write_json`` makes, as a dict; it is changed.
    Raises: ValueError when not every element of ``sites`` has its multiplier in the netlist.
    """
    count = 0
    for module in netlist["modules"].values():
        for name, cell in module["cells"].items():
            found = re.search(r"\belement_(\d+)_(\d+)\.multiplier\.", name)
            if cell["type"] == "MULT18X18D" and found:
                site = sites.get((int(found[1]), int(found[2])))
                if site is not None:
                    cell["attributes"]["BEL"] = site
                    count += 1
    if count != len(sites):
        raise ValueError(f"netlist must have a multiplier for each of {len(sites)} elements of the "
                         f"array, not for {count}")
