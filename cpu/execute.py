"""The execute stage: from the instruction register to the registers of the memory stage."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.alu import Alu
from cpu.decode import Control, Decoder
from cpu.operands import Operands, Result
from cpu.ports import Issue

__all__ = ["BREAKPOINT", "ENVIRONMENT_CALL", "Execute", "FETCH_FAULT", "ILLEGAL_INSTRUCTION"]


FETCH_FAULT, ILLEGAL_INSTRUCTION, BREAKPOINT, ENVIRONMENT_CALL = 1, 2, 3, 11
"""Exception codes that execute finds (RISC-V Privileged 1.13 §3.1.15); the last is for M mode."""


class Execute(wiring.Component):
    """Decodes, reads operands and computes, for the instruction in the instruction register.

    It says what the instruction is and does; when it may leave for the memory stage is decided
    in the core.

    Members:
        valid, fault, word, pc, following : as `Fetch` gives them.
        memory, written : In(Result), results on their way, see `Operands`.
        csr_data   : In(32); csr_illegal : In(1), the CSR access is.
        return_pc  : In(30), mepc.
        control    : Out(Control), all 0 unless ``valid`` and without ``fault``.
        a, b       : Out(32), values of rs1 and rs2.
        wait       : Out(1), an operand is not known yet.
        csr_operand : Out(32), what a CSR instruction writes, sets or clears.
        load_address : Out(32), rs1 plus the immediate.
        transfer   : Out(1), the instruction is a control transfer; target : Out(30), word address.
        issue      : Out(Issue), for the memory stage, with ``valid`` = ``valid``.
    Timing: combinational.
    """

    def __init__(self):
        super().__init__({
            "valid": In(1),
            "fault": In(1),
            "word": In(32),
            "pc": In(30),
            "following": In(30),
            "memory": In(Result),
            "written": In(Result),
            "csr_data": In(32),
            "csr_illegal": In(1),
            "return_pc": In(30),
            "control": Out(Control),
            "a": Out(32),
            "b": Out(32),
            "wait": Out(1),
            "csr_operand": Out(32),
            "load_address": Out(32),
            "transfer": Out(1),
            "target": Out(30),
            "issue": Out(Issue),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.decoder = decoder = Decoder()
        m.submodules.operands = operands = Operands()
        m.submodules.alu = alu = Alu()
        control, word = self.control, self.word
        m.d.comb += decoder.word.eq(word)
        with m.If(self.valid & ~self.fault):
            m.d.comb += control.eq(decoder.control)

        m.d.comb += [
            operands.rs1.eq(word[15:20]), operands.reads_rs1.eq(control.reads_rs1),
            operands.rs2.eq(word[20:25]), operands.reads_rs2.eq(control.reads_rs2),
            operands.memory.eq(self.memory),
            operands.written.eq(self.written),
            self.a.eq(operands.a),
            self.b.eq(operands.b),
            self.wait.eq(operands.wait),
            self.csr_operand.eq(Mux(word[14], word[15:20], operands.a)),
            alu.a.eq(operands.a),
            alu.b.eq(Mux(decoder.control.uses_immediate, decoder.immediate_i, operands.b)),
            alu.funct3.eq(word[12:15]),
            alu.alternate.eq(decoder.control.alternate),
            # A branch compares with funct3 100 to 111, slt and sltu with 010 and 011.
            alu.compare.eq(word[6] | (word[13] & ~word[14])),
            alu.unsigned.eq(Mux(word[6], word[13], word[12])),
        ]

        offset_target = Signal(32)
        m.d.comb += offset_target.eq(Cat(Const(0, 2), self.pc) + decoder.offset)
        self._transfer(m, alu, offset_target)
        self._result(m, decoder, alu, offset_target)
        self._access(m, decoder)
        self._exception(m)
        return m

    def _transfer(self, m, alu, offset_target):
        """Where a control transfer goes, and whether it does."""
        control, funct3 = self.control, self.word[12:15]
        condition = Mux(funct3[2], alu.less, alu.equal) ^ funct3[0]
        m.d.comb += [
            self.transfer.eq(control.branch | control.jal | control.jalr | control.mret
                             | control.fence_i),
            self.issue.transfer.eq(self.transfer),
            self.issue.taken.eq(~control.branch | condition),
        ]
        with m.If(control.jalr):
            m.d.comb += [self.target.eq(self.load_address[2:]),
                         self.issue.target_misaligned.eq(self.load_address[1])]
        with m.Elif(control.mret):
            m.d.comb += self.target.eq(self.return_pc)
        with m.Elif(control.fence_i):
            m.d.comb += self.target.eq(self.following)
        with m.Else():
            m.d.comb += [self.target.eq(offset_target[2:]),
                         self.issue.target_misaligned.eq(offset_target[1])]

    def _result(self, m, decoder, alu, offset_target):
        control, issue = self.control, self.issue
        with m.If(control.csr):
            m.d.comb += issue.result.eq(self.csr_data)
        with m.Elif(control.jal | control.jalr):
            m.d.comb += issue.result.eq(Cat(Const(0, 2), self.following))
        with m.Elif(control.auipc):
            m.d.comb += issue.result.eq(offset_target)
        with m.Elif(control.lui):
            m.d.comb += issue.result.eq(decoder.upper)
        with m.Else():
            m.d.comb += issue.result.eq(alu.result)
        m.d.comb += [
            issue.valid.eq(self.valid),
            issue.word.eq(self.word),
            issue.pc.eq(self.pc),
            issue.rd.eq(self.word[7:12]),
            issue.writes.eq(control.writes_rd & self.word[7:12].any() & ~issue.exception),
            issue.late.eq(control.load | control.multiply | control.divide),
            issue.multiply.eq(control.multiply),
            issue.divide.eq(control.divide),
            # A write of minstret replaces the count of the writing instruction itself.
            issue.counted.eq(~(control.csr_writes & (self.word[20:27] == 0x02)
                               & (self.word[28:32] == 0xB))),
        ]

    def _access(self, m, decoder):
        access, size = self.issue.access, self.word[12:14]
        lane = self.load_address[0:2]
        immediate = Mux(self.word[5] & ~self.word[6], decoder.immediate_s, decoder.immediate_i)
        m.d.comb += [
            self.load_address.eq(self.a + immediate),
            access.load.eq(self.control.load & ~self.issue.exception),
            access.store.eq(self.control.store & ~self.issue.exception),
            access.address.eq(self.load_address),
            access.misaligned.eq((size[0] & lane[0]) | (size[1] & lane.any())),
            access.byte_enable.eq(Mux(size[1], 0b1111, Mux(size[0], 0b11, 0b1) << lane)),
        ]
        with m.If(self.control.load):
            is_signed = ~self.word[14]
            m.d.comb += [
                access.align.low.eq(1 << lane),
                access.align.second[0].eq(size.any() & ~lane[1]),
                access.align.second[1].eq(size.any() & lane[1]),
                access.align.high.eq(size[1]),
                access.align.sign.eq(Mux(size[1], 0, Mux(size[0], 0b10, 0b1)
                                         << lane) & is_signed.replicate(4)),
            ]
        with m.If(size[1]):
            m.d.comb += access.store_data.eq(self.b)
        with m.Elif(size[0]):
            m.d.comb += access.store_data.eq(self.b[0:16].replicate(2))
        with m.Else():
            m.d.comb += access.store_data.eq(self.b[0:8].replicate(4))

    def _exception(self, m):
        control, issue = self.control, self.issue
        illegal = control.illegal | (control.csr & self.csr_illegal)
        m.d.comb += issue.exception.eq(self.fault | illegal | control.ecall | control.ebreak)
        with m.If(self.fault):
            m.d.comb += issue.cause.eq(FETCH_FAULT)
        with m.Elif(illegal):
            m.d.comb += issue.cause.eq(ILLEGAL_INSTRUCTION)
        with m.Elif(control.ebreak):
            m.d.comb += issue.cause.eq(BREAKPOINT)
        with m.Else():
            m.d.comb += issue.cause.eq(ENVIRONMENT_CALL)
