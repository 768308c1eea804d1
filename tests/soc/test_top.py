"""The whole chip on the fast runner: boots, faults where nothing is, is not slowed by DMA."""

import re
from pathlib import Path

from firmware.build import build_app
from sim.runner import run
from soc.configuration import PRESETS
from soc.soc_map import memory_map
from soc.top import soc_verilog

_PROGRAMS = Path(__file__).resolve().parent / "programs"
_CHIP = PRESETS["reference"]
_LOAD_FAULT, _STORE_FAULT = 5, 7


def _run(name):
    result = run(build_app(_PROGRAMS / f"{name}.c", _CHIP), _CHIP, max_cycles=500_000)
    assert (result.reason, result.status) == ("exit", 0), result.report()
    return result.uart_text.splitlines()


def test_accesses_outside_the_map_fault():
    """Each hole faults precisely: no register changes, the program goes on. None of them hangs."""
    chip = memory_map(_CHIP)
    lines = _run("holes")
    seen = {True: 0, False: 0}
    for line in lines:
        address, kind, cause, value, *word = line.split()
        hole = chip.find(int(address, 16)) is None
        seen[hole] += 1
        if hole:
            assert int(cause) == (_LOAD_FAULT if kind == "load" else _STORE_FAULT), line
            assert value == address, line
            assert word in ([], ["12345678"]), line
        else:
            assert (int(cause), int(value, 16)) == (0, 0), line
            assert word in ([], ["00000000"]), line
    assert seen == {True: 24, False: 8}


def test_dma_never_disturbs_the_core():
    [line] = _run("undisturbed")
    alone, beside, state = line.split()
    assert state == "busy", "the job must last longer than the work beside it"
    assert alone == beside


def test_user_mode_has_what_it_is_given():
    """The program is the example of docs/core.md, line by line."""
    program = (_PROGRAMS / "protection.c").read_text()
    manual = (_PROGRAMS.parents[2] / "docs" / "core.md").read_text()
    example = [line for line in manual.splitlines() if line.startswith("GLUECHIP_CSR_WRITE")]
    assert len(example) == 3 and all(line in program for line in example)
    lines = _run("protection")
    assert lines[0] == "8 8"
    causes, values = zip(*(line.split() for line in lines[1:]))
    assert causes == ("5", "7", "2", "8")
    assert values == ("90002000", "80000400", "300022f3", "00000000")


def test_verilog_is_reproducible():
    text = soc_verilog(PRESETS["small"], b"\x13\x00\x00\x00" * 3)
    assert text == soc_verilog(PRESETS["small"], b"\x13\x00\x00\x00" * 3)
    assert "\nmodule gluechip(" in text
    assert "debug" in text, "the register debug_lock"
    assert not {"tck", "debug_module", "triggers", "scan_chain"} & set(re.findall(r"\w+", text)), \
        "the debug port is built out"
    assert text.count("    words[2] = 32'd19;\n") == 1 and "    words[3] = 32'" not in text
