"""Mnemonics for programs that are built word by word: one method an instruction, labels."""

from collections import ChainMap

from sim import assembler as encode
from sim.iss.csr import Csr

__all__ = ["Program"]


_REGISTERS = {name: n for n, name in enumerate(
    "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 "
    "s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split())}

_OP = {"add": (0, 0), "sub": (0x20, 0), "sll": (0, 1), "slt": (0, 2), "sltu": (0, 3),
       "xor": (0, 4), "srl": (0, 5), "sra": (0x20, 5), "or": (0, 6), "and": (0, 7),
       "mul": (1, 0), "mulh": (1, 1), "mulhsu": (1, 2), "mulhu": (1, 3),
       "div": (1, 4), "divu": (1, 5), "rem": (1, 6), "remu": (1, 7),
       **ChainMap(*encode.EXTENSION_OP.values())}
_SHIFT = ChainMap(*encode.EXTENSION_SHIFT.values())
_UNARY = ChainMap(*encode.EXTENSION_UNARY.values())
_OP_IMM = {"addi": 0, "slti": 2, "sltiu": 3, "xori": 4, "ori": 6, "andi": 7, "slli": 1, "srli": 5}
_LOAD = {"lb": 0, "lh": 1, "lw": 2, "lbu": 4, "lhu": 5}
_STORE = {"sb": 0, "sh": 1, "sw": 2}
_BRANCH = {"beq": 0, "bne": 1, "blt": 4, "bge": 5, "bltu": 6, "bgeu": 7}
_CSR = {"csrrw": 1, "csrrs": 2, "csrrc": 3, "csrrwi": 5, "csrrsi": 6, "csrrci": 7}
_PLAIN = ("ECALL", "EBREAK", "MRET", "WFI", "FENCE", "FENCE_I", "NOP")


def _r(register):
    return _REGISTERS[register]


class Program:
    """Instructions from ``base`` on: ``p.addi("a0", "a1", 4)``, ``p.lw("a0", 8, "sp")``.

    A trailing underscore is dropped and others stand for dots: ``p.and_``, ``p.sext_b``. Targets
    are labels or addresses.
    """

    def __init__(self, base=0x8000_0000):
        self.base = base
        self._words = []
        self._labels = {}

    @property
    def here(self):
        """Address of the next instruction."""
        return self.base + 4 * len(self._words)

    def label(self, name):
        """Gives the next instruction a name; returns its address."""
        self._labels[name] = self.here
        return self.here

    def address(self, label):
        """Address of a label."""
        return self._labels[label]

    def word(self, value):
        """Appends a word, or a function that makes it when all labels are known."""
        self._words.append(value)

    def align(self, size):
        """Fills with nops up to a multiple of ``size`` bytes."""
        while self.here % size:
            self.nop()

    def words(self):
        """The finished program."""
        return [w() if callable(w) else w for w in self._words]

    def __getattr__(self, name):
        mnemonic = name.rstrip("_").replace("_", ".")
        for table, method in ((_OP, self._op), (_OP_IMM, self._op_imm), (_SHIFT, self._shift),
                              (_UNARY, self._unary), (_LOAD, self._load), (_STORE, self._store),
                              (_BRANCH, self._branch), (_CSR, self._csr)):
            if mnemonic in table:
                return lambda *operands: method(table[mnemonic], *operands)
        if name.upper() in _PLAIN:
            return lambda: self.word(getattr(encode, name.upper()))
        raise AttributeError(name)

    def _op(self, code, rd, rs1, rs2):
        self.word(encode.r_type(*code, _r(rd), _r(rs1), _r(rs2)))

    def _op_imm(self, code, rd, rs1, immediate):
        self.word(encode.i_type(encode.OP_IMM, code, _r(rd), _r(rs1), immediate))

    def _shift(self, code, rd, rs1, amount):
        self.word(encode.r_type(*code, _r(rd), _r(rs1), amount, encode.OP_IMM))

    def _unary(self, code, rd, rs1):
        opcode, funct3, immediate = code
        self.word(encode.i_type(opcode, funct3, _r(rd), _r(rs1), immediate))

    def srai(self, rd, rs1, amount):
        self._op_imm(5, rd, rs1, 0x400 | amount)

    def _load(self, code, rd, offset, rs1):
        self.word(encode.i_type(encode.LOAD, code, _r(rd), _r(rs1), offset))

    def _store(self, code, rs2, offset, rs1):
        self.word(encode.s_type(code, _r(rs1), _r(rs2), offset))

    def _csr(self, code, rd, csr, operand):
        number = Csr[csr.upper()] if isinstance(csr, str) else csr
        self.word(encode.csr(code, _r(rd), operand if code >= 5 else _r(operand), number))

    def _to(self, target):
        return self._labels[target] if isinstance(target, str) else target

    def _branch(self, code, rs1, rs2, target):
        here = self.here
        self.word(lambda: encode.branch(code, _r(rs1), _r(rs2), self._to(target) - here))

    def jal(self, rd, target):
        here = self.here
        self.word(lambda: encode.jal(_r(rd), self._to(target) - here))

    def jalr(self, rd, offset, rs1):
        self.word(encode.i_type(encode.JALR, 0, _r(rd), _r(rs1), offset))

    def lui(self, rd, upper):
        self.word(encode.u_type(encode.LUI, _r(rd), upper << 12))

    def auipc(self, rd, upper):
        self.word(encode.u_type(encode.AUIPC, _r(rd), upper << 12))

    def li(self, rd, value):
        """A constant, or the address of a label; always two instructions."""
        self.word(lambda: encode.u_type(encode.LUI, _r(rd), self._to(value) + 0x800 & 0xFFFF_FFFF))
        self.word(lambda: encode.i_type(encode.OP_IMM, 0, _r(rd), _r(rd), self._to(value)))
