"""The execute stage: from the instruction register to the registers of the memory stage."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.alu import Alu
from cpu.decode import Control, Decoder, Legality, Sources
from cpu.operands import Operands, Result
from cpu.ports import Issue

__all__ = ["BREAKPOINT", "ENVIRONMENT_CALL", "Execute", "FETCH_FAULT", "ILLEGAL_INSTRUCTION"]


FETCH_FAULT, ILLEGAL_INSTRUCTION, BREAKPOINT, ENVIRONMENT_CALL = 1, 2, 3, 8
"""Exception codes that execute finds (RISC-V Privileged 1.13 §3.1.15); the last is for user mode,
and 3 more from machine mode."""


class Execute(wiring.Component):
    """Decodes, reads operands and computes, for the instruction in the instruction register.

    Decoding and reading happen in the cycle before, on the way to the instruction register. This
    component says what the instruction is and does; when it may leave for the memory stage is
    decided in the core.

    Parameters: extensions : set of names in `EXTENSIONS`.
    Members:
        takes, next_word, valid, sound, fault, word, pc, following : as `Fetch` gives them.
        memory, written : In(Result), stays : In(1), results on their way, see `Operands`.
        machine    : In(1), the mode is M; wait_traps : In(1), wfi is illegal in it.
        csr_data   : In(32); csr_illegal : In(1), the CSR access is.
        return_pc  : In(30), mepc.
        stopped    : In(1), a trigger stopped the instruction, with ``stop_halts`` : In(1) for debug
                     mode; ebreak_halts : In(1), an ebreak is for debug mode.
        control    : Out(Control), all 0 unless ``sound``.
        a, b       : Out(32), the operands; reads_rs1, reads_rs2 : Out(1), they are of registers.
        less       : Out(1), a < b, for an instruction that compares.
        wait       : Out(1), an operand is not known yet.
        load_address : Out(32), the first operand plus the offset.
        transfer   : Out(1), the instruction is a control transfer; relative, indirect : Out(1),
                     relative_target, indirect_target, other_target : Out(30), see `Fetch`.
        issue      : Out(Issue), for the memory stage, with ``valid`` = ``valid``.
    Timing: combinational, from registers that follow the instruction register.
    """

    def __init__(self, *, extensions):
        self._extensions = extensions
        super().__init__({
            "takes": In(1),
            "next_word": In(32),
            "valid": In(1),
            "sound": In(1),
            "fault": In(1),
            "word": In(32),
            "pc": In(30),
            "following": In(30),
            "memory": In(Result),
            "stays": In(1),
            "written": In(Result),
            "machine": In(1),
            "wait_traps": In(1),
            "csr_data": In(32),
            "csr_illegal": In(1),
            "return_pc": In(30),
            "stopped": In(1),
            "stop_halts": In(1),
            "ebreak_halts": In(1),
            "control": Out(Control),
            "a": Out(32),
            "b": Out(32),
            "less": Out(1),
            "reads_rs1": Out(1),
            "reads_rs2": Out(1),
            "wait": Out(1),
            "load_address": Out(32),
            "transfer": Out(1),
            "relative": Out(1),
            "relative_target": Out(30),
            "indirect": Out(1),
            "indirect_target": Out(30),
            "other_target": Out(30),
            "issue": Out(Issue),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.decoder = decoder = Decoder(extensions=self._extensions)
        m.submodules.operands = operands = Operands()
        m.submodules.alu = alu = Alu()
        decoded, offset = Signal(Control), Signal(32)  # of the instruction register
        sources = Signal(Sources)
        m.d.comb += decoder.word.eq(self.next_word)
        with m.If(self.takes):
            m.d.sync += [decoded.eq(decoder.control), offset.eq(decoder.offset)]
            m.d.sync += sources.eq(operands.sources)
        with m.If(self.sound):
            m.d.comb += self.control.eq(decoded)

        m.d.comb += [
            operands.takes.eq(self.takes),
            operands.next_word.eq(self.next_word), operands.next_pc.eq(self.following),
            operands.sources.eq(decoder.sources), operands.immediate.eq(decoder.immediate),
            operands.writes.eq(self.control.writes), operands.rd.eq(self.word[7:12]),
            operands.memory.eq(self.memory), operands.stays.eq(self.stays),
            operands.written.eq(self.written),
            self.a.eq(operands.a),
            self.b.eq(operands.b),
            self.reads_rs1.eq(sources.rs1), self.reads_rs2.eq(sources.rs2),
            # What may not be fetched is no instruction, and its bits must not tell in waits.
            self.wait.eq(self.sound & operands.wait),
            alu.a.eq(operands.a),
            alu.b.eq(operands.b),
            alu.operation.eq(decoded.operation),
            self.less.eq(alu.less),
        ]
        self._transfer(m, alu, offset)
        self._result(m, alu)
        self._access(m, offset)
        self._exception(m)
        return m

    def _transfer(self, m, alu, offset):
        """Where a control transfer goes, and whether it does."""
        control, funct3 = self.control, self.word[12:15]
        condition = Mux(funct3[2], alu.less, alu.equal) ^ funct3[0]
        sum_with_pc = Signal(32)
        m.d.comb += [
            sum_with_pc.eq(Cat(Const(0, 2), self.pc) + offset),
            self.relative.eq(control.branch | control.jal),
            self.relative_target.eq(sum_with_pc[2:]),
            self.indirect.eq(control.jalr),
            self.indirect_target.eq(self.load_address[2:]),
            self.other_target.eq(Mux(control.mret, self.return_pc, self.following)),
            self.transfer.eq(self.relative | self.indirect | control.mret | control.fence_i
                             | control.fetches_anew),
            self.issue.transfer.eq(self.transfer),
            self.issue.taken.eq(~control.branch | condition),
            self.issue.target_misaligned.eq((self.relative & sum_with_pc[1])
                                            | (self.indirect & self.load_address[1])),
        ]

    def _result(self, m, alu):
        control, issue = self.control, self.issue
        link = Mux(control.jal | control.jalr, Cat(Const(0, 2), self.following), 0)
        m.d.comb += [
            issue.result.eq(alu.result | link | Mux(control.csr, self.csr_data, 0)),
            issue.valid.eq(self.valid),
            issue.machine.eq(self.machine),
            issue.word.eq(self.word),
            issue.pc.eq(self.pc),
            issue.rd.eq(self.word[7:12]),
            issue.writes.eq(control.writes),
            issue.late.eq(control.load | control.multiply | control.divide | control.bits),
            issue.multiply.eq(control.multiply),
            issue.divide.eq(control.divide),
            issue.bits.eq(control.bits),
            # A write of minstret replaces the count of the writing instruction itself.
            issue.counted.eq(~(control.csr_writes & (self.word[20:27] == 0x02)
                               & (self.word[28:32] == 0xB))),
        ]

    def _access(self, m, offset):
        access, size = self.issue.access, self.word[12:14]
        lane = self.load_address[0:2]
        m.d.comb += [
            self.load_address.eq(self.a + offset),
            access.load.eq(self.control.load),
            access.store.eq(self.control.store),
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
                access.align.upper.eq(size[1].replicate(2)),
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
        m.submodules.legality = legality = Legality(extensions=self._extensions)
        control, issue = self.control, self.issue
        m.d.comb += [legality.word.eq(self.word), legality.control.eq(control)]
        illegal = (legality.illegal | (control.csr & self.csr_illegal)
                   | (control.mret & ~self.machine) | (control.wfi & self.wait_traps))
        m.d.comb += [
            issue.exception.eq(self.fault | illegal | control.ecall | control.ebreak
                               | self.stopped),
            issue.halts.eq(Mux(self.stopped, self.stop_halts,
                               control.ebreak & self.ebreak_halts)),
            issue.fetches_anew.eq(control.fetches_anew & ~issue.exception),
        ]
        with m.If(self.stopped):
            m.d.comb += issue.cause.eq(BREAKPOINT)
        with m.Elif(self.fault):
            m.d.comb += issue.cause.eq(FETCH_FAULT)
        with m.Elif(illegal):
            m.d.comb += issue.cause.eq(ILLEGAL_INSTRUCTION)
        with m.Elif(control.ebreak):
            m.d.comb += issue.cause.eq(BREAKPOINT)
        with m.Else():
            m.d.comb += issue.cause.eq(ENVIRONMENT_CALL | Mux(self.machine, 3, 0))
