"""C programs of the tests, each with the output that it must print, on the functional chip and on
the real one.

The output stands in the first comment of a program; ``*`` in a line stands for anything, a line
that is only ``*`` for any number of lines. The last line is the exit code.
"""

import fnmatch
import re
from pathlib import Path

import pytest

import firmware.build
from firmware.build import DRIVERS_DIR, boot_code, build_app
from sim.iss.chip import run_elf
from sim.runner import run
from soc.configuration import preset
from tests.firmware.host import with_mistake

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.c"))
_LIMIT = 5_000_000  # instructions or cycles, beyond which a program hangs
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


def check(source, text, exit_code):
    """Asserts that the program ``source`` printed ``text`` rightly and ended with ``exit_code``."""
    lines, expected_code = expected_output(source)
    assert matches(text.rstrip("\n").split("\n"), lines), text
    assert exit_code == expected_code, text


@pytest.mark.parametrize("source", [p for p in PROGRAMS
                                    if not p.read_text().startswith(_REAL_CHIP)],
                         ids=lambda path: path.stem)
def test_on_the_functional_chip(source):
    configuration = preset("small", network_jobs=True)
    result = run_elf(build_app(source, configuration), configuration,
                     boot_code=boot_code(configuration), limit=_LIMIT)
    check(source, result.text, result.exit_code)


def _check_on_the_real_chip(source, configuration):
    result = run(build_app(source, configuration), configuration, max_cycles=_LIMIT)
    assert not result.conflicts, "the program touched buffers of a job under way"
    check(source, result.uart_text, result.exit_code)


@pytest.mark.parametrize("source", PROGRAMS, ids=lambda path: path.stem)
def test_on_the_real_chip(source):
    _check_on_the_real_chip(source, preset("small", network_jobs=True))


@pytest.mark.parametrize("name", ["layers", "products"])
def test_on_an_array_of_another_size(name):
    [source] = [path for path in PROGRAMS if path.stem == name]
    _check_on_the_real_chip(source, preset("reference"))


def _mutant(program, old, new, *, marks=pytest.mark.long):
    return pytest.param(program, old, new, marks=marks)


@pytest.mark.parametrize("program, old, new", [
    _mutant("hashes_in_handlers", "write_descriptor(job);\n    /* A permutation",
            "release_interrupts(held);\n    write_descriptor(job);\n    /* A permutation",
            marks=()),
    _mutant("hashes_in_handlers", "note_outcomes(self.outer);", ";"),
    _mutant("nothing_left", "    wipe_stack();", "", marks=()),
    _mutant("nothing_left", "gluechip_wipe(state, sizeof state);", ""),
    _mutant("nothing_left", "gluechip_wipe(block, sizeof block);", ""),
    _mutant("nothing_left", "gluechip_wipe(sponge, sizeof *sponge);", ";"),
    _mutant("nothing_left", "gluechip_wipe(hash, sizeof *hash);", ";"),
    _mutant("nothing_left", "gluechip_wipe(chaining_values, sizeof chaining_values);", ""),
    _mutant("nothing_left_of_products", "        wipe_frames();\n    }\n", "    }\n"),
    _mutant("nothing_left_of_products", "    wipe_frames();\n    masks", "    masks"),
    # The windows are not closed before the check, and it begins before the end of the job.
    _mutant("untrusted", "closed = gluechip_guard_close(GLUECHIP_COPROCESSOR_MATMUL);",
            "closed = GLUECHIP_OK;"),
    _mutant("untrusted", "    status = run_confined(job);\n    if (status == GLUECHIP_OK)\n",
            "    status = gluechip_matmul_submit(backend, job, NULL, NULL);\n"
            "    if (status == GLUECHIP_OK)\n"),
], ids=range(12))
def test_mutant_is_found(tmp_path, monkeypatch, program, old, new):
    """With a mistake in a driver the program prints something else."""
    sources = firmware.build._runtime_sources()
    drivers = [source for source in sources if DRIVERS_DIR in source.parents]
    mistaken = with_mistake(tmp_path, drivers, old, new)
    monkeypatch.setattr(firmware.build, "_runtime_sources", lambda: [
        *(source for source in sources if source not in drivers), *mistaken])
    [source] = [path for path in PROGRAMS if path.stem == program]
    with pytest.raises(AssertionError):
        _check_on_the_real_chip(source, preset("small", network_jobs=True))
