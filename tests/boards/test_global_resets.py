"""Large resets go by the clock network."""

import pytest

from boards import global_resets
from boards.global_resets import MIN_SINKS, promote_resets


def _flip_flop(reset, output):
    return {"type": "TRELLIS_FF",
            "port_directions": {"CLK": "input", "LSR": "input", "DI": "input", "Q": "output"},
            "connections": {"CLK": [1], "LSR": [reset], "DI": ["0"], "Q": [output]}}


def _table(inputs, output):
    return {"type": "LUT4",
            "port_directions": {**{port: "input" for port in "ABCD"}, "Z": "output"},
            "connections": {**{port: [bit] for port, bit in zip("ABCD", inputs)}, "Z": [output]}}


def _netlist(*resets):
    """A netlist with so many flip-flops behind each of ``resets``, {bit of the reset: count}."""
    cells = {"register": _flip_flop("0", 2), "one": _table([2, "1", 2, "0"], 3),
             "two": _table([2, 3, "0", "0"], 4), "three": _table([4, 2, "0", "0"], 5),
             "carry": {"type": "CCU2C", "port_directions": {"A0": "input", "S0": "output"},
                       "connections": {"A0": [2], "S0": [6]}}}
    number = 10
    for reset, count in resets:
        for _ in range(count):
            cells[f"bit{number}"] = _flip_flop(reset, number)
            number += 1
    return {"modules": {"top": {"cells": cells, "netnames": {
        f"net{bit}": {"bits": [bit], "hide_name": 0, "attributes": {}} for bit in range(number)}}}}


def _resets(netlist):
    """{reset: flip-flops} of a netlist."""
    found = {}
    for name, cell in netlist["modules"]["top"]["cells"].items():
        if cell["type"] == "TRELLIS_FF" and name != "register":
            found.setdefault(cell["connections"]["LSR"][0], []).append(name)
    return {reset: len(names) for reset, names in found.items()}


def test_large_resets_get_a_buffer():
    netlist = _netlist((2, MIN_SINKS), (3, MIN_SINKS + 1), (4, MIN_SINKS + 2), (7, MIN_SINKS - 1))
    before = {net["bits"][0] for net in netlist["modules"]["top"]["netnames"].values()}
    assert promote_resets(netlist) == [MIN_SINKS + 2, MIN_SINKS + 1, MIN_SINKS]
    cells = netlist["modules"]["top"]["cells"]
    buffers = {name: cell["connections"] for name, cell in cells.items() if cell["type"] == "DCCA"}
    assert [b["CLKI"] for b in buffers.values()] == [[4], [3], [2]]
    spread = [b["CLKO"][0] for b in buffers.values()]
    assert _resets(netlist) == {**dict(zip(spread, (MIN_SINKS + 2, MIN_SINKS + 1, MIN_SINKS))),
                                7: MIN_SINKS - 1}
    assert not set(spread) & before, "each net of its own"


@pytest.mark.parametrize("reset, why", [(5, "three tables"), (6, "a carry"), (9, "no driver")])
def test_late_resets_stay(reset, why):
    netlist = _netlist((reset, 2 * MIN_SINKS))
    assert promote_resets(netlist) == []
    assert _resets(netlist) == {reset: 2 * MIN_SINKS}


def test_networks_are_few(monkeypatch):
    monkeypatch.setattr(global_resets, "MAX_RESETS", 1)
    netlist = _netlist((2, MIN_SINKS), (3, 2 * MIN_SINKS))
    assert promote_resets(netlist) == [2 * MIN_SINKS]
    assert _resets(netlist)[2] == MIN_SINKS
