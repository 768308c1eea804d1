"""RAM and DMA arbiter: the core and three requesters at once, against a plain model."""

import random
from collections import deque

import cocotb
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, connect, flipped
from amaranth.sim import Simulator
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

from sim.harness import run_cocotb
from sim.streams import pack
from soc.dma_arbiter import DmaArbiter
from soc.fabric.dma import DmaPortSignature, DmaRequest
from soc.memory.dual_port import DualPortMemory, MemoryPortSignature
from soc.memory.ram import DMA_READ_CYCLES, Ram

SIZE = 512
PORTS = 3
IMAGE = bytes(range(100))
BANKS = ("ram.low.words", "ram.high.words")


class _Bench(wiring.Component):
    """RAM with arbiter."""

    def __init__(self):
        super().__init__({
            "core": In(MemoryPortSignature(depth=SIZE // 4, width=32, read_width=64)),
            **{f"port{n}": In(DmaPortSignature()) for n in range(PORTS)},
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.ram = ram = Ram(size_bytes=SIZE, init=IMAGE)
        m.submodules.arbiter = arbiter = DmaArbiter(ports=PORTS, ram_bytes=SIZE)
        connect(m, flipped(self.core), ram.core)
        connect(m, arbiter.memory, ram.dma)
        for number in range(PORTS):
            connect(m, flipped(getattr(self, f"port{number}")), arbiter.ports[number])
        return m


def _merge(memory, address, data, lanes, count):
    for lane in range(count):
        if lanes >> lane & 1:
            memory[address + lane] = data >> 8 * lane & 0xFF


class _Traffic:
    """Random accesses of everyone, checked cycle by cycle."""

    def __init__(self, dut, *, activity):
        self.dut, self.activity = dut, activity
        self.memory = bytearray()
        self.cycle = 0
        self.pending = [None] * PORTS  # request on offer, and since when
        self.due = [deque() for _ in range(PORTS)]  # (cycle, data)
        self.core_due = None
        self.transfers = [0] * PORTS

    async def start(self):
        dut = self.dut
        for signal in ("enable", "write", "address", "byte_enable", "write_data"):
            getattr(dut, f"core__{signal}").value = 0
        for number in range(PORTS):
            getattr(dut, f"port{number}__request__valid").value = 0
            getattr(dut, f"port{number}__request__payload").value = 0
        dut.rst.value = 1
        Clock(dut.clk, 10, unit="ns").start()
        await FallingEdge(dut.clk)
        await FallingEdge(dut.clk)
        dut.rst.value = 0
        await RisingEdge(dut.clk)
        for word in range(SIZE // 8):  # reset leaves the words as they are
            for bank in (dut.ram.low, dut.ram.high):
                self.memory += bank.words[word].value.to_unsigned().to_bytes(4, "little")

    async def step(self, *, dma_words, core_words):
        """One cycle; nothing new is asked for from an empty list."""
        dut = self.dut
        await FallingEdge(dut.clk)
        for number in range(PORTS):
            if self.pending[number] is None and dma_words \
                    and random.random() < self.activity[number]:
                request = {"write": random.random() < 0.5, "address": random.choice(dma_words),
                           "write_data": random.getrandbits(64),
                           "byte_enable": random.choice((0xFF, random.getrandbits(8)))}
                self.pending[number] = (request, self.cycle)
                getattr(dut, f"port{number}__request__payload").value = pack(DmaRequest, request)
            getattr(dut, f"port{number}__request__valid").value = self.pending[number] is not None
        core = self._core_access(core_words)
        await RisingEdge(dut.clk)
        self._check_answers()
        self._take_requests()
        if core:
            self._do_core(*core)
        self.cycle += 1

    def _core_access(self, words):
        dut = self.dut
        access = None
        if words and random.random() < 0.7:
            access = (random.choice(words), random.random() < 0.5, random.getrandbits(32),
                      random.choice((1, 2, 3, 4, 8, 12, 15)))
            dut.core__address.value, dut.core__write.value = access[0], access[1]
            dut.core__write_data.value, dut.core__byte_enable.value = access[2], access[3]
        dut.core__enable.value = access is not None
        return access

    def _do_core(self, word, write, data, lanes):
        if write:
            _merge(self.memory, 4 * word, data, lanes, 4)
        else:
            self.core_due = word & 1, int.from_bytes(self.memory[4 * word:4 * word + 4], "little")

    def _check_answers(self):
        if self.core_due is not None:
            half, expected = self.core_due
            got = self.dut.core__read_data.value.to_unsigned() >> 32 * half & 0xFFFF_FFFF
            assert got == expected, f"core read {got:#x}, not {expected:#x}"
            self.core_due = None
        for number, due in enumerate(self.due):
            valid = getattr(self.dut, f"port{number}__response_valid").value == 1
            assert valid == bool(due and due[0][0] == self.cycle), f"answer to port {number}"
            if valid:
                got = getattr(self.dut, f"port{number}__response_data").value.to_unsigned()
                _, expected = due.popleft()
                assert got == expected, f"port {number} read {got:#x}, not {expected:#x}"

    def _take_requests(self):
        ready = [n for n in range(PORTS) if self.pending[n]
                 and getattr(self.dut, f"port{n}__request__ready").value == 1]
        wanted = [n for n in range(PORTS) if self.pending[n]]
        assert len(ready) == bool(wanted), f"{ready} of {wanted} transfer"
        for number in ready:
            request, since = self.pending[number]
            assert self.cycle - since < PORTS, f"port {number} waited {self.cycle - since} cycles"
            self.pending[number] = None
            self.transfers[number] += 1
            start = 8 * request["address"]
            if request["write"]:
                _merge(self.memory, start, request["write_data"], request["byte_enable"], 8)
            else:
                data = int.from_bytes(self.memory[start:start + 8], "little")
                self.due[number].append((self.cycle + 1 + DMA_READ_CYCLES, data))


_ACTIVITIES = [(1, 1, 1), (1, 0, 0), (0.3, 0.6, 0.9), (0.1, 1, 0.1)]


@cocotb.test(timeout_time=1, timeout_unit="ms")
@cocotb.parametrize(activity=_ACTIVITIES)
async def random_traffic(dut, activity):
    """Core and DMA use different words, and swap them again and again: each sees what the other
    wrote, and they never touch one word in one cycle."""
    traffic = _Traffic(dut, activity=activity)
    await traffic.start()
    if activity == _ACTIVITIES[0]:
        assert traffic.memory == IMAGE + bytes(SIZE - len(IMAGE))
    halves = [list(range(word, SIZE // 8, 2)) for word in range(2)]
    for phase in range(12):
        dma_words, other = halves[phase % 2], halves[1 - phase % 2]
        core_words = [2 * word + odd for word in other for odd in range(2)]
        for _ in range(60):
            await traffic.step(dma_words=dma_words, core_words=core_words)
        for _ in range(PORTS + 2 + DMA_READ_CYCLES):
            await traffic.step(dma_words=[], core_words=[])
    assert not any(traffic.due)
    for number, rate in enumerate(activity):
        assert (traffic.transfers[number] > 0) == (rate > 0)
    if activity == (1, 0, 0):
        assert traffic.transfers[0] == 12 * 60, "a requester alone transfers in every cycle"


def test_gateware():
    run_cocotb(_Bench(), __name__, name="memory_bench", visible=BANKS)


def test_background_goes_when_nobody_else_asks():
    arbiter = DmaArbiter(ports=3, ram_bytes=SIZE, background=1)
    granted = []

    async def bench(ctx):
        for asks in (0b111, 0b111, 0b110, 0b101, 0b100, 0b000, 0b100):
            for number, port in enumerate(arbiter.ports):
                ctx.set(port.request.valid, asks >> number & 1)
            granted.append([number for number, port in enumerate(arbiter.ports)
                            if asks >> number & ctx.get(port.request.ready)])
            await ctx.tick()
    simulator = Simulator(arbiter)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert granted == [[1], [0], [1], [0], [2], [], [2]]


def test_mutant_answers_are_routed_a_cycle_early(monkeypatch):
    monkeypatch.setattr("soc.dma_arbiter.DMA_READ_CYCLES", DMA_READ_CYCLES - 1)
    with pytest.raises(AssertionError, match="answer to port"):
        run_cocotb(_Bench(), __name__, name="memory_bench", visible=BANKS)


@pytest.mark.parametrize("make, message", [
    (lambda: DmaArbiter(ports=0, ram_bytes=64), "ports must be a positive int, not 0"),
    (lambda: Ram(size_bytes=64, init=bytes(65)), "init must be at most 64 bytes long, not 65"),
    (lambda: DualPortMemory(depth=4, width=32, init=[0] * 5), "at most 4 words, not 5"),
])
def test_bad_parameter_is_rejected(make, message):
    with pytest.raises(ValueError, match=message):
        make()
