"""Two copies of a netlist simulated at once, for all values that either may hold.

A bit is ``ZERO`` or ``ONE`` in both copies, ``SAME`` but unknown in both, or ``ANY``: it may
differ. What a gate makes of its inputs is the smallest of these that covers every case, so what is
found to be the same is the same for all values, while ``ANY`` may be too careful.
"""

import graphlib
import heapq
import itertools
import json
import operator

__all__ = ["ANY", "ONE", "SAME", "ZERO", "Twins"]


ZERO, ONE, SAME, ANY = range(4)

_PAIRS = {ZERO: {(0, 0)}, ONE: {(1, 1)}, SAME: {(0, 0), (1, 1)},
          ANY: {(0, 0), (0, 1), (1, 0), (1, 1)}}

_GATES = {
    "$_BUF_": ("A", lambda a: a),
    "$_NOT_": ("A", lambda a: 1 - a),
    "$_AND_": ("AB", operator.and_),
    "$_OR_": ("AB", operator.or_),
    "$_XOR_": ("AB", operator.xor),
    "$_XNOR_": ("AB", lambda a, b: 1 - (a ^ b)),
    "$_NAND_": ("AB", lambda a, b: 1 - (a & b)),
    "$_NOR_": ("AB", lambda a, b: 1 - (a | b)),
    "$_ANDNOT_": ("AB", lambda a, b: a & (1 - b)),
    "$_ORNOT_": ("AB", lambda a, b: a | (1 - b)),
    "$_MUX_": ("ABS", lambda a, b, s: b if s else a),
}


def _covering(pairs):
    """The smallest state that covers the pairs of values."""
    return next(state for state in (ZERO, ONE, SAME, ANY) if pairs <= _PAIRS[state])


def _table(function, inputs):
    """{states of the inputs: (state of the output,)}."""
    return {states: (_covering({
        tuple(function(*copy) for copy in zip(*pairs))
        for pairs in itertools.product(*(_PAIRS[state] for state in states))}),)
        for states in itertools.product((ZERO, ONE, SAME, ANY), repeat=inputs)}


_TABLES = {kind: _table(function, len(pins)) for kind, (pins, function) in _GATES.items()}


def _join(states):
    """What may be any of these."""
    return _covering(set().union(*(_PAIRS[state] for state in states)))


class _Memory:
    """A memory without registers; each word is a list of the states of its columns."""

    def __init__(self, cell, differ):
        wires, parameters = cell["connections"], cell["parameters"]
        width = int(parameters["WIDTH"], 2)
        self.reads = _ports(wires["RD_ADDR"], wires["RD_DATA"], width)
        self._writes = [(address, data, enables) for (address, data), (_, enables) in zip(
            _ports(wires["WR_ADDR"], wires["WR_DATA"], width),
            _ports(wires["WR_ADDR"], wires["WR_EN"], width))]
        columns = [ANY if any(data[column] in differ for _, data in self.reads) else SAME
                   for column in range(width)]
        self.words = [list(columns) for _ in range(int(parameters["SIZE"], 2))]

    def read(self, address):
        """What is found at an address, given by the states of its bits."""
        words = self._meant(address)
        if len(words) == 1:
            return words[0]
        found = (_covering(set().union(*(_PAIRS[state] for state in set(column))))
                 for column in zip(*words))
        if ANY not in address:
            return list(found)
        return [state if state in (ZERO, ONE) else ANY for state in found]

    def clock(self, state):
        """Writes what stands at the ports; returns whether anything was."""
        written = False
        for address, data, enables in self._writes:
            enables = [state[bit] for bit in enables]
            if all(enable == ZERO for enable in enables):
                continue
            written = True
            address = [state[bit] for bit in address]
            words = self._meant(address)
            for word in words:
                for column, (bit, enable) in enumerate(zip(data, enables)):
                    if ANY in address or enable == ANY:
                        word[column] = ANY
                    elif enable == ONE and len(words) == 1:
                        word[column] = state[bit]
                    elif enable != ZERO:
                        word[column] = _covering(_PAIRS[word[column]] | _PAIRS[state[bit]])
        return written

    def _meant(self, address):
        """Words that the address may mean."""
        known = [(place, bit) for place, bit in enumerate(address) if bit in (ZERO, ONE)]
        return [word for index, word in enumerate(self.words)
                if all(index >> place & 1 == bit for place, bit in known)]


def _ports(addresses, data, width):
    """[(bits of the address, bits of the data) of each port]."""
    count = len(data) // width
    bits = len(addresses) // count
    return [(addresses[port * bits:][:bits], data[port * width:][:width])
            for port in range(count)]


class Twins:
    """The two copies of a netlist of gates, registers and memories.

    Parameters: path : Path, of the netlist as JSON; its module is called like the file.
                differ : set of bits; registers, columns of memories and inputs that are among them
                may differ at first, all else is the same in both, but unknown.
    Members:    wires : {name: bits}.
    Raises:     ValueError for a cell that is not known.
    """

    def __init__(self, path, differ):
        module = json.loads(path.read_text())["modules"][path.stem]
        self.wires = {name: wire["bits"] for name, wire in module["netnames"].items()}
        self._state = {"0": ZERO, "1": ONE, "x": SAME, "z": SAME}
        self._held = {}  # {bit: state that it is given whatever drives it}
        self._nodes = []  # (bits it reads, bits it drives, states of these from those)
        self._registers = {}  # {bit: the bit that it takes in each cycle}
        self._memories = []  # (name, memory, numbers of the nodes that read it)
        for name, cell in module["cells"].items():
            self._add(name, cell, differ)
        inputs = [bit for port in module["ports"].values() if port["direction"] == "input"
                  for bit in port["bits"]]
        for bit in (*inputs, *self._registers):
            self._state[bit] = ANY if bit in differ else SAME
        self._order()
        self._settle(range(len(self._nodes)))

    def hold(self, name, state):
        """Gives the wire ``name`` this state until `release`; raises KeyError."""
        for bit in self.wires[name]:
            self.hold_bit(bit, state)

    def hold_bit(self, bit, state):
        """Gives one bit this state, likewise."""
        self._held[bit] = state
        self._settle(self._set(bit, state))

    def release(self, name):
        """Ends `hold`; a register keeps the state until the next cycle."""
        for bit in self.wires[name]:
            del self._held[bit]

    def states(self, name):
        """Of the bits of the wire ``name``."""
        return [self._state[bit] for bit in self.wires[name]]

    def step(self):
        """Goes on to the next cycle."""
        changed = set()
        for _, memory, readers in self._memories:
            if memory.clock(self._state):
                changed.update(readers)
        taken = [(bit, self._state[source]) for bit, source in self._registers.items()]
        for bit, state in taken:
            changed.update(self._set(bit, state))
        self._settle(changed)

    def differing(self):
        """Names of registers and memories of which a bit may differ."""
        names = {bit: name for name, bits in self.wires.items() for bit in bits}
        yield from {names[bit] for bit in self._registers if self._state[bit] == ANY}
        for name, memory, _ in self._memories:
            if any(ANY in word for word in memory.words):
                yield name

    def _add(self, name, cell, differ):
        kind, wires = cell["type"], cell["connections"]
        if kind in _TABLES:
            pins, _ = _GATES[kind]
            self._nodes.append(([wires[pin][0] for pin in pins], wires["Y"],
                                _TABLES[kind].__getitem__))
        elif kind == "$_DFF_P_":
            self._registers[wires["Q"][0]] = wires["D"][0]
        elif kind == "$mem_v2":
            memory = _Memory(cell, differ)
            first = len(self._nodes)
            self._nodes += [(address, data, memory.read) for address, data in memory.reads]
            self._memories.append((name, memory, range(first, len(self._nodes))))
        elif kind != "$scopeinfo":
            raise ValueError(f"a cell must be a gate, a register or a memory, not {kind}")

    def _order(self):
        """Gives each node a level above those of all that drive it."""
        driver = {bit: number for number, (_, outputs, _) in enumerate(self._nodes)
                  for bit in outputs}
        self._readers = {}
        for number, (inputs, _, _) in enumerate(self._nodes):
            for bit in inputs:
                self._readers.setdefault(bit, []).append(number)
        before = {number: {driver[bit] for bit in inputs if bit in driver}
                  for number, (inputs, _, _) in enumerate(self._nodes)}
        self._level = {number: level for level, number in enumerate(
            graphlib.TopologicalSorter(before).static_order())}

    def _set(self, bit, state):
        """Returns the nodes to be looked at again."""
        state = self._held.get(bit, state)
        if self._state.get(bit) == state:
            return ()
        self._state[bit] = state
        return self._readers.get(bit, ())

    def _settle(self, nodes):
        """Evaluates the nodes, and all that follow from them."""
        waiting = [(self._level[number], number) for number in set(nodes)]
        heapq.heapify(waiting)
        while waiting:
            level, number = heapq.heappop(waiting)
            while waiting and waiting[0][1] == number:
                heapq.heappop(waiting)
            inputs, outputs, function = self._nodes[number]
            states = function(tuple(self._state[bit] for bit in inputs))
            for bit, state in zip(outputs, states):
                for reader in self._set(bit, state):
                    heapq.heappush(waiting, (self._level[reader], reader))
