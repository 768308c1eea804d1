"""JTAG from outside: what a probe sends to reach the debug module."""

from dataclasses import dataclass

from soc.debug.module import DMCONTROL
from soc.debug.tap import Instruction

__all__ = ["DMI_BITS", "Edge", "HALT_REQUEST", "READ", "RESET", "WRITE", "bitbang", "data_scan",
           "dmi_word", "halt_from_reset", "instruction_scan"]


READ, WRITE = 1, 2
"""op of an access to the debug module."""

DMI_BITS = 41
"""Length of the register dmi."""

HALT_REQUEST = 1 << 31 | 1
"""dmcontrol with haltreq and dmactive."""

_IR_BITS = 5


@dataclass(frozen=True)
class Edge:
    """One cycle of TCK: what TMS and TDI are at its rising edge, and whether TDO counts before."""

    tms: int
    tdi: int = 0
    counts: bool = False


RESET = [Edge(1)] * 5 + [Edge(0)]
"""From any state to Run-Test/Idle, with the instruction IDCODE."""


def _shift(value, bits):
    return [Edge(int(bit == bits - 1), value >> bit & 1, True) for bit in range(bits)]


def instruction_scan(instruction):
    """Edges that load an `Instruction`, from Run-Test/Idle back to there."""
    head, tail = [Edge(1), Edge(1), Edge(0), Edge(0)], [Edge(1), Edge(0)]
    return head + _shift(instruction.value, _IR_BITS) + tail


def data_scan(value, bits):
    """Edges that exchange the selected data register, from Run-Test/Idle back to there."""
    return [Edge(1), Edge(0), Edge(0)] + _shift(value, bits) + [Edge(1), Edge(0)]


def dmi_word(operation, address, value=0):
    """What to shift into the register dmi."""
    return address << 34 | value << 2 | operation


def bitbang(edges, *, read=False):
    """The characters of OpenOCD's remote_bitbang protocol for ``edges``; ends with TCK low.

    With ``read`` they ask for TDO where it counts: the answer is a character 0 or 1 for each.
    """
    text = []
    for edge in edges:
        low, high = (str(tck << 2 | edge.tms << 1 | edge.tdi) for tck in (0, 1))
        text += [low, "R" if read and edge.counts else "", high]
    return "".join(text) + "0"


def halt_from_reset():
    """Characters that ask a chip in reset to halt before its first instruction."""
    edges = RESET + instruction_scan(Instruction.DMI)
    for value in (1, HALT_REQUEST):  # dmactive first
        edges = edges + data_scan(dmi_word(WRITE, DMCONTROL, value), DMI_BITS)
    return bitbang(edges)
