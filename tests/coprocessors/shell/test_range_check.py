"""The range check against unbounded integers."""

import os
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge

from coprocessors.shell.datapath import JobError
from coprocessors.shell.guard import Window
from coprocessors.shell.operand_value import OperandValue
from coprocessors.shell.range_check import RangeCheck
from coprocessors.shell.table import GUARD_WINDOWS
from sim.harness import run_cocotb
from sim.streams import CLOCK_NS, pack
from soc.fabric.region import Region

REGION = Region("ram", 0x9000_0000, 0x1_8000)
READ_ONLY = Region("external", 0xA000_0000, 0x3000)
_HAS_READ_ONLY = "RANGE_CHECK_READ_ONLY" in os.environ
OPERANDS = 3
_CLOSED = {"base": 0, "end": 0, "read": 0, "write": 0}


def _used(operand):
    return operand["enable"] and operand["rows"] and operand["row_bytes"]


def _verdict(windows, operands):
    for o in operands:
        if not _used(o):
            continue
        first = o["address"]
        last = first + (o["rows"] - 1) * o["stride"] + o["row_bytes"] - 1
        right = "write" if o["write"] else "read"
        regions = [REGION, READ_ONLY] if _HAS_READ_ONLY and not o["write"] else [REGION]
        inside = any(first in region and last in region for region in regions) and any(
            w[right] and 8 * w["base"] <= first and last < 8 * w["end"] for w in windows)
        if not inside:
            return JobError.WRITE_WINDOW if o["write"] else JobError.READ_WINDOW
    return JobError.NONE


def _cycles(operands):
    return sum(4 + (o["rows"] - 1).bit_length() if _used(o) else 1 for o in operands)


def _operand(address, row_bytes, rows=1, stride=0, write=0, enable=1):
    return {"address": address, "row_bytes": row_bytes, "rows": rows, "stride": stride,
            "write": write, "enable": enable}


_UNUSED = _operand(0, 0)


class _Bench:
    def __init__(self, dut):
        self.dut = dut
        self.seen = set()

    async def start(self):
        dut = self.dut
        dut.rst.value, dut.start.value, dut.clear.value = 1, 0, 0
        Clock(dut.clk, CLOCK_NS, unit="ns").start()
        await ClockCycles(dut.clk, 2)
        dut.rst.value = 0

    async def check(self, windows, operands):
        dut = self.dut
        for signal, layout, values in ((dut.windows, Window, windows),
                                       (dut.operands, OperandValue, operands)):
            size = layout.as_shape().size
            signal.value = sum(pack(layout, v) << size * i for i, v in enumerate(values))
        dut.start.value = 1
        await RisingEdge(dut.clk)
        cycles = -1
        while True:
            await RisingEdge(dut.clk)
            cycles += 1
            if dut.done.value == 1:
                break
            assert cycles < 200
        got, expected = JobError(dut.error.value.to_unsigned()), _verdict(windows, operands)
        assert got is expected, f"got {got}, expected {expected} for {operands} under {windows}"
        if expected is JobError.NONE:
            assert cycles + 1 == _cycles(operands)
        self.seen.add(got)
        dut.start.value, dut.clear.value = 0, 1
        await RisingEdge(dut.clk)
        dut.clear.value = 0


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def random_operands(dut):
    bench = _Bench(dut)
    await bench.start()
    rng = random.Random(5)
    for _ in range(600):
        operands, windows = [], []
        for _ in range(OPERANDS):
            rows, stride = rng.choice((0, 1, 2, 3, 8, 17)), rng.choice((0, 1, 7, 64, 100))
            o = _operand(REGION.base + rng.randrange(0x4000), rng.choice((0, 1, 8, 13, 200)), rows,
                         stride, rng.getrandbits(1), int(rng.random() < 0.9))
            operands.append(o)
            # A window that fits, or misses a word at either end.
            last = o["address"] + max(0, rows - 1) * stride + max(1, o["row_bytes"]) - 1
            windows.append({"base": o["address"] // 8 + (rng.random() < 0.1),
                            "end": last // 8 + (rng.random() > 0.1), "read": 1 - o["write"],
                            "write": o["write"]})
        rng.shuffle(windows)
        await bench.check(windows + [_CLOSED], operands)
    assert bench.seen == {JobError.NONE, JobError.READ_WINDOW, JobError.WRITE_WINDOW}


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def sums_past_the_address_space(dut):
    bench = _Bench(dut)
    await bench.start()
    everything = [{"base": 0, "end": 2**29 - 1, "read": 1, "write": 1}]
    windows = everything + [_CLOSED] * (GUARD_WINDOWS - 1)
    base = REGION.base
    rng = random.Random(6)
    cases = [_operand(base, 2**32 - 1), _operand(base, 2**32 - base), _operand(0, 8),
             _operand(base, 8, 2, 2**32 - 1), _operand(base + 64, 8, 2, 2**32 - 64),
             _operand(base, 8, 3, 2**31), _operand(base, 8, 5, 2**30),
             _operand(base, 8, 0xFFFF, 2**31 + 2), _operand(base, 8, 0xFFFF, 2**32 - 1),
             _operand(base, 8, 0x8001, 2**17), _operand(base, 8, 0xFFFF, 1),
             _operand(base, 8, 0xFFFF, 0), _operand(2**32 - 8, 8), _operand(2**32 - 8, 16)]
    cases += [_operand(base + rng.randrange(0x1000), rng.choice((8, rng.getrandbits(32))),
                       rng.getrandbits(16), rng.getrandbits(rng.randint(1, 32)))
              for _ in range(300)]
    for case in cases:
        await bench.check(windows, [_UNUSED, case, _UNUSED])
    assert bench.seen == {JobError.NONE, JobError.READ_WINDOW}


@cocotb.test(timeout_time=10, timeout_unit="ms", skip=not _HAS_READ_ONLY)
async def no_operand_reaches_from_one_region_to_the_other(dut):
    bench = _Bench(dut)
    await bench.start()
    everything = [{"base": 0, "end": 2**29 - 1, "read": 1, "write": 1}]
    windows = everything + [_CLOSED] * (GUARD_WINDOWS - 1)
    ends = [REGION.base, REGION.end - 8, READ_ONLY.base, READ_ONLY.end - 8, READ_ONLY.end]
    for first in ends:
        for last in ends:
            for write in (0, 1):
                if last >= first:
                    operand = _operand(first, 8, 2, last - first, write)
                    await bench.check(windows, [_UNUSED, operand, _UNUSED])
    assert bench.seen == {JobError.NONE, JobError.READ_WINDOW, JobError.WRITE_WINDOW}


def test_a_region_that_is_only_read():
    run_cocotb(RangeCheck(REGION, OPERANDS, READ_ONLY), __name__, name="range_check_read_only",
               testcase="no_operand_reaches_from_one_region_to_the_other",
               environment={"RANGE_CHECK_READ_ONLY": "1"})


def test_range_check():
    run_cocotb(RangeCheck(REGION, OPERANDS), __name__, name="range_check")
