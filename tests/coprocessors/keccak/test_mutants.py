"""The tests of the datapath find mistakes in the life of states, batches and the one buffer."""

import functools

import pytest

from coprocessors.keccak.datapath import KeccakDatapath
from coprocessors.keccak.squeezer import Squeezer
from sim.harness import run_cocotb
from soc.verilog import synthesizable_verilog
from tests.coprocessors.keccak import test_datapath
from tests.mutants import WithMutant, edited, mutation_numbers, replaced_classes


def _state_is_cleared_before_it_is_stored(m, squeezer):
    m.d.comb += squeezer.keep.eq(0)


def _output_goes_on_behind_its_end(m, squeezer):
    m.d.comb += squeezer.more.eq(1)


def _lanes_enter_while_output_leaves(m, squeezer):
    m.d.comb += squeezer.hold.eq(0)


def _buffer_keeps_its_last_lanes(m, squeezer):
    m.d.sync += squeezer.wipe.eq(0)


_MUTATIONS = {"coprocessors.keccak.datapath.Squeezer": (Squeezer, {
    _state_is_cleared_before_it_is_stored: "states_are_loaded_and_stored",
    _output_goes_on_behind_its_end: "every_output_length_to_two_blocks",
    _lanes_enter_while_output_leaves: "many_messages",
    _buffer_keeps_its_last_lanes: "nothing_is_left_behind_a_job",
})}

_NUMBERS = mutation_numbers(_MUTATIONS)

_EDITS = [
    (edited(KeccakDatapath, "output_runs_over_a_block",
            "Mux(absorber.active, swaps, squeezer.free & ~pending)", "squeezer.free"),
     "many_messages"),
    (edited(KeccakDatapath, "next_message_runs_over_long_output",
            "(short_output & (begun == 1))", "(begun == 1)"), "many_messages"),
    (edited(KeccakDatapath, "job_ends_with_its_first_message",
            "last.eq(~is_left & (begun == 1))", "last.eq(1)"), "many_messages"),
    (edited(KeccakDatapath, "a_state_for_many_messages", "(job.count > 1)", "(job.count > 3)"),
     "illegal_descriptors"),
]


class _MutantDatapath(WithMutant, KeccakDatapath):
    pass


@functools.cache
def _bench():
    bench = _MutantDatapath()
    with replaced_classes(bench, _MUTATIONS):
        return synthesizable_verilog(bench, "keccak_mutants")


def _run(component, name, testcase, **environment):
    run_cocotb(component, test_datapath.__name__, name=name, testcase=testcase,
               visible=test_datapath.DATA_REGISTERS,
               environment={"ROUNDS_PER_CYCLE": "1", **environment})


@pytest.mark.parametrize("mutate", _NUMBERS, ids=lambda mutate: mutate.__name__.strip("_"))
def test_mutant_is_found(mutate):
    [testcase] = [found[mutate] for _, found in _MUTATIONS.values()]
    with pytest.raises(AssertionError, match=testcase):
        _run(_bench(), "keccak_mutants", testcase, KECCAK_MUTANT=str(_NUMBERS[mutate]))


@pytest.mark.long  # each is a simulator of its own
@pytest.mark.parametrize("mutant, testcase", _EDITS, ids=lambda each: getattr(
    each, "__name__", ""))
def test_mutant_of_the_datapath_is_found(mutant, testcase):
    with pytest.raises(AssertionError, match=testcase):
        _run(mutant(), "keccak_mutant", testcase)


@pytest.mark.long
def test_no_mistake_is_found_where_none_is():
    testcases = {testcase for _, found in _MUTATIONS.values() for testcase in found.values()}
    _run(_bench(), "keccak_mutants", sorted(testcases), KECCAK_MUTANT="0")
