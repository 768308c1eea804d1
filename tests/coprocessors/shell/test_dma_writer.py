"""The DMA writer against a plain model: every alignment and beat size, strides, stalls, rate."""

import random

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge

from coprocessors.shell.datapath import Beat, Transfer
from coprocessors.shell.dma_writer import DmaWriter, WriteWord
from sim.harness import run_cocotb
from sim.streams import CLOCK_NS, StreamSink, StreamSource


class _Bench:
    def __init__(self, dut, *, command_stall=0.0, data_stall=0.0, port_stall=0.0, seed=1):
        self.dut = dut
        self.random = random.Random(seed)
        self.commands = StreamSource(dut, "command", Transfer, stall=command_stall, seed=seed + 1)
        self.beats = StreamSource(dut, "data", Beat, stall=data_stall, seed=seed + 2)
        self.words = StreamSink(dut, "request", WriteWord, stall=port_stall, seed=seed + 3)

    async def start(self):
        self.dut.clear.value = 0
        self.dut.rst.value = 1
        Clock(self.dut.clk, CLOCK_NS, unit="ns").start()
        self.words.start()
        await ClockCycles(self.dut.clk, 2)
        self.commands.start()
        self.beats.start()
        self.dut.rst.value = 0

    def load(self, command, *, counts=None):
        """Queues a command with random bytes; returns the dict of bytes that it must write.

        ``counts`` yields the sizes of the beats; 8 unless told.
        """
        expected = {}
        self.commands.queue.append(command)
        for row in range(command["rows"]):
            start = (command["address"] + row * command["stride"]) % 2**32
            left = command["row_bytes"]
            while True:
                count = min(left, counts() if counts else 8)
                content = self.random.randbytes(count)
                for i, byte in enumerate(content):
                    expected[start + command["row_bytes"] - left + i] = byte
                left -= count
                # Bytes above ``count`` are garbage.
                word = content + self.random.randbytes(8 - count)
                self.beats.queue.append({"data": int.from_bytes(word, "little"), "count": count,
                                         "last": left == 0})
                if left == 0:
                    break
        return expected

    async def finish(self, expected, words=None):
        """Waits until all bytes have been written, or nothing more comes, and compares."""
        taken, quiet_cycles = 0, 0
        while quiet_cycles < 1000:
            await FallingEdge(self.dut.clk)
            if not self.beats.queue and not self.commands.queue and self._written(expected):
                break
            quiet_cycles = 0 if len(self.words.taken) > taken else quiet_cycles + 1
            taken = len(self.words.taken)
        await ClockCycles(self.dut.clk, 10)
        got = {}
        for word in self.words.taken:
            assert word["byte_enable"], "a word without a byte was written"
            for lane in range(8):
                if word["byte_enable"] >> lane & 1:
                    got[8 * word["address"] + lane] = word["data"] >> 8 * lane & 0xFF
        assert got.keys() == expected.keys(), (
            f"extra {sorted(got.keys() - expected.keys())[:5]}, "
            f"missing {sorted(expected.keys() - got.keys())[:5]}")
        assert got == expected
        if words is not None:
            assert len(self.words.taken) == words

    def _written(self, expected):
        return sum(w["byte_enable"].bit_count() for w in self.words.taken) >= len(expected)


def _command(address, row_bytes, rows=1, stride=0):
    return {"address": address, "row_bytes": row_bytes, "rows": rows, "stride": stride}


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def every_alignment_and_length(dut):
    bench = _Bench(dut)
    await bench.start()
    expected, words = {}, 0
    for offset in range(8):
        for length in range(1, 34):
            start = 64 * (40 * offset + length) + offset
            expected |= bench.load(_command(start, length))
            words += (offset + length + 7) // 8
    await bench.finish(expected, words)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def beats_of_any_size_are_packed(dut):
    bench = _Bench(dut, command_stall=0.3, data_stall=0.2, port_stall=0.2)
    await bench.start()
    expected, words = {}, 0
    for index in range(120):
        length, offset = bench.random.randint(1, 40), bench.random.randrange(8)
        command = _command(1024 * index + offset, length, rows=3, stride=96)
        expected |= bench.load(command, counts=lambda: bench.random.randint(0, 8))
        words += 3 * ((offset + length + 7) // 8)
    await bench.finish(expected, words)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def random_commands_with_stalls_everywhere(dut):
    bench = _Bench(dut, command_stall=0.6, data_stall=0.3)
    await bench.start()
    for port_stall in (0.0, 0.3, 0.8):
        bench.words.stall = port_stall
        bench.words.taken.clear()
        expected = {}
        for index in range(40):
            length = bench.random.choice((1, 2, 7, 8, 9, 31, 64, 100))
            command = _command(4096 * index + bench.random.randrange(64), length,
                               bench.random.randint(1, 6), length + bench.random.randrange(64))
            expected |= bench.load(command)
        await bench.finish(expected)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def one_word_a_cycle_without_pause(dut):
    bench = _Bench(dut)
    await bench.start()
    expected = bench.load(_command(0x1000, 800))
    expected |= bench.load(_command(0x2000, 8, rows=30, stride=16))
    for index in range(10):
        expected |= bench.load(_command(0x3000 + 32 * index, 24))
    await bench.finish(expected, 100 + 30 + 30)
    times = bench.words.times
    assert times == list(range(times[0], times[0] + 160))
    assert times[0] - bench.beats.times[0] == 1


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def row_that_spills_takes_one_cycle_more(dut):
    bench = _Bench(dut)
    await bench.start()
    expected = bench.load(_command(0x1003, 64, rows=10, stride=100))
    await bench.finish(expected)
    assert bench.beats.times[-1] - bench.beats.times[0] + 1 == 10 * 9 - 1


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def clear_drops_everything(dut):
    bench = _Bench(dut, port_stall=1.0)
    await bench.start()
    bench.load(_command(0x1003, 64))
    await ClockCycles(dut.clk, 30)
    await FallingEdge(dut.clk)
    bench.words.strict = False
    dut.clear.value = 1
    for task_queue in (bench.beats.queue, bench.commands.queue):
        task_queue.clear()
    for _ in range(18):
        await FallingEdge(dut.clk)
        assert dut.request__valid.value == 0
    assert dut.cleared.value == 1


class _WrongByteEnable(DmaWriter):
    """A mutant: the last lane of a full beat is never written."""

    def _lanes(self, count):
        return super()._lanes(count)[:7]


def test_writer():
    run_cocotb(DmaWriter(), __name__, name="dma_writer")


def test_mutant_byte_enable_is_caught():
    with pytest.raises(AssertionError, match="every_alignment_and_length failed"):
        run_cocotb(_WrongByteEnable(), __name__, name="dma_writer_mutant",
                   testcase="every_alignment_and_length")


def test_bad_depth_is_rejected():
    with pytest.raises(ValueError, match="depth must be at least 4, not 2"):
        DmaWriter(depth=2)
