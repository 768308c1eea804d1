"""A core with mistakes to choose from, to see that the tests of the core find them."""

import contextlib
from unittest import mock

from amaranth.hdl import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from cpu.alu import Alu
from cpu.interrupts import TIMER, Interrupts
from cpu.multiply import Multiplier
from cpu.operands import Operands
from cpu.traps import Traps
from cpu.verdict import Verdict
from sim.core_bench import CoreBench

__all__ = ["MUTANTS", "MutantBench", "mutant_classes"]


def _sra_as_srl(m, alu):
    with m.If(alu.funct3 == 5):
        m.d.comb += alu.result.eq(alu.a >> alu.b[:5])


def _mulhsu_as_mulh(m, multiplier):
    product, is_mulhsu = Signal(64), Signal()
    with m.If(multiplier.start):
        m.d.sync += [product.eq(multiplier.a.as_signed() * multiplier.b.as_signed()),
                     is_mulhsu.eq(multiplier.funct3 == 2)]
    with m.If(is_mulhsu):
        m.d.comb += multiplier.result.eq(product[32:])


def _no_bypass_from_write_back(m, operands):
    written = operands.written
    with m.If(written.writes & (written.rd == operands.rs2)):
        m.d.comb += operands.b.eq(0)


def _mret_returns_one_instruction_later(m, traps):
    later = Signal(30)
    with m.If(traps.enter):
        m.d.sync += later.eq(traps.pc + 1)
    m.d.comb += traps.return_pc.eq(later)


def _timer_comes_first(m, interrupts):
    with m.If(interrupts.pending[TIMER] & interrupts.enable[TIMER]):
        m.d.sync += interrupts.code.eq(TIMER)


def _interrupt_in_spite_of_mie(m, traps):
    m.d.comb += traps.take.eq(traps.wake)


def _interrupt_never_taken(m, traps):
    m.d.comb += traps.take.eq(0)


def _wfi_does_not_wait(m, traps):
    m.d.comb += traps.wake.eq(1)


def _vector_ignored(m, traps):
    base = Signal(30)
    with m.If(traps.csr.write & (traps.csr.address == 0x305)):
        m.d.sync += base.eq(traps.csr.write_data[2:])
    m.d.comb += traps.vector.eq(base)


def _misaligned_jump_allowed(m, verdict):
    stage = verdict.stage
    m.d.comb += verdict.trap.eq(stage.interrupt | stage.exception | verdict.access_fault)


def _mtval_of_a_store_fault_is_0(m, verdict):
    with m.If(verdict.stage.access.store):
        m.d.comb += verdict.value.eq(0)


_MUTATIONS = {
    "cpu.execute.Alu": (Alu, [_sra_as_srl]),
    "cpu.core.Multiplier": (Multiplier, [_mulhsu_as_mulh]),
    "cpu.execute.Operands": (Operands, [_no_bypass_from_write_back]),
    "cpu.traps.Interrupts": (Interrupts, [_timer_comes_first]),
    "cpu.core.Traps": (Traps, [_mret_returns_one_instruction_later, _interrupt_in_spite_of_mie,
                               _interrupt_never_taken, _wfi_does_not_wait, _vector_ignored]),
    "cpu.core.Verdict": (Verdict, [_misaligned_jump_allowed, _mtval_of_a_store_fault_is_0]),
}

MUTANTS = {mutate.__name__.strip("_"): number for number, mutate in enumerate(
    (mutate for _, mutations in _MUTATIONS.values() for mutate in mutations), 1)}
"""Names of the mistakes, and the number that chooses each; 0 chooses none."""


class MutantBench(CoreBench):
    """`CoreBench` whose core makes the mistake that the input ``mutant`` names.

    Elaborate it inside ``mutant_classes(bench)``.
    """

    def __init__(self):
        super().__init__()
        self.mutant = Signal(8)

    @property
    def signature(self):
        return wiring.Signature({**super().signature.members, "mutant": In(8)})


def _mutant_class(original, mutations, choice):
    """``original`` with each of ``mutations`` as the last word on its outputs while chosen."""
    class Mutant(original):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            for mutate in mutations:
                with m.If(choice == MUTANTS[mutate.__name__.strip("_")]):
                    mutate(m, self)
            return m
    return Mutant


@contextlib.contextmanager
def mutant_classes(bench):
    """Puts the mutant classes in the place of the core's own."""
    with contextlib.ExitStack() as stack:
        for place, (original, mutations) in _MUTATIONS.items():
            stack.enter_context(
                mock.patch(place, _mutant_class(original, mutations, bench.mutant)))
        yield
