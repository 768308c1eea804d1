"""Encodes RV32IM_Zicsr instructions, for programs that tests build word by word.

Source: RISC-V Unprivileged 20240411 chapter 35 (opcode listings), 29 (Zba, Zbb, Zbs), 33 (Zbkb),
12 (Zicond).
"""

__all__ = ["AUIPC", "EBREAK", "ECALL", "EXTENSION_OP", "EXTENSION_SHIFT", "EXTENSION_UNARY",
           "FENCE", "FENCE_I", "JALR", "LOAD", "LUI", "MRET", "NOP", "OP", "OP_IMM", "WFI", "Label",
           "Program", "branch", "csr", "i_type", "jal", "load_immediate", "r_type", "s_type",
           "u_type"]

ECALL = 0x0000_0073
EBREAK = 0x0010_0073
MRET = 0x3020_0073
WFI = 0x1050_0073
FENCE = 0x0FF0_000F
FENCE_I = 0x0000_100F
NOP = 0x0000_0013

OP, OP_IMM, LOAD, JALR = 0x33, 0x13, 0x03, 0x67
LUI, AUIPC = 0x37, 0x17

_ZBB_AND_ZBKB_OP = {"xnor": (0x20, 4), "orn": (0x20, 6), "andn": (0x20, 7), "rol": (0x30, 1),
                    "ror": (0x30, 5)}
_ZBB_AND_ZBKB_SHIFT = {"rori": (0x30, 5)}
_ZBB_AND_ZBKB_UNARY = {"rev8": (OP_IMM, 5, 0x698),
                       "zext.h": (OP, 4, 0x080)}  # in Zbkb this is pack with x0

EXTENSION_OP = {
    "zba": {"sh1add": (0x10, 2), "sh2add": (0x10, 4), "sh3add": (0x10, 6)},
    "zbb": {**_ZBB_AND_ZBKB_OP,
            "min": (0x05, 4), "minu": (0x05, 5), "max": (0x05, 6), "maxu": (0x05, 7)},
    "zbs": {"bclr": (0x24, 1), "bext": (0x24, 5), "binv": (0x34, 1), "bset": (0x14, 1)},
    "zbkb": {**_ZBB_AND_ZBKB_OP, "pack": (0x04, 4), "packh": (0x04, 7)},
    "zicond": {"czero.eqz": (0x07, 5), "czero.nez": (0x07, 7)},
}
"""funct7 and funct3 of the register-register instructions of each extension."""

EXTENSION_SHIFT = {
    "zbb": _ZBB_AND_ZBKB_SHIFT,
    "zbs": {"bclri": (0x24, 1), "bexti": (0x24, 5), "binvi": (0x34, 1), "bseti": (0x14, 1)},
    "zbkb": _ZBB_AND_ZBKB_SHIFT,
}
"""funct7 and funct3 of those with a shift amount from 0 to 31."""

EXTENSION_UNARY = {
    "zbb": {**_ZBB_AND_ZBKB_UNARY, "clz": (OP_IMM, 1, 0x600), "ctz": (OP_IMM, 1, 0x601),
            "cpop": (OP_IMM, 1, 0x602), "sext.b": (OP_IMM, 1, 0x604), "sext.h": (OP_IMM, 1, 0x605),
            "orc.b": (OP_IMM, 5, 0x287)},
    "zbkb": {**_ZBB_AND_ZBKB_UNARY, "brev8": (OP_IMM, 5, 0x687), "zip": (OP_IMM, 1, 0x08F),
             "unzip": (OP_IMM, 5, 0x08F)},
}
"""Opcode, funct3 and bits 31 to 20 of those with one register operand."""


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
