"""The debug port behind JTAGG, on a model of it: no hardware has been at hand."""

from pathlib import Path

import cocotb
from amaranth.hdl import Array, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect
from cocotb.clock import Clock
from cocotb.triggers import Timer

from boards.jtagg import Jtagg
from boards.synthesis import synthesize
from sim.harness import BUILD_DIR, run_cocotb
from sim.jtag import DMI_BITS, READ, RESET, WRITE, Edge, data_scan, dmi_word
from soc.debug.transport import Transport
from soc.verilog import synthesizable_verilog

_MODEL = Path(__file__).resolve().parents[2] / "sim" / "models" / "jtagg.v"
_ER1, _ER2, _BYPASS = 0x32, 0x38, 0xFF
_HIGH_NS, _LOW_NS = 80, 40  # the least that Jtagg wants, at 10 ns a cycle


class _Bench(wiring.Component):
    """Four registers in the debug module's place; ``writes`` counts what is written."""

    writes: Out(8)
    unused: In(1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.port = port = Jtagg()
        m.submodules.transport = transport = Transport()
        connect(m, port.scan, transport.scan)
        registers = Array(Signal(32, name=f"register{n}") for n in range(4))
        dmi = transport.dmi
        m.d.comb += [dmi.done.eq(1), dmi.read_data.eq(registers[dmi.address[0:2]])]
        with m.If(dmi.valid & dmi.write):
            m.d.sync += [registers[dmi.address[0:2]].eq(dmi.write_data),
                         self.writes.eq(self.writes + 1)]
        return m


async def _edges(dut, edges):
    pins = dut.port.jtagg
    bits = []
    for edge in edges:
        pins.tms.value, pins.tdi.value, pins.tck.value = edge.tms, edge.tdi, 0
        await Timer(_LOW_NS, "ns")
        if edge.counts:
            bits.append(int(pins.tdo.value))
        pins.tck.value = 1
        await Timer(_HIGH_NS, "ns")
    return sum(bit << n for n, bit in enumerate(bits))


async def _instruction(dut, value):
    shift = [Edge(int(bit == 7), value >> bit & 1, True) for bit in range(8)]
    return await _edges(dut, [Edge(1), Edge(1), Edge(0), Edge(0), *shift, Edge(1), Edge(0)])


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def registers_behind_jtagg(dut):
    dut.rst.value = 1
    Clock(dut.clk, 10, unit="ns").start()
    await Timer(53, "ns")
    dut.rst.value = 0
    await _edges(dut, RESET)
    assert await _instruction(dut, _ER1) == 1
    assert await _edges(dut, data_scan(0, 32)) == 1 << 12 | 7 << 4 | 1
    await _instruction(dut, _ER2)
    values = [0x8000_0001, 0x7FFF_FFFE, 0xDEAD_BEEF, 0]
    for address, value in enumerate(values):
        await _edges(dut, data_scan(dmi_word(WRITE, address, value), DMI_BITS))
    for address, value in enumerate(values):
        await _edges(dut, data_scan(dmi_word(READ, address), DMI_BITS))
        answer = await _edges(dut, data_scan(0, DMI_BITS))
        assert answer == address << 34 | value << 2, hex(answer)
    assert dut.writes.value == 4
    # Scans of other registers of the FPGA do nothing to ours, nor does a pause in a scan.
    await _edges(dut, data_scan(dmi_word(WRITE, 3, 5), DMI_BITS))
    await _instruction(dut, _BYPASS)
    await _edges(dut, data_scan(dmi_word(WRITE, 3, 6), DMI_BITS))
    assert dut.writes.value == 5
    await _instruction(dut, _ER2)
    scan = data_scan(dmi_word(WRITE, 0, 0x1234_5678), DMI_BITS)
    half = 3 + 20  # pauses behind the 20th bit
    paused = [*scan[:half - 1], Edge(1, scan[half - 1].tdi), Edge(0), Edge(0), Edge(1), Edge(0)]
    await _edges(dut, [*paused, *scan[half:]])
    await _edges(dut, data_scan(dmi_word(READ, 0), DMI_BITS))
    assert await _edges(dut, data_scan(0, DMI_BITS)) >> 2 & 0xFFFF_FFFF == 0x1234_5678


def test_synthesis_keeps_the_primitive():
    verilog = synthesizable_verilog(_Bench(), "jtagg_bench")
    cells = synthesize(verilog, "jtagg_bench", BUILD_DIR / "synthesis").cells
    assert cells["JTAGG"] == 1


def test_jtagg():
    run_cocotb(_Bench(), __name__, name="jtagg_bench", extra_sources=[_MODEL])
