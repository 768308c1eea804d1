"""The instruction set as the proofs of the core know it, written from the manual.

Nothing here comes from the core or from the instruction-set model of `sim`: not the decoder, not
the tables of encodings. The listing below has the manual's own form, so that it can be read beside
it, line by line; masks, fields and immediates come from it.

Source: RISC-V Unprivileged ISA 20240411, chapters RV32I, "M", "Zicsr", "Zifencei", "B" (Zba, Zbb,
Zbs), "Zbkb", "Zicond" and "RV32/64G Instruction Set Listings"; Privileged 1.13 §3.3, of mret and
wfi.
"""

import re
from dataclasses import dataclass
from functools import reduce

from amaranth.hdl import Cat, Const, Mux, Value

__all__ = ["BRANCHES", "EXTENSIONS", "INSTRUCTIONS", "LOADS", "OPERATIONS", "STORES", "Instruction",
           "any_of", "csr_is_known", "listed", "loaded_value"]


EXTENSIONS = ("zba", "zbb", "zbs", "zbkb", "zicond")

_LISTING = """
imm[31:12] rd 0110111                               lui
imm[31:12] rd 0010111                               auipc
imm[20|10:1|11|19:12] rd 1101111                    jal
imm[11:0] rs1 000 rd 1100111                        jalr
imm[12|10:5] rs2 rs1 000 imm[4:1|11] 1100011        beq
imm[12|10:5] rs2 rs1 001 imm[4:1|11] 1100011        bne
imm[12|10:5] rs2 rs1 100 imm[4:1|11] 1100011        blt
imm[12|10:5] rs2 rs1 101 imm[4:1|11] 1100011        bge
imm[12|10:5] rs2 rs1 110 imm[4:1|11] 1100011        bltu
imm[12|10:5] rs2 rs1 111 imm[4:1|11] 1100011        bgeu
imm[11:0] rs1 000 rd 0000011                        lb
imm[11:0] rs1 001 rd 0000011                        lh
imm[11:0] rs1 010 rd 0000011                        lw
imm[11:0] rs1 100 rd 0000011                        lbu
imm[11:0] rs1 101 rd 0000011                        lhu
imm[11:5] rs2 rs1 000 imm[4:0] 0100011              sb
imm[11:5] rs2 rs1 001 imm[4:0] 0100011              sh
imm[11:5] rs2 rs1 010 imm[4:0] 0100011              sw
imm[11:0] rs1 000 rd 0010011                        addi
imm[11:0] rs1 010 rd 0010011                        slti
imm[11:0] rs1 011 rd 0010011                        sltiu
imm[11:0] rs1 100 rd 0010011                        xori
imm[11:0] rs1 110 rd 0010011                        ori
imm[11:0] rs1 111 rd 0010011                        andi
0000000 shamt rs1 001 rd 0010011                    slli
0000000 shamt rs1 101 rd 0010011                    srli
0100000 shamt rs1 101 rd 0010011                    srai
0000000 rs2 rs1 000 rd 0110011                      add
0100000 rs2 rs1 000 rd 0110011                      sub
0000000 rs2 rs1 001 rd 0110011                      sll
0000000 rs2 rs1 010 rd 0110011                      slt
0000000 rs2 rs1 011 rd 0110011                      sltu
0000000 rs2 rs1 100 rd 0110011                      xor
0000000 rs2 rs1 101 rd 0110011                      srl
0100000 rs2 rs1 101 rd 0110011                      sra
0000000 rs2 rs1 110 rd 0110011                      or
0000000 rs2 rs1 111 rd 0110011                      and
any12 any5 000 any5 0001111                         fence
any12 any5 001 any5 0001111                         fence.i
000000000000 00000 000 00000 1110011                ecall
000000000001 00000 000 00000 1110011                ebreak
001100000010 00000 000 00000 1110011                mret
000100000101 00000 000 00000 1110011                wfi
csr rs1 001 rd 1110011                              csrrw
csr rs1 010 rd 1110011                              csrrs
csr rs1 011 rd 1110011                              csrrc
csr uimm 101 rd 1110011                             csrrwi
csr uimm 110 rd 1110011                             csrrsi
csr uimm 111 rd 1110011                             csrrci
0000001 rs2 rs1 000 rd 0110011                      mul
0000001 rs2 rs1 001 rd 0110011                      mulh
0000001 rs2 rs1 010 rd 0110011                      mulhsu
0000001 rs2 rs1 011 rd 0110011                      mulhu
0000001 rs2 rs1 100 rd 0110011                      div
0000001 rs2 rs1 101 rd 0110011                      divu
0000001 rs2 rs1 110 rd 0110011                      rem
0000001 rs2 rs1 111 rd 0110011                      remu
0010000 rs2 rs1 010 rd 0110011                      sh1add     zba
0010000 rs2 rs1 100 rd 0110011                      sh2add     zba
0010000 rs2 rs1 110 rd 0110011                      sh3add     zba
0100000 rs2 rs1 111 rd 0110011                      andn       zbb zbkb
0100000 rs2 rs1 110 rd 0110011                      orn        zbb zbkb
0100000 rs2 rs1 100 rd 0110011                      xnor       zbb zbkb
0110000 00000 rs1 001 rd 0010011                    clz        zbb
0110000 00001 rs1 001 rd 0010011                    ctz        zbb
0110000 00010 rs1 001 rd 0010011                    cpop       zbb
0000101 rs2 rs1 110 rd 0110011                      max        zbb
0000101 rs2 rs1 111 rd 0110011                      maxu       zbb
0000101 rs2 rs1 100 rd 0110011                      min        zbb
0000101 rs2 rs1 101 rd 0110011                      minu       zbb
0110000 00100 rs1 001 rd 0010011                    sext.b     zbb
0110000 00101 rs1 001 rd 0010011                    sext.h     zbb
0000100 00000 rs1 100 rd 0110011                    zext.h     zbb
0110000 rs2 rs1 001 rd 0110011                      rol        zbb zbkb
0110000 rs2 rs1 101 rd 0110011                      ror        zbb zbkb
0110000 shamt rs1 101 rd 0010011                    rori       zbb zbkb
001010000111 rs1 101 rd 0010011                     orc.b      zbb
011010011000 rs1 101 rd 0010011                     rev8       zbb zbkb
0100100 rs2 rs1 001 rd 0110011                      bclr       zbs
0100100 shamt rs1 001 rd 0010011                    bclri      zbs
0100100 rs2 rs1 101 rd 0110011                      bext       zbs
0100100 shamt rs1 101 rd 0010011                    bexti      zbs
0110100 rs2 rs1 001 rd 0110011                      binv       zbs
0110100 shamt rs1 001 rd 0010011                    binvi      zbs
0010100 rs2 rs1 001 rd 0110011                      bset       zbs
0010100 shamt rs1 001 rd 0010011                    bseti      zbs
0000100 rs2 rs1 100 rd 0110011                      pack       zbkb
0000100 rs2 rs1 111 rd 0110011                      packh      zbkb
011010000111 rs1 101 rd 0010011                     brev8      zbkb
000010001111 rs1 001 rd 0010011                     zip        zbkb
000010001111 rs1 101 rd 0010011                     unzip      zbkb
0000111 rs2 rs1 101 rd 0110011                      czero.eqz  zicond
0000111 rs2 rs1 111 rd 0110011                      czero.nez  zicond
"""

_WIDTHS = {"rd": 5, "rs1": 5, "rs2": 5, "shamt": 5, "uimm": 5, "csr": 12, "any5": 5, "any12": 12}


@dataclass(frozen=True)
class Instruction:
    """One line of the listing.

    Members:
        name : str; extensions : tuple of those that have it, () for the base and "M".
        pattern : str of 0, 1 and -, from bit 31 on.
        fields : frozenset of "rd", "rs1", "rs2", "shamt", "uimm", "csr" and "imm".
        immediate : tuple of (bit of the word, bit of the immediate).
    """

    name: str
    extensions: tuple
    pattern: str
    fields: frozenset
    immediate: tuple

    def matches(self, word):
        """Condition that ``word`` is this instruction."""
        return word.matches(self.pattern)

    def immediate_of(self, word):
        """The immediate in ``word``, 32 bits, with its sign; without one, the shift amount."""
        if "shamt" in self.fields:
            return word[20:25]
        source = {to: bit for bit, to in self.immediate}
        return Cat(word[source[n]] if n in source else word[31] if n > max(source) else Const(0, 1)
                   for n in range(32))


def _ranges(text):
    """Bits of an immediate, as they come in the word: "4:1|11" is 4, 3, 2, 1, 11."""
    for part in text.split("|"):
        high, _, low = part.partition(":")
        yield from range(int(high), int(low or high) - 1, -1)


def _parsed(line):
    encoding, name, extensions = re.fullmatch(r"(.*?)\s{2,}(\S+)\s*(.*)", line).groups()
    pattern, fields, immediate = "", set(), []
    for token in encoding.split():
        if token.startswith("imm"):
            bits = list(_ranges(token[4:-1]))
            immediate += [(31 - len(pattern) - n, bit) for n, bit in enumerate(bits)]
            pattern += "-" * len(bits)
            fields.add("imm")
        elif token in _WIDTHS:
            pattern += "-" * _WIDTHS[token]
            fields.add(token)
        else:
            pattern += token
    assert len(pattern) == 32, line
    return Instruction(name, tuple(extensions.split()), pattern, frozenset(fields),
                       tuple(immediate))


INSTRUCTIONS = {instruction.name: instruction
                for instruction in map(_parsed, _LISTING.strip().splitlines())}
"""{name: Instruction}."""


def any_of(values):
    """The bitwise OR of ``values``."""
    return reduce(lambda a, b: a | b, values, Const(0, 1))


def listed(word, names=None, *, extensions=EXTENSIONS):
    """Condition that ``word`` is an instruction of a core with ``extensions``, and of ``names``."""
    return any_of(instruction.matches(word) for name, instruction in INSTRUCTIONS.items()
                  if (names is None or name in names)
                  and (not instruction.extensions or set(instruction.extensions) & set(extensions)))


def _bytes(x):
    return [x.word_select(n, 8) for n in range(4)]


def _rotated_right(x, distance):
    return (Cat(x, x) >> distance)[:32]


def _signed(value, bits):
    return Cat(value[:bits], value[bits - 1].replicate(32 - bits))


def _leading_zeros(bits):
    """How many zeros ``bits``, from the first on, begins with."""
    count = Const(len(bits), 6)
    for number, bit in reversed(list(enumerate(bits))):
        count = Mux(bit, number, count)
    return count


def _bit(y):
    return (Const(1, 32) << y[:5])[:32]


_BY_SHIFT = {
    "sll": lambda x, y: (x << y[:5])[:32],
    "srl": lambda x, y: x >> y[:5],
    "sra": lambda x, y: (x.as_signed() >> y[:5]).as_unsigned(),
    "ror": lambda x, y: _rotated_right(x, y[:5]),
    "bclr": lambda x, y: x & ~_bit(y),
    "bext": lambda x, y: (x >> y[:5]) & 1,
    "binv": lambda x, y: x ^ _bit(y),
    "bset": lambda x, y: x | _bit(y),
}
"""Each has a twin that ends in i and takes its distance or bit from the instruction."""

_BY_IMMEDIATE = {
    "add": lambda x, y: (x + y)[:32],
    "slt": lambda x, y: x.as_signed() < y.as_signed(),
    "sltu": lambda x, y: x < y,
    "xor": lambda x, y: x ^ y,
    "or": lambda x, y: x | y,
    "and": lambda x, y: x & y,
}
"""Likewise, with an immediate."""

OPERATIONS = {
    **_BY_IMMEDIATE,
    **_BY_SHIFT,
    **{f"{name}i": function for name, function in (_BY_IMMEDIATE | _BY_SHIFT).items()
       if name != "sltu"},
    "sltiu": _BY_IMMEDIATE["sltu"],
    "sub": lambda x, y: (x - y)[:32],
    "sh1add": lambda x, y: ((x << 1) + y)[:32],
    "sh2add": lambda x, y: ((x << 2) + y)[:32],
    "sh3add": lambda x, y: ((x << 3) + y)[:32],
    "andn": lambda x, y: x & ~y,
    "orn": lambda x, y: x | ~y,
    "xnor": lambda x, y: ~(x ^ y),
    "clz": lambda x, y: _leading_zeros(x[::-1]),
    "ctz": lambda x, y: _leading_zeros(x),
    "cpop": lambda x, y: sum(x),
    "max": lambda x, y: Mux(x.as_signed() < y.as_signed(), y, x),
    "maxu": lambda x, y: Mux(x < y, y, x),
    "min": lambda x, y: Mux(x.as_signed() < y.as_signed(), x, y),
    "minu": lambda x, y: Mux(x < y, x, y),
    "sext.b": lambda x, y: _signed(x, 8),
    "sext.h": lambda x, y: _signed(x, 16),
    "zext.h": lambda x, y: x[:16],
    "rol": lambda x, y: (Cat(x, x) << y[:5])[32:64],
    "orc.b": lambda x, y: Cat(octet.any().replicate(8) for octet in _bytes(x)),
    "rev8": lambda x, y: Cat(reversed(_bytes(x))),
    "pack": lambda x, y: Cat(x[:16], y[:16]),
    "packh": lambda x, y: Cat(x[:8], y[:8]),
    "brev8": lambda x, y: Cat(octet[::-1] for octet in _bytes(x)),
    "zip": lambda x, y: Cat(half[n] for n in range(16) for half in (x[:16], x[16:])),
    "unzip": lambda x, y: Cat(x[::2], x[1::2]),
    "czero.eqz": lambda x, y: Mux(y == 0, 0, x),
    "czero.nez": lambda x, y: Mux(y != 0, 0, x),
}
"""{name: function of the first operand and of the second, rs2 or immediate, which gives rd}."""

BRANCHES = {
    "beq": lambda x, y: x == y,
    "bne": lambda x, y: x != y,
    "blt": lambda x, y: x.as_signed() < y.as_signed(),
    "bge": lambda x, y: x.as_signed() >= y.as_signed(),
    "bltu": lambda x, y: x < y,
    "bgeu": lambda x, y: x >= y,
}
"""{name: function of rs1 and rs2 that tells whether the branch is taken}."""

LOADS = {"lb": (1, True), "lh": (2, True), "lw": (4, True), "lbu": (1, False), "lhu": (2, False)}
STORES = {"sb": 1, "sh": 2, "sw": 4}
"""Bytes; of loads also whether they have a sign."""


def loaded_value(word, lane, data):
    """What the load ``word`` makes of ``data``, the aligned word of memory, at byte ``lane``."""
    shifted = (data >> Cat(Const(0, 3), lane))[:32]
    return any_of(
        Mux(INSTRUCTIONS[name].matches(word),
            _signed(shifted, 8 * size) if signed else shifted[:8 * size], 0)
        for name, (size, signed) in LOADS.items())


_KNOWN_CSRS = {
    0x300, 0x301, 0x304, 0x305, 0x306, 0x30A, 0x310, 0x31A, 0x320, 0x340, 0x341, 0x342, 0x343,
    0x344, 0x747, 0x757, 0xB00, 0xB02, 0xB80, 0xB82, 0xC00, 0xC01, 0xC02, 0xC80, 0xC81, 0xC82,
    0xF11, 0xF12, 0xF13, 0xF14, 0xF15,
    *(base + n for base in (0xB00, 0xB80, 0x320) for n in range(3, 32)),  # hpm
    *range(0x3A0, 0x3A4), *range(0x3B0, 0x3C0),  # pmpcfg, pmpaddr
}
"""Of the manual's list, those of a core with user mode; see docs/core.md."""


def csr_is_known(address):
    """Condition that there is a CSR at ``address``, 12 bits."""
    return any_of(Value.cast(address) == number for number in sorted(_KNOWN_CSRS))
