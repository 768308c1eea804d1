"""The instructions of the model's extensions: bit manipulation and conditional zeroing.

Source: RISC-V Unprivileged 20240411: chapter 12 (Zicond), 29 (Zba, Zbb, Zbs), 33 (Zbkb).
"""

__all__ = ["immediate_operation", "register_operation"]

_SIGN = 0x8000_0000


def _rotate_right(a, amount):
    return a >> (amount & 31) | a << (-amount & 31)


def _bit(number):
    return 1 << (number & 31)


def _count_trailing_zeros(a):
    return (a & -a).bit_length() - 1 if a else 32


def _extend_sign(a, bits):
    sign = 1 << (bits - 1)
    return (a & (2 * sign - 1) ^ sign) - sign


def _by_bytes(function):
    """The function of a word that does ``function`` to each byte."""
    return lambda a, _: int.from_bytes(map(function, a.to_bytes(4, "little")), "little")


def _reverse_bits(byte):
    return int(f"{byte:08b}"[::-1], 2)


def _zip(a, _):
    return sum((a >> i & 1) << 2 * i | (a >> 16 + i & 1) << 2 * i + 1 for i in range(16))


def _unzip(a, _):
    return sum((a >> 2 * i & 1) << i | (a >> 2 * i + 1 & 1) << 16 + i for i in range(16))


# All functions take two words; the caller cuts the result to 32 bits.

# funct7, funct3 -> name, extensions that have it, function of rs1 and rs2.
_REGISTER_OPERATIONS = {
    (0x10, 2): ("sh1add", {"zba"}, lambda a, b: b + (a << 1)),
    (0x10, 4): ("sh2add", {"zba"}, lambda a, b: b + (a << 2)),
    (0x10, 6): ("sh3add", {"zba"}, lambda a, b: b + (a << 3)),
    (0x20, 4): ("xnor", {"zbb", "zbkb"}, lambda a, b: ~(a ^ b)),
    (0x20, 6): ("orn", {"zbb", "zbkb"}, lambda a, b: a | ~b),
    (0x20, 7): ("andn", {"zbb", "zbkb"}, lambda a, b: a & ~b),
    (0x30, 1): ("rol", {"zbb", "zbkb"}, lambda a, b: _rotate_right(a, -b)),
    (0x30, 5): ("ror", {"zbb", "zbkb"}, _rotate_right),
    (0x05, 4): ("min", {"zbb"}, lambda a, b: min(a ^ _SIGN, b ^ _SIGN) ^ _SIGN),
    (0x05, 5): ("minu", {"zbb"}, min),
    (0x05, 6): ("max", {"zbb"}, lambda a, b: max(a ^ _SIGN, b ^ _SIGN) ^ _SIGN),
    (0x05, 7): ("maxu", {"zbb"}, max),
    (0x24, 1): ("bclr", {"zbs"}, lambda a, b: a & ~_bit(b)),
    (0x24, 5): ("bext", {"zbs"}, lambda a, b: a & _bit(b) != 0),
    (0x34, 1): ("binv", {"zbs"}, lambda a, b: a ^ _bit(b)),
    (0x14, 1): ("bset", {"zbs"}, lambda a, b: a | _bit(b)),
    (0x04, 4): ("pack", {"zbkb"}, lambda a, b: b << 16 | a & 0xFFFF),
    (0x04, 7): ("packh", {"zbkb"}, lambda a, b: (b & 0xFF) << 8 | a & 0xFF),
    (0x07, 5): ("czero.eqz", {"zicond"}, lambda a, b: a if b else 0),
    (0x07, 7): ("czero.nez", {"zicond"}, lambda a, b: 0 if b else a),
}

_WITH_SHIFT_AMOUNT = {"ror", "bclr", "bext", "binv", "bset"}
"""Operations that have a form with 5 bits of immediate in place of rs2."""

# The 12 bits of the immediate, funct3 -> name, extensions that have it, function of rs1.
_UNARY_OPERATIONS = {
    (0x600, 1): ("clz", {"zbb"}, lambda a, _: 32 - a.bit_length()),
    (0x601, 1): ("ctz", {"zbb"}, lambda a, _: _count_trailing_zeros(a)),
    (0x602, 1): ("cpop", {"zbb"}, lambda a, _: a.bit_count()),
    (0x604, 1): ("sext.b", {"zbb"}, lambda a, _: _extend_sign(a, 8)),
    (0x605, 1): ("sext.h", {"zbb"}, lambda a, _: _extend_sign(a, 16)),
    (0x287, 5): ("orc.b", {"zbb"}, _by_bytes(lambda byte: 0xFF if byte else 0)),
    (0x698, 5): ("rev8", {"zbb", "zbkb"},
                 lambda a, _: int.from_bytes(a.to_bytes(4, "little"), "big")),
    (0x687, 5): ("brev8", {"zbkb"}, _by_bytes(_reverse_bits)),
    (0x08F, 1): ("zip", {"zbkb"}, _zip),
    (0x08F, 5): ("unzip", {"zbkb"}, _unzip),
}

_NOTHING = None, set(), None


def register_operation(word, extensions):
    """Name and function of the register-register instruction ``word``; None if it is illegal."""
    rs2, funct7, funct3 = word >> 20 & 31, word >> 25, word >> 12 & 7
    name, owners, function = _REGISTER_OPERATIONS.get((funct7, funct3), _NOTHING)
    if name == "pack" and rs2 == 0:
        name, owners = "zext.h", {"zbb", "zbkb"}
    return (name, function) if owners & extensions else None


def immediate_operation(word, extensions):
    """Name and function of the register-immediate instruction ``word``; None if it is illegal.

    The function's second operand are the 5 bits in the place of rs2.
    """
    funct12, funct7, funct3 = word >> 20, word >> 25, word >> 12 & 7
    name, owners, function = _UNARY_OPERATIONS.get((funct12, funct3), _NOTHING)
    if name is None:
        name, owners, function = _REGISTER_OPERATIONS.get((funct7, funct3), _NOTHING)
        if name not in _WITH_SHIFT_AMOUNT:
            return None
        name += "i"
    return (name, function) if owners & extensions else None
