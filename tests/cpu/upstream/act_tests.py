"""What riscv-arch-test 4 has (``tests``), and which of it applies to this core.

A test says in a header between START_TEST_CONFIG and END_TEST_CONFIG what it needs. It is built
twice: first to write a signature, which the model gives, then to check itself against that.
"""

import re

from cpu.bit_manipulation import EXTENSIONS
from soc.memory_map import MemoryMap
from tests.cpu.upstream.bench import PMP_ENTRIES

__all__ = ["PASSED", "PARAMETERS", "check_options", "expected_results", "find_tests",
           "not_applicable", "signature_options"]

PASSED = 1
"""What a test writes to ``tohost`` at its end; 3 after a failure."""

_EXTENSIONS = {"I", "M", "Zmmul", "B", "Zicsr", "Zifencei", "Zicntr", "Zkt", "Sm", "U", "Smepmp",
               *(name.capitalize() for name in EXTENSIONS)}

PARAMETERS = {"MXLEN": 32, "NUM_PMP_ENTRIES": PMP_ENTRIES, "NUM_USABLE_PMP_ENTRIES": PMP_ENTRIES,
              "PMP_GRANULARITY": 2, "MISALIGNED_LDST": False, "TIME_CSR_IMPLEMENTED": True}
"""What a test may ask about the core, by the names of RISC-V's unified database."""

_COMPARISONS = {">=": int.__ge__, "<=": int.__le__, "!=": int.__ne__, "==": int.__eq__,
                ">": int.__gt__, "<": int.__lt__}

_CANARY_LABELS = {"4b8e2d17": "final_sig_offset", "7a110ff5": "final_trap_sig_offset",
                  "d3a91f6c": "trap_sigptr"}

# Why a suite says nothing about this core, although it asks for nothing that the core lacks.
_SUITES = {
    "Interrupts": "it needs a timer and interrupts that software raises, which the bench has not",
}

_CONFIGURATION = f"""\
#define UDB_MXLEN 32
#define UDB_NUM_PMP_ENTRIES {PMP_ENTRIES}
#define UDB_NUM_USABLE_PMP_ENTRIES {PMP_ENTRIES}
#define UDB_PMP_GRANULARITY 2
#define UDB_PMP_NAPOT_SUPPORTED
#define UDB_PMP_TOR_SUPPORTED
#define UDB_PMP_NA4_SUPPORTED
#define UDB_MTVEC_MODES_0
#define UDB_MTVEC_MODES_1
#define UDB_MTVEC_BASE_ALIGNMENT_DIRECT 4
#define UDB_MTVEC_BASE_ALIGNMENT_VECTORED 128
#define UDB_TIME_CSR_IMPLEMENTED
#define SM1P13P0_SUPPORTED
""" + "".join(f"#define {name.upper()}_SUPPORTED\n" for name in sorted(_EXTENSIONS))


def find_tests(path):
    """{name: source file} of the tests in the checkout ``path``, such as "rv32i/I/I-add-00"."""
    return {str(source.relative_to(path / "tests").with_suffix("")): source
            for area in ("rv32i", "priv")
            for source in sorted((path / "tests" / area).glob("*/*.[Sc]"))}


def _header(text):
    begin, _, rest = text.partition("START_TEST_CONFIG")
    header = rest.partition("END_TEST_CONFIG")[0]
    return "\n".join(line.strip().lstrip("#/* ") for line in header.splitlines()[1:])


def _names(header, key):
    """The list behind ``key``, in one line or one item a line: names, or sets of them to choose."""
    match = re.search(rf"^{key}:\s*(\[.*?\]\s*$|(?:\n-.*)+)", header, re.M | re.S)
    if not match:
        return []
    items = re.findall(r"\[([^\[\]]+)\]|'([^']+)'|([\w.]+)", match[1].strip().removeprefix("[")
                       .removesuffix("]"))
    return [set(re.findall(r"[\w.]+", choice)) if choice else {quoted or plain}
            for choice, quoted, plain in items]


def _holds(wanted, value):
    match = re.fullmatch(r"(>=|<=|!=|==|>|<)\s*(\w+)", wanted)
    if match:
        return type(value) is int and _COMPARISONS[match[1]](value, int(match[2], 0))
    return wanted.lower() == str(value).lower()


def not_applicable(name, source):
    """Why the test does not apply to this core; None if it does."""
    if source.suffix == ".c":
        return "it is in C, for a C library"
    header = _header(source.read_text(errors="replace"))
    for choice in _names(header, "REQUIRED_EXTENSIONS"):
        if not choice & _EXTENSIONS:
            return f"it needs {' or '.join(sorted(choice))}"
    for choice in _names(header, "FORBIDDEN_EXTENSIONS"):
        if choice & _EXTENSIONS:
            return f"it is for cores without {' or '.join(sorted(choice))}"
    for parameter, wanted in re.findall(r"^([A-Z][A-Z0-9_]+):\s*'?([^'\n\[]+?)'?\s*$", header,
                                        re.M):
        if parameter in ("MARCH", "REQUIRED_EXTENSIONS", "FORBIDDEN_EXTENSIONS", "NEEDS_SIGNATURE"):
            continue
        if parameter not in PARAMETERS or not _holds(wanted, PARAMETERS[parameter]):
            return f"it is for cores with {parameter} {wanted}"
    suite = name.split("/")[1]
    return next((reason for prefix, reason in _SUITES.items() if suite.startswith(prefix)), None)


def _options(name, path, flags):
    here = path / "tests" / "env"
    return {"entry": "rvtest_entry_point", "include": [here],
            "configuration": _CONFIGURATION, "unified": "PMP" in name or "pmp" in name,
            "flags": ["-DXLEN=32", "-DTEST_FLEN=32", f'-DTEST_FILE="{name.split("/")[-1]}.S"',
                      *flags]}


def signature_options(name, path):
    """Arguments of `image.build` for the program that writes the signature."""
    device = MemoryMap.DEVICE_BASES["clint"]
    return _options(name, path, [
        "-DSIGNATURE", f"-DSAIL_CLINT_BASE_ADDRESS={device:#x}",
        f"-DSAIL_SIMPLE_INTERRUPT_GENERATOR_BASE_ADDRESS={device:#x}"])


def check_options(name, path, results):
    """Arguments of `image.build` for the program that checks itself against ``results``, a file."""
    return _options(name, path, ["-DRVTEST_SELFCHECK", f'-DSIGNATURE_FILE="{results}"'])


def expected_results(words):
    """The signature as assembler text, with the labels that a test that checks itself wants."""
    lines = []
    for number, word in enumerate(words):
        if number == len(words) - 1:
            lines.append("sig_end_canary:")
        lines.append(f".word {word:#010x}")
        if label := _CANARY_LABELS.get(f"{word:08x}"):
            lines.append(f"{label}:")
    return "\n".join([*lines, ""])
