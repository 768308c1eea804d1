"""The functional simulator: ELF files, UART, timer, exit, and programs that cannot go on."""

import struct

import pytest

from sim.assembler import (
    LOAD, MRET, OP_IMM, WFI, branch, csr, i_type, jal, load_immediate, s_type,
)
from sim.iss.__main__ import main
from sim.iss.csr import Csr
from sim.iss.machine import Machine, MachineError
from soc.configuration import preset
from soc.peripherals.system import SYSTEM_ID, SYSTEM_TABLE
from soc.peripherals.timer import TIMER_TABLE
from soc.peripherals.uart import UART_TABLE
from soc.soc_map import BOOT_BYTES, RESET_VECTOR, memory_map

MAP = memory_map(preset("small"))
ENTRY = RESET_VECTOR + BOOT_BYTES
SYSTEM, UART, CLINT = 10, 11, 12


def write_elf(path, words):
    """An ELF file with one segment at ENTRY."""
    code = struct.pack(f"<{len(words)}I", *words)
    header = struct.pack("<16sHHIIIIIHHHHHH", b"\x7fELF\x01\x01\x01", 2, 243, 1, ENTRY, 52, 0, 0,
                         52, 32, 1, 0, 0, 0)
    segment = struct.pack("<8I", 1, 84, ENTRY, ENTRY, len(code), len(code), 5, 4)
    path.write_bytes(header + segment + code)
    return str(path)


def bases():
    words = []
    for register, name in ((SYSTEM, "system"), (UART, "uart"), (CLINT, "clint")):
        words += load_immediate(register, MAP.device(name).base)
    return words


def store(table, name, base, source):
    return s_type(2, base, source, table.register(name).offset)


def load(table, name, rd, base):
    return i_type(LOAD, 2, rd, base, table.register(name).offset)


def finish(code_register):
    return [store(SYSTEM_TABLE, "exit", SYSTEM, code_register), jal(0, 0)]


def test_program_talks_and_ends(tmp_path, capsys):
    words = bases()
    for letter in b"ok":
        words += [i_type(OP_IMM, 0, 1, 0, letter), store(UART_TABLE, "transmit", UART, 1)]
    words += [i_type(OP_IMM, 0, 1, 0, 7), *finish(1)]
    assert main([write_elf(tmp_path / "talk.elf", words), "--preset", "small"]) == 7
    out = capsys.readouterr()
    assert out.out == "ok" and "exit code 7" in out.err


def run(words, tmp_path, limit=10_000, **options):
    machine = Machine(preset("small"), **options)
    machine.load(write_elf(tmp_path / "program.elf", words))
    return machine, machine.run(limit)


def test_program_reads_uart_and_constants(tmp_path):
    words = [*bases(), load(UART_TABLE, "receive", 1, UART),
             store(UART_TABLE, "receive_pop", UART, 1), load(UART_TABLE, "receive", 2, UART),
             load(UART_TABLE, "status", 3, UART), load(SYSTEM_TABLE, "id", 4, SYSTEM),
             load(SYSTEM_TABLE, "ram_bytes", 5, SYSTEM), store(SYSTEM_TABLE, "scratch", SYSTEM, 4),
             s_type(0, SYSTEM, 0, SYSTEM_TABLE.register("scratch").offset),
             load(SYSTEM_TABLE, "scratch", 6, SYSTEM), *finish(0)]
    machine, code = run(words, tmp_path, received=b"xy")
    assert code == 0
    assert machine.hart.x[1:7] == [0x100 | ord("x"), 0x100 | ord("y"), 0b1110, SYSTEM_ID,
                                   preset("small").ram_bytes, SYSTEM_ID & ~0xFF]


def test_timer_interrupt_ends_wfi(tmp_path):
    handler = ENTRY + 4 * 40
    compare = TIMER_TABLE.register("mtimecmp_low").offset
    words = [*bases(), *load_immediate(1, handler), csr(1, 0, 1, Csr.MTVEC),
             *load_immediate(2, MAP.device("clint").base + compare),
             *load_immediate(3, 5000), s_type(2, 2, 3, 0), s_type(2, 2, 0, 4),
             *load_immediate(4, 1 << 7), csr(1, 0, 4, Csr.MIE), csr(6, 0, 8, Csr.MSTATUS), WFI,
             *finish(5)]
    words += [0] * (40 - len(words)) + [csr(2, 5, 0, Csr.MCAUSE), i_type(OP_IMM, 0, 6, 0, -1),
                                        s_type(2, 2, 6, 4), MRET]
    machine, code = run(words, tmp_path)
    assert code == 0x8000_0007
    assert machine.hart.csrs.time >= 5000


@pytest.mark.parametrize("words, message", [
    ([jal(0, 0)], "did not end within 10000 instructions"),
    ([WFI], "wfi at 0x80000400 waits for ever"),
    ([0], "no code is at the trap handler: instruction access fault at 0x00000000"),
])
def test_program_that_cannot_go_on(words, message, tmp_path):
    with pytest.raises(MachineError, match=message):
        run(words, tmp_path)


def test_program_that_never_ends_is_reported(tmp_path, capsys):
    path = write_elf(tmp_path / "loop.elf", [branch(0, 0, 0, 0)])
    assert main([path, "--limit", "100"]) == 124
    assert "did not end within 100 instructions" in capsys.readouterr().err
