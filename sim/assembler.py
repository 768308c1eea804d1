"""Encodes RV32IM_Zicsr instructions, for programs that tests build word by word.

Source: RISC-V Unprivileged 20240411 chapter 35 (opcode listings).
"""

__all__ = ["AUIPC", "EBREAK", "ECALL", "FENCE", "FENCE_I", "JALR", "LOAD", "LUI", "MRET", "NOP",
           "OP", "OP_IMM", "WFI", "Label", "Program", "branch", "csr", "i_type", "jal",
           "load_immediate", "r_type", "s_type", "u_type"]

ECALL = 0x0000_0073
EBREAK = 0x0010_0073
MRET = 0x3020_0073
WFI = 0x1050_0073
FENCE = 0x0FF0_000F
FENCE_I = 0x0000_100F
NOP = 0x0000_0013

OP, OP_IMM, LOAD, JALR = 0x33, 0x13, 0x03, 0x67
LUI, AUIPC = 0x37, 0x17


def r_type(funct7, funct3, rd, rs1, rs2, opcode=OP):
    """A register-register instruction."""
    return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode


def i_type(opcode, funct3, rd, rs1, immediate):
    """An instruction with a signed 12-bit immediate: OP_IMM, LOAD, JALR."""
    return (immediate & 0xFFF) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode


def s_type(funct3, rs1, rs2, offset):
    """A store of rs2 to rs1 + offset."""
    return ((offset >> 5 & 0x7F) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12
            | (offset & 31) << 7 | 0x23)


def u_type(opcode, rd, value):
    """LUI or AUIPC; the low 12 bits of ``value`` are dropped."""
    return value & 0xFFFF_F000 | rd << 7 | opcode


def branch(funct3, rs1, rs2, offset):
    """A conditional branch to pc + offset."""
    return ((offset >> 12 & 1) << 31 | (offset >> 5 & 0x3F) << 25 | rs2 << 20 | rs1 << 15
            | funct3 << 12 | (offset >> 1 & 15) << 8 | (offset >> 11 & 1) << 7 | 0x63)


def jal(rd, offset):
    """A jump to pc + offset."""
    return ((offset >> 20 & 1) << 31 | (offset >> 1 & 0x3FF) << 21 | (offset >> 11 & 1) << 20
            | (offset >> 12 & 0xFF) << 12 | rd << 7 | 0x6F)


def csr(funct3, rd, source, number):
    """A CSR access; ``source`` is a register, or an immediate where funct3 is 5 to 7."""
    return number << 20 | source << 15 | funct3 << 12 | rd << 7 | 0x73


def load_immediate(rd, value):
    """The two words that set rd to any 32-bit ``value``."""
    return [u_type(LUI, rd, value + 0x800), i_type(OP_IMM, 0, rd, rd, value)]


class Label:
    """A place in a `Program`; ``address`` is None until `Program.place`."""

    def __init__(self):
        self.address = None


class Program:
    """Words from the address ``base`` on, with references to labels that come later."""

    def __init__(self, base):
        self.base = base
        self.words = []
        self._references = []

    @property
    def address(self):
        """Where the next word goes."""
        return self.base + 4 * len(self.words)

    def emit(self, *words):
        """Appends ``words``."""
        self.words.extend(words)

    def emit_to(self, label, encode):
        """Appends the word ``encode(offset)``, the offset being from it to ``label``."""
        self._references.append((len(self.words), label, encode))
        self.words.append(0)

    def emit_address(self, rd, label):
        """Appends two words that set rd to the address of ``label``."""
        for part in range(2):
            index = len(self.words)
            self._references.append((index, label, lambda offset, part=part, index=index:
                                     load_immediate(rd, self.base + 4 * index + offset)[part]))
            self.words.append(0)

    def place(self, label):
        """Puts ``label`` here."""
        label.address = self.address

    def pad_to(self, address):
        """Appends nops up to ``address``."""
        while self.address < address:
            self.emit(NOP)

    def finish(self):
        """Fills in the references and returns the words; every label must have been placed."""
        for index, label, encode in self._references:
            self.words[index] = encode(label.address - (self.base + 4 * index))
        self._references.clear()
        return self.words
