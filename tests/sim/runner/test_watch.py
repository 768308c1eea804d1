"""Jobs on the fast runner: window violations, and touches of the buffers of jobs under way."""

from pathlib import Path

import pytest

from firmware.build import build_app
from sim.runner import run
from soc.configuration import preset

_PROGRAMS = Path(__file__).resolve().parent / "programs"
_CHIP = preset("reference")
_LIMIT = 2_000_000


def _run(name, *, defines=None, **options):
    elf = build_app(_PROGRAMS / f"{name}.c", _CHIP, defines=defines)
    return run(elf, _CHIP, **{"max_cycles": _LIMIT, **options})


def _fault(name, number=0):
    """``file.c:12`` of the line of a program that is marked as its fault."""
    lines = (_PROGRAMS / f"{name}.c").read_text().splitlines()
    found = [n for n, line in enumerate(lines, 1) if "/* FAULT */" in line]
    return f"{name}.c:{found[number]}"


def test_a_window_violation_is_an_error_of_the_call():
    result = _run("window")
    assert result.uart_text == "window violation\n" and result.status == 0


@pytest.mark.parametrize(["touch", "word", "job"], [(1, "stores to", "reads"),
                                                    (2, "loads from", "writes")])
def test_touching_a_buffer_of_a_job_under_way_is_told(touch, word, job):
    result = _run("touch", defines={"TOUCH": touch})
    assert result.exit_code == 0 and result.status == 123
    [conflict] = result.conflicts
    assert (conflict.coprocessor, conflict.job) == ("keccak", 1)
    line = result.report()[0]
    assert word in line and f"keccak job 1 {job}" in line
    assert _fault("touch", touch - 1) in line
    unwatched = _run("touch", defines={"TOUCH": touch}, watch=False)
    assert unwatched.status == 0 and not unwatched.conflicts


@pytest.mark.parametrize("touch", [0, 3])
def test_what_a_program_may_do_while_a_job_runs_is_no_conflict(touch):
    result = _run("touch", defines={"TOUCH": touch})
    assert result.uart_text == "done\n" and result.status == 0 and not result.conflicts
