"""The decoder: what an instruction is, and whether it is legal."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from cpu.bit_manipulation import encodings

__all__ = ["Control", "Decoder", "Keep", "Legality", "Logic", "Opcode", "Operation", "Sources"]


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


class Logic(enum.Enum, shape=2):
    """What the logic unit does."""

    NONE = 0
    XOR = 1
    OR = 2
    AND = 3


class Keep(enum.Enum, shape=2):
    """Which bits of a rotated word stay; the others become 0 or copies of the sign."""

    RIGHT = 0  # those of a shift to the right
    LEFT = 1  # of a shift to the left
    ALL = 2
    LOWEST = 3


class Extend(data.Struct):
    """How a word is made of low bytes or halves; one of them, or none."""

    byte: 1  # of the first operand, with its sign
    half: 1
    pack_halves: 1  # of both
    pack_bytes: 1


class Operation(data.Struct):
    """What the ALU does: at most one of ``adds``, ``shifts``, ``compares``, ``logic``, ``scale``
    and ``extend`` is not 0."""

    adds: 1
    shifts: 1
    compares: 1  # slt and its like
    logic: Logic
    scale: 2  # the first operand is shifted left so far, and the second one added
    extend: Extend
    invert: 1  # the second operand, for logic and in the adder, which then subtracts and compares
    unsigned: 1  # the comparison
    single: 1  # logic with the bit that the second operand names
    left: 1  # the shift or rotation
    keep: Keep
    arithmetic: 1  # the shift brings in copies of the sign


class Control(data.Struct):
    """What the instruction is. The kinds from ``load`` to ``fence_i`` exclude one another.

    Of what is no legal instruction, `Legality` decides in the next stage; it may be of the kinds
    branch, jal, bits or csr too, and must have no effect then.
    """

    load: 1
    store: 1
    branch: 1
    jal: 1
    jalr: 1
    multiply: 1
    divide: 1
    bits: 1  # of `BitUnit`
    csr: 1
    ecall: 1
    ebreak: 1
    mret: 1
    wfi: 1
    fence_i: 1
    fetches_anew: 1  # it writes a CSR that decides what may be fetched
    writes: 1  # rd, which is not x0
    csr_writes: 1
    operation: Operation


class Sources(data.Struct):
    """Where the two operands come from.

    A register's value is wanted only where ``rs1`` or ``rs2`` is 1. Where nothing is wanted it
    does no harm, and tells little: the other three are found quickly.
    """

    rs1: 1
    rs2: 1
    upper: 1  # the first operand is the pc with ``pc``, else 0
    pc: 1
    small: 1  # the first operand is the immediate in the place of rs1
    immediate: 1  # the second operand is


class Decoder(wiring.Component):
    """Decodes an instruction of RV32IM_Zicsr_Zifencei or mret, wfi, on its way from memory.

    Parameters: extensions : set of names in `EXTENSIONS`, whose instructions it decodes as well.
    Members:
        word    : In(32), the instruction.
        control : Out(Control).
        sources : Out(Sources).
        immediate : Out(32), the second operand of an operation, lui or auipc.
        offset  : Out(32), what is added to a register for a data address or a jump, or to the pc.
    Timing: combinational. The word comes late in the cycle: few levels of logic are behind it.
    Source: RISC-V Unprivileged ISA, RV32I, M, Zicsr, Zifencei; Privileged 1.13 §3.3; as
        `cpu.bit_manipulation`.
    """

    def __init__(self, *, extensions):
        self._extensions = extensions
        super().__init__({
            "word": In(32),
            "control": Out(Control),
            "sources": Out(Sources),
            "immediate": Out(32),
            "offset": Out(32),
        })

    def elaborate(self, platform):
        m = Module()
        self._immediates(m)
        self._kinds(m)
        self._operation(m)
        return m

    def _immediates(self, m):
        word = self.word
        sign = word[31]
        is_upper, is_jal, splits = word[2], word[3], word[5] & ~word[2]  # splits: store, branch
        m.d.comb += [
            self.immediate.eq(Mux(is_upper, Cat(Const(0, 12), word[12:32]),
                                  Cat(word[20:31], sign.replicate(21)))),
            # Only branch and jal, whose offsets are even, have word[6] and not the 001 of jalr.
            self.offset[0].eq(Mux(word[6], word[20] & word[2] & ~word[3],
                                  Mux(splits, word[7], word[20]))),
            self.offset[1:5].eq(Mux(splits, word[8:12], word[21:25])),
            self.offset[5:11].eq(word[25:31]),
            self.offset[11].eq(Mux(is_jal, word[20], Mux(splits & word[6], word[7], sign))),
            self.offset[12:20].eq(Mux(is_jal, word[12:20], sign.replicate(8))),
            self.offset[20:32].eq(sign.replicate(12)),
        ]

    def _kinds(self, m):
        word, control = self.word, self.control
        opcode, funct3 = word[2:7], word[12:15]
        is_op = opcode == Opcode.OP.value
        is_immediate = opcode == Opcode.OP_IMM.value
        is_upper = (opcode == Opcode.LUI.value) | (opcode == Opcode.AUIPC.value)
        is_m = is_op & (word[25:32] == 1)
        system = opcode == Opcode.SYSTEM.value
        plain_system = Signal()  # ecall and its like: rd, funct3 and rs1 are 0
        full = word[0:2] == 3
        m.d.comb += [
            control.load.eq(full & (opcode == Opcode.LOAD.value)
                            & ~((funct3 == 3) | (funct3[1] & funct3[2]))),
            control.store.eq(full & (opcode == Opcode.STORE.value) & (funct3 < 3)),
            control.branch.eq(full & (opcode == Opcode.BRANCH.value)),
            control.jal.eq(full & (opcode == Opcode.JAL.value)),
            control.jalr.eq(full & (opcode == Opcode.JALR.value) & (funct3 == 0)),
            control.multiply.eq(full & is_m & ~funct3[2]),
            control.divide.eq(full & is_m & funct3[2]),
            control.csr.eq(full & system & funct3[0:2].any()),
            plain_system.eq(full & system & ~word[7:20].any()),
            control.ecall.eq(plain_system & (word[20:32] == 0x000)),
            control.ebreak.eq(plain_system & (word[20:32] == 0x001)),
            control.mret.eq(plain_system & (word[20:32] == 0x302)),
            control.wfi.eq(plain_system & (word[20:32] == 0x105)),
            control.fence_i.eq(full & (opcode == Opcode.MISC_MEM.value) & (funct3 == 1)),
            control.writes.eq(word[7:12].any() & (
                control.load | control.jal | control.jalr | is_op | is_immediate | is_upper
                | control.csr)),
            control.csr_writes.eq(control.csr & (~funct3[1] | word[15:20].any())),
            # pmpcfg, pmpaddr and mseccfg, and few others.
            control.fetches_anew.eq(control.csr_writes & (
                (word[25:32] == 0x3A0 >> 5) | (word[20:32] == 0x747))),
            self.sources.rs1.eq((opcode == Opcode.LOAD.value) | (opcode == Opcode.STORE.value)
                                | (opcode == Opcode.BRANCH.value) | (opcode == Opcode.JALR.value)
                                | is_op | is_immediate | (system & ~funct3[2])),
            self.sources.upper.eq(word[4] & word[2]),
            self.sources.pc.eq(~word[5]),
            self.sources.small.eq(word[4] & word[6] & funct3[2]),
            self.sources.rs2.eq((opcode == Opcode.STORE.value) | (opcode == Opcode.BRANCH.value)
                                | is_op),
            self.sources.immediate.eq(word[4] & (~word[5] | word[2])),
        ]

    def _operation(self, m):
        word, control, operation = self.word, self.control, self.control.operation
        opcode, funct3 = word[2:7], word[12:15]
        is_branch = word[6]  # or nothing that an operand of the ALU matters to
        is_upper = word[2]
        is_op, is_immediate = opcode == Opcode.OP.value, opcode == Opcode.OP_IMM.value
        is_operation = is_immediate | (is_op & ~word[25])
        shift_code = funct3[0:2] == 1
        # Three bits of funct7 tell legal operations apart, where there is a funct7: it is the
        # immediate of an operation with one, unless that is a shift.
        bit30 = word[30]
        bit29, bit27 = (word[29], word[27]) if self._extensions else (Const(0), Const(0))
        plain = ~bit29 & ~bit27
        rotates = bit30 & bit29 & ~bit27 & (word[5] | funct3[2])
        extracts = bit30 & ~bit29 & bit27 & funct3[2]
        single = bit27 & (bit29 | bit30) & (funct3 == 1)
        by_funct3 = (plain | ~word[5]) & funct3[2] & ~shift_code
        compares = (funct3[1:3] == 1) & ~(bit29 & word[5])
        inverts = bit30 & ~bit29 & (word[5] | shift_code)
        chooses = word[5] & word[25] & bit27  # min, max, czero
        m.d.comb += [
            operation.adds.eq((is_operation & (funct3 == 0)) | (opcode == Opcode.LUI.value)
                              | (opcode == Opcode.AUIPC.value)),
            operation.shifts.eq(is_operation & shift_code & (plain | rotates | extracts)),
            operation.compares.eq(is_operation & compares),
            operation.logic.as_value().eq(Cat(
                is_operation & ((by_funct3 & (~funct3[1] | funct3[0])) | (single & bit30)),
                is_operation & ((by_funct3 & funct3[1]) | (single & ~(bit30 & bit29))))),
            # Of what is neither a branch nor an operation it may be anything.
            operation.invert.eq(is_branch | (~is_upper & (compares | inverts | chooses))),
            # A branch compares with funct3 100 to 111, slt and sltu with 010 and 011.
            operation.unsigned.eq(Mux(is_branch, word[13], word[12])),
            operation.single.eq(single),
            operation.left.eq(~funct3[2]),
            operation.keep.as_value().eq(Cat(Mux(plain, ~funct3[2], bit27), ~plain)),
            operation.arithmetic.eq(bit30 & plain & funct3[2]),
        ]
        if "zba" in self._extensions:
            m.d.comb += operation.scale.eq(
                funct3[1:3] & (is_op & ~word[25] & bit29 & ~bit30 & ~bit27).replicate(2))
        if self._extensions & {"zbb", "zbkb"}:
            packs = is_op & ~word[25] & bit27 & ~bit29 & ~bit30
            extends = is_immediate & bit30 & bit29 & ~bit27 & (funct3 == 1) & word[22]
            m.d.comb += [
                operation.extend.byte.eq(extends & ~word[20]),
                operation.extend.half.eq(extends & word[20]),
                operation.extend.pack_halves.eq(packs & ~funct3[0]),
                operation.extend.pack_bytes.eq(packs & funct3[0]),
            ]
        if self._extensions & {"zbb", "zbkb", "zicond"}:
            counts = bit30 & bit29 & ~bit27 & ~funct3[2] & ~word[22]
            zips = bit27 & ~bit29 & ~bit30
            permutes = bit29 & bit27 & funct3[2]
            m.d.comb += control.bits.eq(
                (word[0:2] == 3)
                & ((is_op & chooses) | (is_immediate & shift_code & (counts | zips | permutes))))


class Legality(wiring.Component):
    """Whether an instruction is illegal; of a CSR instruction, but for its CSR.

    Parameters: extensions : set of names in `EXTENSIONS`.
    Members: word : In(32); control : In(Control), of the same instruction; illegal : Out(1).
    Timing: combinational.
    """

    def __init__(self, *, extensions):
        self._patterns = encodings(extensions)
        super().__init__({"word": In(32), "control": In(Control), "illegal": Out(1)})

    def elaborate(self, platform):
        m = Module()
        word, control, illegal = self.word, self.control, self.illegal
        funct3, funct7 = word[12:15], word[25:32]
        plain = funct7 == 0
        alternate = funct7 == 0b0100000
        more = word.matches(*self._patterns)
        m.d.comb += illegal.eq(1)
        with m.Switch(word[0:7]):
            def case(opcode):
                return m.Case((opcode.value << 2) | 3)
            with case(Opcode.LOAD):
                m.d.comb += illegal.eq(~control.load)
            with case(Opcode.STORE):
                m.d.comb += illegal.eq(~control.store)
            with case(Opcode.BRANCH):
                m.d.comb += illegal.eq((funct3 == 2) | (funct3 == 3))
            with case(Opcode.JALR):
                m.d.comb += illegal.eq(~control.jalr)
            with case(Opcode.OP_IMM):
                m.d.comb += illegal.eq((((funct3 == 1) & ~plain)
                                        | ((funct3 == 5) & ~plain & ~alternate)) & ~more)
            with case(Opcode.OP):
                m.d.comb += illegal.eq(~plain & (funct7 != 1) & ~more
                                       & ~(alternate & ((funct3 == 0) | (funct3 == 5))))
            with case(Opcode.MISC_MEM):
                m.d.comb += illegal.eq(funct3 > 1)
            with case(Opcode.SYSTEM):
                m.d.comb += illegal.eq(~(control.csr | control.ecall | control.ebreak
                                         | control.mret | control.wfi))
            with m.Case(*[(o.value << 2) | 3
                          for o in (Opcode.AUIPC, Opcode.LUI, Opcode.JAL)]):
                m.d.comb += illegal.eq(0)
        return m
