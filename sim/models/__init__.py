"""Our Verilog models of cells of the ECP5."""

from pathlib import Path

__all__ = ["DSP_MODEL", "MEMORY_MODEL"]


DSP_MODEL = Path(__file__).resolve().parent / "mult18x18d.v"
"""MULT18X18D, which RTL and netlist share."""

MEMORY_MODEL = Path(__file__).resolve().parent / "dp16kd.v"
"""DP16KD."""
