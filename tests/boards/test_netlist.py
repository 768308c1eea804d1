"""The synthesized chip: what it consists of, and that it runs firmware as the RTL does."""

from pathlib import Path

import numpy as np
import pytest
from amaranth.back import verilog

from boards.synthesis import synthesize
from cpu.core import Core
from firmware.build import build_app
from gluechip.bitstream import chip_with_program
from sim.harness import BUILD_DIR
from sim.netlist import HIGH, LOW, Netlist, read_netlist
from sim.runner import run
from sim.uart import decode_line
from soc.configuration import preset
from soc.resources import needed_resources
from soc.soc_map import memory_map

PROGRAM = Path(__file__).parent / "netlist_program.c"
RESET_CYCLES = 4
UNSEEN_EDGES = 1  # the clock is high when the runner begins: one more of its cycles is a reset
GREETING_CYCLES = 6000  # in which the chip has begun to send


def _synthesis(configuration):
    return synthesize(chip_with_program(PROGRAM, configuration), "gluechip",
                      BUILD_DIR / "synthesis")


def _check_census(configuration):
    cells = _synthesis(configuration).cells
    for cell, parts in needed_resources(configuration).items():
        assert cells[cell] == sum(count for _, count in parts), (cell, parts)


def _tables(configuration):
    return read_netlist(_synthesis(configuration).json, "gluechip")


def _run_netlist(tables, max_cycles):
    """(the chip, the serial line in each cycle) after a reset and a run to the program's end."""
    chip = Netlist(tables)
    chip["uart_rx"], chip["buttons"], chip["rst"] = 1, 0, 1
    chip.run(RESET_CYCLES)
    chip["rst"] = 0
    return chip, chip.run(max_cycles, until="exited", watch="uart_tx")


def _check_runs_like_rtl(configuration):
    """The netlist must send the same bytes as the RTL, and take as many cycles."""
    rtl = run(build_app(PROGRAM, configuration), configuration)
    assert rtl.status == 0, rtl.uart_text
    assert "Hello" in rtl.uart_text and "agree" in rtl.uart_text
    chip, line = _run_netlist(_tables(configuration), rtl.cycles + 1000)
    assert decode_line(line, configuration.uart_divisor).decode(errors="replace") == rtl.uart_text
    assert (chip["exited"], chip["exit_code"]) == (1, 0)
    assert len(line) == rtl.cycles - UNSEEN_EDGES
    assert chip["rvfi__order"] + chip["rvfi__valid"] == rtl.retired


def test_small_consists_of_what_it_should():
    _check_census(preset("small"))


def test_netlist_of_small_runs_like_the_rtl():
    _check_runs_like_rtl(preset("small"))


def _mutant_line(tables, row, column, bit):
    """The serial line of the netlist with one bit flipped in a row of one of its tables."""
    row[column] ^= 1 << bit
    try:
        return _run_netlist(tables, GREETING_CYCLES)[1]
    finally:
        row[column] ^= 1 << bit


def test_mutants_of_the_netlist_of_small_are_killed():
    """One bit of one cell, seen in the first line of text that the chip sends."""
    tables = _tables(preset("small"))
    _, good = _run_netlist(tables, GREETING_CYCLES)
    assert len(good) == GREETING_CYCLES and not good.all(), "the chip must have begun to send"
    registers = {register[1]: register for register in tables.flipflops}
    (exited,), (line,) = tables.ports["exited"], tables.ports["uart_tx"]
    assert len(_mutant_line(tables, registers[exited], 2, 0)) < GREETING_CYCLES
    # The table before the register of the line. Two of its inputs need not occur together, but each
    # level of the line is in it.
    (lut,) = (lut for lut in tables.luts if lut[-1] == registers[line][0])
    entries = [entry for entry in range(16) if all(
        net not in (LOW, HIGH) or entry >> pin & 1 == net for pin, net in enumerate(lut[1:5]))]
    killed = sum(not np.array_equal(_mutant_line(tables, lut, 0, entry), good)
                 for entry in entries)
    print(f"killed {killed} of {len(entries)}")
    assert killed >= 2


@pytest.mark.long
def test_large_consists_of_what_it_should():
    _check_census(preset("large"))


@pytest.mark.long
def test_netlist_of_large_runs_like_the_rtl():
    _check_runs_like_rtl(preset("large"))


def test_register_file_is_distributed_memory():
    """32 cells: 2 read ports of 32 words of 32 bits. Anything else costs a thousand registers."""
    chip = memory_map(preset("small"))
    core = Core(itcm=chip.itcm, ram=chip.ram, devices=chip.devices)
    text = verilog.convert(core, name="core", emit_src=False, strip_internal_attrs=True)
    cells = synthesize(text, "core", BUILD_DIR / "synthesis").cells
    assert cells["TRELLIS_DPR16X4"] == 32
    assert cells["MULT18X18D"] == 4
    assert "DP16KD" not in cells
