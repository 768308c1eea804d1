"""The database of bits knows what we ask of the cells that we place ourselves."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from boards.blocks import Registered
from boards.board import BOARDS
from boards.synthesis import synthesize
from boards.tools import run_tool
from soc.fabric.dsp import DspMultiplier
from soc.memory.ram import Ram
from soc.verilog import synthesizable_verilog


class _Cells(wiring.Component):
    """A multiplier of the array on the data of a memory with two ports."""

    write: In(1)
    address: In(10)
    data: In(32)
    product: Out(36)

    def elaborate(self, platform):
        m = Module()
        m.submodules.multiplier = multiplier = DspMultiplier()
        m.submodules.ram = ram = Ram(size_bytes=8192)
        m.d.comb += [
            ram.core.enable.eq(1), ram.core.write.eq(self.write), ram.core.byte_enable.eq(0xF),
            ram.core.address.eq(self.address), ram.core.write_data.eq(self.data),
            ram.dma.enable.eq(1), ram.dma.address.eq(self.address),
            multiplier.a.eq(ram.core.read_data), multiplier.b.eq(ram.dma.read_data),
            self.product.eq(multiplier.product),
        ]
        return m


def test_multiplier_and_memory_are_packed(tmp_path):
    verilog = synthesizable_verilog(Registered(_Cells()), "block")
    result = synthesize(verilog, "block", tmp_path)
    assert result.cells["MULT18X18D"] == 1 and result.cells["DP16KD"] > 0
    run_tool("nextpnr-ecp5", [
        *BOARDS["ulx3s-25f"].device.arguments, "--lpf-allow-unconstrained",
        "--json", result.json.name, "--textcfg", "block.config"],
        directory=result.directory, log="nextpnr.log")
    run_tool("ecppack", ["--input", "block.config", "--bit", "block.bit"],
             directory=result.directory, log="ecppack.log")
    assert (result.directory / "block.bit").stat().st_size > 100_000
