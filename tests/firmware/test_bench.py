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


def _host_result(name, sources):
    """What the benchmark gives on this machine, run twice."""
    library = ctypes.CDLL(str(build_host_library("bench", sources, preset("reference"),
                                                 include=[_FOLDER])))
    work = getattr(library, f"{name}_run")
    work.restype = ctypes.c_uint32
    results = set()
    for _ in range(2):
        getattr(library, f"{name}_prepare")()
        results.add(work())
    [result] = results
    return result


@pytest.mark.parametrize("name", RESULTS)
def test_on_this_machine(name):
    sources = [path for path in sorted(_FOLDER.glob("*.c")) if path.name != "main.c"]
    assert _host_result(name, sources) == RESULTS[name]


@pytest.mark.parametrize("name", ["small", "reference"])
def test_on_the_functional_chip(name):
    configuration = preset(name)
    result = run_elf(build_app("bench", configuration), configuration, limit=_CYCLES_LIMIT)
    assert result.exit_code == 0, result.text
    assert _results(result.text) == RESULTS


def test_every_preset_has_room():
    for configuration in PRESETS.values():
        build_app("bench", configuration)


def test_on_the_real_chip():
    configuration = preset("small")
    result = run(build_app("bench", configuration), configuration, max_cycles=_CYCLES_LIMIT)
    assert result.status == 0, result.uart_text
    assert _results(result.uart_text) == RESULTS


@pytest.mark.parametrize("name, right, wrong", [
    ("list", "b->key < a->key", "b->key <= a->key"),
    ("matrix", "- matrix[j][i]", "- matrix[i][j]"),
    ("state", "case POWER_SIGN:\n", ""),
    ("state", "return digit ? DECIMAL : OTHER", "return DECIMAL"),
    ("crc", "0xedb88320u", "0xedb88321u"),
    ("crc", "& 0xff]", "& 0x7f]"),
    ("sort", "values[child + 1] > values[child]", "values[child + 1] < values[child]"),
    ("sort", "hole[-1] > value", "hole[-1] > value + 1"),
    ("hash", "!equal(slots[i].word, word)", "false"),
    ("hash", "rotate(lanes[3], 18)", "rotate(lanes[3], 17)"),
    ("string", "last - i", "length - i"),
    ("interpreter", "registers[i.b] ^ registers", "registers[i.b] | registers"),
])
def test_mutant_is_found(tmp_path, name, right, wrong):
    text = (_FOLDER / f"{name}.c").read_text()
    assert right in text
    source = tmp_path / f"{name}.c"
    source.write_text(text.replace(right, wrong))
    assert _host_result(name, [source]) != RESULTS[name]


def test_wrong_result_is_told(tmp_path):
    folder = tmp_path / "bench"
    shutil.copytree(_FOLDER, folder)
    source = (folder / "main.c").read_text()
    right = f"0x{RESULTS['crc']:08x}"
    assert right in source
    (folder / "main.c").write_text(source.replace(right, "0x00000001"))
    configuration = preset("small")
    result = run_elf(build_app(folder, configuration), configuration, limit=_CYCLES_LIMIT)
    assert result.exit_code == 1
    [failed] = [line for line in result.text.splitlines() if "FAILED" in line]
    assert re.fullmatch(rf"bench core crc .* result={right} FAILED: must be 0x00000001", failed)
