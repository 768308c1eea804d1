"""Which resets go by the clock network.

The wires to thousands of flip-flops take the routing that all others need, and a router takes long
to find a way around them. An ECP5 has spare clock networks, which reach every flip-flop; a buffer
cell puts a signal on one.
"""

from collections import defaultdict

__all__ = ["MAX_RESETS", "MIN_SINKS", "promote_resets"]


MIN_SINKS = 400
"""Flip-flops from which on a reset is worth a network."""

MAX_RESETS = 6
"""Networks that resets may take: nextpnr puts up to 8 signals of logic on them, beside clocks."""

_MAX_LEVELS = 2
"""Look-up tables that may lie between registers and the reset: the way to the network is long."""


def promote_resets(netlist):
    """Puts a DCCA before the flip-flops of the largest resets of a netlist for nextpnr.

    ``netlist`` is what yosys' ``write_json`` makes, as a dict; it is changed. Returns how many
    flip-flops each reset has that was promoted, the largest first.
    """
    module = max(netlist["modules"].values(), key=lambda m: len(m["cells"]))
    cells = module["cells"]
    drivers, resets = {}, defaultdict(list)
    for cell in cells.values():
        for port, bits in cell["connections"].items():
            for bit in bits:
                if isinstance(bit, str):
                    continue  # a constant
                if cell["port_directions"][port] == "output":
                    drivers[bit] = cell
                elif cell["type"] == "TRELLIS_FF" and port == "LSR":
                    resets[bit].append(cell)

    free_bit = 1 + max(bit for net in module["netnames"].values() for bit in net["bits"]
                       if not isinstance(bit, str))
    promoted = []
    for bit, flip_flops in sorted(resets.items(), key=lambda item: -len(item[1])):
        if len(flip_flops) < MIN_SINKS or len(promoted) == MAX_RESETS:
            break
        if _levels(bit, drivers) > _MAX_LEVELS:
            continue
        name, spread = f"global_reset_{len(promoted)}", free_bit + len(promoted)
        cells[name] = {
            "hide_name": 0, "type": "DCCA", "parameters": {}, "attributes": {},
            "port_directions": {"CLKI": "input", "CE": "input", "CLKO": "output"},
            "connections": {"CLKI": [bit], "CE": ["1"], "CLKO": [spread]},
        }
        module["netnames"][name] = {"hide_name": 0, "bits": [spread], "attributes": {}}
        for flip_flop in flip_flops:
            flip_flop["connections"]["LSR"] = [spread]
        promoted.append(len(flip_flops))
    return promoted


def _levels(bit, drivers):
    """Look-up tables in a row before ``bit``, or more than _MAX_LEVELS if there is more."""
    cell, levels = drivers.get(bit), 0
    front = [cell]
    while any(cell is None or cell["type"] != "TRELLIS_FF" for cell in front):
        levels += 1
        if levels > _MAX_LEVELS or any(
                cell is None or cell["type"] not in ("LUT4", "TRELLIS_FF") for cell in front):
            return _MAX_LEVELS + 1
        front = [drivers.get(bit) for cell in front if cell["type"] == "LUT4"
                 for port in "ABCD" for bit in cell["connections"].get(port, ())
                 if not isinstance(bit, str)]
    return levels
