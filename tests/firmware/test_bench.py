"""The benchmarks of the core: the C on this machine and on the chip against the model in Python."""

import ctypes
import re
import shutil

import pytest

from firmware.apps.bench.model import RESULTS, fold, random_numbers, xxh32
from firmware.build import APPS_DIR, build_app, build_host_library
from sim.iss.chip import run_elf
from sim.runner import run
from soc.configuration import PRESETS, preset

_FOLDER = APPS_DIR / "bench"
_CYCLES_LIMIT = 2_000_000  # of all together, so that they are simulated in seconds
_LINE = re.compile(r"bench core (\w+) cycles=(\d+) instructions=(\d+) result=0x([0-9a-f]{8})\n")


def _results(text):
    """{name: result} of a whole output in which nothing failed."""
    lines = text.splitlines(keepends=True)
    found = [_LINE.fullmatch(line) for line in lines]
    assert all(found), text
    return {match[1]: int(match[4], 16) for match in found}


def test_model_by_known_values():
    assert xxh32(b"", 0) == 0x02CC_5D05
    assert xxh32(b"abc", 0) == 0x32D1_53FF
    assert fold(b"a") == 0xE40C_292C
    assert next(random_numbers(1)) == 270_369


@pytest.mark.parametrize("name", RESULTS)
def test_on_this_machine(name):
    sources = [path for path in sorted(_FOLDER.glob("*.c")) if path.name != "main.c"]
    library = ctypes.CDLL(str(build_host_library("bench", sources, preset("reference"),
                                                 include=[_FOLDER])))
    work = getattr(library, f"{name}_run")
    work.restype = ctypes.c_uint32
    for _ in range(2):
        getattr(library, f"{name}_prepare")()
        assert work() == RESULTS[name]


@pytest.mark.parametrize("name", PRESETS)
def test_on_the_functional_chip(name):
    configuration = preset(name)
    result = run_elf(build_app("bench", configuration), configuration, limit=_CYCLES_LIMIT)
    assert result.exit_code == 0, result.text
    assert _results(result.text) == RESULTS


def test_on_the_real_chip():
    configuration = preset("small")
    result = run(build_app("bench", configuration), configuration, max_cycles=_CYCLES_LIMIT)
    assert result.status == 0, result.uart_text
    assert _results(result.uart_text) == RESULTS


@pytest.mark.parametrize("file, right, wrong, name", [
    ("main.c", f"0x{RESULTS['crc']:08x}", "0x00000001", "crc"),
    ("crc.c", "0xedb88320u", "0xedb88321u", "crc"),
    ("crc.c", "& 0xff]", "& 0x7f]", "crc"),
    ("list.c", "b->key < a->key", "b->key <= a->key", "list"),
    ("sort.c", "values[child] <= value", "values[child] < value - 1", "sort"),
    ("string.c", "last - i", "length - i", "string"),
    ("state.c", "case POWER_SIGN:\n", "", "state"),
], ids=["constant", "polynomial", "table", "stability", "heap", "skip", "transition"])
def test_mutant_is_found(tmp_path, file, right, wrong, name):
    folder = tmp_path / "bench"
    shutil.copytree(_FOLDER, folder)
    text = (folder / file).read_text()
    assert right in text
    (folder / file).write_text(text.replace(right, wrong))
    configuration = preset("small")
    result = run_elf(build_app(folder, configuration), configuration, limit=_CYCLES_LIMIT)
    assert result.exit_code == 1, result.text
    [failed] = [line for line in result.text.splitlines() if "FAILED" in line]
    assert failed.startswith(f"bench core {name} ")
