"""Multipliers of the array get sites of their own, block by block."""

import pytest

from boards.floorplan import MULTIPLIER_ROWS, array_sites, constrain
from soc.configuration import PRESETS


def _place(site):
    x, y, number = site.split("/")
    return int(x[1:]), int(y[1:]), number


@pytest.mark.parametrize("name, size", [("small", "25k"), ("medium", "45k"), ("large", "85k"),
                                        ("reference", "85k")])
def test_each_element_of_a_preset_has_a_site_of_its_own(name, size):
    rows, columns = PRESETS[name].array_rows, PRESETS[name].array_columns
    sites = array_sites(rows, columns, size)
    assert set(sites) == {(r, c) for r in range(rows) for c in range(columns)}
    assert len(set(sites.values())) == rows * columns
    for site in sites.values():
        x, y, number = _place(site)
        assert y in MULTIPLIER_ROWS[size]
        assert number in ("MULT18_0", "MULT18_1", "MULT18_4", "MULT18_5")


def test_a_block_takes_one_stretch_and_its_results_go_to_a_neighbour():
    sites = array_sites(16, 8, "85k")
    for block_row in range(4):
        for block_column in range(2):
            places = [_place(sites[4 * block_row + r, 4 * block_column + c])
                      for r in range(4) for c in range(4)]
            assert len({y for _, y, _ in places}) == 1
            assert max(x for x, _, _ in places) - min(x for x, _, _ in places) < 48
    for row in range(4, 16, 4):
        for column in (0, 4):
            (x, y, _), (above_x, above_y, _) = (_place(sites[r, column]) for r in (row, row - 4))
            assert (abs(y - above_y) == 24) != (abs(x - above_x) > 0)


def test_an_array_without_room_is_left_to_the_placer():
    assert array_sites(16, 16, "85k") == {}


def test_constraints_must_meet_the_netlist():
    cell = {"type": "MULT18X18D", "attributes": {}}
    netlist = {"modules": {"top": {"cells": {
        "chip.array.element_1_0.multiplier.dsp": cell,
        "chip.core.multiplier.low": {"type": "MULT18X18D", "attributes": {}}}}}}
    constrain(netlist, {(1, 0): "X4/Y13/MULT18_0"})
    assert cell["attributes"] == {"BEL": "X4/Y13/MULT18_0"}
    with pytest.raises(ValueError, match="a multiplier for each of 2 elements of the array, not "
                                         "for 1"):
        constrain(netlist, {(1, 0): "X4/Y13/MULT18_0", (2, 0): "X5/Y13/MULT18_1"})
