"""What riscv-arch-test 2 and 3 have (``riscv-test-suite``), and what of it applies to this core.

A test says by RVTEST_CASE for which chips it is, such as
"check ISA:=regex(.*I.*Zba.*);def TEST_CASE_1=True".
"""

import re
from typing import NamedTuple

from cpu.bit_manipulation import EXTENSIONS

__all__ = ["ISA", "MODEL", "Selection", "build_options", "find_tests", "reference_signature",
           "select"]

ISA = "RV32IMUZicsr_Zicntr_Zifencei_" + "_".join(
    sorted((name.capitalize() for name in EXTENSIONS), key=str.lower))
"""The core as RISCOF names it; without Smepmp, whose S its patterns take for supervisor mode."""

MODEL = {"ISA": ISA, "hw_data_misaligned_support": "False"}
"""What RVTEST_CASE may ask for."""

_LACKING = "CAFDQVHS"  # letters of extensions that RVTEST_ISA names and the core has not

_CASE = re.compile(r'RVTEST_CASE\s*\([^"]*"//\s*(?P<conditions>[^"]*)"')

class Selection(NamedTuple):
    """``defines``: macros to compile a test with; ``reason``: why it does not apply, or None."""

    defines: dict
    reason: str | None


def find_tests(path):
    """{name: source file} of the tests in the checkout ``path``, such as "I/add-01"."""
    suite = path / "riscv-test-suite" / "rv32i_m"
    return {str(source.relative_to(suite).with_suffix("")).replace("/src/", "/"): source
            for source in sorted(suite.glob("*/src/**/*.S"))}


def _meets(condition, model):
    """Whether ``model`` meets "check NAME:=VALUE"; anything else is no condition."""
    match = re.fullmatch(r"check\s+(\S+?)\s*:=\s*(.*)", condition)
    if not match:
        return True
    name, value = match.groups()
    if name not in model:
        return False
    pattern = re.fullmatch(r"regex\((.*)\)", value)
    return bool(re.search(pattern[1], model[name])) if pattern else value == model[name]


def _lacking(text):
    """What RVTEST_ISA names, if each of its choices has a letter of _LACKING; else None.

    The patterns of RVTEST_CASE alone let some tests of C through.
    """
    named = re.search(r'RVTEST_ISA\s*\(\s*"([^"]*)"', text)
    choices = named[1].split(",") if named else []
    letters = [re.match(r"RV32([A-Y]*)", choice.strip()) for choice in choices]
    if choices and all(match and set(match[1]) & set(_LACKING) for match in letters):
        return named[1]
    return None


def select(text, model=MODEL):
    """The `Selection` of a test with the source ``text`` for a chip with the features ``model``."""
    defines, unmet = {}, []
    lacking = _lacking(text)
    if lacking:
        return Selection({}, f"it is for {lacking}; the core is {model['ISA']}")
    for case in _CASE.finditer(text):
        conditions = [part.strip() for part in case["conditions"].split(";") if part.strip()]
        missing = [part for part in conditions if not _meets(part, model)]
        if missing:
            unmet.append(missing[0].removeprefix("check "))
            continue
        for part in conditions:
            if match := re.fullmatch(r"def\s+(\w+)\s*=\s*(\w+)", part):
                defines[match[1]] = match[2]
    if not defines:
        needs = " or ".join(dict.fromkeys(unmet)) or "a case that RVTEST_CASE names"
        return Selection({}, f"it asks for {needs}; the core is {model['ISA']}")
    return Selection(defines, None)


def build_options(name, path, defines):
    """Arguments of `image.build`."""
    suite = path / "riscv-test-suite"
    return {"entry": "rvtest_entry_point", "include": [suite / "env"],
            "flags": ["-DXLEN=32", *(f"-D{macro}={value}" for macro, value in defines.items())],
            "unified": "pmp" in name.lower()}  # these jump to their data


def reference_signature(source):
    """Words of the reference signature that 2.x has beside ``source``; None where there is none.

    A line is a word, or 16 bytes with the last word in front.
    """
    path = source.parents[1] / "references" / f"{source.stem}.reference_output"
    if not path.exists():
        return None
    words = []
    for line in path.read_text().split():
        words += [int(line[end - 8:end], 16) for end in range(len(line), 0, -8)]
    return words
