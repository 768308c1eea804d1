"""Functional coverage: what it counts for short programs on the model."""

import array

import pytest

from sim.coverage import HAZARDS, FunctionalCoverage, all_bins
from sim.iss.hart import Hart
from sim.iss.memory import AddressSpace, Memory
from sim.mnemonics import Program
from soc.memory_map import MemoryMap

RAM = MemoryMap.RAM_BASE


def covered(write):
    """The coverage of the program that ``write(p)`` makes."""
    p = Program(MemoryMap.ITCM_BASE)
    write(p)
    words = p.words()
    itcm = Memory("itcm", MemoryMap.ITCM_BASE, 4096, executable=True)
    itcm.words[:len(words)] = array.array("I", words)
    hart = Hart(AddressSpace([itcm, Memory("ram", RAM, 4096)]), reset_vector=itcm.base,
                extensions=("zbb",))
    coverage = FunctionalCoverage()
    coverage.begin()
    for _ in words:
        coverage.retire(hart.step())
    return coverage


def hazards(coverage, name):
    return {hazard for mnemonic, hazard in coverage.counts["hazards"] if mnemonic == name}


@pytest.mark.parametrize("emit, kind", [
    (lambda p: p.addi("a0", "a1", 1), "alu"), (lambda p: p.mul("a0", "a1", "a1"), "multiply"),
    (lambda p: p.div("a0", "a1", "a1"), "divide"), (lambda p: p.clz("a0", "a1"), "bits"),
    (lambda p: p.csrrs("a0", "mscratch", "zero"), "csr"), (lambda p: p.lw("a0", 0, "s0"), "load")])
def test_producers(emit, kind):
    """Of a register that is read 1 or 2 instructions later; one that is overwritten is none."""
    def write(p, *between):
        p.li("s0", RAM)
        p.nop()
        p.nop()
        emit(p)
        for register in between:
            p.lui(register, 0)
        p.xor("a2", "a3", "a0")
    assert hazards(covered(write), "xor") == {f"{kind} 1"}
    assert hazards(covered(lambda p: write(p, "t0")), "xor") == {f"{kind} 2"}
    assert hazards(covered(lambda p: write(p, "a0")), "xor") == {"alu 1"}
    assert hazards(covered(lambda p: write(p, "t0", "t1")), "xor") == {"none"}


def test_behind_stores_and_branches():
    def write(p):
        p.li("s0", RAM)
        p.sw("zero", 0, "s0")
        p.or_("a0", "a1", "a2")
        p.beq("zero", "zero", "on")
        p.label("on")
        p.and_("a0", "a1", "a2")
        p.bne("zero", "zero", "on")
        p.sub("a0", "a1", "a2")
    coverage = covered(write)
    assert hazards(coverage, "or") == {"store"}
    assert hazards(coverage, "and") == {"branch not taken"}  # its target is what follows
    assert hazards(coverage, "sub") == {"branch not taken"}


def test_branch_taken():
    def write(p):
        p.beq("zero", "zero", "on")
        p.nop()
        p.label("on")
        p.and_("a0", "a1", "a2")
    assert hazards(covered(write), "and") == {"branch taken"}


@pytest.mark.parametrize("value, kind", [
    (0, "zero"), (1, "one"), (0xFFFF_FFFF, "minus one"), (0x8000_0000, "minimum"),
    (0x7FFF_FFFF, "maximum"), (2047, "small positive"), (2048, "other"),
    (0xFFFF_F800, "small negative"), (0xFFFF_F7FF, "other")])
def test_operands(value, kind):
    def write(p):
        p.li("a0", value)
        p.xor("a0", "zero", "a0")
    operands = {operand for name, operand in covered(write).counts["operands"] if name == "xor"}
    assert operands == {"rs1 zero", f"rs2 {kind}", "rd is rs2",
                        *(["equal operands"] if value == 0 else [])}


def test_what_traps_is_not_counted_and_hides_what_came_before():
    def write(p):
        p.li("t0", MemoryMap.ITCM_BASE + 5 * 4)
        p.csrrw("zero", "mtvec", "t0")
        p.addi("a0", "zero", 1)
        p.lw("a1", 1, "zero")
        p.xor("a2", "a3", "a0")
    coverage = covered(write)
    assert "lw" not in {name for name, _ in coverage.counts["hazards"]}
    assert hazards(coverage, "xor") == {"none"}


def test_report_and_transport():
    first = covered(lambda p: p.add("a0", "a1", "a1"))
    second = FunctionalCoverage.from_json(first.to_json())
    assert second.counts == first.counts
    second.add(first)
    assert second.counts["operands"]["add", "one register twice"] == 2
    assert second.reached("hazards") == (1, len(all_bins()["hazards"]))
    assert ("add", "none") not in second.holes("hazards")
    assert len(second.holes("hazards")) == len(all_bins()["hazards"]) - 1
    lines = second.report()
    assert lines[1].split()[:4] == ["hazards", "1", "of", f"{len(all_bins()['hazards']):,}"]
    assert "hole in hazards: add with alu 1" in lines
    assert len([line for line in lines if "crossed with" in line]) == len(HAZARDS)
