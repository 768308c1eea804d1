"""The operands of the instruction in execute."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from cpu.decode import Sources
from cpu.register_file import RegisterFile

__all__ = ["Operands", "Result"]


class Result(data.Struct):
    """A result on its way to the register file: ``value | loaded``, one of which is 0."""

    writes: 1  # never for x0
    late: 1  # not known yet
    rd: 5
    value: 32
    loaded: 32  # what a load from RAM brought; known when it is written, not before


class Operands(wiring.Component):
    """Reads the registers of the next instruction, and follows them while it waits and executes.

    The register file is read, and register numbers are compared, in the cycle before an instruction
    enters execute. In execute an operand then stands in a register of its own, or is what one of
    the two older instructions is about to write, as a register says.

    Members:
        takes     : In(1), the next instruction enters execute at the end of this cycle.
        next_word : In(32), it; next_pc : In(30), its word address; sources : In(Sources) and
                    immediate : In(32), its operands.
        writes    : In(1), the instruction in execute, which leaves when the next one enters,
                    writes register rd : In(5).
        memory    : In(Result), of the instruction in the memory stage, and stays : In(1), it
                    stays there.
        written   : In(Result), of the instruction that writes the register file now.
        a, b      : Out(32), operands of the instruction in execute.
        wait      : Out(1), one of them is not known in this cycle.
    Timing: operands are there from the cycle in which their instruction enters execute; a result
        may be used in the cycle after its instruction left execute, a late one in the cycle after
        that.
    """

    takes: In(1)
    next_word: In(32)
    next_pc: In(30)
    sources: In(Sources)
    immediate: In(32)
    writes: In(1)
    rd: In(5)
    memory: In(Result)
    stays: In(1)
    written: In(Result)
    a: Out(32)
    b: Out(32)
    wait: Out(1)

    def elaborate(self, platform):
        m = Module()
        m.submodules.registers = registers = RegisterFile()
        rs1, rs2, sources = self.next_word[15:20], self.next_word[20:25], self.sources
        written_value = Signal(32)
        m.d.comb += [
            written_value.eq(self.written.value | self.written.loaded),
            registers.read_a.eq(rs1),
            registers.read_b.eq(rs2),
            registers.write_enable.eq(self.written.writes),
            registers.write.eq(self.written.rd),
            registers.write_data.eq(written_value),
        ]
        no_rs1 = sources.upper | sources.small
        instead_a = Signal(32)
        m.d.comb += instead_a.eq(Mux(
            sources.small, rs1, Mux(sources.pc, Cat(Const(0, 2), self.next_pc), 0)))
        waits = [self._operand(m, *operand, written_value) for operand in (
            ("a", rs1, sources.rs1, registers.data_a, no_rs1, instead_a, self.a),
            ("b", rs2, sources.rs2, registers.data_b, sources.immediate, self.immediate, self.b))]
        m.d.comb += self.wait.eq(self.memory.late & (waits[0] | waits[1]))
        return m

    def _operand(self, m, name, index, reads, stored, no_register, instead, value, written_value):
        """Adds the registers of one operand; returns whether it comes from the memory stage."""
        kept = Signal(32, name=f"{name}_kept")
        from_memory = Signal(name=f"{name}_from_memory")
        from_written = Signal(name=f"{name}_from_written")
        m.d.comb += value.eq(Mux(from_memory, self.memory.value,
                                 Mux(from_written, written_value, kept)))

        with m.If(self.takes):
            m.d.sync += [
                from_memory.eq(reads & self.writes & (self.rd == index)),
                from_written.eq(reads & self.memory.writes & (self.memory.rd == index)),
            ]
        with m.Else():
            m.d.sync += [
                from_memory.eq(from_memory & self.stays),
                from_written.eq(from_memory & ~self.stays),
            ]
        # Whether the register is being written is known last of all.
        keeps_written = Signal(name=f"{name}_keeps_written")
        m.d.comb += keeps_written.eq(Mux(
            self.takes, ~no_register & self.written.writes & (self.written.rd == index),
            from_written))
        with m.If(self.takes | from_written):
            m.d.sync += kept.eq(Mux(keeps_written, written_value,
                                    Mux(no_register, instead, stored)))
        return from_memory
