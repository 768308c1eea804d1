"""The ports of CoreMark and Embench, with stand-ins that have the interface of the originals.

The originals are for users to fetch: see docs/benchmarks.md.
"""

import re
import shutil
from pathlib import Path

import pytest

from firmware.build import FIRMWARE_DIR, build_app
from sim.iss.chip import run_elf
from soc.configuration import preset

_STAND_INS = Path(__file__).parent / "ports"


@pytest.fixture(params=["small", "reference"])
def run_port(request, tmp_path):
    """Function that runs a stand-in with our port, gathered as a user does."""
    def run(name, **defines):
        folder = tmp_path / name
        shutil.copytree(_STAND_INS / name, folder)
        shutil.copytree(FIRMWARE_DIR / "ports" / name, folder, dirs_exist_ok=True)
        configuration = preset(request.param)
        return run_elf(build_app(folder, configuration, defines=defines), configuration,
                       limit=2_000_000)
    return run


@pytest.mark.parametrize("iterations", [1, 40])
def test_coremark(run_port, iterations):
    result = run_port("coremark", ITERATIONS=iterations)
    assert result.exit_code == 0, result.text
    found = dict(re.findall(r"^(\S.*?) *: (.*)$", result.text, re.MULTILINE))
    assert found["Iterations"] == str(iterations)
    values = [((i * 0x66) + 0x8000 & 0xFFFF) - 0x8000 for i in range(998)]
    total = 0
    for value in values * iterations:
        total = total * 31 + value & 0xFFFF
    assert found["[0]crcfinal"] == f"0x{total:04x}"
    ticks = int(found["Total ticks"])
    assert 998 * iterations < ticks < 20 * 998 * iterations + 200
    assert found["Total time (secs)"] == "0"
    assert found["seeds"] == "0 0 102"
    assert found["seconds of 3 s"] == "3"
    thousandths = iterations * 10**9 // ticks
    assert found["CoreMark/MHz"] == f"{thousandths // 1000}.{thousandths % 1000:03}"
    assert "\n0 errors\n" in result.text


@pytest.mark.parametrize("defines, seeds", [
    ({"TOTAL_DATA_SIZE": 1200}, (8, 8, 8)), ({"VALIDATION_RUN": 1}, (0x3415, 0x3415, 0x66))])
def test_coremark_of_another_kind(run_port, defines, seeds):
    result = run_port("coremark", ITERATIONS=0, **defines)
    assert "\n0 errors\n" in result.text
    assert f"seeds            : {seeds[0]} {seeds[1]} {seeds[2]}\n" in result.text
    assert "CoreMark/MHz" not in result.text


def test_embench(run_port):
    result = run_port("embench", HAVE_BOARDSUPPORT_H=1)
    assert result.exit_code == 0, result.text
    cycles, instructions = map(int, re.fullmatch(
        r"embench cycles=(\d+) instructions=(\d+)\n", result.text).groups())
    assert 60 * 54 < cycles < 60 * 54 * 100  # 60 roots of 54 steps
    assert abs(cycles - instructions) < 200  # time is counted in instructions here


def test_embench_of_another_size(run_port):
    assert run_port("embench", HAVE_BOARDSUPPORT_H=1, CPU_MHZ=4).exit_code == 0


def test_embench_with_a_wrong_result(run_port):
    assert run_port("embench", HAVE_BOARDSUPPORT_H=1, WRONG=1).exit_code == 1
