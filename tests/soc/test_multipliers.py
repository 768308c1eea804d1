"""Multipliers: each is meant, and none comes from an expression by accident."""

import json

from boards.tools import run_tool
from coprocessors.matmul import datapath
from coprocessors.matmul.datapath import MatmulDatapath
from coprocessors.matmul.drainer import Drainer
from sim.harness import BUILD_DIR
from soc.configuration import preset
from soc.resources import needed_resources
from soc.top import soc_verilog
from soc.verilog import synthesizable_verilog
from tests.mutants import edited

_PRODUCTS = ("$mul", "$macc", "$macc_v2", "$pow")
"""Cells of yosys from which synthesis makes a multiplier, of any two bits by two."""


def _multipliers(verilog, name):
    """{cell: how many} of all that multiplies below module ``top`` of ``verilog``."""
    folder = BUILD_DIR / "multipliers" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "top.v").write_text(verilog)
    # The index of a slice is a product by a power of two, of which opt_expr makes a shift.
    script = "read_verilog top.v; hierarchy -top top; opt_expr; tee -q -o stat.json stat -json"
    run_tool("yosys", ["-q", "-p", script], directory=folder, log="yosys.log")
    cells = json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]
    assert cells["$add"] > 0, "yosys must have read expressions"
    return {cell: count for cell, count in cells.items()
            if cell in _PRODUCTS or cell.startswith(("MULT", "ALU54", "ALU24"))}


def test_a_chip_multiplies_with_the_multipliers_that_it_is_said_to_need():
    configuration = preset("small")
    needed = sum(count for _, count in needed_resources(configuration)["MULT18X18D"])
    assert _multipliers(soc_verilog(configuration, name="top"), "small") == {"MULT18X18D": needed}


_NETWORKS = preset("medium", array_rows=2, array_columns=4, requantizer_lanes=2)


def _datapath():
    """The datapath of a small chip that has network jobs."""
    return synthesizable_verilog(MatmulDatapath(
        array_rows=_NETWORKS.array_rows, array_columns=_NETWORKS.array_columns,
        requantizer_lanes=_NETWORKS.requantizer_lanes), "top")


def test_the_datapath_multiplies_in_array_and_lanes_alone():
    needed = dict(needed_resources(_NETWORKS)["MULT18X18D"])
    assert _multipliers(_datapath(), "datapath") == {
        "MULT18X18D": needed["array"] + needed["requantizer"]}


def test_mutant_whose_address_is_a_product_is_found(monkeypatch):
    monkeypatch.setattr(datapath, "Drainer", edited(
        Drainer, "multiplies_the_stride", "strip.eq(strip + row_step)",
        "strip.eq(strip + job.c_stride * tile.rows)"))
    assert _multipliers(_datapath(), "mutant")["$mul"] == 1
