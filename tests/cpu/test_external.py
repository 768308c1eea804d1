"""Loads of the core from external memory: what they load, what faults, their one time."""

import random
from unittest import mock

import cocotb
from amaranth.hdl import Signal
from cocotb.clock import Clock

from cpu.address_map import AddressMap, region_holds
from cpu.cycles import load_cycle_table
from cpu.load_store import LoadStore
from sim.core_bench import BENCH_MEMORIES, EXTERNAL_BYTES, CoreBench
from sim.core_run import ITCM_DATA, finish as exit_program, interrupt_latencies, run
from sim.external_memory import ExternalMemory
from sim.harness import run_cocotb
from sim.lockstep import Mismatch
from sim.mnemonics import Program
from sim.streams import pack
from soc.fabric.dma import DmaRequest
from soc.fabric.external_timing import ExternalTiming
from soc.memory.external_slots import ExternalSlots
from soc.memory_map import MemoryMap
from tests.cpu.lockstep_bench import Bench, run_words
from tests.cpu.test_privilege import (
    ENTRIES, EXECUTE, NAPOT, READ, WRITE, begin, drop, entry, finish, napot,
)
from tests.mutants import WithMutant, mutation_numbers, replaced_classes

TABLE = load_cycle_table()
TIMING = ExternalTiming(5, 3)
BASE, END = MemoryMap.EXTERNAL_BASE, MemoryMap.EXTERNAL_BASE + EXTERNAL_BYTES
LOAD_FAULT, STORE_FAULT, FETCH_FAULT, LOAD_MISALIGNED = 5, 7, 1, 4
LOAD_CYCLES = TABLE["load_external"].cycles + TIMING.load_wait_cycles


_mutant = 0  # the mistake that is made


def _memory(dut, seed=1):
    memory = ExternalMemory(dut, "memory", TIMING, EXTERNAL_BYTES)
    memory.contents[:] = random.Random(seed).randbytes(EXTERNAL_BYTES)
    memory.start()
    dut.mutant.value = _mutant
    dut.dma__request__valid.value = 0
    dut.dma__request__payload.value = 0
    return memory


async def _follow(dut, p):
    """Runs ``p`` beside the model; returns the values that s10 was given, which are causes."""
    Clock(dut.clk, 10, unit="ns").start()
    bench = Bench(dut, CoreBench(external_timing=TIMING), pmp_entries=ENTRIES)
    memory = _memory(dut)
    bench.memories[2].data[:] = memory.contents
    records = await run_words(bench, p.words(), p.address("end"))
    return [r.rd_wdata for r in records if r.rd_addr == 26], memory


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def loads_of_every_size_from_every_place(dut):
    p = begin()
    for place in (BASE, BASE + 0x7F8, END - 8):
        p.li("s0", place)
        for size, names in ((1, ("lb", "lbu")), (2, ("lh", "lhu")), (4, ("lw",))):
            for name in names:
                for offset in range(0, 8, size):
                    getattr(p, name)("a0", offset, "s0")
                    p.add("a1", "a1", "a0")
    finish(p)
    causes, _ = await _follow(dut, p)
    assert causes == []


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def what_is_forbidden_faults_and_asks_for_nothing(dut):
    p = begin()
    p.li("s0", BASE)
    p.li("s1", END)
    p.li("a0", 0x1234_5678)
    p.lw("a0", 2, "s0")
    p.lw("a0", 0, "s1")
    for name in ("sb", "sh", "sw"):
        getattr(p, name)("a0", 0, "s0")
    p.sw("a0", -4, "s1")
    p.lw("a0", -4, "s0")
    p.li("s11", "behind")
    p.jalr("zero", 0, "s0")
    p.label("behind")
    p.add("a1", "a0", "a0")
    finish(p)
    causes, memory = await _follow(dut, p)
    assert causes == [LOAD_MISALIGNED, LOAD_FAULT, *[STORE_FAULT] * 4, LOAD_FAULT, FETCH_FAULT]
    assert memory.requests == []


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def pmp_holds_there_too(dut):
    """User mode is given the second quarter, and asks for a word on both sides of its ends."""
    first, end = BASE + EXTERNAL_BYTES // 4, BASE + EXTERNAL_BYTES // 2
    p = begin()
    entry(p, 0, napot(MemoryMap.ITCM_BASE, 0x8000), NAPOT | READ | WRITE | EXECUTE)
    entry(p, 1, napot(first, EXTERNAL_BYTES // 4), NAPOT | READ | WRITE)
    drop(p, "user")
    finish(p)
    p.align(64)
    p.label("user")
    p.li("s2", first)
    p.li("s3", end)
    p.lw("a0", -4, "s2")
    p.lw("a0", 0, "s2")
    p.lw("a0", -4, "s3")
    p.lw("a0", 0, "s3")
    p.sw("a0", 0, "s2")
    p.ecall()
    causes, memory = await _follow(dut, p)
    assert causes == [LOAD_FAULT, LOAD_FAULT, STORE_FAULT, 8]
    words = [word for _, word in memory.requests]
    assert words == [(first - BASE) // 8, (end - BASE) // 8 - 1]


def _loads(phases=24, *, external=True):
    """A program of loads that begin in each cycle of a round, and what becomes of them."""
    p = Program()
    p.li("s0", BASE if external else MemoryMap.RAM_BASE)
    p.li("s1", MemoryMap.RAM_BASE)
    for number in range(phases):
        for _ in range(number % 3):
            p.nop()
        p.lw("a0", 8 * number, "s0")
        if number % 2:
            p.add("a1", "a0", "a0")
        if number % 5 == 0:
            p.sw("a0", 0, "s1")
    exit_program(p)
    return p


async def _run(dut, program, chance):
    """([cycle of each retirement], [(cycle, word) of each answer of the DMA]).

    Whether and for which word DMA asks is settled by ``chance`` in each cycle, whatever happens.
    """
    asked, answers = random.Random(2), []

    def each_cycle(cycle):
        if dut.dma__response_valid.value:
            answers.append((cycle, dut.dma__response_data.value.to_unsigned()))
        dut.dma__request__valid.value = int(asked.random() < chance)
        dut.dma__request__payload.value = pack(DmaRequest, {
            "address": BASE // 8 + asked.randrange(EXTERNAL_BYTES // 8)})
    _, trace = await run(dut, program, each_cycle=each_cycle, cycles=4000)
    return [t.cycle for t in trace], answers


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def core_and_dma_never_see_each_other(dut):
    _memory(dut)
    alone, none = await _run(dut, _loads(), 0)
    assert none == []
    _, without_core = await _run(dut, _loads(200, external=False), 1)
    for chance in (0.1, 0.5, 1):
        beside, answers = await _run(dut, _loads(), chance)
        assert beside == alone, "the core must not see what DMA does"
        assert len(answers) > 20
        if chance == 1:
            common = min(len(answers), len(without_core))
            assert common > 20 and answers[:common] == without_core[:common], (
                "DMA must not see what the core does")


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def every_load_takes_the_same_time(dut):
    """In each cycle of a round; a use right behind waits as behind other loads."""
    _memory(dut)
    p, expected = Program(), []
    p.li("s0", BASE)
    rng = random.Random(3)
    for number in range(4 * TIMING.round_cycles):
        for use in (0, 1):
            for _ in range(rng.randrange(4)):
                p.nop()
            p.csrrs("s10", "mcycle", "zero")
            p.lw("a0", 4 * number, "s0")
            p.add("a1", "a0" if use else "zero", "zero")
            p.csrrs("s10", "mcycle", "zero")
            expected.append(TABLE["csr"].cycles + LOAD_CYCLES + TABLE["alu"].cycles
                            + use * TABLE["load_use"].cycles)
    exit_program(p)
    _, trace = await run(dut, p, cycles=20000)
    reads = [t.rd_wdata for t in trace if t.rd_addr == 26]
    assert [b - a for a, b in zip(reads[::2], reads[1::2])] == expected
    # The cycle in which they began, within a round of slots.
    assert len({read % TIMING.round_cycles for read in reads[::2]}) == TIMING.round_cycles


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def interrupts_wait_for_a_load_and_no_longer(dut):
    _memory(dut)

    def body(p):
        p.li("s3", BASE)
        p.lw("a0", 0, "s3")
    latencies = await interrupt_latencies(dut, body)
    entry_cycles = TABLE["irq_entry"].cycles
    assert min(latencies) >= entry_cycles
    assert max(latencies) <= entry_cycles + LOAD_CYCLES - 1


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_refused_load_delays_nothing(dut):
    """A load from ITCM, in the handler, takes its own time."""
    _memory(dut)
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.li("s0", BASE)
    p.li("s1", ITCM_DATA)
    p.lw("a0", 2, "s0")
    p.align(4)
    p.label("handler")
    p.csrrs("s10", "mcycle", "zero")
    p.lw("a1", 0, "s1")
    p.csrrs("s10", "mcycle", "zero")
    exit_program(p)
    _, trace = await run(dut, p)
    before, after = [t.rd_wdata for t in trace if t.rd_addr == 26]
    assert after - before == TABLE["csr"].cycles + TABLE["load_itcm"].cycles


def _ends_when_the_word_comes(m, load_store):
    before, came = Signal(32), Signal()
    m.d.sync += before.eq(load_store.external.read_data)
    with m.If(before != load_store.external.read_data):
        m.d.sync += came.eq(1)
    with m.If(load_store.external.request):
        m.d.sync += came.eq(0)
    with m.If(came):
        m.d.comb += load_store.busy.eq(0)


def _stores_reach_it(m, address_map):
    if address_map._external:
        with m.If(region_holds(address_map._external, address_map.address)):
            m.d.comb += address_map.device.eq(1)


def _a_load_goes_first(m, slots):
    pending = Signal()
    with m.If(slots.core.request):
        m.d.sync += pending.eq(1)
    with m.Elif(slots.memory.request):
        m.d.sync += pending.eq(0)
    with m.If(pending):
        m.d.comb += slots.ports[0].request.ready.eq(0)


_FOUND_BY = {
    _ends_when_the_word_comes: every_load_takes_the_same_time.func,
    _stores_reach_it: what_is_forbidden_faults_and_asks_for_nothing.func,
    _a_load_goes_first: core_and_dma_never_see_each_other.func,
}

MUTATIONS = {
    "cpu.core.LoadStore": (LoadStore, [_ends_when_the_word_comes]),
    "cpu.load_store.AddressMap": (AddressMap, [_stores_reach_it]),
    "sim.core_bench.ExternalSlots": (ExternalSlots, [_a_load_goes_first]),
}


@cocotb.test(timeout_time=1, timeout_unit="ms")
@cocotb.parametrize(name=[mutate.__name__ for mutate in _FOUND_BY])
async def mutant_is_found(dut, name):
    [mutate] = [mutate for mutate in _FOUND_BY if mutate.__name__ == name]
    try:
        with mock.patch(f"{__name__}._mutant", mutation_numbers(MUTATIONS)[mutate]):
            await _FOUND_BY[mutate](dut)
    except (AssertionError, Mismatch):
        return
    raise RuntimeError(f"{name} must be found")


class _Bench(WithMutant, CoreBench):
    """With and without mistakes, so that it is compiled once."""


def test_external_loads():
    bench = _Bench(external_timing=TIMING, pmp_entries=ENTRIES)
    with replaced_classes(bench, MUTATIONS):
        run_cocotb(bench, __name__, name="core_bench_external", visible=BENCH_MEMORIES)
