"""A core with mistakes to choose from, to see that the tests of the core find them."""

from amaranth.hdl import Mux, Signal

from cpu.alu import Alu
from cpu.bit_unit import BitUnit
from cpu.decode import Keep, Logic
from cpu.counters import Counters
from cpu.divide import Divider
from cpu.execute import Execute
from cpu.interrupts import TIMER, Interrupts
from cpu.load_store import LoadStore
from cpu.multiply import Multiplier
from cpu.operands import Operands
from cpu.pending_store import PendingStore
from cpu.pmp import Pmp
from cpu.traps import Traps
from cpu.verdict import Verdict
from sim.core_bench import CoreBench
from tests.mutants import WithMutant, mutation_numbers, replaced_classes

__all__ = ["BUS_MUTANTS", "MUTANTS", "MutantBench", "TIMING_MUTANTS", "mutant_classes"]


def _sra_as_srl(m, alu):
    with m.If(alu.operation.shifts & alu.operation.arithmetic):
        m.d.comb += alu.result.eq(alu.a >> alu.b[:5])


def _rol_as_sll(m, alu):
    with m.If(alu.operation.shifts & alu.operation.left & (alu.operation.keep == Keep.ALL)):
        m.d.comb += alu.result.eq(alu.a << alu.b[:5])


def _orn_as_or(m, alu):
    with m.If((alu.operation.logic == Logic.OR) & alu.operation.invert):
        m.d.comb += alu.result.eq(alu.a | alu.b)


def _sh3add_as_sh2add(m, alu):
    with m.If(alu.operation.scale == 3):
        m.d.comb += alu.result.eq((alu.a << 2) + alu.b)


def _cpop_misses_the_sign(m, bit_unit):
    count, is_cpop = Signal(6), Signal()
    with m.If(bit_unit.start):
        m.d.sync += [count.eq(sum(bit_unit.a[:31])),
                     is_cpop.eq(~bit_unit.word[5] & (bit_unit.word[20:32] == 0x602))]
    with m.If(is_cpop):
        m.d.comb += bit_unit.result.eq(count)


def _czero_eqz_as_czero_nez(m, bit_unit):
    value, is_czero = Signal(32), Signal()
    with m.If(bit_unit.start):
        m.d.sync += [value.eq(Mux(bit_unit.b == 0, bit_unit.a, 0)),
                     is_czero.eq(bit_unit.word[5] & bit_unit.word[26])]
    with m.If(is_czero):
        m.d.comb += bit_unit.result.eq(value)


def _mulhsu_as_mulh(m, multiplier):
    product, is_mulhsu = Signal(64), Signal()
    with m.If(multiplier.start):
        m.d.sync += [product.eq(multiplier.a.as_signed() * multiplier.b.as_signed()),
                     is_mulhsu.eq(multiplier.funct3 == 2)]
    with m.If(is_mulhsu):
        m.d.comb += multiplier.result.eq(product[32:])


def _no_bypass_from_write_back(m, operands):
    older, bypassed = operands.memory, Signal()
    with m.If(operands.takes):
        m.d.sync += bypassed.eq(operands.sources.rs2 & older.writes
                                & (older.rd == operands.next_word[20:25]))
    with m.If(bypassed):
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
    base, selected = Signal(30), Signal()
    with m.If(traps.csr.takes):
        m.d.sync += selected.eq(traps.csr.next_address == 0x305)
    with m.If(traps.csr.write & selected):
        m.d.sync += base.eq(traps.csr.write_data[2:])
    m.d.comb += traps.vector.eq(base)


def _mprv_ignored(m, traps):
    m.d.comb += traps.data_machine.eq(traps.machine)


def _tw_ignored(m, traps):
    m.d.comb += traps.wait_traps.eq(0)


def _counters_open_to_user_mode(m, counters):
    m.d.comb += counters.hidden.eq(0)


def _user_mode_fetches_anything(m, pmp):
    with m.If(~pmp.machine):
        m.d.comb += pmp.fetch_refused.eq(0)


def _stores_are_not_refused(m, pmp):
    store = Signal()
    with m.If(pmp.data_takes):
        m.d.sync += store.eq(pmp.data_store)
    with m.If(store):
        m.d.comb += pmp.data_refused.eq(0)


def _locks_do_not_bind_machine_mode(m, pmp):
    with m.If(pmp.data_machine):
        m.d.comb += pmp.data_refused.eq(0)


def _misaligned_jump_allowed(m, verdict):
    stage = verdict.stage
    m.d.comb += verdict.trap.eq(stage.interrupt | stage.exception | verdict.access_fault)


def _mtval_of_a_store_fault_is_0(m, verdict):
    with m.If(verdict.stage.access.store):
        m.d.comb += verdict.value.eq(0)


def _taken_branch_costs_one_more(m, execute):
    jumped, slow = Signal(), Signal()
    m.d.sync += [jumped.eq(execute.transfer & execute.issue.taken), slow.eq(jumped)]
    with m.If(slow):
        m.d.comb += execute.wait.eq(1)


def _division_by_zero_is_quick(m, divider):
    with m.If(divider.b == 0):
        m.d.comb += divider.last.eq(divider.busy)


def _misaligned_load_reaches_the_bus(m, load_store):
    with m.If(load_store.access.load & load_store.access.misaligned):
        m.d.comb += load_store.bus.request.eq(~load_store.access.address[31])


def _killed_store_reaches_the_bus(m, load_store):
    with m.If(load_store.access.store & ~load_store.access.address[31]):
        m.d.comb += load_store.bus.request.eq(1)


def _load_behind_a_fault_reads_ram(m, load_store):
    with m.If(load_store.load):
        m.d.comb += load_store.ram.enable.eq(1)


def _load_misses_the_pending_store(m, pending):
    m.d.comb += pending.hits.eq(0)


def _load_takes_the_pending_store_of_another_word(m, pending):
    with m.If(pending.access.address[3:] == pending.address[3:]):
        m.d.comb += pending.hits.eq(pending.byte_enable)


_MUTATIONS = {
    "cpu.execute.Alu": (Alu, [_sra_as_srl, _rol_as_sll, _orn_as_or, _sh3add_as_sh2add]),
    "cpu.core.BitUnit": (BitUnit, [_cpop_misses_the_sign, _czero_eqz_as_czero_nez]),
    "cpu.core.Multiplier": (Multiplier, [_mulhsu_as_mulh]),
    "cpu.execute.Operands": (Operands, [_no_bypass_from_write_back]),
    "cpu.traps.Interrupts": (Interrupts, [_timer_comes_first]),
    "cpu.core.Traps": (Traps, [_mret_returns_one_instruction_later, _interrupt_in_spite_of_mie,
                               _interrupt_never_taken, _wfi_does_not_wait, _vector_ignored,
                               _mprv_ignored, _tw_ignored]),
    "cpu.core.Counters": (Counters, [_counters_open_to_user_mode]),
    "cpu.core.Pmp": (Pmp, [_user_mode_fetches_anything, _stores_are_not_refused,
                           _locks_do_not_bind_machine_mode]),
    "cpu.core.Verdict": (Verdict, [_misaligned_jump_allowed, _mtval_of_a_store_fault_is_0]),
    "cpu.core.Execute": (Execute, [_taken_branch_costs_one_more]),
    "cpu.core.Divider": (Divider, [_division_by_zero_is_quick]),
    "cpu.core.LoadStore": (LoadStore, [_misaligned_load_reaches_the_bus,
                                       _killed_store_reaches_the_bus,
                                       _load_behind_a_fault_reads_ram]),
    "cpu.load_store.PendingStore": (PendingStore, [
        _load_misses_the_pending_store, _load_takes_the_pending_store_of_another_word]),
}

_NUMBERS = {mutate.__name__.strip("_"): number
            for mutate, number in mutation_numbers(_MUTATIONS).items()}
TIMING_MUTANTS = {name: _NUMBERS[name] for name in (
    "taken_branch_costs_one_more", "division_by_zero_is_quick")}
"""Mistakes that only the clock shows."""

BUS_MUTANTS = {name: _NUMBERS[name] for name in (
    "misaligned_load_reaches_the_bus", "killed_store_reaches_the_bus",
    "load_behind_a_fault_reads_ram")}
"""Mistakes that only the register bus or the port of RAM shows."""

MUTANTS = {name: number for name, number in _NUMBERS.items()
           if name not in TIMING_MUTANTS | BUS_MUTANTS}
"""Mistakes that show in what retires, and the number that chooses each; 0 chooses none."""


class MutantBench(WithMutant, CoreBench):
    """`CoreBench` whose core makes the mistake that the input ``mutant`` names."""


def mutant_classes(bench):
    """Puts the mutant classes in the place of the core's own."""
    return replaced_classes(bench, _MUTATIONS)
