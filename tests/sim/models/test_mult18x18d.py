"""The model of MULT18X18D: products of both signednesses, and its registers."""

import itertools
import random

import cocotb
from amaranth.hdl import ClockSignal, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly, Timer

from sim.harness import run_cocotb

CLOCKED = {"INPUTA": ("CLK0", "CE0", "RST0"), "INPUTB": ("CLK1", "CE1", "RST1"),
           "PIPELINE": ("CLK2", "CE2", "RST2"), "OUTPUT": ("CLK3", "CE3", "RST3")}


class _Bench(wiring.Component):
    """One multiplier without and one with all registers, each bank on its own controls."""

    def __init__(self):
        super().__init__({"a": In(18), "b": In(18), "a_signed": In(1), "b_signed": In(1),
                          "enables": In(4), "resets": In(4),
                          "product": Out(36), "registered": Out(36)})

    def elaborate(self, platform):
        m = Module()
        tick = Signal()
        m.d.sync += tick.eq(~tick)  # the multiplier alone does not keep the clock domain alive
        operands = {f"i_A{bit}": self.a[bit] for bit in range(18)}
        operands |= {f"i_B{bit}": self.b[bit] for bit in range(18)}
        operands |= {"i_SIGNEDA": self.a_signed, "i_SIGNEDB": self.b_signed,
                     "i_SOURCEA": 0, "i_SOURCEB": 0}
        parameters = {}
        for bank, controls in CLOCKED.items():
            for kind, value in zip(("CLK", "CE", "RST"), controls):
                parameters[f"p_REG_{bank}_{kind}"] = value
        controls = {}
        for index in range(4):
            controls |= {f"i_CLK{index}": ClockSignal(), f"i_CE{index}": self.enables[index],
                         f"i_RST{index}": self.resets[index]}
        m.submodules.plain = Instance("MULT18X18D", **operands, **{
            f"o_P{bit}": self.product[bit] for bit in range(36)})
        m.submodules.clocked = Instance("MULT18X18D", **operands, **parameters, **controls, **{
            f"o_P{bit}": self.registered[bit] for bit in range(36)})
        return m


def _value(bits, is_signed):
    return bits - (1 << 18) if is_signed and bits >> 17 else bits


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def products(dut):
    rng = random.Random(1)
    corners = [0, 1, 0x1FFFF, 0x20000, 0x3FFFF]
    pairs = [*itertools.product(corners, corners),
             *((rng.getrandbits(18), rng.getrandbits(18)) for _ in range(500))]
    for (a, b), a_signed, b_signed in itertools.product(pairs, (0, 1), (0, 1)):
        dut.a.value, dut.b.value = a, b
        dut.a_signed.value, dut.b_signed.value = a_signed, b_signed
        await Timer(1, "ns")
        expected = _value(a, a_signed) * _value(b, b_signed) % (1 << 36)
        assert dut.product.value.to_unsigned() == expected, (hex(a), hex(b), a_signed, b_signed)


@cocotb.test(timeout_time=100, timeout_unit="us")
async def registers(dut):
    rng = random.Random(2)
    dut.rst.value, dut.a_signed.value, dut.b_signed.value = 0, 1, 1
    Clock(dut.clk, 10, unit="ns").start()
    a = b = pipeline = output = 0
    for cycle in range(2000):
        await FallingEdge(dut.clk)
        operands = rng.getrandbits(18), rng.getrandbits(18)
        enables = rng.choice([15, 15, rng.getrandbits(4)])
        resets = 15 if cycle == 0 else rng.choice([0, 0, 0, 1 << rng.randrange(4)])
        dut.a.value, dut.b.value = operands
        dut.enables.value, dut.resets.value = enables, resets
        await ReadOnly()
        if cycle:
            got = dut.registered.value.to_unsigned()
            assert got == output, f"cycle {cycle}: got {got:#x}, not {output:#x}"
        new = [*operands, _value(a, 1) * _value(b, 1) % (1 << 36), pipeline]
        old = [a, b, pipeline, output]
        a, b, pipeline, output = (
            0 if resets >> i & 1 else new[i] if enables >> i & 1 else old[i] for i in range(4))


def test_model():
    run_cocotb(_Bench(), __name__, name="mult18x18d_bench")
