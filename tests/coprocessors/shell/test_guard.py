"""The guard, request by request, against a plain model."""

import os
import random

import cocotb
import pytest
from amaranth.hdl import Cat, Const
from amaranth.lib import data
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge

from coprocessors.shell.guard import Guard, Window, in_region
from coprocessors.shell.table import GUARD_WINDOWS
from sim.harness import run_cocotb
from sim.streams import CLOCK_NS, StreamSink, StreamSource, pack
from soc.fabric.dma import DmaRequest
from soc.fabric.region import Region

# Not a power of two, so that both ends of the region are compared.
REGION = Region("ram", 0x9000_0000, 0x1_8000)
FIRST, LAST = REGION.base // 8, REGION.end // 8 - 1

READ_ONLY = Region("external", 0xA000_0000, 0x3000)
_HAS_READ_ONLY = "GUARD_READ_ONLY" in os.environ


class _Bench:
    def __init__(self, dut, *, source_stall=0.0, port_stall=0.0, seed=1):
        self.dut = dut
        self.random = random.Random(seed)
        self.source = StreamSource(dut, "request", DmaRequest, stall=source_stall, seed=seed)
        self.port = StreamSink(dut, "port", DmaRequest, stall=port_stall, seed=seed + 1)
        self.violations = []

    async def start(self):
        dut = self.dut
        dut.clear.value = dut.windows.value = 0
        dut.rst.value = 1
        Clock(dut.clk, CLOCK_NS, unit="ns").start()
        self.port.start()
        await ClockCycles(dut.clk, 2)
        self.source.start()
        cocotb.start_soon(self._watch())
        dut.rst.value = 0

    async def _watch(self):
        while True:
            await RisingEdge(self.dut.clk)
            if self.dut.violation.value == 1:
                self.violations.append(int(self.dut.violation_write.value))

    async def run(self, windows, requests):
        """Sends ``requests`` under ``windows`` (dicts) and checks what becomes of each."""
        size = Window.as_shape().size
        self.dut.windows.value = sum(pack(Window, w) << size * i for i, w in enumerate(windows))
        await RisingEdge(self.dut.clk)
        self.port.taken.clear()
        self.violations.clear()
        self.source.queue.extend(requests)
        while self.source.queue:
            await RisingEdge(self.dut.clk)
        while self.dut.idle.value == 0:
            await RisingEdge(self.dut.clk)
        await ClockCycles(self.dut.clk, 2)
        allowed = [r for r in requests if _allowed(windows, r)]
        assert self.port.taken == allowed
        assert self.violations == [r["write"] for r in requests if not _allowed(windows, r)]


def _allowed(windows, request):
    right = "write" if request["write"] else "read"
    inside = REGION.base <= 8 * request["address"] < REGION.end or (
        _HAS_READ_ONLY and not request["write"] and 8 * request["address"] in READ_ONLY)
    return inside and any(
        w[right] and w["base"] <= request["address"] < w["end"] for w in windows)


def _request(address, write, rng):
    return {"write": write, "address": address % 2**29, "write_data": rng.getrandbits(64),
            "byte_enable": rng.getrandbits(8)}


def _window(base=0, end=0, read=1, write=1):
    return {"base": base, "end": end, "read": read, "write": write}


_CLOSED = _window(read=0, write=0)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def every_bit_of_both_ends_counts(dut):
    bench = _Bench(dut)
    await bench.start()
    for index in range(GUARD_WINDOWS):
        for bit in range(14):
            base = FIRST + (1 << bit)
            end = base + 3
            windows = [_CLOSED] * GUARD_WINDOWS
            windows[index] = _window(base, end)
            addresses = {base - 1, base, end - 1, end, *(base ^ 1 << b for b in range(29))}
            await bench.run(windows, [_request(a, bench.random.getrandbits(1), bench.random)
                                      for a in sorted(addresses)])


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def rights_and_random_windows_under_stalls(dut):
    bench = _Bench(dut, source_stall=0.3, port_stall=0.3)
    await bench.start()
    rng = bench.random
    for _ in range(40):
        windows = []
        for _ in range(GUARD_WINDOWS):
            base = FIRST + rng.randrange(0x3000)
            windows.append(_window(base, base + rng.randrange(64), rng.getrandbits(1),
                                   rng.getrandbits(1)))
        requests = []
        for window in windows:
            for _ in range(6):
                near = rng.choice((window["base"], window["end"])) + rng.randint(-2, 2)
                requests.append(_request(near, rng.getrandbits(1), rng))
        await bench.run(windows, requests)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def region_limits_every_window(dut):
    bench = _Bench(dut)
    await bench.start()
    windows = [_window(0, 2**29 - 1)] + [_CLOSED] * (GUARD_WINDOWS - 1)
    addresses = [FIRST - 1, FIRST, LAST, LAST + 1, 0, 2**29 - 2, 2**29 - 1,
                 READ_ONLY.base // 8 - 1, READ_ONLY.base // 8, READ_ONLY.end // 8 - 1,
                 READ_ONLY.end // 8, *(READ_ONLY.base // 8 ^ 1 << bit for bit in range(29)),
                 *(FIRST ^ 1 << bit for bit in range(29)), *(LAST ^ 1 << bit for bit in range(29))]
    await bench.run(windows, [_request(a, w, bench.random) for a in addresses for w in (0, 1)])


class _OneBitLess(Guard):
    """A mutant: does not look at the lowest bit of the address."""

    def _allows(self, request):
        word = request.as_value()
        return super()._allows(data.View(DmaRequest, Cat(word[0], Const(0, 1), word[2:])))


def test_guard():
    run_cocotb(Guard(REGION), __name__, name="guard")


class _WritesWhatIsOnlyRead(Guard):
    """A mutant: the second region may be written, too."""

    def _allows(self, request):
        return super()._allows(request) | (in_region(READ_ONLY, request.address)
                                           & request.address[0])


def _run_read_only(guard):
    run_cocotb(guard(REGION, READ_ONLY), __name__, name="guard_read_only",
               testcase="region_limits_every_window", environment={"GUARD_READ_ONLY": "1"})


def test_a_region_that_is_only_read():
    _run_read_only(Guard)


def test_mutant_that_writes_what_is_only_read_is_caught():
    with pytest.raises(AssertionError, match="region_limits_every_window failed"):
        _run_read_only(_WritesWhatIsOnlyRead)


def test_mutant_one_bit_less_is_caught():
    with pytest.raises(AssertionError, match="every_bit_of_both_ends_counts failed"):
        run_cocotb(_OneBitLess(REGION), __name__, name="guard_mutant",
                   testcase="every_bit_of_both_ends_counts")
