"""The extensions of the instruction-set model: results, encodings, and what is illegal."""

import itertools
import struct
import subprocess
import sys

import pytest
from elftools.elf.elffile import ELFFile

from cpu.bit_manipulation import EXTENSIONS
from sim.iss.csr import Csr
from sim.mnemonics import Program
from sim.random_program import CORNERS, random_program
from sim.traps import ExceptionCause
from tests.sim.iss_hart import ITCM, RAM, make_hart

OPERANDS = (*CORNERS, 31, 32, 33, 0x0080_0000, 0x0000_8000, 0x80, 0x1234_5678, 0xDEAD_BEEF)
AMOUNTS = (0, 1, 15, 16, 30, 31)


def text(a):
    """The bits of ``a``, the highest first."""
    return f"{a:032b}"


def signed(a):
    return struct.unpack("<i", struct.pack("<I", a))[0]


def replaced(a, place, function):
    """``a`` with the bit at ``place`` modulo 32 made what ``function`` says of it."""
    bits = list(text(a))
    bits[31 - place % 32] = function(bits[31 - place % 32])
    return int("".join(bits), 2)


def by_bytes(a, function):
    return int("".join(function(text(a)[start:start + 8]) for start in range(0, 32, 8)), 2)


def by_bits(a, b, function):
    return int("".join(str(int(function(x == "1", y == "1"))) for x, y in zip(text(a), text(b))), 2)


def rotated_left(a, amount):
    for _ in range(amount % 32):
        a = int(text(a)[1:] + text(a)[0], 2)
    return a


# Name: extensions, result. All as strings of bits, where the model computes with integers.
TWO_REGISTERS = {
    "sh1add": ("zba", lambda a, b: (2 * a + b) % 2**32),
    "sh2add": ("zba", lambda a, b: (4 * a + b) % 2**32),
    "sh3add": ("zba", lambda a, b: (8 * a + b) % 2**32),
    "andn": ("zbb zbkb", lambda a, b: by_bits(a, b, lambda x, y: x and not y)),
    "orn": ("zbb zbkb", lambda a, b: by_bits(a, b, lambda x, y: x or not y)),
    "xnor": ("zbb zbkb", lambda a, b: by_bits(a, b, lambda x, y: x == y)),
    "max": ("zbb", lambda a, b: a if signed(a) > signed(b) else b),
    "maxu": ("zbb", lambda a, b: a if a > b else b),
    "min": ("zbb", lambda a, b: a if signed(a) < signed(b) else b),
    "minu": ("zbb", lambda a, b: a if a < b else b),
    "rol": ("zbb zbkb", rotated_left),
    "ror": ("zbb zbkb", lambda a, b: rotated_left(a, 32 - b % 32)),
    "bclr": ("zbs", lambda a, b: replaced(a, b, lambda bit: "0")),
    "bset": ("zbs", lambda a, b: replaced(a, b, lambda bit: "1")),
    "binv": ("zbs", lambda a, b: replaced(a, b, {"0": "1", "1": "0"}.get)),
    "bext": ("zbs", lambda a, b: int(text(a)[31 - b % 32])),
    "pack": ("zbkb", lambda a, b: int(text(b)[16:] + text(a)[16:], 2)),
    "packh": ("zbkb", lambda a, b: int(text(b)[24:] + text(a)[24:], 2)),
    "czero.eqz": ("zicond", lambda a, b: 0 if b == 0 else a),
    "czero.nez": ("zicond", lambda a, b: 0 if b != 0 else a),
}
WITH_AMOUNT = {name + "i": TWO_REGISTERS[name] for name in ("ror", "bclr", "bset", "binv", "bext")}
ONE_REGISTER = {
    "clz": ("zbb", lambda a: (text(a) + "1").index("1")),
    "ctz": ("zbb", lambda a: (text(a)[::-1] + "1").index("1")),
    "cpop": ("zbb", lambda a: text(a).count("1")),
    "sext.b": ("zbb", lambda a: int(24 * text(a)[24] + text(a)[24:], 2)),
    "sext.h": ("zbb", lambda a: int(16 * text(a)[16] + text(a)[16:], 2)),
    "zext.h": ("zbb zbkb", lambda a: int(text(a)[16:], 2)),
    "orc.b": ("zbb", lambda a: by_bytes(a, lambda byte: 8 * max(byte))),
    "rev8": ("zbb zbkb", lambda a: struct.unpack(">I", struct.pack("<I", a))[0]),
    "brev8": ("zbkb", lambda a: by_bytes(a, lambda byte: byte[::-1])),
    "zip": ("zbkb", lambda a: int("".join(map("".join, zip(text(a)[:16], text(a)[16:]))), 2)),
    "unzip": ("zbkb", lambda a: int(text(a)[::2] + text(a)[1::2], 2)),
}
OWNERS = {name: set(owners.split()) for name, (owners, _) in
          (TWO_REGISTERS | WITH_AMOUNT | ONE_REGISTER).items()}


def assembled(name, *operands):
    """The word of one instruction."""
    program = Program()
    getattr(program, name.replace(".", "_"))(*operands)
    return program.words()[0]


def check(name, word, a, b, result):
    hart = make_hart([word], extensions=EXTENSIONS)
    hart.x[1], hart.x[2] = a, b
    record = hart.step()
    assert (record.name, record.trap) == (name, False)
    assert hart.x[3] == result, f"{name} {a:#x}, {b:#x}: {hart.x[3]:#x}, not {result:#x}"


@pytest.mark.parametrize("name", TWO_REGISTERS)
def test_two_registers(name):
    word = assembled(name, "gp", "ra", "sp")
    for a, b in itertools.product(OPERANDS, repeat=2):
        check(name, word, a, b, TWO_REGISTERS[name][1](a, b))


@pytest.mark.parametrize("name", WITH_AMOUNT)
def test_shift_amount(name):
    for a, amount in itertools.product(OPERANDS, AMOUNTS):
        word = assembled(name, "gp", "ra", amount)
        check(name, word, a, 0, WITH_AMOUNT[name][1](a, amount))


@pytest.mark.parametrize("name", ONE_REGISTER)
def test_one_register(name):
    for a in OPERANDS:
        check(name, assembled(name, "gp", "ra"), a, 0, ONE_REGISTER[name][1](a))


@pytest.mark.parametrize("name, a, b, result", [
    ("sh3add", 3, 5, 29), ("clz", 0, 0, 32), ("ctz", 0, 0, 32), ("ctz", 0x8000_0000, 0, 31),
    ("cpop", 0xFFFF_FFFF, 0, 32), ("max", 0xFFFF_FFFF, 1, 1), ("maxu", 0xFFFF_FFFF, 1, 0xFFFF_FFFF),
    ("rol", 0x8000_0001, 33, 3), ("ror", 0x8000_0001, 33, 0xC000_0000), ("ror", 7, 32, 7),
    ("orc.b", 0x0100_8000, 0, 0xFF00_FF00), ("rev8", 0x1234_5678, 0, 0x7856_3412),
    ("brev8", 0x0102_0380, 0, 0x8040_C001), ("zip", 0x0000_FFFF, 0, 0x5555_5555),
    ("zip", 0x8000_0001, 0, 0x8000_0001), ("unzip", 0xAAAA_AAAA, 0, 0xFFFF_0000),
    ("unzip", 0x0000_0006, 0, 0x0001_0002), ("pack", 0x1111_2222, 0x3333_4444, 0x4444_2222),
    ("packh", 0x1111_2233, 0x4444_5566, 0x6633), ("bext", 0x8000_0000, 31, 1),
    ("bset", 0, 63, 0x8000_0000), ("czero.eqz", 5, 0, 0), ("czero.nez", 5, 0, 5),
])
def test_known_answer(name, a, b, result):
    operands = ("gp", "ra") if name in ONE_REGISTER else ("gp", "ra", "sp")
    check(name, assembled(name, *operands), a, b, result)


def test_result_for_x0_is_dropped():
    hart = make_hart([assembled("clz", "zero", "ra"), assembled("bset", "zero", "ra", "sp")],
                     extensions=EXTENSIONS)
    assert [hart.step().rd_wdata for _ in range(2)] == [0, 0] and hart.x[0] == 0


@pytest.mark.parametrize("name, operands, word", [
    ("sh1add", "a0 a1 a2", 0x20C5_A533), ("sh2add", "a0 a1 a2", 0x20C5_C533),
    ("sh3add", "a0 a1 a2", 0x20C5_E533), ("andn", "a0 a1 a2", 0x40C5_F533),
    ("orn", "a0 a1 a2", 0x40C5_E533), ("xnor", "a0 a1 a2", 0x40C5_C533),
    ("clz", "a0 a1", 0x6005_9513), ("ctz", "a0 a1", 0x6015_9513), ("cpop", "a0 a1", 0x6025_9513),
    ("max", "a0 a1 a2", 0x0AC5_E533), ("maxu", "a0 a1 a2", 0x0AC5_F533),
    ("min", "a0 a1 a2", 0x0AC5_C533), ("minu", "a0 a1 a2", 0x0AC5_D533),
    ("sext.b", "a0 a1", 0x6045_9513), ("sext.h", "a0 a1", 0x6055_9513),
    ("zext.h", "a0 a1", 0x0805_C533), ("rol", "a0 a1 a2", 0x60C5_9533),
    ("ror", "a0 a1 a2", 0x60C5_D533), ("rori", "a0 a1 31", 0x61F5_D513),
    ("orc.b", "a0 a1", 0x2875_D513), ("rev8", "a0 a1", 0x6985_D513),
    ("bclr", "a0 a1 a2", 0x48C5_9533), ("bclri", "a0 a1 31", 0x49F5_9513),
    ("bext", "a0 a1 a2", 0x48C5_D533), ("bexti", "a0 a1 31", 0x49F5_D513),
    ("binv", "a0 a1 a2", 0x68C5_9533), ("binvi", "a0 a1 31", 0x69F5_9513),
    ("bset", "a0 a1 a2", 0x28C5_9533), ("bseti", "a0 a1 31", 0x29F5_9513),
    ("pack", "a0 a1 a2", 0x08C5_C533), ("packh", "a0 a1 a2", 0x08C5_F533),
    ("brev8", "a0 a1", 0x6875_D513), ("zip", "a0 a1", 0x08F5_9513), ("unzip", "a0 a1", 0x08F5_D513),
    ("czero.eqz", "a0 a1 a2", 0x0EC5_D533), ("czero.nez", "a0 a1 a2", 0x0EC5_F533),
])
def test_encoding_by_hand(name, operands, word):
    assert assembled(name, *(int(o) if o.isdigit() else o for o in operands.split())) == word


def test_encodings_are_those_of_clang(tmp_path):
    """Every mnemonic, with registers that fill their fields with different bits."""
    lines = [*((name, "s5", "a0", "t6") for name in TWO_REGISTERS),
             *((name, "s5", "a0", amount) for name in WITH_AMOUNT for amount in AMOUNTS),
             *((name, "s5", "a0") for name in ONE_REGISTER)]
    source, target = tmp_path / "all.s", tmp_path / "all.o"
    source.write_text("".join(f"{name} {', '.join(map(str, operands))}\n"
                              for name, *operands in lines))
    subprocess.run([sys.executable, "-m", "ziglang", "cc", "-target", "riscv32-freestanding-none",
                    f"-mcpu=generic_rv32+{'+'.join(sorted(EXTENSIONS))}", "-c", str(source), "-o",
                    str(target)], check=True)
    with target.open("rb") as stream:
        code = ELFFile(stream).get_section_by_name(".text").data()
    words = struct.unpack(f"<{len(lines)}I", code)
    for line, word in zip(lines, words):
        assert assembled(*line) == word, f"{line}: {assembled(*line):#010x}, clang {word:#010x}"


@pytest.mark.parametrize("name", OWNERS)
def test_instruction_is_legal_with_each_extension_that_has_it(name):
    operands = ("gp", "ra") if name in ONE_REGISTER else \
        ("gp", "ra", 5) if name in WITH_AMOUNT else ("gp", "ra", "sp")
    word = assembled(name, *operands)
    for size in range(len(EXTENSIONS) + 1):
        for extensions in itertools.combinations(sorted(EXTENSIONS), size):
            hart = make_hart([word], extensions=extensions)
            assert hart.step().trap != bool(OWNERS[name] & set(extensions)), extensions
            if not OWNERS[name] & set(extensions):
                assert hart.csrs.read(Csr.MCAUSE) == ExceptionCause.ILLEGAL_INSTRUCTION
                assert hart.csrs.read(Csr.MTVAL) == word


@pytest.mark.parametrize("extensions", [{"zbb"}, {"zbkb"}, {"zbs"}, {"zba", "zicond"},
                                        set(EXTENSIONS), set()])
@pytest.mark.parametrize("opcode", [0x33, 0x13])
def test_no_other_encoding_is_legal(opcode, extensions):
    """All of funct7, rs2 and funct3: reserved codes, bit 5 of shift amounts, unary neighbours."""
    register_names = [name for name in TWO_REGISTERS if OWNERS[name] & extensions]
    amount_names = [name for name in WITH_AMOUNT if OWNERS[name] & extensions]
    unary_names = [name for name in ONE_REGISTER if OWNERS[name] & extensions]
    expected = {assembled(name, "zero", "zero") for name in unary_names}
    registers = range(32)
    expected |= {assembled(name, "zero", "zero", "zero") | rs2 << 20
                 for name in register_names for rs2 in registers}
    expected |= {assembled(name, "zero", "zero", amount) for name in amount_names
                 for amount in range(32)}
    expected |= {funct7 << 25 | rs2 << 20 | funct3 << 12 | 0x33 for rs2 in registers
                 for funct7, funct3s in ((0, range(8)), (1, range(8)), (0x20, (0, 5)))
                 for funct3 in funct3s}
    expected |= {immediate << 20 | funct3 << 12 | 0x13 for immediate in range(4096)
                 for funct3 in (0, 2, 3, 4, 6, 7)}
    expected |= {code << 5 + 20 | amount << 20 | funct3 << 12 | 0x13 for amount in range(32)
                 for code, funct3 in ((0, 1), (0, 5), (0x20, 5))}
    hart = make_hart(extensions=extensions)
    legal = {word for bits in range(4096) for funct3 in range(8)
             if hart.decoded(word := bits << 20 | funct3 << 12 | opcode).name != "illegal"}
    assert legal == {word for word in expected if word & 0x7F == opcode}


def test_misa_shows_b_when_all_of_it_is_there():
    assert make_hart(extensions={"zba", "zbb", "zbs"}).csrs.read(Csr.MISA) == 0x4000_1102
    assert make_hart(extensions=EXTENSIONS).csrs.read(Csr.MISA) == 0x4000_1102
    assert make_hart(extensions=set(EXTENSIONS) - {"zbs"}).csrs.read(Csr.MISA) == 0x4000_1100


def test_unknown_extension_is_rejected():
    message = "Extensions must be among zba, zbb, zbs, zbkb, zicond, not 'zbc'"
    with pytest.raises(ValueError, match=message):
        make_hart(extensions={"zba", "zbc"})
    with pytest.raises(ValueError, match=message):
        random_program(1, itcm=ITCM, ram=RAM, extensions={"zbc"})


def run_random(seed, extensions, **options):
    """Runs a random program to its end; returns the names of what it has executed."""
    program = random_program(seed, itcm=ITCM, ram=RAM, extensions=extensions, **options)
    hart, names = make_hart(program.words, extensions=extensions), set()
    for _ in range(20_000):
        if hart.pc == program.end:
            return names
        names.add(hart.step().name)
    raise AssertionError(f"seed {seed} must end, not stay at {hart.pc:#010x}")


def test_random_programs_reach_every_instruction():
    reached = set().union(*(run_random(seed, EXTENSIONS) for seed in range(60)))
    assert not set(OWNERS) - reached
    assert "illegal" not in set().union(*(run_random(seed, EXTENSIONS, traps=False)
                                          for seed in range(30)))


@pytest.mark.parametrize("extension", sorted(EXTENSIONS))
def test_random_programs_with_one_extension(extension):
    reached = set().union(*(run_random(seed, {extension}) for seed in range(40)))
    assert reached & set(OWNERS) == {name for name in OWNERS if extension in OWNERS[name]}
