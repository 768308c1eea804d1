"""The command that runs ELF files on the instruction-set model."""

import struct

from sim.assembler import OP_IMM, i_type, jal, load_immediate, s_type
from sim.iss.__main__ import main
from soc.configuration import preset
from soc.peripherals.system import SYSTEM_TABLE
from soc.peripherals.uart import UART_TABLE
from soc.soc_map import BOOT_BYTES, RESET_VECTOR, memory_map

ENTRY = RESET_VECTOR + BOOT_BYTES


def write_elf(path, words):
    """An ELF file with one segment at ENTRY."""
    code = struct.pack(f"<{len(words)}I", *words)
    header = struct.pack("<16sHHIIIIIHHHHHH", b"\x7fELF\x01\x01\x01", 2, 243, 1, ENTRY, 52, 0, 0,
                         52, 32, 1, 0, 0, 0)
    segment = struct.pack("<8I", 1, 84, ENTRY, ENTRY, len(code), len(code), 5, 4)
    path.write_bytes(header + segment + code)
    return str(path)


def test_program_talks_and_ends(tmp_path, capsys):
    chip = memory_map(preset("small"))
    words = [*load_immediate(2, chip.device("uart").base),
             *load_immediate(3, chip.device("system").base)]
    for letter in b"ok":
        words += [i_type(OP_IMM, 0, 1, 0, letter),
                  s_type(2, 2, 1, UART_TABLE.register("transmit").offset)]
    words += [i_type(OP_IMM, 0, 1, 0, 7),
              s_type(2, 3, 1, SYSTEM_TABLE.register("exit").offset), jal(0, 0)]
    assert main([write_elf(tmp_path / "talk.elf", words), "--preset", "small"]) == 7
    out = capsys.readouterr()
    assert out.out == "ok" and "exit code 7" in out.err


def test_program_that_never_ends_is_reported(tmp_path, capsys):
    assert main([write_elf(tmp_path / "crash.elf", [0]), "--limit", "100"]) == 124
    err = capsys.readouterr().err
    assert "did not end within 100 instructions; it is at 0x00000000" in err
    assert "its last trap: instruction access fault at 0x00000000" in err
