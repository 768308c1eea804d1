"""Where information can flow: claims that one signal says nothing about another, for ever.

Two copies of a component that differ in some inputs, and in nothing else, can only differ in what
is computed from them. So when no path of gates, registers and memories leads from those inputs to
an output, that output is the same in both copies in every cycle, whatever they do: an unbounded
proof about two copies that needs one, of full size, in seconds. It cannot be wrong about a flow
that is there; it may see one that no state allows, and then says so.
"""

import json
import re
import time
from collections import deque
from dataclasses import dataclass

from sim.harness import BUILD_DIR
from tests.formal import engines
from tests.formal.engines import Verdict
from tests.formal.proof import Outcome, to_rtlil

__all__ = ["FlowProof", "Netlist"]


class _Flow:
    """How far a flow claim reaches, and its engine's name."""

    reach = "for ever"

    def __str__(self):
        return "flow"


@dataclass(frozen=True)
class FlowProof:
    """The claim that nothing flows from some inputs of a component to what is seen of it.

    Members:
        name, claim : str, as of a `Proof`.
        component : callable that makes it; all its ports are looked at.
        secret : regular expression of the inputs, by their names in RTLIL, that differ.
        carries : regular expression of the outputs that may; all others must not. Nothing else
            may be reached, and at least one of these must be, which is the cover.
        mutants : pairs of the place of a class in it, as `mock.patch` wants it, and a class with
            one defect, by which an output is reached.
        quick : bool, cheap enough for `make test`.
    """

    name: str
    claim: str
    component: object
    secret: str
    carries: str
    mutants: tuple
    quick: bool = False
    method = _Flow()

    def run(self):
        """Looks for flows in the component and in its mutants; returns an Outcome."""
        start = time.monotonic()
        leaks, carried = self._flows("proof")
        mutants = {}
        for place, mutant in self.mutants:
            found, _ = self._flows(mutant.__name__, (place, mutant))
            mutants[mutant.__name__] = Verdict.FALSE if found else Verdict.TRUE
        return Outcome(self, time.monotonic() - start,
                       Verdict.FALSE if leaks else Verdict.TRUE,
                       Verdict.TRUE if carried else Verdict.FALSE, mutants)

    def _flows(self, run, *replaced):
        """([output that is reached and must not be], [output that may be reached, and is]).

        The way to each is written to ``flows.txt``.
        """
        directory = BUILD_DIR / "formal" / self.name / run
        netlist = Netlist(engines.netlist(directory, self.name, to_rtlil(
            self.component, *replaced, name=self.name)))
        reached = netlist.reach(netlist.inputs(self.secret))
        leaks, carried = [], []
        for output in netlist.outputs():
            if any(bit in reached for bit in output.bits):
                (carried if re.fullmatch(self.carries, output.name) else leaks).append(output)
        (directory / "flows.txt").write_text("".join(
            f"{output.name}: {netlist.way(reached, output)}\n" for output in leaks)
            or "nothing flows\n")
        return leaks, carried


@dataclass(frozen=True)
class _Port:
    name: str
    bits: tuple


class Netlist:
    """Which bit depends on which, in the netlist that yosys writes as JSON.

    A constant bit is a string there, and says nothing.
    """

    def __init__(self, path):
        module = json.loads(path.read_text())["modules"][path.stem]
        self._ports, self._wires = module["ports"], module["netnames"]
        self._names = _names(module)
        self._readers = {}  # {bit: [bit that depends on it, ...]}
        for cell in module["cells"].values():
            for bit, sources in _dependencies(cell):
                for source in sources:
                    self._readers.setdefault(source, []).append(bit)

    def inputs(self, pattern):
        """Bits of the inputs whose whole names match.

        Raises: ValueError when there is none.
        """
        bits = [bit for name, port in self._ports.items()
                if port["direction"] == "input" and re.fullmatch(pattern, name)
                for bit in port["bits"]]
        if not bits:
            raise ValueError(f"no input matches {pattern}; there are {', '.join(self._ports)}")
        return bits

    def outputs(self):
        """All outputs; of a struct its fields."""
        return [_Port(name, tuple(bits)) for port, wire in self._ports.items()
                if wire["direction"] == "output" for name, bits in self._fields(port)]

    def _fields(self, port):
        """Yields (name, bits) of the fields of a struct, or of the whole port."""
        fields = [(name, wire["bits"]) for name, wire in self._wires.items()
                  if name.startswith(f"{port}.") and not re.search(r"[.\[]", name[len(port) + 1:])]
        whole = self._ports[port]["bits"]
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

    def way(self, reached, output):
        """The shortest way to it, as names of wires."""
        bit = next(bit for bit in output.bits if bit in reached)
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
        inputs.pop("CLK")
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
