"""Encodings of the extensions for bit manipulation and conditional zeroing.

Source: RISC-V Unprivileged ISA 20240411, chapters "B" (Zba, Zbb, Zbs), "Zbkb" and "Zicond".
"""

__all__ = ["ENCODINGS", "EXTENSIONS", "check_extensions", "encodings"]


EXTENSIONS = {
    "zba": "shifts and adds, for addresses",
    "zbb": "logic with negation, counts, minimum and maximum, sign extension, rotations",
    "zbs": "single bits",
    "zbkb": "rotations, packing and permutations of bits, for cryptography",
    "zicond": "conditional zeroing",
}
"""The extensions that can be switched on, and what they are."""


def _op(funct7, funct3, rs2="-----"):
    return f"{funct7}{rs2}-----{funct3}-----0110011"


def _op_imm(funct7, funct3, rs2="-----"):
    return f"{funct7}{rs2}-----{funct3}-----0010011"


ENCODINGS = {
    "sh1add": (("zba",), _op("0010000", "010")),
    "sh2add": (("zba",), _op("0010000", "100")),
    "sh3add": (("zba",), _op("0010000", "110")),
    "andn": (("zbb", "zbkb"), _op("0100000", "111")),
    "orn": (("zbb", "zbkb"), _op("0100000", "110")),
    "xnor": (("zbb", "zbkb"), _op("0100000", "100")),
    "rol": (("zbb", "zbkb"), _op("0110000", "001")),
    "ror": (("zbb", "zbkb"), _op("0110000", "101")),
    "rori": (("zbb", "zbkb"), _op_imm("0110000", "101")),
    "rev8": (("zbb", "zbkb"), _op_imm("0110100", "101", "11000")),
    "clz": (("zbb",), _op_imm("0110000", "001", "00000")),
    "ctz": (("zbb",), _op_imm("0110000", "001", "00001")),
    "cpop": (("zbb",), _op_imm("0110000", "001", "00010")),
    "sext.b": (("zbb",), _op_imm("0110000", "001", "00100")),
    "sext.h": (("zbb",), _op_imm("0110000", "001", "00101")),
    "zext.h": (("zbb",), _op("0000100", "100", "00000")),
    "min": (("zbb",), _op("0000101", "100")),
    "minu": (("zbb",), _op("0000101", "101")),
    "max": (("zbb",), _op("0000101", "110")),
    "maxu": (("zbb",), _op("0000101", "111")),
    "orc.b": (("zbb",), _op_imm("0010100", "101", "00111")),
    "bclr": (("zbs",), _op("0100100", "001")),
    "bclri": (("zbs",), _op_imm("0100100", "001")),
    "bext": (("zbs",), _op("0100100", "101")),
    "bexti": (("zbs",), _op_imm("0100100", "101")),
    "binv": (("zbs",), _op("0110100", "001")),
    "binvi": (("zbs",), _op_imm("0110100", "001")),
    "bset": (("zbs",), _op("0010100", "001")),
    "bseti": (("zbs",), _op_imm("0010100", "001")),
    "pack": (("zbkb",), _op("0000100", "100")),
    "packh": (("zbkb",), _op("0000100", "111")),
    "brev8": (("zbkb",), _op_imm("0110100", "101", "00111")),
    "zip": (("zbkb",), _op_imm("0000100", "001", "01111")),
    "unzip": (("zbkb",), _op_imm("0000100", "101", "01111")),
    "czero.eqz": (("zicond",), _op("0000111", "101")),
    "czero.nez": (("zicond",), _op("0000111", "111")),
}
"""{mnemonic: (extensions that have it, its bits from 31 to 0)}."""


def encodings(extensions):
    """Bit patterns of the instructions that ``extensions``, a set of names, add."""
    return [pattern for owners, pattern in ENCODINGS.values() if set(owners) & set(extensions)]


def check_extensions(extensions):
    """``extensions`` as a frozenset; raises ValueError for a name that is not in EXTENSIONS."""
    unknown = sorted(set(extensions) - set(EXTENSIONS))
    if unknown:
        raise ValueError(f"Extensions must be among {', '.join(EXTENSIONS)}, not {unknown[0]!r}")
    return frozenset(extensions)
