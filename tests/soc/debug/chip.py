"""Programs on the debug bench, and what a debugger sees of them."""

import os

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from sim.probe import Probe
from soc.memory_map import MemoryMap

__all__ = ["DEVICE", "ITCM", "RAM", "WORDS", "Retirement", "cycles", "follow", "load", "peek",
           "power_up", "start"]


ITCM, RAM, DEVICE = MemoryMap.ITCM_BASE, MemoryMap.RAM_BASE, MemoryMap.DEVICE_BASES["system"]
WORDS = ITCM + 8192 - 64
"""The debugger's words."""


def _place(dut, address):
    if address < RAM:
        return dut.itcm.words, (address - ITCM) // 4
    index = (address - RAM) // 4
    return (dut.ram.high if index & 1 else dut.ram.low).words, index // 2


def load(dut, address, words):
    """Writes words from ``address`` on, in no simulated time."""
    for number, word in enumerate(words):
        array, index = _place(dut, address + 4 * number)
        array[index].value = word


def peek(dut, address):
    """The word at ``address``."""
    array, index = _place(dut, address)
    return array[index].value.to_unsigned()


async def cycles(dut, count):
    for _ in range(count):
        await FallingEdge(dut.clk)


async def power_up(dut, program):
    """Loads ``program`` and holds the chip in reset; returns a `Probe`."""
    for name in ("rst", "tck", "tms", "tdi", "locked", "external"):
        getattr(dut, name).value = 0
    if hasattr(dut, "mutant"):
        dut.mutant.value = int(os.environ["DEBUG_MUTANT"])
    dut.rst.value = 1
    Clock(dut.clk, 10, unit="ns").start()
    await cycles(dut, 3)
    load(dut, program.base, program.words())
    return Probe(dut)


async def start(dut, program):
    """Starts ``program`` from reset; returns a `Probe` that is attached."""
    probe = await power_up(dut, program)
    dut.rst.value = 0
    await probe.attach()
    return probe


class Retirement:
    """What retires, as RVFI tells: ``pcs``, and tuples (cycle, pc, what it writes to rd)."""

    def __init__(self):
        self.pcs, self.records = [], []

    async def follow(self, dut):
        cycle = 0
        while True:
            await FallingEdge(dut.clk)
            cycle += 1
            if dut.rvfi__valid.value:
                pc = dut.rvfi__pc_rdata.value.to_unsigned()
                self.pcs.append(pc)
                self.records.append((cycle, pc, dut.rvfi__rd_wdata.value.to_unsigned()))


def follow(dut):
    """Begins to record what retires; returns the `Retirement`."""
    retirement = Retirement()
    cocotb.start_soon(retirement.follow(dut))
    return retirement
