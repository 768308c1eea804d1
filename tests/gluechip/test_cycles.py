"""``gluechip cycles``: its totals are those of the chip."""

import re

import pytest

from cpu.cycles import load_cycle_table
from firmware.build import build_app
from gluechip.cli import main
from gluechip.cycles import account
from sim.runner import run
from soc.configuration import preset
from soc.soc_map import memory_map

CHIP = preset("reference")
TABLE = load_cycle_table()
SLEEPS = 1000  # cycles, less a few

# Its last instructions read mcycle and end the program with it.
_PROGRAM = """
volatile unsigned values[8] = {{7, 6, 5, 4, 3, 2, 1, 9}};

static unsigned __attribute__((noinline)) mix(unsigned seed)
{{
    for (unsigned i = 0; i < 8; i++)
        values[i] = values[7 - i] * seed / (values[i] + 3) + __builtin_clz(seed + i);
    return values[3];
}}

int main(void)
{{
    for (unsigned i = 0; i < 5; i++)
        mix(i + 1);
    {wait}
    __asm__ volatile("csrr a0, mcycle\\n sw a0, 0(%0)\\n 1: j 1b" : : "r"({exit:#x}) : "a0");
}}
"""
_WAIT = """
    __asm__ volatile("csrci mstatus, 8");
    *(volatile unsigned *){mtimecmp_low:#x} = *(volatile unsigned *){mtime_low:#x} + {sleeps};
    *(volatile unsigned *){mtimecmp_high:#x} = 0;
    __asm__ volatile("csrw mie, %0\\n wfi" : : "r"(1 << 7));
"""


def _address(block, register):
    chip = memory_map(CHIP)
    return chip.device(block).base + chip.tables[block].register(register).offset


def _account(tmp_path, wait=""):
    source = tmp_path / "program.c"
    source.write_text(_PROGRAM.format(exit=_address("system", "exit"), wait=wait))
    result = run(build_app(str(source), CHIP), CHIP, profile=True)
    return account(result, CHIP), result


def test_the_total_is_mcycle(tmp_path):
    found, result = _account(tmp_path)
    assert found.slept == 0
    assert found.total == result.exit_code + TABLE["csr"].cycles
    assert sum(cycles for cycles, _ in found.functions.values()) == found.total
    assert found.functions["mix"][1] == 5 and found.classes["div"][0] >= 40


def test_sleep_is_told_apart(tmp_path):
    wait = _WAIT.format(sleeps=SLEEPS, **{name: _address("clint", name) for name in (
        "mtime_low", "mtimecmp_low", "mtimecmp_high")})
    found, result = _account(tmp_path, wait)
    assert 0.9 * SLEEPS < found.slept < SLEEPS
    assert found.total + found.slept == result.exit_code + TABLE["csr"].cycles


def test_hello_is_reported(capsys):
    assert main(["cycles", "hello", "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    function, classes = lines[:lines.index("")], lines[lines.index("") + 1:-2]
    totals = [sum(int(re.split(r"  +", line)[1].split(" ")[0].replace(",", ""))
                  for line in table[1:]) for table in (function, classes)]
    assert any(line.startswith("main ") for line in function)
    assert lines[-1].split() == ["total", f"{totals[0]:,}"] and totals[0] == totals[1]


@pytest.mark.parametrize("app, error", [("no-such-app", "App must be one of"),
                                        ("text.elf", "must be an ELF file")])
def test_bad_input_is_one_line(app, error, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.elf").write_text("text")
    assert main(["cycles", app]) == 1
    assert error in capsys.readouterr().err.splitlines()[-1]
