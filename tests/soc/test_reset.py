"""A reset of the whole chip, however short, while its coprocessors are at work."""

from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from gluechip.bitstream import chip_with_program
from sim.harness import run_cocotb
from soc.configuration import preset

_PROGRAM = Path(__file__).resolve().parent / "programs" / "reset.c"
_DONE = 99
_CYCLES = 120_000  # in which the program ends when nothing hangs


async def _until(dut, condition, cycles):
    for _ in range(cycles):
        await FallingEdge(dut.clk)
        if condition():
            return
    raise AssertionError(f"must happen within {cycles} cycles")


@cocotb.test()
async def short_resets(dut):
    """Into the DMA of each coprocessor, at several moments; the program then runs as ever."""
    dut.uart_rx.value = 1
    dut.buttons.value = 0
    dut.rst.value = 1
    Clock(dut.clk, 10, unit="ns").start()
    await _until(dut, lambda: True, 1)
    dut.rst.value = 0
    for name, delay in (("keccak", 5), ("matmul", 9), ("keccak", 12), ("matmul", 30)):
        started = getattr(dut, f"{name}__observe__started")
        completed = getattr(dut, f"{name}__observe__completed")
        await _until(dut, lambda a=started, b=completed: a.value != b.value, _CYCLES)
        await _until(dut, lambda: True, 1)
        for _ in range(delay):
            await FallingEdge(dut.clk)
        dut.rst.value = 1
        await FallingEdge(dut.clk)
        dut.rst.value = 0
    await _until(dut, lambda: dut.exited.value, _CYCLES)
    assert dut.exit_code.value.to_unsigned() == _DONE


def test_reset():
    run_cocotb(chip_with_program(_PROGRAM, preset("small")), __name__, name="gluechip")
