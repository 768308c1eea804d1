"""The tests of the datapath find mistakes in addend, overlapping jobs and chunks."""

import functools

import pytest

from coprocessors.matmul import datapath
from coprocessors.matmul.datapath import MatmulDatapath
from sim.harness import run_cocotb
from soc.verilog import synthesizable_verilog
from tests.coprocessors.matmul import test_datapath
from tests.coprocessors.matmul.mutants import EDITS, MUTANTS, MutantDatapath, mutant_classes

_SIZE = {"array_rows": 2, "array_columns": 2, "requantizer_lanes": 1}


@functools.cache
def _bench():
    bench = MutantDatapath(**_SIZE)
    with mutant_classes(bench):
        return synthesizable_verilog(bench, "matmul_mutants")


def _run(component, name, testcase, **environment):
    run_cocotb(component, test_datapath.__name__, name=name, testcase=testcase,
               environment={"ARRAY_ROWS": "2", "ARRAY_COLUMNS": "2", **environment})


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_found(name):
    number, testcase = MUTANTS[name]
    with pytest.raises(AssertionError, match=testcase):
        _run(_bench(), "matmul_mutants", testcase, MATMUL_MUTANT=str(number))


def test_no_mistake_is_found_where_none_is():
    for testcase in {testcase for _, testcase in (*MUTANTS.values(), *EDITS.values())}:
        _run(_bench(), "matmul_mutants", testcase, MATMUL_MUTANT="0")


@pytest.mark.long  # each is a chip of its own
@pytest.mark.parametrize("name", EDITS)
def test_mutant_inside_is_found(monkeypatch, name):
    mutant, testcase = EDITS[name]
    if name == "MatmulDatapath":
        component = mutant(**_SIZE)
    else:
        monkeypatch.setattr(datapath, name, mutant)
        component = MatmulDatapath(**_SIZE)
    with pytest.raises(AssertionError, match=testcase):
        _run(component, "matmul_mutant", testcase)
