"""The files that are generated from the memory map, and the map itself."""

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from elftools.elf.elffile import ELFFile

from soc.configuration import PRESETS, preset
from soc.fabric.registers import Register, RegisterTable
from soc.generate.c_header import c_header
from soc.generate.json_map import json_map
from soc.generate.linker_script import linker_script
from soc.generate.reference import reference
from soc.generate.svd import svd
from soc.memory_map import MemoryMap
from soc.soc_map import BOOT_BYTES, BOOT_RECORD_OFFSET, FAST_INTERRUPTS, memory_map

_CC = [sys.executable, "-m", "ziglang", "cc", "-target", "riscv32-freestanding-none",
       "-mcpu=generic_rv32+m", "-Os", "-ffreestanding", "-nostdlib", "-Wall", "-Wextra", "-Werror"]

SMALL = PRESETS["small"]
MAP = memory_map(SMALL)


@pytest.mark.parametrize("name", PRESETS)
def test_map_of_every_preset(name):
    memory = memory_map(PRESETS[name])
    assert memory.find(0) is None
    assert memory.find(memory.ram.end - 1) is memory.ram
    assert memory.find(memory.ram.end) is None
    assert memory.find(memory.itcm.base).name == "itcm"
    assert memory.find(0x1000_0000).name == "system"
    assert set(FAST_INTERRUPTS) <= set(memory.tables)


def test_external_memory_is_there_when_it_is_asked_for():
    outside = preset("small", external_bytes=1 << 20)
    chip, without = memory_map(outside), memory_map(SMALL)
    assert [r.name for r in chip.memories] == ["itcm", "ram", "external"]
    assert chip.external in chip.regions and chip.find(chip.external.end - 1) is chip.external
    assert without.external is None and without.find(chip.external.base) is None
    assert "GLUECHIP_EXTERNAL_SIZE GLUECHIP_U(0x00100000)" in c_header(chip, outside)
    assert "EXTERNAL" not in c_header(without, SMALL)


def test_overlapping_regions_are_rejected():
    tables = dict(MAP.tables)
    tables["uart"] = RegisterTable("uart", "", [Register("a", 0, "", [])], pages=2)
    with pytest.raises(ValueError, match="must be a multiple of 0x2000"):
        MemoryMap(itcm_bytes=0x8000, ram_bytes=0x8000, devices=tables)
    tables["uart"] = MAP.tables["uart"]
    tables["system"] = RegisterTable("system", "", [Register("a", 0, "", [])], pages=2)
    with pytest.raises(ValueError, match="Region uart at 0x10001000 must not overlap region "
                       "system, which ends at 0x10002000"):
        MemoryMap(itcm_bytes=0x8000, ram_bytes=0x8000, devices=tables)


@pytest.mark.parametrize("make", [
    lambda: c_header(memory_map(SMALL), SMALL), lambda: svd(memory_map(SMALL), SMALL),
    lambda: json_map(memory_map(SMALL), SMALL), lambda: reference(memory_map(SMALL)),
])
def test_output_is_reproducible(make):
    assert make() == make()


def test_json_names_every_field():
    content = json.loads(json_map(MAP, SMALL))
    assert content["configuration"]["name"] == "small"
    blocks = {block["name"]: block for block in content["blocks"]}
    assert set(blocks) == set(MAP.tables)
    for name, table in MAP.tables.items():
        assert blocks[name]["base"] == MAP.device(name).base
        registers = {r["name"]: r for r in blocks[name]["registers"]}
        for register in table.registers:
            assert registers[register.name]["offset"] == register.offset
            assert [(f["bit"], f["name"]) for f in registers[register.name]["fields"]] == [
                (bit, f.name) for bit, f in register.placed_fields()]


def test_svd_is_complete():
    device = ElementTree.fromstring(svd(MAP, SMALL).split("\n", 1)[1])
    peripherals = {p.findtext("name"): p for p in device.iter("peripheral")}
    assert set(peripherals) == {name.upper() for name in MAP.tables}
    for name, table in MAP.tables.items():
        found = peripherals[name.upper()].findall("registers/register")
        assert len(found) == len(table.registers) + len(table.ranges)
    uart = peripherals["UART"]
    assert int(uart.findtext("baseAddress"), 0) == MAP.device("uart").base
    assert uart.findtext("interrupt/value") == "16"


def test_reference_mentions_every_register():
    text = reference(MAP)
    for table in MAP.tables.values():
        for register in table.registers:
            assert f"### {table.name}.{register.name} at `{register.offset:#06x}`" in text


_PROGRAM = """
#include "gluechip_map.h"
int variable = 5;
const int constant[2] = {1, 2};
int zeroed[3];
__attribute__((section(".text.start"))) void _start(void)
{
    zeroed[0] = constant[variable & 1];
    GLUECHIP_UART->transmit = (uint32_t)zeroed[0];
    GLUECHIP_SYSTEM->exit = GLUECHIP_UART_STATUS_TX_FULL_MASK;
}
"""

_BOOT = """
#include "gluechip_map.h"
.section .text.start
.globl _start
_start:
    li a0, GLUECHIP_BOOT_RECORD_ADDRESS
    li a1, GLUECHIP_APP_BASE
    jr a1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    (folder / "gluechip_map.h").write_text(c_header(MAP, SMALL))
    (folder / "program.ld").write_text(linker_script(MAP))
    (folder / "boot.ld").write_text(linker_script(MAP, boot=True))
    (folder / "program.c").write_text(_PROGRAM)
    (folder / "boot.S").write_text(_BOOT)
    return folder


def _segments(folder, source, script):
    subprocess.run([*_CC, f"-Wl,-T,{script}", source, "-o", "out.elf"], cwd=folder, check=True)
    with (folder / "out.elf").open("rb") as f:
        return [(s["p_vaddr"], s["p_paddr"], s["p_filesz"], s["p_memsz"])
                for s in ELFFile(f).iter_segments() if s["p_type"] == "PT_LOAD"]


def test_header_compiles_and_program_links(folder):
    code, data, zeros = _segments(folder, "program.c", "program.ld")
    assert code[:2] == (MAP.itcm.base + BOOT_BYTES,) * 2
    assert data == (MAP.ram.base + 0x1000, code[0] + code[2], 16, 16)
    assert zeros[2:] == (0, 16)


def test_preloaded_constants_lie_in_ram_behind_all_others(folder):
    (folder / "preloaded.c").write_text(_PROGRAM + """
const uint8_t table[9] __attribute__((section(".preloaded"), used, retain)) = {1, 2, 3};
""")
    *others, preloaded = _segments(folder, "preloaded.c", "program.ld")
    zeros = others[-1]
    assert len(others) == 3 and others[1][1] in MAP.itcm
    assert preloaded == (zeros[0] + zeros[3],) * 2 + (9, 9)
    assert preloaded[0] in MAP.ram


def test_external_constants_lie_in_external_memory_if_there_is_one(folder):
    chip = memory_map(preset("small", external_bytes=4096))
    (folder / "external.ld").write_text(linker_script(chip))
    (folder / "external.c").write_text(_PROGRAM + """
const uint8_t table[9] __attribute__((section(".external"), used, retain)) = {1, 2, 3};
""")
    *_, external = _segments(folder, "external.c", "external.ld")
    assert external == (chip.external.base,) * 2 + (9, 9)
    with pytest.raises(subprocess.CalledProcessError):
        _segments(folder, "external.c", "program.ld")


def test_boot_code_links_below_the_boot_record(folder):
    [segment] = _segments(folder, "boot.S", "boot.ld")
    assert segment[:2] == (MAP.itcm.base, MAP.itcm.base)
    assert segment[2] <= BOOT_RECORD_OFFSET


def test_header_values(folder):
    header = (folder / "gluechip_map.h").read_text()
    for line in ("#define GLUECHIP_UART_BASE GLUECHIP_U(0x10001000)",
                 "#define GLUECHIP_CLINT_MTIME_LOW_OFFSET GLUECHIP_U(0x0000bff8)",
                 "#define GLUECHIP_MATMUL_FORMAT_OUTPUT_UINT8 GLUECHIP_U(2)",
                 "#define GLUECHIP_RAM_SIZE GLUECHIP_U(0x00008000)",
                 "#define GLUECHIP_INTERRUPT_KECCAK GLUECHIP_U(19)"):
        assert line in header.splitlines()
    other = preset("small", clock_hz=25_000_000)
    assert "GLUECHIP_CLOCK_HZ GLUECHIP_U(25000000)" in c_header(memory_map(other), other)
