"""What riscv-tests has, and which of it applies to this core."""

import re

__all__ = ["SUITES", "build_options", "find_tests", "not_applicable"]

SUITES = ("rv32ui", "rv32um", "rv32mi", "rv32uzba", "rv32uzbb", "rv32uzbs")
"""Folders of tests for what the core has."""

_REMEDY = ("clone it with its submodule: `git clone --recursive "
           "https://github.com/riscv-software-src/riscv-tests`, or `git submodule update --init` "
           "in a clone that lacks it")

_MISALIGNED = "accesses that are not aligned trap: there is no hardware for them"

# Why a test says nothing about this core, for each that the core is documented not to pass.
_NOT_APPLICABLE = {
    "rv32ui/ma_data": _MISALIGNED,
    "rv32mi/lh-misaligned": _MISALIGNED,
    "rv32mi/lw-misaligned": _MISALIGNED,
    "rv32mi/sh-misaligned": _MISALIGNED,
    "rv32mi/sw-misaligned": _MISALIGNED,
    "rv32mi/breakpoint": "its triggers must fire in machine mode while mstatus.MIE is 0: ours wait",
    "rv32mi/dirty": "it needs virtual memory",
    "rv32mi/ipi": "it needs a second hart",
    "rv32mi/timer": "it needs the timer of a version before 1.10 of the specification",
    "rv32mi/wfi": "it needs an interrupt that software sets in mip, where ours are lines",
}

# Tests that execute what they have in their data.
_UNIFIED = {"rv32ui/fence_i"}


def find_tests(path):
    """{name: source file} of the tests in the checkout ``path``, such as "rv32ui/add".

    Raises: ValueError with the remedy when this is no complete checkout.
    """
    for needed in ("isa/rv32ui", "isa/macros/scalar/test_macros.h", "env/p/riscv_test.h"):
        if not (path / needed).exists():
            raise ValueError(f"--riscv-tests must be a checkout of riscv-tests, with {needed}, not "
                             f"{str(path)!r}: {_REMEDY}")
    return {f"{suite}/{source.stem}": source
            for suite in SUITES for source in sorted((path / "isa" / suite).glob("*.S"))}


def not_applicable(name, source):
    """Why the test does not apply to this core; None if it does."""
    if re.search(r"\bRVTEST_RV32S\b|\bRVTEST_RV32UF\b", source.read_text(errors="replace")):
        return "it needs supervisor mode or floating point"
    return _NOT_APPLICABLE.get(name)


def build_options(name, path):
    """Arguments of `image.build`."""
    return {"entry": "_start", "include": [path / "env" / "p", path / "isa" / "macros" / "scalar"],
            "unified": name in _UNIFIED}
