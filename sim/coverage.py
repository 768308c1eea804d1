"""Functional coverage of a core: which operands each instruction had, and what came before it.

A bin is a mnemonic with a class of its operands, or with a hazard, or with one of each (a cross).
"""

import json
from collections import Counter

from sim.assembler import EXTENSION_OP, EXTENSION_SHIFT, EXTENSION_UNARY

__all__ = ["HAZARDS", "FunctionalCoverage", "all_bins"]

_BRANCHES = ("beq", "bne", "blt", "bge", "bltu", "bgeu")
_LOADS = ("lb", "lh", "lw", "lbu", "lhu")
_STORES = ("sb", "sh", "sw")
_MULTIPLIES = ("mul", "mulh", "mulhsu", "mulhu")
_DIVIDES = ("div", "divu", "rem", "remu")
_REGISTER = ("add", "sub", "sll", "slt", "sltu", "xor", "srl", "sra", "or", "and")
_IMMEDIATE = ("addi", "slti", "sltiu", "xori", "ori", "andi", "slli", "srli", "srai")
_CSR = ("csrrw", "csrrs", "csrrc")
_BITS_OP = tuple(sorted({name for codes in EXTENSION_OP.values() for name in codes}))
_BITS_ONE = tuple(sorted({name for codes in (EXTENSION_SHIFT, EXTENSION_UNARY)
                          for names in codes.values() for name in names} - set(_BITS_OP)))

_VALUES = {0: "zero", 1: "one", 0xFFFF_FFFF: "minus one", 0x8000_0000: "minimum",
           0x7FFF_FFFF: "maximum"}
_VALUE_CLASSES = (*_VALUES.values(), "small positive", "small negative", "other")
_SMALL = 2048  # what an immediate of 12 bits can be

_KINDS = {**dict.fromkeys((*_REGISTER, *_IMMEDIATE, "lui", "auipc"), "alu"),
          **dict.fromkeys(_LOADS, "load"), **dict.fromkeys(_MULTIPLIES, "multiply"),
          **dict.fromkeys(_DIVIDES, "divide"), **dict.fromkeys((*_BITS_OP, *_BITS_ONE), "bits"),
          **dict.fromkeys((*_CSR, "csrrwi", "csrrsi", "csrrci"), "csr")}

_FROM_PRODUCER = tuple(f"{kind} {distance}" for kind in dict.fromkeys(_KINDS.values())
                       for distance in (1, 2))
_FROM_FLOW = ("store", "branch taken", "branch not taken")

HAZARDS = ("none", *_FROM_PRODUCER, *_FROM_FLOW)
"""What an instruction meets: a register that one of a kind wrote 1 or 2 instructions earlier; or
behind a store, or a branch."""


def _value_class(value):
    if value in _VALUES:
        return _VALUES[value]
    if value < _SMALL:
        return "small positive"
    return "small negative" if value >= (1 << 32) - _SMALL else "other"


def _operand_classes(name):
    """All classes of operands that ``name`` can have; () for one that is not looked at."""
    one = tuple(f"rs1 {value}" for value in _VALUE_CLASSES)
    two = (*one, *(f"rs2 {value}" for value in _VALUE_CLASSES), "equal operands",
           "one register twice")
    if name in _BRANCHES:
        return two
    if name in (*_REGISTER, *_MULTIPLIES, *_DIVIDES, *_BITS_OP):
        return (*two, "rd is x0", "rd is rs1", "rd is rs2")
    if name in (*_IMMEDIATE, *_BITS_ONE, *_CSR):
        return (*one, "rd is x0", "rd is rs1")
    if name in _LOADS:
        return (*(f"loaded {value}" for value in _loaded_classes(name)), "rd is x0")
    if name in _STORES:
        return tuple(f"rs2 {value}" for value in _VALUE_CLASSES)
    return ()


def _loaded_classes(name):
    """What a load can bring: not all of the values fit a byte or a half."""
    never = {"lb": {"minimum", "maximum", "other"}, "lbu": {"minus one", "minimum", "maximum",
             "small negative", "other"}, "lh": {"minimum", "maximum"},
             "lhu": {"minus one", "minimum", "maximum", "small negative"}, "lw": set()}
    return [value for value in _VALUE_CLASSES if value not in never[name]]


_NAMES = (*_REGISTER, *_IMMEDIATE, *_MULTIPLIES, *_DIVIDES, *_BITS_OP, *_BITS_ONE, *_CSR,
          *_BRANCHES, *_LOADS, *_STORES)


def all_bins():
    """{group: set of bins}: ``operands``, ``hazards``, and ``crosses`` of each with each."""
    operands = {(name, operand) for name in _NAMES for operand in _operand_classes(name)}
    return {"operands": operands,
            "hazards": {(name, hazard) for name in _NAMES for hazard in HAZARDS},
            "crosses": {(name, operand, hazard) for name, operand in operands
                        for hazard in HAZARDS}}


class FunctionalCoverage:
    """Counts bins over the retirements of programs.

    Members: counts : dict of {group: Counter of bins}, the groups of `all_bins`.
    """

    def __init__(self):
        self.counts = {group: Counter() for group in all_bins()}
        self._before = []

    def begin(self):
        """A program begins: nothing is before its first instruction."""
        self._before = []

    def retire(self, retirement):
        """Notes one `Retirement` of the model; one that traps ends what came before."""
        name = retirement.name
        if retirement.trap or retirement.intr:
            self._before = []
        if not retirement.trap and name in _NAMES:
            operands, hazards = self._operands(retirement), self._met(retirement)
            self.counts["operands"].update((name, operand) for operand in operands)
            self.counts["hazards"].update((name, hazard) for hazard in hazards)
            self.counts["crosses"].update(
                (name, operand, hazard) for operand in operands for hazard in hazards)
        if not retirement.trap:
            self._before = [retirement, *self._before[:1]]

    def _operands(self, r):
        found = {f"rs1 {_value_class(r.rs1_rdata)}", f"rs2 {_value_class(r.rs2_rdata)}"}
        if r.mem_rmask:
            found.add(f"loaded {_value_class(r.rd_wdata)}")
        found |= {text for text, holds in (
            ("equal operands", r.rs1_rdata == r.rs2_rdata),
            ("one register twice", r.rs1_addr == r.rs2_addr),
            ("rd is x0", r.rd_addr == 0),
            ("rd is rs1", r.rd_addr == r.rs1_addr != 0),
            ("rd is rs2", r.rd_addr == r.rs2_addr != 0)) if holds}
        return found & set(_operand_classes(r.name))

    def _met(self, r):
        found = set()
        for distance, producer in enumerate(self._before, 1):
            kind = _KINDS.get(producer.name)
            hidden = distance == 2 and producer.rd_addr == self._before[0].rd_addr
            if kind and producer.rd_addr and not hidden and producer.rd_addr in (r.rs1_addr,
                                                                                 r.rs2_addr):
                found.add(f"{kind} {distance}")
        if self._before:
            last = self._before[0]
            if last.name in _STORES:
                found.add("store")
            if last.name in _BRANCHES:
                taken = last.pc_wdata != last.pc_rdata + 4
                found.add("branch taken" if taken else "branch not taken")
        return found or {"none"}

    def add(self, other):
        """Takes over what ``other`` has counted."""
        for group, counts in other.counts.items():
            self.counts[group].update(counts)

    def reached(self, group):
        """(bins of ``group`` that were reached, all that there are)."""
        return len(self.counts[group]), len(all_bins()[group])

    def holes(self, group):
        """Bins of ``group`` that were not reached, sorted."""
        return sorted(all_bins()[group] - set(self.counts[group]))

    def report(self):
        """Lines for people: shares, how many for each kind of hazard, and the holes."""
        lines = []
        for group in self.counts:
            reached, total = self.reached(group)
            lines.append(f"{group:9} {reached:6,} of {total:6,} bins, "
                         f"{100 * reached / total:5.1f} %")
        crossed, possible = Counter(), Counter()
        for _, _, hazard in self.counts["crosses"]:
            crossed[hazard] += 1
        for _, _, hazard in all_bins()["crosses"]:
            possible[hazard] += 1
        lines += [f"  crossed with {hazard:17} {crossed[hazard]:5,} of {possible[hazard]:5,}"
                  for hazard in HAZARDS]
        for group in ("operands", "hazards"):
            lines += [f"hole in {group}: {' with '.join(hole)}" for hole in self.holes(group)]
        return lines

    def to_json(self):
        """The counts as a string for `from_json`."""
        return json.dumps({group: [[*bin_, count] for bin_, count in counts.items()]
                           for group, counts in self.counts.items()})

    @classmethod
    def from_json(cls, text):
        """The coverage that `to_json` has written."""
        coverage = cls()
        for group, entries in json.loads(text).items():
            coverage.counts[group].update({tuple(bin_): count for *bin_, count in entries})
        return coverage
