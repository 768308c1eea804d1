"""C programs of the tests, each with the output that it must print, on the functional chip.

The output stands in the first comment of a program; ``*`` in a line stands for anything, a line
that is only ``*`` for any number of lines. The last line is the exit code.
"""

import fnmatch
import re
from pathlib import Path

import pytest

from firmware.build import boot_code, build_app
from sim.iss.chip import run_elf
from soc.configuration import preset

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.c"))
_REAL_CHIP = "/* needs the real chip"


def expected_output(source):
    """(lines, exit code) that the program ``source`` must print."""
    comment = re.match(r"/\*.*?output:\n(.*?)\*/", source.read_text(), re.DOTALL)[1]
    *lines, last = comment.rstrip("\n").split("\n")
    return lines, int(last.removeprefix("exit: "))


def matches(lines, patterns):
    """True if the lines fit the patterns, see above."""
    if not patterns:
        return not lines
    if patterns[0] == "*":
        return any(matches(lines[i:], patterns[1:]) for i in range(len(lines) + 1))
    return bool(lines) and fnmatch.fnmatchcase(lines[0], patterns[0].replace("[", "[[]")) \
        and matches(lines[1:], patterns[1:])


@pytest.mark.parametrize("source", [p for p in PROGRAMS
                                    if not p.read_text().startswith(_REAL_CHIP)],
                         ids=lambda path: path.stem)
def test_program(source):
    configuration = preset("small")
    lines, exit_code = expected_output(source)
    result = run_elf(build_app(source, configuration), configuration,
                     boot_code=boot_code(configuration), limit=3_000_000)
    assert matches(result.text.rstrip("\n").split("\n"), lines), result.text
    assert result.exit_code == exit_code, result.text
