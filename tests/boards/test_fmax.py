"""Blocks placed and routed alone."""

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from boards.blocks import BLOCKS, Registered, block
from boards.fmax import measure_block, measure_switches
from soc.configuration import preset


class _Sum(wiring.Component):
    a: In(4).array(2)
    total: Out(5)

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.total.eq(self.a[0] + self.a[1])
        return m


def test_registers_stand_at_each_port():
    dut = Registered(_Sum())
    seen = []

    async def bench(ctx):
        ctx.set(dut.a__0, 3)
        ctx.set(dut.a__1, 9)
        for _ in range(3):
            seen.append(ctx.get(dut.total))
            await ctx.tick()
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert seen == [0, 0, 12]


def test_unknown_block():
    with pytest.raises(ValueError, match="one of core, matmul, keccak, array, not 'uart'"):
        block("uart", preset("small"))


@pytest.mark.long
@pytest.mark.parametrize("name", BLOCKS)
def test_each_block_is_measured(name, tmp_path):
    lines = []
    figures = measure_block(name, preset("small"), tmp_path, seeds=[1], report=lines.append)
    assert 30 < figures["fmax_mhz.seed1"] == figures["fmax_mhz.worst"] < 150
    assert figures["lut_sites"] > figures["lut4"] > 1500
    assert figures["dsp"] == {"core": 4, "matmul": 20, "keccak": 0, "array": 20}[name]
    assert len(lines) == 3
    assert "ns routing" in lines[2]


@pytest.mark.long
def test_each_switch_takes_room(tmp_path):
    figures = measure_switches(preset("small"), tmp_path, report=lambda line: None)
    assert 3000 < figures.pop("sites.plain") < 4500
    user_mode = figures.pop("sites.pmp_0")  # hardly more than the mapping's noise
    assert all(added > 0 for added in figures.values()), figures
    assert -100 < user_mode < figures["sites.pmp_4"] < figures["sites.pmp_8"]
    assert figures["sites.extensions"] > figures["sites.zba"]
