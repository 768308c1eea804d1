"""The programs beside this file, on the fast runner."""

from pathlib import Path

from firmware.build import build_app
from sim.runner import run
from soc.configuration import preset

__all__ = ["PROGRAMS", "fault_line", "run_program"]


PROGRAMS = Path(__file__).resolve().parent / "programs"

_CHIP = preset("reference")
_LIMIT = 2_000_000


def run_program(name, *, defines=None, **options):
    """The result of the program ``name``; ``options`` are those of `sim.runner.run`."""
    elf = build_app(PROGRAMS / f"{name}.c", _CHIP, defines=defines)
    return run(elf, _CHIP, **{"max_cycles": _LIMIT, **options})


def fault_line(name, number=0):
    """``file.c:12`` of the line of a program that is marked as its fault."""
    lines = (PROGRAMS / f"{name}.c").read_text().splitlines()
    found = [n for n, line in enumerate(lines, 1) if "/* FAULT */" in line]
    return f"{name}.c:{found[number]}"
