"""Where information can flow: claims that one signal says nothing about another, for ever.

Two copies of a component that differ in some inputs, and in nothing else, can only differ in what
is computed from them. So when no path of gates, registers and memories leads from those inputs to
an output, that output is the same in both copies in every cycle, whatever they do: an unbounded
proof about two copies that needs one, of full size, in seconds. It cannot be wrong about a flow
that is there; it may see one that no state allows, and then says so.
"""

import json
import re
from collections import deque
from dataclasses import dataclass

from tests.formal import engines
from tests.formal.proof import NetlistProof, to_rtlil

__all__ = ["FlowProof", "Netlist"]


@dataclass(frozen=True)
class FlowProof(NetlistProof, method="flow"):
    """The claim that nothing flows from some inputs of a component to what is seen of it.

    Members, beside those of a `NetlistProof`:
        secret : regular expression of the inputs, by their names in RTLIL, that differ.
        carries : regular expression of the outputs that may; all others must not. At least one
            must be reached, which is the cover. All ports are looked at.
        left_out : regular expression of submodules that are not looked into: what they drive are
            inputs, what they are driven by are outputs.
    """

    name: str
    claim: str
    component: object
    secret: str
    carries: str
    mutants: tuple
    left_out: str = ""
    quick: bool = False

    def _look(self, run, *replaced):
        """Ways to the outputs that are reached: ([to those that must not be], [to the others]).

        The former are written to ``flows.txt``.
        """
        directory = self._directory(run)
        netlist = Netlist(engines.netlist(directory, self.name, to_rtlil(
            self.component, *replaced, name=self.name)), self.left_out)
        reached = netlist.reach(netlist.inputs(self.secret))
        leaks, carried = [], []
        for name, bits in netlist.outputs():
            found = [bit for bit in bits if bit in reached]
            if found:
                way = f"{name}: {netlist.way(reached, found[0])}\n"
                (carried if re.fullmatch(self.carries, name) else leaks).append(way)
        (directory / "flows.txt").write_text("".join(leaks) or "nothing flows\n")
        return leaks, carried


class Netlist:
    """Which bit depends on which, in the netlist that yosys writes as JSON.

    A constant bit is a string there, and says nothing.

    Parameters: path : Path, of the netlist, whose module is called like the file. left_out : str,
                as of a `FlowProof`.
    """

    def __init__(self, path, left_out=""):
        module = json.loads(path.read_text())["modules"][path.stem]
        self._wires = module["netnames"]
        self._names = _names(module)
        self._readers = {}  # {bit: [bit that depends on it, ...]}
        inside = re.compile(rf"(\$flatten)?\\?({left_out})\.")
        read, driven = set(), set()  # by what is left out
        for name, cell in module["cells"].items():
            for bit, sources in _dependencies(cell):
                if left_out and inside.match(name):
                    driven.add(bit)
                    read.update(sources)
                    continue
                for source in sources:
                    self._readers.setdefault(source, []).append(bit)
        self._inputs, self._outputs = [], []  # (name, bits)
        for name, port in module["ports"].items():
            (self._inputs if port["direction"] == "input" else self._outputs).extend(
                self._fields(name, port["bits"]))
        for name, wire in self._wires.items():
            if left_out and re.fullmatch(rf"({left_out})\.[^.$]+", name):
                for ports, bits in ((self._inputs, driven), (self._outputs, read - driven)):
                    mine = [bit for bit in wire["bits"] if bit in bits]
                    if mine:
                        ports.append((name, mine))

    def inputs(self, pattern):
        """Bits of the inputs whose whole names match.

        Raises: ValueError when there is none.
        """
        bits = [bit for name, mine in self._inputs if re.fullmatch(pattern, name) for bit in mine]
        if not bits:
            raise ValueError(f"an input must match {pattern}")
        return bits

    def outputs(self):
        """[(name, bits) of each output, or of each field of a struct]."""
        return self._outputs

    def _fields(self, port, whole):
        """Yields (name, bits) of the fields of a struct, or of the whole port."""
        fields = [(name, wire["bits"]) for name, wire in self._wires.items()
                  if name.startswith(f"{port}.") and not re.search(r"[.\[]", name[len(port) + 1:])]
        covered = {bit for _, bits in fields for bit in bits}
        yield from fields if covered == set(whole) else [(port, whole)]

    def reach(self, bits):
        """{bit that depends on one of ``bits``: the bit it was first reached from, or None}."""
        reached = dict.fromkeys(bits)
        waiting = deque(bits)
        while waiting:
            source = waiting.popleft()
            for bit in self._readers.get(source, ()):
                if bit not in reached:
                    reached[bit] = source
                    waiting.append(bit)
        return reached

    def way(self, reached, bit):
        """The shortest way to a bit, as names of wires."""
        steps = []
        while bit is not None:
            name = self._names.get(bit)
            if name and (not steps or steps[-1] != name):
                steps.append(name)
            bit = reached[bit]
        return " <- ".join(steps)


def _names(module):
    """{bit: the shortest name of a wire that has it}, of wires that have a name in the source."""
    names = {}
    for name, wire in module["netnames"].items():
        if wire["hide_name"]:
            continue
        for bit in wire["bits"]:
            if len(name) < len(names.get(bit, name + " ")):
                names[bit] = name
    return names


_BITWISE = {"$not", "$pos", "$and", "$or", "$xor", "$xnor", "$mux"}
_CARRYING = {"$add", "$sub", "$neg"}


def _dependencies(cell):
    """Yields (bit of an output, bits that it depends on) of a cell.

    What is not known to be finer: every output depends on every input.
    """
    kind, wires = cell["type"], cell["connections"]
    if kind == "$scopeinfo":  # where a module was, before it was made flat
        return
    if kind == "$mem_v2":
        yield from _of_memory(cell)
        return
    directions = cell["port_directions"]
    inputs = {name: wires[name] for name in wires if directions[name] != "output"}
    if kind in _BITWISE | _CARRYING:
        lanes = {name: inputs.pop(name) for name in ("A", "B") if name in inputs}
    elif kind.endswith(("dff", "dffe", "dffce")):
        lanes = {"D": inputs.pop("D")}
    elif kind == "$pmux":
        lanes = {"A": inputs.pop("A")}
        width, chosen = len(lanes["A"]), inputs.pop("B")
        lanes |= {f"B{i}": chosen[i:i + width] for i in range(0, len(chosen), width)}
    else:
        lanes = {}
    common = _signals(bit for bits in inputs.values() for bit in bits)
    for name in wires:
        if directions[name] == "input":
            continue
        for number, bit in enumerate(wires[name]):
            first = 0 if kind in _CARRYING else number
            own = [value for bits in lanes.values()
                   for value in bits[min(first, len(bits) - 1):number + 1]]
            yield bit, common + _signals(own)


def _of_memory(cell):
    """Of a memory: a column depends on what is written to it, on all addresses and enables."""
    wires = cell["connections"]
    width = int(cell["parameters"]["WIDTH"], 2)
    common = _signals(wires["WR_ADDR"] + [bit for name in ("RD_ADDR", "RD_EN", "RD_SRST", "RD_ARST")
                                          for bit in wires[name]])
    for number, bit in enumerate(wires["RD_DATA"]):
        column = number % width
        yield bit, common + _signals(wires["WR_DATA"][column::width]
                                     + wires["WR_EN"][column::width])


def _signals(bits):
    """Those that are no constants."""
    return [bit for bit in bits if not isinstance(bit, str)]
