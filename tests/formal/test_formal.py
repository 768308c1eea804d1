"""The proofs that are cheap, and what the harness makes of those that fail."""

import pytest
from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Cover, Elaboratable, Module, Signal

from tests.formal.catalogue import PROOFS
from tests.formal.proof import Bounded, Induction, Pdr, Proof, Verdict


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


class _CounterBench(Elaboratable):

    def __init__(self, component):
        self._component = component

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self._component()
        m.d.comb += [Assert(dut.count < 16), Assert(dut.count <= 5), Cover(dut.count == 5)]
        return m


def _run(component, method, mutants=(), **options):
    return Proof("counter", "ends at 5", _CounterBench, component, mutants, method,
                 **options).run()


def test_covers_and_mutants_that_are_missed_are_failures():
    good = _run(_Counter, Bounded(8), (_CountsOn,), mutant_cycles=8)
    assert good.failures == [] and good.killed == 1
    vacuous = _run(_Counter, Bounded(8), (_Counter,), cover_cycles=3)
    assert [line.partition(" is not ")[0] for line in vacuous.failures] == [
        "a cover of counter", "mutant Counter of counter"]


@pytest.mark.parametrize("method, verdict", [
    (Pdr(), Verdict.FALSE), (Bounded(8), Verdict.FALSE),
    # It begins in any state: at its one step from reset nothing is wrong yet.
    (Induction(), Verdict.UNKNOWN)], ids=str)
def test_a_claim_that_does_not_hold_is_not_proved(method, verdict):
    assert _run(_CountsOn, method).verdict == verdict


@pytest.mark.parametrize("method", [Pdr(), Induction()], ids=str)
def test_a_claim_that_holds_is_proved_for_ever(method):
    assert _run(_Counter, method).failures == []
