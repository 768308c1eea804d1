"""The register file."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

__all__ = ["RegisterFile"]


class RegisterFile(wiring.Component):
    """32 registers of 32 bits, two read ports and one write port, in LUT RAM.

    Members:
        read_a, read_b : In(5), registers to read; data_a, data_b : Out(32), their values.
        write_enable   : In(1), never with ``write`` 0: x0 keeps its 0 because nobody writes it.
        write          : In(5); write_data : In(32).
    Timing: reads are combinational and see a write from the cycle after it on.
    """

    read_a: In(5)
    read_b: In(5)
    data_a: Out(32)
    data_b: Out(32)
    write_enable: In(1)
    write: In(5)
    write_data: In(32)

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Memory(shape=32, depth=32, init=[])
        write = memory.write_port()
        port_a = memory.read_port(domain="comb")
        port_b = memory.read_port(domain="comb")
        m.d.comb += [
            port_a.addr.eq(self.read_a), self.data_a.eq(port_a.data),
            port_b.addr.eq(self.read_b), self.data_b.eq(port_b.data),
            write.en.eq(self.write_enable),
            write.addr.eq(self.write), write.data.eq(self.write_data),
        ]
        return m
