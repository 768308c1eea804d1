"""The DMA reader against a plain model: every alignment, strides, stalls, rate and latency."""

import random

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge, RisingEdge

from coprocessors.shell.datapath import Beat, Transfer
from coprocessors.shell.dma_reader import DmaReader
from sim.harness import run_cocotb
from sim.streams import CLOCK_NS, StreamSink, StreamSource, clock_cycle

SIZE = 1 << 16


class _Memory:
    """Answers the reader's request stream; `sim.dma_memory` is for whole ports."""

    def __init__(self, dut, *, latency, stall, delay, seed):
        self.dut, self.latency, self.stall, self.delay = dut, latency, stall, delay
        self.random = random.Random(seed)
        self.contents = self.random.randbytes(SIZE)
        self.due, self.times = [], []

    def start(self):
        self.dut.request__ready.value = 0
        self.dut.response_valid.value = 0
        cocotb.start_soon(self._run())

    async def _run(self):
        ready = 0
        while True:
            await RisingEdge(self.dut.clk)
            if ready and self.dut.request__valid.value == 1:
                address = self.dut.request__payload.value.to_unsigned() * 8 % SIZE
                self.times.append(clock_cycle())
                self.due.append((clock_cycle() + self.latency - 1,
                                 int.from_bytes(self.contents[address:address + 8], "little")))
            ready = int(self.random.random() >= self.stall)
            self.dut.request__ready.value = ready
            answer = (self.due and self.due[0][0] <= clock_cycle()
                      and self.random.random() >= self.delay)
            self.dut.response_valid.value = int(bool(answer))
            self.dut.response_data.value = self.due.pop(0)[1] if answer else 0xBAD0_BAD0_BAD0_BAD0


class _Bench:
    def __init__(self, dut, *, latency=3, stall=0.0, delay=0.0, sink_stall=0.0,
                 source_stall=0.0, seed=1):
        self.dut = dut
        self.memory = _Memory(dut, latency=latency, stall=stall, delay=delay, seed=seed)
        self.commands = StreamSource(dut, "command", Transfer, stall=source_stall, seed=seed + 1)
        self.beats = StreamSink(dut, "data", Beat, stall=sink_stall, seed=seed + 2)

    async def start(self):
        self.dut.clear.value = 0
        self.dut.rst.value = 1
        Clock(self.dut.clk, CLOCK_NS, unit="ns").start()
        self.memory.start()
        self.beats.start()
        await ClockCycles(self.dut.clk, 2)
        self.commands.start()
        self.dut.rst.value = 0

    async def run(self, commands):
        expected = [row for c in commands for row in _rows(self.memory.contents, c)]
        self.beats.taken.clear()
        self.beats.times.clear()
        self.commands.queue.extend(commands)
        for _ in range(100_000):
            await FallingEdge(self.dut.clk)
            if sum(b["last"] for b in self.beats.taken) == len(expected):
                break
        rows, row = [], b""
        for beat in self.beats.taken:
            assert beat["last"] or beat["count"] == 8
            assert 1 <= beat["count"] <= 8
            row += beat["data"].to_bytes(8, "little")[:beat["count"]]
            if beat["last"]:
                rows.append(row)
                row = b""
        for index, (got, want) in enumerate(zip(rows, expected)):
            assert got == want, f"row {index}: got {got.hex()}, expected {want.hex()}"
        assert (len(rows), row) == (len(expected), b"")


def _rows(contents, command):
    for row in range(command["rows"]):
        start = (command["address"] + row * command["stride"]) % 2**32
        yield bytes(contents[(start + i) % SIZE] for i in range(command["row_bytes"]))


def _command(address, row_bytes, rows=1, stride=0):
    return {"address": address, "row_bytes": row_bytes, "rows": rows, "stride": stride}


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def every_alignment_and_length(dut):
    bench = _Bench(dut)
    await bench.start()
    await bench.run([_command(64 * length + offset, length)
                     for offset in range(8) for length in range(1, 34)])


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def random_commands_with_stalls_everywhere(dut):
    bench = _Bench(dut, latency=4, stall=0.3, delay=0.3, sink_stall=0.3, source_stall=0.5)
    await bench.start()
    rng = random.Random(7)
    for sink_stall in (0.0, 0.3, 0.8):
        bench.beats.stall = sink_stall
        await bench.run([_command(rng.randrange(SIZE), rng.choice((1, 2, 7, 8, 9, 31, 64, 100)),
                                  rng.randint(1, 6), rng.randrange(2**32))
                         for _ in range(40)])


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def first_beat_five_cycles_after_the_command(dut):
    # 1 to the request, 3 in the memory, 1 in the aligner (and 1 more in the guard of a shell).
    bench = _Bench(dut)
    await bench.start()
    await bench.run([_command(0x100, 8)])
    assert bench.memory.times[0] - bench.commands.times[0] == 1
    assert bench.beats.times[0] - bench.commands.times[0] == 5


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def long_aligned_run_has_one_beat_a_cycle(dut):
    bench = _Bench(dut, latency=5)
    await bench.start()
    await bench.run([_command(0x100, 8 * 200)])
    times = bench.beats.times
    assert times == list(range(times[0], times[0] + 200))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def no_pause_between_aligned_rows_and_commands(dut):
    bench = _Bench(dut, latency=5)
    await bench.start()
    await bench.run([_command(0x100, 8, rows=20, stride=24), _command(0x40, 24, rows=5, stride=8),
                     *[_command(8 * i, 16) for i in range(10)]])
    times = bench.beats.times
    assert times == list(range(times[0], times[0] + 20 + 15 + 20))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def unaligned_row_takes_one_cycle_more(dut):
    bench = _Bench(dut, latency=5)
    await bench.start()
    for offset in range(1, 8):
        for length in (16, 64):
            await bench.run([_command(0x100 + offset, length, rows=10, stride=128)])
            cycles = bench.beats.times[-1] - bench.beats.times[0] + 1
            assert cycles == 10 * (length // 8 + 1) - 1, (offset, length, cycles)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def unaligned_rows_of_one_byte_more_take_as_many_cycles_as_words(dut):
    """The beat of the last byte comes with the first word of the next row, which makes none."""
    bench = _Bench(dut, latency=5)
    await bench.start()
    for offset in range(1, 8):
        await bench.run([_command(0x100 + offset, 65, rows=10, stride=128)])
        cycles = bench.beats.times[-1] - bench.beats.times[0] + 1
        assert cycles == 10 * 9, (offset, cycles)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def clear_drops_everything(dut):
    bench = _Bench(dut, sink_stall=1.0)
    await bench.start()
    bench.commands.queue.append(_command(3, 1000))
    await ClockCycles(dut.clk, 40)
    await FallingEdge(dut.clk)
    bench.beats.strict = False
    dut.clear.value = 1
    for _ in range(18):
        await FallingEdge(dut.clk)
        assert dut.data__valid.value == 0
        assert dut.request__valid.value == 0
    assert dut.cleared.value == 1
    dut.clear.value = 0
    bench.commands.stall = bench.beats.stall = 0.0
    await ClockCycles(dut.clk, 3)
    await bench.run([_command(0x203, 100, 3, 50)])


def test_reader():
    run_cocotb(DmaReader(), __name__, name="dma_reader")


def test_bad_depth_is_rejected():
    with pytest.raises(ValueError, match="depth must be at least 8 to cover the latency, not 4"):
        DmaReader(depth=4)
