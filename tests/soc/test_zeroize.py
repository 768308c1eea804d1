"""gluechip_zeroize_chip(): after two runs with different secrets every register and memory of the
chip holds the same."""

import json
import os
import random
import re
import shutil
from pathlib import Path

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge
from elftools.elf.elffile import ELFFile

from cpu.bit_manipulation import EXTENSIONS
from firmware.build import FIRMWARE_DIR, boot_code, build_app
from sim.harness import run_cocotb
from sim.iss.chip import run_elf
from sim.runner.image import load_image
from sim.uart import UartSink, UartSource
from soc.configuration import preset
from soc.soc_map import memory_map
from soc.top import soc_verilog
from tests.soc.chip_state import read_state, state_names

# As `small`, but with all that the core of the larger chips has.
CHIP = preset("small", extensions=tuple(EXTENSIONS), pmp_entries=4, debug=True)
MAP = memory_map(CHIP)
PROGRAM = Path(__file__).parent / "programs" / "zeroize"
SOURCE = FIRMWARE_DIR / "runtime" / "zeroize.S"
CYCLES = 120_000
RECEIVED_BYTES = 3

KEPT = {
    "ram.dma__read_data": "the word that DMA read last; the next read replaces it",
    "ram.low._1_": "the same, at the output of the block RAM",
    "ram.high._1_": "the same",
    "uart.rx_fifo.storage": "bytes that the line has brought; reading gives 0 where none is valid",
}
"""What keeps something of a secret, where no program can see it. The datasheet says so."""

STEPS = re.findall(r"/\* step: (.*?) \*/", SOURCE.read_text())


def _without(step):
    """The source with another name and without one step."""
    text, count = re.subn(rf"/\* step: {step} \*/.*?/\* end of step \*/", "",
                          SOURCE.read_text().replace("gluechip_zeroize_chip", "mutant"), flags=re.S)
    assert count == 1
    return text


def _program(folder, *, then="after", step=None):
    """ELF file of the program, which calls ``then``; with ``step`` left out, if one is named."""
    shutil.copytree(PROGRAM, folder)
    if step:
        (folder / "mutant.S").write_text(_without(step))
    return build_app(folder, CHIP, stack_bytes=1024, defines={
        "ZEROIZE": "mutant" if step else "gluechip_zeroize_chip", "NEXT": then})


def _order(elf, then="after"):
    """What the simulation needs to know: segments, and where the program is that begins anew."""
    with elf.open("rb") as stream:
        symbols = {s.name: s["st_value"]
                   for s in ELFFile(stream).get_section_by_name(".symtab").iter_symbols()}
    image = load_image(elf, CHIP, boot_code(CHIP))
    return {"segments": [(address, content.hex()) for address, content in image.segments],
            "leaves": symbols["fill_registers_and_leave"], "called": symbols["main"],
            "next": symbols["main" if then == "0" else then]}


def _store(dut, address, word):
    index = (address - MAP.ram.base) // 4
    if address in MAP.itcm:
        dut.itcm.words[(address - MAP.itcm.base) // 4].value = word
    else:
        (dut.ram.high if index % 2 else dut.ram.low).words[index // 2].value = word


async def _run(dut, order, seed, names):
    """Runs from reset with RAM full of a secret.

    Returns (state when the program begins anew, cycles from the call till then, text, exit code).
    """
    dut.rst.value, dut.buttons.value, dut.uart_rx.value = 1, 0, 1
    dut.tck.value = dut.tms.value = dut.tdi.value = 0
    for _ in range(3):
        await FallingEdge(dut.clk)
    secret = random.Random(seed)
    for address in range(MAP.ram.base, MAP.ram.end, 4):
        _store(dut, address, secret.getrandbits(32) | 1)
    for address, content in order["segments"]:
        content = bytes.fromhex(content)
        for offset in range(0, len(content), 4):
            _store(dut, address + offset, int.from_bytes(content[offset:offset + 4], "little"))
    sink = UartSink(dut.clk, dut.uart_tx, CHIP.uart_divisor)
    listening = cocotb.start_soon(sink.run())
    source = UartSource(dut.clk, dut.uart_rx, CHIP.uart_divisor)
    cocotb.start_soon(source.send(secret.randbytes(RECEIVED_BYTES)))
    dut.rst.value = 0
    state, calls = None, 0
    for cycle in range(CYCLES):
        await FallingEdge(dut.clk)
        if dut.rvfi__valid.value and state is None:
            pc = int(dut.rvfi__pc_rdata.value)
            calls += pc == order["called"]
            if pc == order["leaves"]:
                begin = cycle
            if pc == order["next"] and (order["next"] != order["called"] or calls == 2):
                state, taken = read_state(dut, names), cycle - begin
        if dut.exited.value:
            break
    listening.cancel()
    assert state is not None, "the program must begin anew"
    return state, taken, bytes(sink.received).decode(), int(dut.exit_code.value)


@cocotb.test()
async def nothing_is_left(dut):
    """Each order is run with two secrets; what differs then is written to ANSWER."""
    names = json.loads(Path(os.environ["NAMES"]).read_text())
    Clock(dut.clk, 10, unit="ns").start()
    orders = json.loads(Path(os.environ["ORDERS"]).read_text())
    await _run(dut, orders["whole"], 0, names)  # fills what the runs that follow leave as it is
    answer = {}
    for name, order in orders.items():
        (first, *rest), (second, *again) = [await _run(dut, order, seed, names)
                                            for seed in (1, 2)]
        assert rest == again, f"{name}: the times must be equal: {rest}, {again}"
        answer[name] = {"differs": [n for n in names if first[n] != second[n]],
                        "cycles": rest[0], "text": rest[1], "code": rest[2]}
        dut._log.info(f"{name}: {answer[name]}")
    Path(os.environ["ANSWER"]).write_text(json.dumps(answer))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What each variant left behind."""
    folder = tmp_path_factory.mktemp("zeroize")
    orders = {}
    for name, options in {"whole": {}, "restart": {"then": "0"},
                          **{step: {"step": step} for step in STEPS}}.items():
        elf = _program(folder / name.replace(" ", "_"), **options)
        orders[name] = _order(elf, options.get("then", "after"))
    text = soc_verilog(CHIP, name="soc")
    names = state_names(text, "soc")
    for file, content in (("orders", orders), ("names", names)):
        (folder / file).write_text(json.dumps(content))
    run_cocotb(text, __name__, name="soc",
               visible=names, environment={
                   "ORDERS": str(folder / "orders"), "NAMES": str(folder / "names"),
                   "ANSWER": str(folder / "answer")})
    return json.loads((folder / "answer").read_text())


@pytest.mark.parametrize("name", ["whole", "restart"])
def test_nothing_of_the_secret_is_left(answers, name):
    answer = answers[name]
    assert set(answer["differs"]) == set(KEPT)
    assert (answer["text"], answer["code"]) == ("zeroized\n", 0)
    assert 14_000 <= answer["cycles"] <= 16_000, "as docs/datasheet.md has it"


FORBIDDEN = """
#include <gluechip/hardware.h>
#include <gluechip/system.h>
int main(void)
{
    GLUECHIP_CSR_WRITE(pmpaddr0, (GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE - 4) >> 2);
    GLUECHIP_CSR_WRITE(pmpcfg0, 0x91); /* locked, a word, to be read only */
    gluechip_zeroize_chip(main);
}
"""


def test_ram_that_is_protected_ends_the_program(tmp_path):
    source = tmp_path / "forbidden.c"
    source.write_text(FORBIDDEN)
    chip = preset("reference")
    assert run_elf(build_app(source, chip), chip).exit_code == 226  # GLUECHIP_EXIT_ZEROIZE


@pytest.mark.parametrize("step", STEPS)
def test_mutant_without_a_step_is_found(answers, step):
    answer = answers[step]
    assert set(answer["differs"]) - set(KEPT) or answer["code"]
