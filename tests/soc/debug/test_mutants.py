"""The tests of the debug port find mistakes."""

import functools

import pytest

from sim.debug_bench import DEBUG_BENCH_MEMORIES
from sim.harness import run_cocotb
from soc.verilog import synthesizable_verilog
from tests.cpu import test_debug
from tests.soc.debug import test_module
from tests.soc.debug.mutants import MUTANTS, MutantDebugBench, mutant_classes


@functools.cache
def _bench():
    bench = MutantDebugBench(pmp_entries=4)
    with mutant_classes(bench):
        return synthesizable_verilog(bench, "debug_bench")


def _run(testcase, number):
    module = next(m for m in (test_debug, test_module) if hasattr(m, testcase))
    run_cocotb(_bench(), module.__name__, name="debug_bench", visible=DEBUG_BENCH_MEMORIES,
               testcase=testcase, environment={"DEBUG_MUTANT": str(number)})


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_found(name):
    number, testcase = MUTANTS[name]
    with pytest.raises(AssertionError, match=testcase):
        _run(testcase, number)


def test_no_mistake_is_found_where_none_is():
    _run("the_program_buffer_executes", 0)
