"""The clock gate: which edges it lets through, and what it costs its domain at reset."""

import cocotb
from amaranth.back import verilog
from amaranth.hdl import ClockDomain, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge

from sim.harness import run_cocotb
from soc.clock_gate import CLOCK_GATE_VERILOG, ClockGate


class _GatedCounter(wiring.Component):
    """Counts the edges of a gated clock."""

    wake: In(1)
    count: Out(32)

    def elaborate(self, platform):
        m = Module()
        m.domains += ClockDomain("gated", local=True)
        m.submodules.gate = gate = ClockGate("gated")
        m.d.comb += gate.wake.eq(self.wake)
        m.d.gated += self.count.eq(self.count + 1)
        return m


async def _reset(dut):
    dut.rst.value, dut.wake.value = 1, 0
    Clock(dut.clk, 10, unit="ns").start()
    await ClockCycles(dut.clk, 3)
    await FallingEdge(dut.clk)
    dut.rst.value = 0


async def _edges(dut, cycles):
    """How many edges of the gated clock there are in ``cycles``."""
    before = int(dut.count.value)
    for _ in range(cycles):
        await FallingEdge(dut.clk)
    return int(dut.count.value) - before


@cocotb.test
async def stops_and_wakes(dut):
    """Runs for LINGER_CYCLES after reset and after ``wake``, then stands still."""
    linger = ClockGate.LINGER_CYCLES
    await _reset(dut)
    # The last edge in reset still sees the register of the reset set.
    assert await _edges(dut, 100) == linger - 1
    for length in (1, 2, linger, 3 * linger):
        dut.wake.value = 1
        assert await _edges(dut, length) == length, "no edge may be left out while awake"
        dut.wake.value = 0
        assert await _edges(dut, 100) == linger
        assert await _edges(dut, 100) == 0


@cocotb.test
async def passes_through_without_the_macro(dut):
    await _reset(dut)
    await _edges(dut, 2)
    assert await _edges(dut, 100) == 100


def _run(testcase, **options):
    text = verilog.convert(_GatedCounter(), name="gated_counter", emit_src=False)
    run_cocotb(text + CLOCK_GATE_VERILOG, __name__, name="gated_counter", testcase=testcase,
               **options)


def test_stops_and_wakes():
    _run("stops_and_wakes", build_args=["-DGLUECHIP_CLOCK_GATES"])


def test_synthesis_passes_the_clock_through():
    _run("passes_through_without_the_macro")
