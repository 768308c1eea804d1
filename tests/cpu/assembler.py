"""A tiny assembler for tests: one function an instruction, labels resolved at the end.

Written from the instruction listings, apart from the core's decoder.
"""

__all__ = ["Program", "REGISTERS"]


REGISTERS = {name: n for n, name in enumerate(
    "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 "
    "s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split())}

_OP = {"add": (0, 0), "sub": (0, 0x20), "sll": (1, 0), "slt": (2, 0), "sltu": (3, 0), "xor": (4, 0),
       "srl": (5, 0), "sra": (5, 0x20), "or": (6, 0), "and": (7, 0),
       "mul": (0, 1), "mulh": (1, 1), "mulhsu": (2, 1), "mulhu": (3, 1),
       "div": (4, 1), "divu": (5, 1), "rem": (6, 1), "remu": (7, 1)}
_OP_IMM = {"addi": 0, "slti": 2, "sltiu": 3, "xori": 4, "ori": 6, "andi": 7}
_SHIFT = {"slli": (1, 0), "srli": (5, 0), "srai": (5, 0x20)}
_LOAD = {"lb": 0, "lh": 1, "lw": 2, "lbu": 4, "lhu": 5}
_STORE = {"sb": 0, "sh": 1, "sw": 2}
_BRANCH = {"beq": 0, "bne": 1, "blt": 4, "bge": 5, "bltu": 6, "bgeu": 7}
_CSR = {"csrrw": 1, "csrrs": 2, "csrrc": 3, "csrrwi": 5, "csrrsi": 6, "csrrci": 7}
_PLAIN = {"ecall": 0x73, "ebreak": 0x100073, "mret": 0x30200073, "wfi": 0x10500073,
          "fence": 0x0FF0000F, "fence_i": 0x100F, "nop": 0x13}
CSRS = {"mstatus": 0x300, "misa": 0x301, "mie": 0x304, "mtvec": 0x305, "mcountinhibit": 0x320,
        "mscratch": 0x340, "mepc": 0x341, "mcause": 0x342, "mtval": 0x343, "mip": 0x344,
        "mcycle": 0xB00, "minstret": 0xB02, "mcycleh": 0xB80, "minstreth": 0xB82,
        "cycle": 0xC00, "time": 0xC01, "instret": 0xC02, "mvendorid": 0xF11, "marchid": 0xF12,
        "mimpid": 0xF13, "mhartid": 0xF14, "mconfigptr": 0xF15}


def _r(register):
    return REGISTERS[register] if isinstance(register, str) else register


class Program:
    """Instructions from ``base`` on. ``p.addi("a0", "a1", 4)``; targets are labels or addresses."""

    def __init__(self, base=0x8000_0000):
        self.base = base
        self._words = []
        self._labels = {}

    @property
    def here(self):
        """Address of the next instruction."""
        return self.base + 4 * len(self._words)

    def label(self, name):
        """Names the next instruction's address, which is returned."""
        self._labels[name] = self.here
        return self.here

    def word(self, value):
        """Appends a word, or a function from {label: address} to one."""
        self._words.append(value)

    def align(self, size):
        """Fills with nops up to a multiple of ``size`` bytes."""
        while self.here % size:
            self.nop()

    def address(self, name):
        return self._labels[name]

    def words(self):
        """The program's words."""
        return [w(self._labels) & 0xFFFF_FFFF if callable(w) else w & 0xFFFF_FFFF
                for w in self._words]

    def __getattr__(self, name):
        for table, encode in ((_OP, self._op), (_OP_IMM, self._op_imm), (_SHIFT, self._shift),
                              (_LOAD, self._load), (_STORE, self._store), (_BRANCH, self._branch),
                              (_CSR, self._csr)):
            if name.rstrip("_") in table:
                return lambda *args: encode(table[name.rstrip("_")], *args)
        if name in _PLAIN:
            return lambda: self.word(_PLAIN[name])
        raise AttributeError(name)

    def _op(self, code, rd, rs1, rs2):
        self.word(code[1] << 25 | _r(rs2) << 20 | _r(rs1) << 15 | code[0] << 12 | _r(rd) << 7
                  | 0x33)

    def _op_imm(self, code, rd, rs1, immediate):
        self.word((immediate & 0xFFF) << 20 | _r(rs1) << 15 | code << 12 | _r(rd) << 7 | 0x13)

    def _shift(self, code, rd, rs1, amount):
        self.word(code[1] << 25 | amount << 20 | _r(rs1) << 15 | code[0] << 12 | _r(rd) << 7 | 0x13)

    def _load(self, code, rd, offset, rs1):
        self.word((offset & 0xFFF) << 20 | _r(rs1) << 15 | code << 12 | _r(rd) << 7 | 0x03)

    def _store(self, code, rs2, offset, rs1):
        offset &= 0xFFF
        self.word((offset >> 5) << 25 | _r(rs2) << 20 | _r(rs1) << 15 | code << 12
                  | (offset & 31) << 7 | 0x23)

    def _relative(self, target, encode):
        here = self.here
        self.word(lambda labels: encode((labels[target] if isinstance(target, str) else target)
                                        - here))

    def _branch(self, code, rs1, rs2, target):
        def encode(d):
            return ((d >> 12 & 1) << 31 | (d >> 5 & 63) << 25 | _r(rs2) << 20 | _r(rs1) << 15
                    | code << 12 | (d >> 1 & 15) << 8 | (d >> 11 & 1) << 7 | 0x63)
        self._relative(target, encode)

    def jal(self, rd, target):
        def encode(d):
            return ((d >> 20 & 1) << 31 | (d >> 1 & 1023) << 21 | (d >> 11 & 1) << 20
                    | (d >> 12 & 255) << 12 | _r(rd) << 7 | 0x6F)
        self._relative(target, encode)

    def jalr(self, rd, offset, rs1):
        self.word((offset & 0xFFF) << 20 | _r(rs1) << 15 | _r(rd) << 7 | 0x67)

    def lui(self, rd, upper):
        self.word(upper << 12 | _r(rd) << 7 | 0x37)

    def auipc(self, rd, upper):
        self.word(upper << 12 | _r(rd) << 7 | 0x17)

    def li(self, rd, value):
        """Two instructions, always."""
        value &= 0xFFFF_FFFF
        self.lui(rd, (value + 0x800 >> 12) & 0xFFFFF)
        self.addi(rd, rd, value & 0xFFF)

    def la(self, rd, label):
        """The address of a label; two instructions."""
        register = _r(rd)
        self.word(lambda labels: (labels[label] + 0x800 & 0xFFFF_F000) | register << 7 | 0x37)
        self.word(lambda labels: (labels[label] & 0xFFF) << 20 | register << 15 | register << 7
                  | 0x13)

    def _csr(self, code, rd, csr, operand):
        self.word(CSRS.get(csr, csr) << 20 | _r(operand) << 15 | code << 12 | _r(rd) << 7 | 0x73)
