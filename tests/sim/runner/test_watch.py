"""Jobs on the fast runner: window violations, and touches of the buffers of jobs under way."""

import pytest

from tests.sim.runner.chip_programs import fault_line, run_program


def test_a_window_violation_is_an_error_of_the_call():
    result = run_program("window")
    assert result.uart_text == "window violation\n" and result.status == 0


@pytest.mark.parametrize(["touch", "word", "job"], [
    (1, "stores to", "reads as its source"), (2, "loads from", "writes as its destination")])
def test_touching_a_buffer_of_a_job_under_way_is_told(touch, word, job):
    result = run_program("touch", defines={"TOUCH": touch})
    assert result.exit_code == 0 and result.status == 123
    [conflict] = result.conflicts
    assert (conflict.coprocessor, conflict.job) == ("keccak", 1)
    line = result.report()[0]
    assert word in line and f"keccak job 1 {job}" in line
    assert fault_line("touch", touch - 1) in line
    unwatched = run_program("touch", defines={"TOUCH": touch}, watch=False)
    assert unwatched.status == 0 and not unwatched.conflicts


@pytest.mark.parametrize("touch", [0, 3])
def test_what_a_program_may_do_while_a_job_runs_is_no_conflict(touch):
    result = run_program("touch", defines={"TOUCH": touch})
    assert result.uart_text == "done\n" and result.status == 0 and not result.conflicts
