"""The systolic array against numpy: tiles back to back, gaps between steps, 32-bit wrap."""

import os
import random

import cocotb
import numpy as np
import pytest
from amaranth.back import verilog
from amaranth.hdl import Module, Signal, signed
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge

from coprocessors.matmul import array as array_module
from coprocessors.matmul.array import BLOCK, Array
from coprocessors.matmul.processing_element import ProcessingElement
from sim.harness import run_cocotb

ROWS, COLUMNS = (int(size) for size in os.environ.get("ARRAY_SIZE", "5 8").split())


class _Bench:
    def __init__(self, dut):
        self.dut = dut
        self.history = [(np.zeros(ROWS, int), np.zeros(COLUMNS, int))] * (ROWS + COLUMNS)

    async def start(self):
        self.dut.rst.value, self.dut.shift.value, self.dut.step.value = 1, 0, 0
        self.dut.a.value = self.dut.b.value = 0
        Clock(self.dut.clk, 10, unit="ns").start()
        await FallingEdge(self.dut.clk)
        await FallingEdge(self.dut.clk)
        self.dut.rst.value = 0

    async def cycle(self, a=None, b=None, finish=0):
        """One cycle with operands ``a`` and ``b`` in step with block 0, or without a step."""
        self.dut.step.value = 0 if a is None else 1 | finish << 1
        noise = np.random.default_rng(len(self.history))
        self.history.append((noise.integers(-256, 256, ROWS) if a is None else a,
                             noise.integers(-256, 256, COLUMNS) if b is None else b))
        for port, side, size in ((self.dut.a, 0, ROWS), (self.dut.b, 1, COLUMNS)):
            port.value = sum((int(self.history[-1 - index // BLOCK][side][index]) & 0x1FF)
                             << 9 * index for index in range(size))
        await FallingEdge(self.dut.clk)

    async def drain(self, rows):
        """The sums of a tile that is about to be there, shifted out row by row."""
        read = []
        await ClockCycles(self.dut.clk, Array.FINISHED_LEAD + 1)
        await FallingEdge(self.dut.clk)
        for _ in range(rows):
            packed = self.dut.results.value.to_unsigned()
            read.append([packed >> 32 * c & 0xFFFF_FFFF for c in range(COLUMNS)])
            self.dut.shift.value = 1
            await FallingEdge(self.dut.clk)
            self.dut.shift.value = 0
            await FallingEdge(self.dut.clk)
        return np.array(read)


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def tiles_back_to_back(dut):
    rng = random.Random(1)
    numpy = np.random.default_rng(1)
    bench = _Bench(dut)
    await bench.start()
    drained = []

    async def drain():
        while True:
            if dut.finished.value == 1:
                drained.append(await bench.drain(ROWS))
            else:
                await FallingEdge(dut.clk)

    cocotb.start_soon(drain())
    expected = []
    for number in range(12):
        k = rng.randint(2 * ROWS + 6, 40)
        a, b = numpy.integers(-256, 256, (ROWS, k)), numpy.integers(-256, 256, (COLUMNS, k))
        expected.append((a @ b.T) % 2**32)
        for step in range(k):
            while number % 3 == 2 and rng.random() < 0.3:
                await bench.cycle()
            await bench.cycle(a[:, step], b[:, step], finish=int(step == k - 1))
    for _ in range(40):
        await bench.cycle()
    assert len(drained) == len(expected)
    for number, (got, want) in enumerate(zip(drained, expected)):
        assert (got == want).all(), f"tile {number}:\n{got}\nnot\n{want}"


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def sums_wrap_in_32_bits(dut):
    """2**31 and more, of the largest products."""
    bench = _Bench(dut)
    await bench.start()
    a, b = np.full(ROWS, 255), np.full(COLUMNS, -256)
    for _ in range(4):
        await bench.cycle(a, b)
    steps = 40_000
    await ClockCycles(dut.clk, steps - 5)
    await FallingEdge(dut.clk)
    await bench.cycle(a, b, finish=1)
    while dut.finished.value == 0:
        await bench.cycle()
    want = 255 * -256 * (steps + 1) % 2**32
    got = await bench.drain(ROWS)
    assert (abs(got - want) <= 2 * 255 * 256).all(), f"{got}, not about {want}"


def test_array():
    run_cocotb(Array(rows=ROWS, columns=COLUMNS), __name__, name="array")


class _NarrowElement(ProcessingElement):
    """Mutant: the accumulator has 31 bits."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = inner = ProcessingElement()
        narrow = Signal(signed(31))
        m.d.comb += [getattr(inner, name).eq(getattr(self, name))
                     for name in ("a", "b", "accumulate", "finish", "shift", "below")]
        m.d.comb += [narrow.eq(inner.result), self.result.eq(narrow)]
        return m


def test_mutant_with_31_bits_is_caught(monkeypatch):
    monkeypatch.setattr(array_module, "ProcessingElement", _NarrowElement)
    with pytest.raises(AssertionError, match="not about"):
        run_cocotb(Array(rows=1, columns=2), __name__, name="array",
                   environment={"ARRAY_SIZE": "1 2"}, testcase="sums_wrap_in_32_bits")


def test_one_multiplier_an_element_and_no_other_product():
    text = verilog.convert(Array(rows=4, columns=4), emit_src=False)
    assert text.count("MULT18X18D") == 16
    assert " * " not in text
