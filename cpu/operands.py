"""The operands of the instruction in execute."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from cpu.register_file import RegisterFile

__all__ = ["Operands", "Result"]


class Result(data.Struct):
    """A result on its way to the register file: ``value | loaded``, one of which is 0."""

    writes: 1  # never for x0
    late: 1  # not known yet
    rd: 5
    value: 32
    loaded: 32  # what a load brought; known when it is written, not before


class Operands(wiring.Component):
    """Reads the register file, or what the two older instructions are about to write.

    Members:
        rs1, rs2 : In(5); reads_rs1, reads_rs2 : In(1), the instruction needs them.
        memory   : In(Result), of the instruction in the memory stage.
        written  : In(Result), of the instruction that writes the register file now.
        a, b     : Out(32), values of rs1 and rs2.
        wait     : Out(1), one of them is not known in this cycle.
    Timing: combinational; a result may be used in the cycle after its instruction left execute,
        a late one in the cycle after that.
    """

    rs1: In(5)
    rs2: In(5)
    reads_rs1: In(1)
    reads_rs2: In(1)
    memory: In(Result)
    written: In(Result)
    a: Out(32)
    b: Out(32)
    wait: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.registers = registers = RegisterFile()
        written_value = self.written.value | self.written.loaded
        m.d.comb += [
            registers.read_a.eq(self.rs1),
            registers.read_b.eq(self.rs2),
            registers.write_enable.eq(self.written.writes),
            registers.write.eq(self.written.rd),
            registers.write_data.eq(written_value),
        ]
        waits = []
        for name, index, reads, stored, value in (
                ("a", self.rs1, self.reads_rs1, registers.data_a, self.a),
                ("b", self.rs2, self.reads_rs2, registers.data_b, self.b)):
            from_memory = Signal(name=f"{name}_from_memory")
            from_written = Signal(name=f"{name}_from_written")
            m.d.comb += [
                from_memory.eq(self.memory.writes & (self.memory.rd == index)),
                from_written.eq(self.written.writes & (self.written.rd == index)),
            ]
            with m.If(from_memory):
                m.d.comb += value.eq(self.memory.value)
            with m.Elif(from_written):
                m.d.comb += value.eq(written_value)
            with m.Else():
                m.d.comb += value.eq(stored)
            waits.append(reads & from_memory & self.memory.late)
        m.d.comb += self.wait.eq(waits[0] | waits[1])
        return m
