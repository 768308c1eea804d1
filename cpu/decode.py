"""The decoder."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Control", "Decoder", "Opcode"]


class Opcode(enum.Enum, shape=5):
    """Bits 6 to 2 of the instruction (RISC-V Unprivileged, chapter "Instruction Set Listings")."""

    LOAD = 0b00000
    MISC_MEM = 0b00011
    OP_IMM = 0b00100
    AUIPC = 0b00101
    STORE = 0b01000
    OP = 0b01100
    LUI = 0b01101
    BRANCH = 0b11000
    JALR = 0b11001
    JAL = 0b11011
    SYSTEM = 0b11100


class Control(data.Struct):
    """What the instruction is. The kinds from ``load`` to ``fence_i`` exclude one another.

    An illegal instruction may be of the kinds ``load`` to ``alu`` or ``csr`` too; it must have
    no effect then.
    """

    load: 1
    store: 1
    branch: 1
    jal: 1
    jalr: 1
    alu: 1
    lui: 1
    auipc: 1
    multiply: 1
    divide: 1
    csr: 1
    ecall: 1
    ebreak: 1
    mret: 1
    wfi: 1
    fence_i: 1
    illegal: 1
    uses_immediate: 1  # the second operand of the ALU
    alternate: 1  # subtract, or shift in copies of the sign
    reads_rs1: 1
    reads_rs2: 1
    writes_rd: 1
    csr_writes: 1


class Decoder(wiring.Component):
    """Decodes one instruction of RV32IM_Zicsr_Zifencei and machine mode's mret, wfi.

    Members:
        word    : In(32), the instruction.
        control : Out(Control). Whether a CSR exists is not decided here.
        immediate_i, immediate_s : Out(32), for the ALU and data addresses.
        offset  : Out(32), what is added to the pc: of a branch, of jal, of auipc.
        upper   : Out(32), the immediate of lui.
    Timing: combinational.
    Source: RISC-V Unprivileged ISA, RV32I, M, Zicsr, Zifencei; Privileged 1.13 §3.3.
    """

    word: In(32)
    control: Out(Control)
    immediate_i: Out(32)
    immediate_s: Out(32)
    offset: Out(32)
    upper: Out(32)

    def elaborate(self, platform):
        m = Module()
        self._immediates(m)
        self._kinds(m)
        self._legality(m)
        return m

    def _immediates(self, m):
        word = self.word
        sign = word[31]
        m.d.comb += [
            self.immediate_i.eq(Cat(word[20:31], sign.replicate(21))),
            self.immediate_s.eq(Cat(word[7:12], word[25:31], sign.replicate(21))),
            self.upper.eq(Cat(Const(0, 12), word[12:32])),
        ]
        with m.If(~word[6]):  # auipc
            m.d.comb += self.offset.eq(self.upper)
        with m.Elif(word[3]):  # jal
            m.d.comb += self.offset[1:].eq(
                Cat(word[21:31], word[20], word[12:20], sign.replicate(12)))
        with m.Else():  # branch
            m.d.comb += self.offset[1:].eq(
                Cat(word[8:12], word[25:31], word[7], sign.replicate(20)))

    def _kinds(self, m):
        word, control = self.word, self.control
        opcode = word[2:7]
        funct3 = word[12:15]
        is_m = (opcode == Opcode.OP.value) & (word[25:32] == 1)
        system = opcode == Opcode.SYSTEM.value
        plain_system = Signal()  # ecall and its like: rd, funct3 and rs1 are 0
        m.d.comb += [
            control.load.eq(opcode == Opcode.LOAD.value),
            control.store.eq(opcode == Opcode.STORE.value),
            control.branch.eq(opcode == Opcode.BRANCH.value),
            control.jal.eq(opcode == Opcode.JAL.value),
            control.jalr.eq(opcode == Opcode.JALR.value),
            control.alu.eq((opcode == Opcode.OP_IMM.value)
                           | ((opcode == Opcode.OP.value) & ~word[25])),
            control.lui.eq(opcode == Opcode.LUI.value),
            control.auipc.eq(opcode == Opcode.AUIPC.value),
            control.multiply.eq(is_m & ~funct3[2]),
            control.divide.eq(is_m & funct3[2]),
            control.csr.eq(system & funct3[0:2].any()),
            plain_system.eq(system & ~word[7:20].any()),
            control.ecall.eq(plain_system & (word[20:32] == 0x000)),
            control.ebreak.eq(plain_system & (word[20:32] == 0x001)),
            control.mret.eq(plain_system & (word[20:32] == 0x302)),
            control.wfi.eq(plain_system & (word[20:32] == 0x105)),
            control.fence_i.eq((opcode == Opcode.MISC_MEM.value) & funct3[0]),
            control.uses_immediate.eq(~word[5]),
            control.alternate.eq(word[30] & (word[5] | (funct3 == 5))),
            control.reads_rs1.eq(control.load | control.store | control.branch | control.jalr
                                 | control.alu | is_m | (control.csr & ~funct3[2])),
            control.reads_rs2.eq(control.store | control.branch | (opcode == Opcode.OP.value)),
            control.writes_rd.eq(control.load | control.jal | control.jalr | control.alu
                                 | control.lui | control.auipc | is_m | control.csr),
            control.csr_writes.eq(control.csr & (~funct3[1] | word[15:20].any())),
        ]

    def _legality(self, m):
        word, illegal = self.word, self.control.illegal
        funct3, funct7 = word[12:15], word[25:32]
        plain = funct7 == 0
        alternate = funct7 == 0b0100000
        m.d.comb += illegal.eq(1)
        with m.Switch(word[0:7]):
            def case(opcode):
                return m.Case((opcode.value << 2) | 3)
            with case(Opcode.LOAD):
                m.d.comb += illegal.eq((funct3 == 3) | (funct3[1] & funct3[2]))
            with case(Opcode.STORE):
                m.d.comb += illegal.eq(funct3 > 2)
            with case(Opcode.BRANCH):
                m.d.comb += illegal.eq((funct3 == 2) | (funct3 == 3))
            with case(Opcode.JALR):
                m.d.comb += illegal.eq(funct3 != 0)
            with case(Opcode.OP_IMM):
                m.d.comb += illegal.eq(((funct3 == 1) & ~plain)
                                       | ((funct3 == 5) & ~plain & ~alternate))
            with case(Opcode.OP):
                m.d.comb += illegal.eq(~plain & (funct7 != 1)
                                       & ~(alternate & ((funct3 == 0) | (funct3 == 5))))
            with case(Opcode.MISC_MEM):
                m.d.comb += illegal.eq(funct3 > 1)
            with case(Opcode.SYSTEM):
                known = (self.control.ecall | self.control.ebreak | self.control.mret
                         | self.control.wfi)
                m.d.comb += illegal.eq(~self.control.csr & ~known)
            with m.Case(*[(o.value << 2) | 3
                          for o in (Opcode.AUIPC, Opcode.LUI, Opcode.JAL)]):
                m.d.comb += illegal.eq(0)
