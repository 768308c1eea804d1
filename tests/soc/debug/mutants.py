"""A debug bench with mistakes to choose from, to see that the tests of the debug port find them."""

from cpu.debug import DebugMode
from cpu.triggers import Triggers
from sim.debug_bench import DebugBench
from soc.debug.abstract_command import AbstractCommand
from soc.debug.memory_access import MemoryAccess
from soc.debug.module import DebugModule
from soc.debug.system_bus import SystemBus
from tests.mutants import WithMutant, mutation_numbers, replaced_classes

__all__ = ["MUTANTS", "MutantDebugBench", "mutant_classes"]


def _step_lets_interrupts_in(m, debug):
    m.d.comb += debug.quiet.eq(debug.mode)


def _wfi_holds_off_a_halt(m, debug):
    m.d.comb += debug.wake.eq(0)


def _step_never_ends(m, debug):
    m.d.comb += debug.take.eq(debug.port.halt & ~debug.mode)


def _exception_changes_the_state_of_traps(m, debug):
    with m.If(debug.mode & ~debug.halts):
        m.d.comb += debug.claims.eq(0)


def _resume_starts_one_word_later(m, debug):
    with m.If(debug.port.resume):
        m.d.comb += debug.vector[0].eq(1)


def _locked_step_holds_off_interrupts(m, debug):
    with m.If(debug.port.locked):
        m.d.comb += debug.quiet.eq(1)


def _stopped_instruction_stores(m, triggers):
    m.d.comb += triggers.stop.eq(0)


def _locked_trigger_watches(m, triggers):
    with m.If(triggers.locked & triggers.data_takes & triggers.store):
        m.d.sync += triggers.watched.eq(1)


def _program_writes_the_words(m, memory):
    with m.If(memory.core_itcm.write & ~memory.idle):
        m.d.comb += memory.itcm.write.eq(1)


def _wrong_word_of_ram(m, memory):
    m.d.comb += memory.dma.request.payload.byte_enable.eq(0b1111)


def _takes_itcm_from_the_core(m, memory):
    with m.If(memory.requests[1].valid):
        m.d.comb += memory.itcm.address.eq(memory.requests[1].address)


def _lock_does_not_reach_the_core(m, module):
    m.d.comb += module.core.locked.eq(0)


def _reset_forgets_to_halt(m, module):
    with m.If(module.core.from_reset):
        m.d.comb += module.core.halt.eq(0)


def _locked_chip_tells_data(m, module):
    m.d.comb += module.dmi.read_data.eq(module.core.data)


def _program_buffer_never_runs(m, commands):
    m.d.comb += commands.program.eq(0)


def _bytes_are_written_as_words(m, system_bus):
    m.d.comb += system_bus.access.byte_enable.eq(0b1111)


_MUTATIONS = {
    "cpu.core.DebugMode": (DebugMode, {
        _step_lets_interrupts_in: "a_step_lets_interrupts_in_only_with_stepie",
        _wfi_holds_off_a_halt: "halts_at_once_in_wfi_and_in_a_division",
        _step_never_ends: "a_step_lets_interrupts_in_only_with_stepie",
        _exception_changes_the_state_of_traps: "it_moves_every_register",
        _resume_starts_one_word_later: "nothing_retires_while_halted",
        _locked_step_holds_off_interrupts: "a_locked_chip_takes_interrupts_and_waits",
    }),
    "cpu.core.Triggers": (Triggers, {
        _stopped_instruction_stores: "triggers_halt_before_the_effect",
        _locked_trigger_watches: "a_locked_chip_has_its_triggers_back",
    }),
    "soc.debug.module.MemoryAccess": (MemoryAccess, {
        _program_writes_the_words: "the_program_cannot_change_what_the_debugger_runs",
        _wrong_word_of_ram: "memory_by_the_system_bus",
        _takes_itcm_from_the_core: "the_core_does_not_feel_the_system_bus",
    }),
    "soc.debug.attach.DebugModule": (DebugModule, {
        _lock_does_not_reach_the_core: "a_locked_chip_shows_nothing",
        _reset_forgets_to_halt: "it_halts_out_of_reset",
        _locked_chip_tells_data: "a_locked_chip_shows_nothing",
    }),
    "soc.debug.module.AbstractCommand": (AbstractCommand, {
        _program_buffer_never_runs: "the_program_buffer_executes",
    }),
    "soc.debug.module.SystemBus": (SystemBus, {
        _bytes_are_written_as_words: "memory_by_the_system_bus",
    }),
}

_NUMBERS = mutation_numbers(_MUTATIONS)

MUTANTS = {mutate.__name__.strip("_"): (_NUMBERS[mutate], testcase)
           for _, mutations in _MUTATIONS.values() for mutate, testcase in mutations.items()}
"""{mistake: (number that chooses it, the test that must find it)}; number 0 chooses none."""


class MutantDebugBench(WithMutant, DebugBench):
    """`DebugBench` that makes the mistake of the number on the input ``mutant``."""


def mutant_classes(bench):
    """Puts the mutant classes in the place of those of the core and the debug port."""
    return replaced_classes(bench, _MUTATIONS)
