"""The proofs that are cheap, and what the harness makes of those that fail."""

import re
from pathlib import Path

import pytest
from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Cover, Elaboratable, Module, Signal
from amaranth.lib.wiring import In

from cpu.core import Core
from tests.formal.catalogue import PROOFS
from tests.formal.core_parts import REGIONS
from tests.formal.proof import Bench, Bounded, FromAnyState, Induction, Pdr, Proof, Verdict


@pytest.mark.parametrize("proof", [proof for proof in PROOFS if proof.quick],
                         ids=lambda proof: proof.name)
def test_proof_and_its_mutants(proof):
    assert proof.run().failures == []


class _Counter(Elaboratable):
    """Counts up to ``limit``."""

    limit = 5

    def __init__(self):
        self.count = Signal(4)

    def elaborate(self, platform):
        m = Module()
        with m.If(AnySeq(1) & (self.count != self.limit)):
            m.d.sync += self.count.eq(self.count + 1)
        return m


class _CountsOn(_Counter):
    limit = 9


class _CounterBench(Bench):

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self._component()
        m.d.comb += [Assert(dut.count < 16), Assert(dut.count <= 5), Cover(dut.count == 5)]
        return m


def _run(name, component, method, mutants=(), **options):
    """``name`` is the test's own: tests that run side by side do not share a directory."""
    return Proof(f"counter_{name}", "ends at 5", _CounterBench, component, mutants, method,
                 **options).run()


def test_covers_and_mutants_that_are_missed_are_failures():
    good = _run("good", _Counter, Bounded(8), (_CountsOn,), mutant_cycles=8)
    assert good.failures == [] and good.killed == 1
    vacuous = _run("vacuous", _Counter, Bounded(8), (_Counter,), cover_cycles=3)
    assert [line.partition(" is not ")[0] for line in vacuous.failures] == [
        "a cover of counter_vacuous", "mutant Counter of counter_vacuous"]


@pytest.mark.parametrize("method", [Pdr(), Bounded(8), Induction(), FromAnyState(1)], ids=str)
def test_a_claim_that_does_not_hold_is_false(method):
    name = f"wrong_{type(method).__name__.lower()}"
    assert _run(name, _CountsOn, method).verdict == Verdict.FALSE


class _Twice(Bench):
    """Two counters that must be equal, of which one counts by itself; the claim has a name."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self._component()
        m.submodules.other = other = self._component()
        equal = Signal(name="equal_count")
        m.d.comb += [equal.eq(dut.count == other.count), Assert(equal), Cover(equal)]
        return m


def test_a_proof_that_fails_names_what_is_untrue_first():
    proof = Proof("counter_twice", "both are equal", _Twice, _Counter, (), Induction())
    [line] = proof.run().failures
    assert line.endswith("untrue first, in cycle 1 of trace.vcd: equal_count")


@pytest.mark.parametrize("method", [Pdr(), Induction()], ids=str)
def test_a_claim_that_holds_is_proved_for_ever(method):
    name = f"right_{type(method).__name__.lower()}"
    assert _run(name, _Counter, method).failures == []


class _Sum(Elaboratable):
    """The sum of a word with a sign and one that is shifted, 64 bits."""

    def __init__(self):
        self.total = Signal(64)

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.total.eq(AnySeq(54).as_signed() + (AnySeq(32) << 32))
        return m


class _SumBench(Bench):
    """Claims that bit 63 is never 1. It is; but yices 2.6.5 does not see it."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self._component()
        before = Signal()
        m.d.sync += before.eq(1)
        m.d.comb += [Assert(~dut.total[63]), Cover(dut.total[62]), Cover(before)]
        return m


@pytest.mark.parametrize("method", [Induction(), Bounded(2)], ids=str)
def test_a_mistake_of_yices_proves_nothing(method):
    name = f"sum_{type(method).__name__.lower()}"
    outcome = Proof(name, "is not negative", _SumBench, _Sum, (), method).run()
    assert outcome.verdict in (Verdict.UNKNOWN, Verdict.FALSE)


def test_the_wrapper_in_the_manual_connects_all_that_riscv_formal_needs():
    text = (Path(__file__).parents[2] / "docs/formal.md").read_text()
    wrapper = re.search(r"```verilog\n(.*?)```", text, re.DOTALL)[1]
    connected = set(re.findall(r"\.\\?([a-z_0-9]+) ?\(", wrapper)) - {"clk", "rst"}
    core = Core(**REGIONS)
    ports = {"__".join(path): member.flow for path, member, _ in core.signature.flatten(core)}
    inputs = {name for name, flow in ports.items() if flow is In}
    assert connected == inputs | {name for name in ports if name.startswith("rvfi__")}
