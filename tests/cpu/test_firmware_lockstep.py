"""The core in lockstep with the instruction-set model over firmware, on the whole chip."""

import hashlib
import json
import os
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from firmware.build import boot_code, build_app
from sim.harness import run_cocotb
from sim.iss.csr import Csr
from sim.iss.hart import Hart
from sim.iss.memory import AddressSpace, Device, Memory
from sim.lockstep import LineHistory, Lockstep, RvfiRecord
from sim.runner.image import load_image
from sim.uart import UartSink
from soc.configuration import preset
from soc.soc_map import RESET_VECTOR, memory_map
from soc.top import soc_verilog
from tests.cpu.timing import TimingCheck

SMALL = preset("small")
MAP = memory_map(SMALL)
LINES = {"software_interrupt": 3, "timer_interrupt": 7, "external_interrupt": 11,
         "fast_interrupts": 16}
_DMA = ("enable", "write", "address", "byte_enable", "write_data")
VISIBLE = ["itcm.words", *(f"core.{line}" for line in LINES),
           *(f"ram.{bank}.{name}" for bank in ("low", "high")
             for name in ("words", *(f"b__{signal}" for signal in _DMA)))]


class Chip:
    """The chip in simulation, and the model's view of its memories.

    What coprocessors write into the RAM is taken over; what devices answer too.
    """

    def __init__(self, dut):
        self.dut = dut
        self.itcm = Memory("itcm", MAP.itcm.base, MAP.itcm.size, executable=True)
        self.ram = Memory("ram", MAP.ram.base, MAP.ram.size)
        devices = [Device(region.name, region.base, region.size,
                          read=lambda offset, size: self.lockstep.device_data(offset, size),
                          write=lambda offset, size, value: None) for region in MAP.devices]
        self.space = AddressSpace([self.itcm, self.ram, *devices])
        self.lockstep = Lockstep(Hart(
            self.space, reset_vector=RESET_VECTOR, extensions=SMALL.extensions,
            pmp_entries=SMALL.pmp_entries),
            unknown=range(1, 32))
        self._rvfi = [getattr(dut, f"rvfi__{name}") for name in RvfiRecord._fields]
        self._lines = [(getattr(dut.core, name), place) for name, place in LINES.items()]
        self._dma = [[getattr(bank, f"b__{name}") for name in _DMA]
                     for bank in (dut.ram.low, dut.ram.high)]

    def load(self, address, content):
        """Writes bytes into the memories of both, in no simulated time."""
        self.space.write(address, content)
        for word in range(address & ~3, address + len(content), 4):
            value = int.from_bytes(self.space.read(word, 4), "little")
            if word in MAP.itcm:
                self.dut.itcm.words[(word - MAP.itcm.base) // 4].value = value
            else:
                index = (word - MAP.ram.base) // 4
                bank = self.dut.ram.high if index % 2 else self.dut.ram.low
                bank.words[index // 2].value = value

    def lines(self):
        """The interrupt lines of the core, in the places that they have in ``mip``."""
        return sum(int(handle.value) << place for handle, place in self._lines)

    def follow_dma(self):
        """Does what a coprocessor writes to the banks of the RAM in this cycle."""
        for number, (enable, write, *rest) in enumerate(self._dma):
            if enable.value and write.value:
                index, lanes, word = (int(handle.value) for handle in rest)
                for lane in range(4):
                    if lanes >> lane & 1:
                        self.ram.data[8 * index + 4 * number + lane] = word >> 8 * lane & 0xFF

    def record(self):
        """What has retired."""
        return RvfiRecord(*[int(handle.value) for handle in self._rvfi])


@cocotb.test()
async def firmware_agrees(dut):
    """Runs the program from reset to its exit."""
    Clock(dut.clk, 10, unit="ns").start()
    dut.rst.value, dut.buttons.value, dut.uart_rx.value = 1, 0, 1
    for _ in range(3):
        await FallingEdge(dut.clk)
    chip, history = Chip(dut), LineHistory()
    for address, content in json.loads(os.environ["SEGMENTS"]):
        chip.load(address, bytes.fromhex(content))
    sink = UartSink(dut.clk, dut.uart_tx, SMALL.uart_divisor)
    cocotb.start_soon(sink.run())
    dut.rst.value = 0
    cycles = int(os.environ["CYCLES"])
    timing, csrs = TimingCheck(itcm=MAP.itcm, ram=MAP.ram, delay=None), chip.lockstep.hart.csrs
    for _ in range(cycles):
        await FallingEdge(dut.clk)
        lines = chip.lines()
        history.add(lines)
        chip.follow_dma()
        if dut.rvfi__valid.value:
            record, enabled = chip.record(), csrs.read(Csr.MIE)
            interrupt = chip.lockstep.follow(record, *history.window())
            timing.retire(record, interrupt, enabled, csrs)
        timing.see(lines, dut.sleeping.value)
        if dut.exited.value:
            break
    counts = chip.lockstep.counts
    dut._log.info(f"{sum(counts.values())} instructions and events agree, in "
                  f"{len(timing.lines)} cycles, {timing.model.slept} asleep: {dict(counts)}")
    assert dut.exited.value, \
        f"the program must end within {cycles} cycles, not be at {chip.lockstep.hart.pc:#010x}"
    text = bytes(sink.received).decode()
    assert dut.exit_code.value == 0, text
    assert os.environ["EXPECTED"] in text, text
    assert not set(json.loads(os.environ["EVENTS"])) - set(counts), counts


def _mixed_output():
    digest = hashlib.sha3_256(bytes(range(64))).hexdigest()
    quotient = 1234567890123456789 // 9876543210
    return (f"sha3_256 {digest}\nmatmul -1016 1016\nthe coprocessors agree\n"
            f"1234567890123456789 / 9876543210 = {quotient}\nticks\n")


def _run(program, expected, *, events=(), cycles=300_000):
    image = load_image(build_app(program, SMALL), SMALL, boot_code(SMALL))
    segments = [(address, content.hex()) for address, content in image.segments]
    run_cocotb(soc_verilog(SMALL, name="soc"), __name__, name="soc", visible=VISIBLE, environment={
        "SEGMENTS": json.dumps(segments), "EXPECTED": expected, "EVENTS": json.dumps(events),
        "CYCLES": str(cycles)})


def test_hello():
    _run("hello", "Hello from Gluechip (small)\n")


def test_mixed():
    """Interrupts, sleep and both coprocessors."""
    _run(Path(__file__).parent / "firmware" / "mixed.c", _mixed_output(),
         events=["interrupt 7", "wfi", "mret"])
