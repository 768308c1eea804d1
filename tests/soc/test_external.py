"""Rows that DMA reads across RAM and external memory, beside loads of the core."""

import os
import random

import cocotb
import pytest
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

from coprocessors.shell.datapath import Beat, Transfer
from coprocessors.shell.dma_reader import DmaReader
from coprocessors.shell.guard import in_region
from sim.external_memory import ExternalMemory
from sim.harness import run_cocotb
from sim.streams import CLOCK_NS, StreamSink, StreamSource, clock_cycle
from soc.dma_arbiter import DmaArbiter
from soc.fabric.external import ExternalLoadSignature, ExternalPortSignature
from soc.fabric.external_timing import SLOTS_PER_ROUND, ExternalTiming
from soc.fabric.region import Region
from soc.memory.dma_split import DmaSplit
from soc.memory.external_slots import ExternalSlots
from soc.memory.ram import Ram
from tests.mutants import WithMutant, mutation_numbers, replaced_classes

TIMINGS = {"fast": ExternalTiming(2, 1), "far": ExternalTiming(28, 1)}
READERS, DEPTH = 2, 32
RAM = Region("ram", 0x9000_0000, 4096)
OUTSIDE = Region("external", 0xA000_0000, 8192)
IMAGE = random.Random(4).randbytes(RAM.size)


class _Bench(wiring.Component):
    """DMA readers in front of both memories."""

    def __init__(self, *, timing):
        self._timing = timing
        members = {"core": In(ExternalLoadSignature()),
                   "memory": Out(ExternalPortSignature(size_bytes=OUTSIDE.size))}
        for number in range(READERS):
            members |= {f"command{number}": In(stream.Signature(Transfer)),
                        f"data{number}": Out(stream.Signature(Beat))}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        m.submodules.ram = ram = Ram(size_bytes=RAM.size, init=IMAGE)
        m.submodules.arbiter = arbiter = DmaArbiter(ports=READERS, ram_bytes=RAM.size)
        m.submodules.slots = slots = ExternalSlots(
            size_bytes=OUTSIDE.size, timing=self._timing, ports=READERS)
        connect(m, arbiter.memory, ram.dma)
        connect(m, flipped(self.core), slots.core)
        connect(m, slots.memory, flipped(self.memory))
        for number in range(READERS):
            reader, split = DmaReader(depth=DEPTH), DmaSplit(external=OUTSIDE)
            m.submodules += [reader, split]
            connect(m, flipped(getattr(self, f"command{number}")), reader.command)
            connect(m, reader.data, flipped(getattr(self, f"data{number}")))
            connect(m, split.ram, arbiter.ports[number])
            connect(m, split.external, slots.ports[number])
            request = split.requester.request
            m.d.comb += [
                request.valid.eq(reader.request.valid), reader.request.ready.eq(request.ready),
                request.payload.address.eq(reader.request.payload),
                reader.response_valid.eq(split.requester.response_valid),
                reader.response_data.eq(split.requester.response_data),
            ]
        return m


class _Run:
    """The bench in use."""

    def __init__(self, dut, timing, *, stall=0.0, seed=1, mutant=0):
        self.dut, self.timing, self.random = dut, timing, random.Random(seed)
        self.memory = ExternalMemory(dut, "memory", timing, OUTSIDE.size)
        self.memory.contents[:] = random.Random(5).randbytes(OUTSIDE.size)
        self.commands = [StreamSource(dut, f"command{n}", Transfer, seed=seed + n)
                         for n in range(READERS)]
        self.beats = [StreamSink(dut, f"data{n}", Beat, stall=stall, seed=seed + 7 + n)
                      for n in range(READERS)]
        dut.mutant.value = mutant
        self.loads = []

    async def start(self):
        dut = self.dut
        dut.core__request.value = 0
        dut.rst.value = 1
        Clock(dut.clk, CLOCK_NS, unit="ns").start()
        for part in (self.memory, *self.beats, *self.commands):
            part.start()
        for _ in range(3):
            await FallingEdge(dut.clk)
        dut.rst.value = 0
        self.begin = clock_cycle()

    def expected(self, command):
        """Bytes of the rows of a command."""
        rows = []
        for row in range(command["rows"]):
            start = command["address"] + row * command["stride"]
            region, contents = ((RAM, IMAGE) if start in RAM else (OUTSIDE, self.memory.contents))
            rows.append(bytes(contents[start - region.base:][:command["row_bytes"]]))
        return rows

    def taken(self, number):
        """Rows that a reader has delivered."""
        rows, row = [], b""
        for beat in self.beats[number].taken:
            row += beat["data"].to_bytes(8, "little")[:beat["count"]]
            if beat["last"]:
                rows.append(row)
                row = b""
        return rows

    async def finish(self, commands, limit=20_000):
        """Waits for all rows of ``commands``, a list for each reader, and checks them."""
        wanted = [[row for command in each for row in self.expected(command)]
                  for each in commands]
        for source, each in zip(self.commands, commands):
            source.queue.extend(each)
        for _ in range(limit):
            await RisingEdge(self.dut.clk)
            if all(len(self.beats[n].taken) and self.taken(n)[-1:] and len(self.taken(n))
                   >= len(wanted[n]) for n in range(READERS) if wanted[n]):
                break
        for number in range(READERS):
            assert self.taken(number) == wanted[number], f"reader {number}"

    def load_at_random(self, chance):
        """Loads of the core, each checked when its time is over."""
        return cocotb.start_soon(self._load(chance))

    async def _load(self, chance):
        dut = self.dut
        while True:
            await FallingEdge(dut.clk)
            if self.random.random() >= chance:
                continue
            offset = 4 * self.random.randrange(OUTSIDE.size // 4)
            dut.core__request.value, dut.core__address.value = 1, OUTSIDE.base + offset
            await FallingEdge(dut.clk)
            dut.core__request.value = 0
            for _ in range(self.timing.load_wait_cycles + 1):
                await FallingEdge(dut.clk)
            got = dut.core__read_data.value.to_unsigned()
            assert got == int.from_bytes(self.memory.contents[offset:][:4], "little")
            self.loads.append(offset)


def _command(address, row_bytes, rows=1, stride=0):
    return {"address": address, "row_bytes": row_bytes, "rows": rows, "stride": stride}


def _random_commands(rng, count):
    commands = []
    for _ in range(count):
        region = rng.choice((RAM, OUTSIDE))
        rows, row_bytes = rng.randint(1, 4), rng.choice((1, 7, 8, 9, 30, 64))
        stride = rng.choice((row_bytes, row_bytes + rng.randrange(40)))
        span = (rows - 1) * stride + row_bytes
        at = rng.choice((0, region.size - span, rng.randrange(region.size - span)))
        commands.append(_command(region.base + at, row_bytes, rows, stride))
    return commands


def _timing():
    return TIMINGS[os.environ["EXTERNAL_TIMING"]]


async def _mixed_rows(dut, mutant=0):
    run = _Run(dut, _timing(), stall=0.2, mutant=mutant)
    await run.start()
    run.load_at_random(0.1)
    commands = [_random_commands(run.random, 60) for _ in range(READERS)]
    await run.finish(commands)
    return run


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def rows_of_any_alignment_from_both_memories(dut):
    run = await _mixed_rows(dut)
    assert len(run.loads) > 10


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def long_rows_stream_in_all_slots_but_the_cores(dut):
    timing, words = _timing(), 700
    run = _Run(dut, timing)
    await run.start()
    await run.finish([[_command(OUTSIDE.base, 8 * words)], []])
    first, last = run.memory.requests[0][0], run.memory.requests[-1][0]
    slots = (last - first) / timing.cycles_per_word + 1
    assert len(run.memory.requests) == words
    assert slots <= words * SLOTS_PER_ROUND / (SLOTS_PER_ROUND - 1) + 1


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def two_readers_share_the_slots(dut):
    timing, words = _timing(), 150
    run = _Run(dut, timing)
    await run.start()
    rows = [_command(OUTSIDE.base, 8 * words), _command(OUTSIDE.base + 4096, 8 * words)]
    await run.finish([[row] for row in rows])
    in_turn = [word >= 512 for _, word in run.memory.requests[20:-20]]
    assert all(a != b for a, b in zip(in_turn, in_turn[1:]))


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def reset_forgets_what_is_under_way(dut):
    run = _Run(dut, _timing())
    await run.start()
    run.commands[0].queue.append(_command(OUTSIDE.base, 4000))
    for _ in range(60):
        await FallingEdge(dut.clk)
    dut.rst.value = 1
    run.commands[0].queue.clear()
    await FallingEdge(dut.clk)
    dut.rst.value = 0
    for number in range(READERS):
        run.beats[number].taken.clear()
        run.beats[number].strict = False
    await FallingEdge(dut.clk)
    run.beats[0].taken.clear()
    await run.finish([[_command(OUTSIDE.base + 99, 500)], []])


@cocotb.test(timeout_time=10, timeout_unit="ms",
             skip=os.environ.get("EXTERNAL_TIMING") == "fast")  # where RAM is no faster
async def ram_that_overtakes_is_found(dut):
    [number] = mutation_numbers(MUTATIONS).values()
    try:
        await _mixed_rows(dut, mutant=number)
    except AssertionError:
        return
    raise RuntimeError("an answer of RAM before an older one must be found")


def _ram_overtakes(m, split):
    request = split.requester.request
    with m.If(~in_region(OUTSIDE, request.payload.address)):
        m.d.comb += [split.ram.request.valid.eq(request.valid),
                     request.ready.eq(split.ram.request.ready)]


MUTATIONS = {f"{__name__}.DmaSplit": (DmaSplit, [_ram_overtakes])}


class _MutantBench(WithMutant, _Bench):
    """With and without the mistake, so that it is compiled once."""


@pytest.mark.parametrize("name", TIMINGS)
def test_external(name):
    bench = _MutantBench(timing=TIMINGS[name])
    with replaced_classes(bench, MUTATIONS):
        run_cocotb(bench, __name__, name="external", environment={"EXTERNAL_TIMING": name})


@pytest.mark.parametrize("latency, cycles_per_word, message", [
    (1, 2, "external_latency must be an int from 2 to 255 cycles, not 1"),
    (256, 2, "external_latency must be an int from 2 to 255 cycles, not 256"),
    (20, 0, "external_cycles_per_word must be an int from 1 to 64 cycles, not 0"),
    (20, 2.0, "external_cycles_per_word must be an int from 1 to 64 cycles, not 2.0"),
])
def test_bad_timing_is_rejected(latency, cycles_per_word, message):
    with pytest.raises(ValueError, match=message):
        ExternalTiming(latency, cycles_per_word)


def test_bad_ports_are_rejected():
    with pytest.raises(ValueError, match="ports must be a positive int, not 0"):
        ExternalSlots(size_bytes=4096, timing=TIMINGS["fast"], ports=0)
