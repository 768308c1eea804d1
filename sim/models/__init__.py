"""Our Verilog models of cells of the ECP5, and of the memory outside the chip."""

from pathlib import Path

__all__ = ["DSP_MODEL", "EXTERNAL_MODEL", "MEMORY_MODEL", "external_instance"]


DSP_MODEL = Path(__file__).resolve().parent / "mult18x18d.v"
"""MULT18X18D, which RTL and netlist share."""

MEMORY_MODEL = Path(__file__).resolve().parent / "dp16kd.v"
"""DP16KD."""

EXTERNAL_MODEL = Path(__file__).resolve().parent / "external_memory.v"
"""A memory behind an `ExternalPortSignature`."""


def external_instance(size_bytes, latency, *, prefix="external__"):
    """Verilog of an instance of EXTERNAL_MODEL, ``external_memory``, at wires named as the port.

    Its arrays are ``low.words`` and ``high.words``.
    """
    words = size_bytes // 8
    return (f"  external_memory #(.LATENCY({latency}), .WORDS({words}), "
            f".ADDRESS_BITS({(words - 1).bit_length()})) external_memory (.clk(clk), "
            + ", ".join(f".{name}({prefix}{name})" for name in ("request", "address", "data"))
            + ");")
