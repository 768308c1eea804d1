"""Programs on the fast runner: how they end, what is said about it, what is seen on the way."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from firmware.build import build_app
from sim.runner import run
from soc.configuration import preset
from tests.sim.runner.chip_programs import PROGRAMS, fault_line, run_program

_ROOT = Path(__file__).resolve().parents[3]


def test_exit_code_and_serial_line_at_two_speeds():
    result = run_program("divisor")
    assert (result.reason, result.exit_code, result.status) == ("exit", 7, 7)
    assert result.uart_text == "fast\nslow\n"
    assert "The program ended with exit code 7" in result.report()
    assert 0 < result.retired < result.cycles < 100_000


def test_the_serial_line_is_copied_live(tmp_path):
    with (tmp_path / "out").open("w") as output:
        result = run_program("divide", output=output)
    assert (tmp_path / "out").read_text() == result.uart_text == "-1 7\n"
    assert result.status == 0 and result.trap is None and not result.conflicts


def test_the_serial_line_is_copied_byte_by_byte(tmp_path):
    with (tmp_path / "out").open("w", encoding="ascii") as output:
        result = run_program("bytes", output=output)
    euros = "\u20ac" * 200
    assert (tmp_path / "out").read_bytes() == bytes(range(256)) + euros.encode()
    assert result.uart_text == bytes(range(256)).decode(errors="replace") + euros
    text = io.StringIO()
    run_program("bytes", output=text)
    assert text.getvalue() == result.uart_text


def test_unmapped_read_is_reported_with_its_line():
    result = run_program("unmapped")
    assert "crash: load access fault" in result.uart_text and "mtval 0x40000000" in result.uart_text
    assert result.status == 160 + 5
    [line] = [line for line in result.report() if "trapped" in line]
    assert fault_line("unmapped") in line and "loads from 0x40000000" in line


def test_jump_into_data_is_reported_with_the_line_of_the_jump():
    result = run_program("jump_into_data")
    assert "crash: instruction access fault" in result.uart_text
    assert "after" not in result.uart_text and result.status == 160 + 1
    [line] = [line for line in result.report() if "trapped" in line]
    assert fault_line("jump_into_data") in line and "(code)" in line


def test_an_interrupt_without_a_handler_is_reported_with_its_line():
    result = run_program("interrupt")
    assert "crash: interrupt without a handler" in result.uart_text and result.status
    [line] = [line for line in result.report() if "An interrupt came" in line]
    assert fault_line("interrupt") in line
    assert not any("trapped" in line for line in result.report())


def test_traps_without_a_handler_end_the_run():
    result = run_program("no_handler")
    assert (result.reason, result.status, result.exit_code) == ("trap_loop", 125, None)
    assert result.cycles < 100_000
    report = "\n".join(result.report())
    assert fault_line("no_handler") in report and "traps for ever" in report


def test_cycle_limit_says_where_the_core_is():
    result = run_program("forever", max_cycles=20_000)
    assert (result.reason, result.cycles, result.status) == ("cycle_limit", 20_000, 124)
    assert result.uart_text == "running\n"
    [line] = [line for line in result.report() if "Cycle limit" in line]
    assert "forever.c:" in line and "--max-cycles" in line
    with pytest.raises(ValueError, match="max_cycles must be 1 or more, not 0"):
        run_program("forever", max_cycles=0)


def test_symbols_hold_what_the_program_left():
    result = run_program("table", symbols=["table"])
    assert result.symbols["table"] == b"".join((i * i).to_bytes(2, "little") for i in range(100))
    # Files of the runner itself do not get in the way of a symbol's name.
    assert run_program("table", symbols=["report"]).symbols["report"] == bytes(range(4))
    with pytest.raises(ValueError, match="'chair'"):
        run_program("table", symbols=["chair"])


def _command(name, *options, **streams):
    return subprocess.Popen(
        [sys.executable, "-m", "gluechip", "run", str(PROGRAMS / f"{name}.c"), *options],
        cwd=_ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **streams)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_with_a_report(number):
    run_program("forever", max_cycles=1)  # so that all is built
    with _command("forever") as process:
        assert process.stdout.readline() == "running\n"
        os.kill(process.pid, number)
        start = time.monotonic()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and time.monotonic() - start < 30
    assert "Interrupted; the core is at" in errors and "forever.c:" in errors
    assert "cycles per second" in errors and "Traceback" not in errors


def test_the_simulator_ends_with_the_command():
    """Even if that is killed: the simulator holds the other end of its error stream, too."""
    run_program("forever", max_cycles=1)
    with _command("forever") as process:
        assert process.stdout.readline() == "running\n"
        process.kill()
        process.communicate(timeout=30)


def test_stdin_reaches_the_program():
    run_program("echo", max_cycles=1)
    with _command("echo", "--stdin", "--quiet", stdin=subprocess.PIPE) as process:
        output, _ = process.communicate("hello\n\n", timeout=60)
    assert output == "HELLO\n" and process.returncode == 0


@pytest.mark.parametrize("path", ["nothing/out.fst", "folder.fst", "/proc/out.fst"])
def test_a_trace_that_cannot_be_written_is_told_before_the_run(path, tmp_path):
    (tmp_path / "folder.fst").mkdir()
    with pytest.raises(ValueError, match="Trace file must be one that can be written, not "):
        run_program("divide", trace=tmp_path / path)
    assert [place.name for place in tmp_path.iterdir()] == ["folder.fst"]


def _vcd_edges(content, name):
    """Picoseconds at which the signal ``name`` of the top module changes, and of the last mark."""
    header, _, changes = content.partition("$enddefinitions $end")
    assert "$timescale 1ps" in header
    code = next(line.split()[3] for line in header.splitlines() if f" {name} $end" in line)
    edges, time = [], 0
    for line in changes.splitlines():
        if line.startswith("#"):
            time = int(line[1:])
        elif line in (f"0{code}", f"1{code}"):
            edges.append(time)
    return edges, time


@pytest.mark.parametrize("suffix", ["fst", pytest.param("vcd", marks=pytest.mark.long)])
def test_waveforms(suffix, tmp_path):
    chip, path = preset("small"), tmp_path / f"out.{suffix}"
    result = run(build_app(PROGRAMS / "divide.c", chip), chip, trace=path)
    assert result.uart_text == "-1 7\n"
    half = 10**12 // chip.clock_hz // 2
    end = (2 * result.cycles - 1) * half  # the last falling edge
    if suffix == "vcd":
        edges, last = _vcd_edges(path.read_text(), "clk")
        assert last == end and len(edges) == 2 * result.cycles
        assert all(edge == number * half for number, edge in enumerate(edges))
    else:  # the header block: type, length, first and last time, ..., power of ten of a unit
        content = path.read_bytes()
        assert content[0] == 0 and int.from_bytes(content[1:9], "big") == 329
        assert [int.from_bytes(content[at:at + 8], "big") for at in (9, 17)] == [0, end]
        assert int.from_bytes(content[73:74], "big", signed=True) == -12
