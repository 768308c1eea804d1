"""The whole chip: boots, prints, faults where nothing is, ends."""

import json
import os

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge

from sim.assembler import LOAD, Program, csr, i_type, load_immediate, r_type, s_type
from sim.harness import run_cocotb
from sim.netlist import DSP_MODEL
from sim.uart import UartSink
from soc.configuration import PRESETS
from soc.memory_map import MemoryMap
from soc.soc_map import memory_map
from soc.top import soc_verilog

SMALL = PRESETS["small"]
MAP = memory_map(SMALL)
SYSTEM, UART = MAP.device("system").base, MAP.device("uart").base
EXIT = SYSTEM + MAP.tables["system"].register("exit").offset


def _load(dut, address, content):
    """Writes bytes into the memories, in no simulated time."""
    content = bytes(content) + bytes(-len(content) % 4)
    for offset in range(0, len(content), 4):
        word = int.from_bytes(content[offset:offset + 4], "little")
        place = address + offset
        if place in MAP.itcm:
            dut.itcm.words[(place - MAP.itcm.base) // 4].value = word
        else:
            index = (place - MAP.ram.base) // 4
            bank = dut.ram.high if index % 2 else dut.ram.low
            bank.words[index // 2].value = word


async def _run(dut, segments, *, cycles):
    """Runs a program to its end; returns (exit code, bytes sent on the serial line)."""
    dut.rst.value, dut.buttons.value, dut.uart_rx.value = 1, 0, 1
    Clock(dut.clk, 10, unit="ns").start()
    await ClockCycles(dut.clk, 3)
    for address, content in segments:
        _load(dut, address, content)
    sink = UartSink(dut.clk, dut.uart_tx, SMALL.uart_divisor)
    cocotb.start_soon(sink.run())
    dut.rst.value = 0
    for _ in range(cycles):
        await RisingEdge(dut.clk)
        if dut.exited.value == 1:
            break
    else:
        raise AssertionError(f"the program must end within {cycles} cycles")
    assert sink.errors == 0
    return dut.exit_code.value.to_unsigned(), bytes(sink.received)


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def boots_hello(dut):
    segments = json.loads(os.environ["HELLO_SEGMENTS"])
    code, text = await _run(
        dut, [(address, bytes.fromhex(content)) for address, content in segments], cycles=200_000)
    assert code == 0
    assert text.startswith(b"Hello from Gluechip (small)\n"), text


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def boots_without_a_program(dut):
    address, content = json.loads(os.environ["HELLO_SEGMENTS"])[0]
    blank = [(address, bytes.fromhex(content)), (address + 0x3F0, bytes(8))]
    assert await _run(dut, blank, cycles=20_000) == (2, b"Gluechip: no program\n")


_HOLES = [0, 0x100, MAP.itcm.end, MAP.ram.end, MAP.ram.base - 4, 0x0201_0000, 0x1000_3000,
          0x1001_4000, 0x4000_0000, 0xFFFF_FFFC]


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(address=_HOLES, write=[False, True])
async def access_outside_the_map_faults(dut, address, write):
    """mcause is 5 for loads, 7 for stores; mtval is the address; the program goes on."""
    program = Program(MemoryMap.ITCM_BASE)
    program.emit(*load_immediate(5, MemoryMap.ITCM_BASE + 0x100), csr(1, 0, 5, 0x305))
    program.emit(*load_immediate(6, address))
    program.emit(s_type(2, 6, 6, 0) if write else i_type(LOAD, 2, 7, 6, 0))
    program.emit(*load_immediate(8, EXIT), s_type(2, 8, 0, 0))  # not reached
    handler = Program(MemoryMap.ITCM_BASE + 0x100)
    handler.emit(csr(2, 9, 0, 0x342), csr(2, 10, 0, 0x343), *load_immediate(8, EXIT))
    handler.emit(r_type(0, 0, 10, 9, 10))  # cause + value
    handler.emit(s_type(2, 8, 10, 0))
    segments = [(p.base, b"".join(w.to_bytes(4, "little") for w in p.finish()))
                for p in (program, handler)]
    code, _ = await _run(dut, segments, cycles=500)
    assert code == (address + (7 if write else 5)) % 2**32


@pytest.fixture(scope="module")
def hello():
    from firmware.build import boot_code, build_app
    from sim.runner.image import load_image

    image = load_image(build_app("hello", SMALL), SMALL, boot_code(SMALL))
    return json.dumps([(address, content.hex()) for address, content in image.segments])


def test_gateware(hello):
    run_cocotb(soc_verilog(SMALL), __name__, name="soc", extra_sources=[DSP_MODEL],
               environment={"HELLO_SEGMENTS": hello})
