"""Mistakes in the life of a job, each of which the tests of the datapath must find."""

from coprocessors.matmul.addend_tiles import AddendTiles
from coprocessors.matmul.datapath import MatmulDatapath
from coprocessors.matmul.drainer import Drainer
from coprocessors.matmul.executor import Executor
from coprocessors.matmul.receiver import Receiver
from coprocessors.matmul.requester import Requester
from tests.mutants import WithMutant, edited, mutation_numbers, replaced_classes

__all__ = ["EDITS", "MUTANTS", "MutantDatapath", "mutant_classes"]


def _addend_has_one_slot(m, receiver):
    m.d.sync += receiver.addend_write.slot.eq(0)


def _rows_of_the_addend_lie_on_each_other(m, receiver):
    m.d.sync += receiver.addend_write.row[0].eq(0)


def _buffers_are_taken_for_empty(m, requester):
    m.d.comb += requester.empty.eq(1)


def _addend_is_unsigned(m, tiles):
    m.d.sync += [value[31].eq(0) for value in tiles.values]


def _addend_is_freed_when_it_comes(m, drainer):
    m.d.sync += drainer.addend_freed.eq(drainer.addend_loaded)


def _next_job_is_fed_before_the_last_one_ends(m, executor):
    m.d.comb += executor.ready.eq(1)


_SHAPES = "shapes_around_the_tile/stall=0.0"

_MUTATIONS = {
    "coprocessors.matmul.loader.Receiver": (Receiver, {
        _addend_has_one_slot: _SHAPES,
        _rows_of_the_addend_lie_on_each_other: _SHAPES,
    }),
    "coprocessors.matmul.loader.Requester": (Requester, {
        _buffers_are_taken_for_empty: "jobs_back_to_back"}),
    "coprocessors.matmul.postprocessor.AddendTiles": (AddendTiles, {_addend_is_unsigned: _SHAPES}),
    "coprocessors.matmul.datapath.Drainer": (Drainer, {_addend_is_freed_when_it_comes: _SHAPES}),
    "coprocessors.matmul.datapath.Executor": (Executor, {
        _next_job_is_fed_before_the_last_one_ends: "jobs_back_to_back"}),
}

_NUMBERS = mutation_numbers(_MUTATIONS)

MUTANTS = {mutate.__name__.strip("_"): (_NUMBERS[mutate], testcase)
           for _, mutations in _MUTATIONS.values() for mutate, testcase in mutations.items()}
"""{mistake: (number that chooses it, the test that must find it)}; number 0 chooses none."""

EDITS = {
    "Executor": (edited(Executor, "all_chunks_are_the_first",
                        "chunk_word + CHUNK_BYTES // WORD_BYTES", "0"),
                 "rows_in_chunks/stall=0.0"),
    "MatmulDatapath": (edited(MatmulDatapath, "strips_of_two_sizes_lie_in_the_buffers",
                              "(loader.empty | (plan.slots == slots))", "1"),
                       "slots_of_other_sizes_back_to_back"),
}
"""{class: (itself with a mistake that no output shows, the test that must find it)}"""


class MutantDatapath(WithMutant, MatmulDatapath):
    """A datapath that makes the mistake of the number on the input ``mutant``."""


def mutant_classes(datapath):
    """Puts the mutant classes in the places of those of ``datapath``."""
    return replaced_classes(datapath, _MUTATIONS)
