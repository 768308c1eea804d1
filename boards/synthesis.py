"""Synthesis for ECP5 with yosys, and the census of what came out."""

import fcntl
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from boards.tools import run_tool

__all__ = ["SYNTHESIS_OPTIONS", "Synthesis", "synthesize"]


SYNTHESIS_OPTIONS = ("-no-rw-check", "-nowidelut")
"""``-no-rw-check``: nothing relies on two ports of a memory touching one word in one cycle, so the
two-port memories need no logic around DP16KD."""


@dataclass(frozen=True)
class Synthesis:
    """What synthesis left in ``directory``.

    json : Path, for place and route.  netlist : Path, the same as Verilog, for simulation.
    cells : dict of {cell type: int}, after flattening.
    """

    directory: Path
    json: Path
    netlist: Path
    cells: dict


def synthesize(verilog, top, directory, *, board_top=None, options=SYNTHESIS_OPTIONS):
    """Synthesizes ``verilog`` (str) with top module ``top``; returns a `Synthesis`.

    Parameters:
        directory : Path, made when missing; each result stands in a folder of it under the hash
            of its inputs, so what has not changed is not built again, nor by two processes.
        board_top : str of RTLIL or None, a top module ``top`` around the modules of ``verilog``.
        options   : more options of ``synth_ecp5``.
    Raises: ToolError.
    """
    digest = hashlib.sha256(repr((verilog, top, board_top, tuple(options))).encode()).hexdigest()
    folder = Path(directory) / f"synthesis-{digest[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    result = Synthesis(folder, folder / "netlist.json", folder / "netlist.v", {})
    census = folder / "cells.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not census.exists():
            statistics = _run_yosys(verilog, top, folder, board_top, options)
            cells = statistics["design"]["num_cells_by_type"]
            cells.pop("$scopeinfo", None)  # no cell but a note on where cells come from
            census.write_text(json.dumps(cells, sort_keys=True))
    result.cells.update(json.loads(census.read_text()))
    return result


def _run_yosys(verilog, top, folder, board_top, options):
    """Leaves the netlists in ``folder``; returns what yosys' ``stat -json`` says."""
    (folder / "design.v").write_text(verilog)
    script = ["read_verilog design.v"]
    if board_top is not None:
        (folder / "top.il").write_text(board_top)
        script.append("read_rtlil top.il")
    script += [f"synth_ecp5 {' '.join(options)} -top {top}",
               "tee -q -o stat.json stat -json",
               "write_json netlist.json",
               "write_verilog -noattr -norename netlist.v"]
    (folder / "synthesis.ys").write_text("\n".join(script) + "\n")
    run_tool("yosys", ["-s", "synthesis.ys"], directory=folder, log="yosys.log")
    return json.loads((folder / "stat.json").read_text())
