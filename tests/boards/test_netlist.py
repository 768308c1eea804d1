"""The synthesized chip: what it consists of, and that it runs firmware as the RTL does."""

import os
from pathlib import Path

import cocotb
import pytest
from amaranth.back import verilog
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles

from boards.synthesis import synthesize
from cpu.core import Core
from firmware.build import build_app
from gluechip.bitstream import chip_with_program
from sim.harness import BUILD_DIR, run_cocotb
from sim.netlist import cell_models
from sim.runner import run
from sim.uart import UartSink
from soc.configuration import preset
from soc.resources import needed_resources
from soc.soc_map import memory_map

PROGRAM = Path(__file__).parent / "netlist_program.c"
PORTS = ("clk", "rst", "uart_rx", "uart_tx", "buttons", "exited")
MAX_CYCLES = 400_000


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def boot_and_listen(dut):
    """Runs until the chip says that the program has ended; the serial line goes to a file."""
    dut.rst.value, dut.uart_rx.value, dut.buttons.value = 1, 1, 0
    Clock(dut.clk, 10, unit="ns").start()
    await ClockCycles(dut.clk, 4)
    dut.rst.value = 0
    sink = UartSink(dut.clk, dut.uart_tx, int(os.environ["GLUECHIP_UART_DIVISOR"]))
    cocotb.start_soon(sink.run())
    for _ in range(MAX_CYCLES // 100):
        await ClockCycles(dut.clk, 100)
        if dut.exited.value == 1:
            break
    else:
        raise AssertionError(f"the program must end within {MAX_CYCLES} cycles; it sent "
                             f"{bytes(sink.received)!r}")
    await ClockCycles(dut.clk, 100)
    assert not sink.errors
    Path(os.environ["GLUECHIP_NETLIST_OUTPUT"]).write_bytes(sink.received)


def _netlist(configuration):
    return synthesize(chip_with_program(PROGRAM, configuration), "gluechip",
                      BUILD_DIR / "synthesis")


def _check_netlist_runs_like_rtl(configuration, directory):
    output = directory / "serial.txt"
    run_cocotb(_netlist(configuration).netlist.read_text(), __name__, name="gluechip",
               extra_sources=cell_models(BUILD_DIR / "sim"), visible=PORTS,
               environment={"GLUECHIP_UART_DIVISOR": str(configuration.uart_divisor),
                            "GLUECHIP_NETLIST_OUTPUT": str(output)})
    rtl = run(build_app(PROGRAM, configuration), configuration)
    assert rtl.status == 0, rtl.uart_text
    assert "Hello" in rtl.uart_text and "agree" in rtl.uart_text
    assert output.read_text() == rtl.uart_text


def _check_census(configuration):
    cells = _netlist(configuration).cells
    for cell, parts in needed_resources(configuration).items():
        assert cells[cell] == sum(count for _, count in parts), (cell, parts)


def test_small_consists_of_what_it_should():
    _check_census(preset("small"))


@pytest.mark.long
def test_netlist_of_small_runs_like_the_rtl(tmp_path):
    _check_netlist_runs_like_rtl(preset("small"), tmp_path)


@pytest.mark.long
def test_large_consists_of_what_it_should():
    _check_census(preset("large"))


@pytest.mark.long
def test_netlist_of_large_runs_like_the_rtl(tmp_path):
    _check_netlist_runs_like_rtl(preset("large"), tmp_path)


def test_register_file_is_distributed_memory():
    """32 cells: 2 read ports of 32 words of 32 bits. Anything else costs a thousand registers."""
    chip = memory_map(preset("small"))
    core = Core(itcm=chip.itcm, ram=chip.ram, devices=chip.devices)
    text = verilog.convert(core, name="core", emit_src=False, strip_internal_attrs=True)
    cells = synthesize(text, "core", BUILD_DIR / "synthesis").cells
    assert cells["TRELLIS_DPR16X4"] == 32
    assert cells["MULT18X18D"] == 4
    assert "DP16KD" not in cells
