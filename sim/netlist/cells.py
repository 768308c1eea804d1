"""Reads a netlist of ECP5 cells into tables for `Netlist` to evaluate.

What each logic cell does is written in simulator.cpp; the block RAMs and multipliers become
instances of our Verilog models. Source of cells and parameters: yosys' techlibs/lattice
(common_sim.vh, ccu2c_sim.vh).
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["HIGH", "LOW", "Tables", "read_netlist"]


LOW, HIGH = 0, 1
"""Nets of the constants."""

_OPEN = 2  # the net of outputs that lead nowhere
_FIRST_NET = 3

_BLOCKS = ("DP16KD", "MULT18X18D")
_CLOCKED_BY = ("CLK", "WCK", "CLKA", "CLKB", "CLK0", "CLK1", "CLK2", "CLK3")

# What a parameter is when the netlist does not give it, and what else it may be here.
_LEGAL = {
    "TRELLIS_FF": {"CLKMUX": ("CLK",), "CEMUX": ("1", "CE", "INV"), "LSRMUX": ("LSR",),
                   "REGSET": ("RESET", "SET"), "SRMODE": ("LSR_OVER_CE",), "LSRMODE": ("LSR",)},
    "CCU2C": {"INJECT1_0": ("YES", "NO"), "INJECT1_1": ("YES", "NO")},
    "TRELLIS_DPR16X4": {"WCKMUX": ("WCK",), "WREMUX": ("WRE",)},
}


@dataclass
class Tables:
    """A netlist as tables of nets, which count from 0; `LOW` and `HIGH` are constants.

    Members:
        net_count  : int.
        ports      : dict of {port name: list of nets, bit 0 first}.
        inputs     : set of the names of input ports; the clock is not among them.
        luts       : rows [INIT, A, B, C, D, Z].
        carries    : rows [INIT0, INIT1, INJECT1 as 2 bits, CIN, A0..D0, A1..D1, S0, S1, COUT].
        rams       : rows [RAD0..3, DO0..3, WRE, WAD0..3, DI0..3, INITVAL low, high] of
            TRELLIS_DPR16X4.
        early, late : runs [table, first row, rows] in the order to evaluate them; ``late`` is what
            lies behind a multiplier. Tables: 0 luts, 1 carries, 2 rams.
        groups     : rows [CE, CE inverted, LSR, first row, rows] of ``flipflops``.
        flipflops  : rows [D, Q, value after reset and at the start].
        blocks     : str, Verilog of a module ``blocks`` that holds all block RAMs and multipliers.
        block_inputs, block_outputs : nets of the bits of its ports ``i`` and ``o``.
    """

    net_count: int = _FIRST_NET
    ports: dict = field(default_factory=dict)
    inputs: set = field(default_factory=set)
    luts: list = field(default_factory=list)
    carries: list = field(default_factory=list)
    rams: list = field(default_factory=list)
    early: list = field(default_factory=list)
    late: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    flipflops: list = field(default_factory=list)
    blocks: str = ""
    block_inputs: list = field(default_factory=list)
    block_outputs: list = field(default_factory=list)


def read_netlist(path, top):
    """`Tables` of module ``top`` in the netlist ``path``, as yosys' ``write_json`` makes it.

    Raises: ValueError for a cell or a parameter that is not modelled, more than one clock, or a
        loop of logic.
    """
    module = json.loads(Path(path).read_text())["modules"][top]
    return _Reader(module).read()


class _Reader:
    """Turns ``module``, a dict as in the JSON, into Tables; the clock is the port ``clk``."""

    def __init__(self, module):
        self.tables = Tables()
        self._ports = module["ports"]
        self._nets = {"0": LOW, "1": HIGH, "x": LOW, "z": LOW}
        self._clock = self._ports["clk"]["bits"][0]
        self._cells = defaultdict(list)
        for name, cell in module["cells"].items():
            if cell["type"] != "$scopeinfo":
                self._cells[cell["type"]].append(_Cell(name, cell))
        self._logic = []  # (table, row, input nets, output nets) of each cell without a clock
        self._behind_multiplier = set()

    def read(self):
        """The tables; call it once."""
        known = ("LUT4", "CCU2C", "TRELLIS_DPR16X4", "TRELLIS_FF", *_BLOCKS)
        for kind in self._cells:
            if kind not in known:
                raise ValueError(f"Cells of a netlist must be {', '.join(known)}, not {kind}")
        tables = self.tables
        for name, port in self._ports.items():
            if port["bits"] != [self._clock]:
                tables.ports[name] = [self._net(bit) for bit in port["bits"]]
                if port["direction"] == "input":
                    tables.inputs.add(name)
        for cell in self._cells["LUT4"]:
            self._read_lut(cell)
        for cell in self._cells["CCU2C"]:
            self._read_carry(cell)
        for cell in self._cells["TRELLIS_DPR16X4"]:
            self._read_ram(cell)
        self._read_flipflops()
        self._read_blocks()
        self._order()
        tables.net_count = _FIRST_NET + len(self._nets) - 4
        return tables

    def _net(self, bit):
        return self._nets.setdefault(bit, _FIRST_NET + len(self._nets) - 4)

    def _inputs(self, cell, *pins):
        return [self._net(bit) for pin in pins for bit in cell.bits(pin, "0")]

    def _outputs(self, cell, *pins):
        return [self._net(bit) if bit is not None else _OPEN
                for pin in pins for bit in cell.bits(pin, None)]

    def _check_clock(self, cell, pin):
        if cell.bits(pin, "0") != [self._clock]:
            raise ValueError(f"Clock of {cell.name} must be the port clk")

    def _read_lut(self, cell):
        inputs, output = self._inputs(cell, *"ABCD"), self._outputs(cell, "Z")
        self._logic.append((0, [cell.number("INIT"), *inputs, *output], inputs, output))

    def _read_carry(self, cell):
        inputs = self._inputs(cell, "CIN", *(f"{pin}{half}" for half in "01" for pin in "ABCD"))
        outputs = self._outputs(cell, "S0", "S1", "COUT")
        inject = sum((cell.parameter(f"INJECT1_{half}") == "YES") << half for half in (0, 1))
        row = [cell.number("INIT0"), cell.number("INIT1"), inject, *inputs, *outputs]
        self._logic.append((1, row, inputs, outputs))

    def _read_ram(self, cell):
        cell.check()
        self._check_clock(cell, "WCK")
        address, outputs = self._inputs(cell, "RAD"), self._outputs(cell, "DO")
        write = self._inputs(cell, "WRE", "WAD", "DI")
        initial = cell.number("INITVAL")
        row = [*address, *outputs, *write, initial & 0xFFFF_FFFF, initial >> 32]
        self._logic.append((2, row, address, outputs))

    def _read_flipflops(self):
        groups = defaultdict(list)
        for cell in self._cells["TRELLIS_FF"]:
            cell.check()
            self._check_clock(cell, "CLK")
            enable = cell.parameter("CEMUX")
            group = (HIGH if enable == "1" else self._inputs(cell, "CE")[0],
                     int(enable == "INV"), *self._inputs(cell, "LSR"))
            groups[group].append([*self._inputs(cell, "DI"), *self._outputs(cell, "Q"),
                                  int(cell.parameter("REGSET") == "SET")])
        for group, rows in groups.items():
            self.tables.groups.append([*group, len(self.tables.flipflops), len(rows)])
            self.tables.flipflops += rows

    def _read_blocks(self):
        """Collects the block RAMs and multipliers in a Verilog module of their own."""
        instances = []
        pin_of = {}
        for kind in _BLOCKS:
            for cell in self._cells[kind]:
                pins = []
                for pin in cell.connections:
                    if cell.directions[pin] == "output":
                        source = self._block_output(cell, pin)
                    else:
                        source = self._block_input(cell, pin, pin_of)
                    if source is not None:
                        pins.append(f".{pin}({source})")
                instances.append(f"  {kind} #({', '.join(cell.verilog_parameters())}) "
                                 f"block{len(instances)} ({', '.join(pins)});")
        self.tables.block_inputs = [self._net(bit) for bit in pin_of]
        # More than 64 bits: what is narrower would not be an array in the simulator.
        last = [max(len(bits), 65) - 1 for bits in (pin_of, self.tables.block_outputs)]
        self.tables.blocks = "\n".join([
            f"module blocks (input clk, input [{last[0]}:0] i, output [{last[1]}:0] o);",
            *instances, "endmodule", ""])

    def _block_input(self, cell, pin, pin_of):
        """Verilog of what an input pin is connected to."""
        bits = cell.bits(pin, "0")
        if pin in _CLOCKED_BY:
            if bits != [self._clock] and bits[0] not in ("0", "x"):
                raise ValueError(f"Clock of {cell.name} must be the port clk")
            return "clk" if bits == [self._clock] else "1'b0"
        if bits[0] in ("0", "1", "x", "z"):
            return f"1'b{int(bits[0] == '1')}"
        return f"i[{pin_of.setdefault(bits[0], len(pin_of))}]"

    def _block_output(self, cell, pin):
        (net,) = self._outputs(cell, pin)
        if net == _OPEN:
            return None
        if cell.kind == "MULT18X18D":
            self._behind_multiplier.add(net)
        self.tables.block_outputs.append(net)
        return f"o[{len(self.tables.block_outputs) - 1}]"

    def _order(self):
        """Puts the logic into the tables so that each cell comes after those that drive it."""
        driver = {net: index for index, (*_, outputs) in enumerate(self._logic)
                  for net in outputs if net != _OPEN}
        readers = defaultdict(list)
        missing = [0] * len(self._logic)
        for index, (_, _, inputs, _) in enumerate(self._logic):
            for source in {driver[net] for net in inputs if net in driver}:
                readers[source].append(index)
                missing[index] += 1
        ready = [index for index, count in enumerate(missing) if count == 0]
        placed = 0
        while ready:
            self._place(ready)
            placed += len(ready)
            following = []
            for reader in (reader for index in ready for reader in readers[index]):
                missing[reader] -= 1
                if missing[reader] == 0:
                    following.append(reader)
            ready = following
        if placed != len(self._logic):
            raise ValueError("Netlist must have no loop of logic cells")

    def _place(self, level):
        """Appends cells that do not drive each other, those behind multipliers at the end."""
        tables = (self.tables.luts, self.tables.carries, self.tables.rams)
        late = {index for index in level
                if not self._behind_multiplier.isdisjoint(self._logic[index][2])}
        for index in sorted(level, key=lambda index: (index in late, self._logic[index][0])):
            number, row, _, outputs = self._logic[index]
            if index in late:
                self._behind_multiplier.update(net for net in outputs if net != _OPEN)
            runs = self.tables.late if index in late else self.tables.early
            start = len(tables[number])
            tables[number].append(row)
            if runs and runs[-1][0] == number and sum(runs[-1][1:]) == start:
                runs[-1][2] += 1
            else:
                runs.append([number, start, 1])


class _Cell:
    """A cell of the JSON. Members: name, kind : str. directions : dict of {pin: str}."""

    def __init__(self, name, cell):
        self.name, self.kind, self.directions = name, cell["type"], cell["port_directions"]
        self.connections = cell["connections"]
        # yosys adds a blank to a string that could be read as a number. Bits that do not matter
        # are x.
        self._parameters = {key: value.replace("x", "0") if set(value) <= set("01x")
                            else value.strip() for key, value in cell["parameters"].items()}

    def bits(self, pin, default):
        """List of what ``pin`` is connected to; of ``default`` when it is open."""
        return self.connections.get(pin) or [default]

    def number(self, name):
        """Value of a numeric parameter, 0 unless given."""
        return int(self._parameters.get(name, "0"), 2)

    def parameter(self, name):
        """Value of a parameter of ``_LEGAL``."""
        return self._parameters.get(name, _LEGAL[self.kind][name][0])

    def check(self):
        """Raises ValueError for a parameter that is not modelled."""
        for name, legal in _LEGAL[self.kind].items():
            if self.parameter(name) not in legal:
                raise ValueError(f"{name} of {self.name} must be {' or '.join(legal)}, not "
                                 f"{self.parameter(name)}")

    def verilog_parameters(self):
        """Its parameters as an instance in Verilog takes them."""
        return [f".{name}({len(value)}'b{value})" if set(value) <= set("01")
                else f'.{name}("{value}")' for name, value in self._parameters.items()]
