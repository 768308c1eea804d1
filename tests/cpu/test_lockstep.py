"""The core in lockstep with the instruction-set model, over random programs and interrupts."""

import json
import os
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from cpu.bit_manipulation import EXTENSIONS
from cpu.cycles import load_cycle_table
from sim.core_bench import BENCH_MEMORIES, CoreBench
from sim.coverage import FunctionalCoverage
from sim.harness import run_cocotb
from sim.iss.csr import INTERRUPT_MASK, Csr
from sim.iss.hart import Hart
from sim.lockstep import LineHistory, Lockstep, Mismatch, RvfiRecord
from sim.random_program import random_program
from tests.cpu.lockstep_bench import CYCLES, Bench
from tests.cpu.mutant_core import MUTANTS, MutantBench, mutant_classes
from tests.cpu.timing import TimingCheck, check_events

ITEMS = 100
PMP_ENTRIES = 8

EVERYTHING = {
    *"add sub sll slt sltu xor srl sra or and addi slti sltiu xori ori andi slli srli srai".split(),
    *"mul mulh mulhsu mulhu div divu rem remu lui auipc jal jalr beq bne blt bge bltu".split(),
    *"bgeu lb lh lw lbu lhu sb sh sw fence fence.i csrrw csrrs csrrc csrrwi csrrsi csrrci".split(),
    *"ecall ebreak mret wfi illegal fetch".split(),
    *"sh1add sh2add sh3add andn orn xnor clz ctz cpop min minu max maxu sext.b sext.h".split(),
    *"rol ror rori orc.b rev8 zext.h bclr bclri bext bexti binv binvi bset bseti pack".split(),
    *"packh brev8 zip unzip czero.eqz czero.nez".split(),
    *(f"trap {cause}" for cause in (0, 1, 2, 3, 4, 5, 6, 7, 8, 11)),
    *(f"interrupt {number}" for number in (3, 7, 11, *range(16, 32))),
}
"""What the random programs of the default suite must reach: see `Lockstep.counts`."""

USER_MODE = {"trap 8"}
"""What of it needs user mode."""


class InterruptLines:
    """Random interrupt lines: raised at random, lowered when taken and sometimes before."""

    def __init__(self, generator, active):
        self.random = generator
        self.active = active
        self.lines = 0

    def next(self, wanted):
        """The lines of the next cycle; ``wanted``, if not 0, has one that must rise now."""
        if self.active:
            draw = self.random.random()
            if draw < 0.02:
                self.lines |= 1 << self.random.randrange(32) & INTERRUPT_MASK
            elif draw < 0.025:
                self.lines |= self.random.getrandbits(32) & INTERRUPT_MASK
            elif draw < 0.03:
                self.lines &= self.random.getrandbits(32)
        if wanted and not self.lines & wanted:
            self.lines |= self.random.choice([1 << n for n in range(32) if wanted >> n & 1])
        return self.lines


async def run_program(bench, seed, *, interrupts, items=ITEMS, observe=None):
    """Runs one random program on core and models; returns (Lockstep, TimingCheck)."""
    program = random_program(seed, itcm=bench.itcm, ram=bench.ram, device=bench.device,
                             items=items, interrupts=interrupts, extensions=EXTENSIONS,
                             pmp_entries=bench.pmp_entries)
    await bench.reset(program.words)
    hart = Hart(bench.space, reset_vector=program.base, extensions=EXTENSIONS,
                pmp_entries=bench.pmp_entries)
    lockstep, dut = Lockstep(hart, observe=observe), bench.dut
    lines, history = InterruptLines(random.Random(seed), interrupts), LineHistory()
    timing = TimingCheck(itcm=bench.itcm, ram=bench.ram)
    valid, sleeping, asleep = dut.rvfi__valid, dut.sleeping, 0
    for _ in range(CYCLES):
        await FallingEdge(dut.clk)
        if valid.value:
            record = RvfiRecord(*[int(handle.value) for handle in bench.rvfi])
            enabled = hart.csrs.read(Csr.MIE) if record.intr else 0
            taken = lockstep.follow(record, *history.window())
            timing.retire(record, taken, enabled, hart.csrs)
            if taken is not None:
                lines.lines &= ~(1 << taken)
            if record.pc_rdata == program.end:
                bench.compare_memories()
                return lockstep, timing
        asleep = asleep + 1 if sleeping.value else 0
        if interrupts:
            history.add(lines.next(hart.csrs.read(Csr.MIE) if asleep > 20 else 0))
            bench.drive(lines.lines)
        timing.see(lines.lines, asleep)
    raise Mismatch(f"the program must end within {CYCLES} cycles, not stay at {hart.pc:#010x}")


@cocotb.test()
async def random_programs(dut):
    """Every third program has interrupts."""
    first, last = map(int, os.environ["SEEDS"].split(":"))
    Clock(dut.clk, 10, unit="ns").start()
    pmp_entries = json.loads(os.environ["PMP_ENTRIES"])
    bench = Bench(dut, CoreBench(), pmp_entries=pmp_entries)
    counts, slept, cycles, coverage = Counter(), 0, 0, FunctionalCoverage()
    for seed in range(first, last):
        coverage.begin()
        try:
            lockstep, timing = await run_program(bench, seed, interrupts=seed % 3 == 0,
                                                 observe=coverage.retire)
        except Mismatch as error:
            raise Mismatch(f"seed {seed}: {error}") from error
        counts += lockstep.counts
        slept, cycles = slept + timing.model.slept, cycles + timing.events[-1].cycle
    total = sum(n for name, n in counts.items() if " " not in name)
    dut._log.info(f"seeds {first} to {last - 1}: {total} instructions agree in what they do "
                  f"and when, over {cycles} cycles, "
                  f"{slept} of them asleep; {dict(counts)}")
    Path(os.environ["BINS"]).write_text(coverage.to_json())
    if last - first >= 200:
        missing = sorted(EVERYTHING - (set() if pmp_entries else USER_MODE) - set(counts))
        assert not missing, f"the programs must reach everything, but not {missing}"
        assert slept


@cocotb.test()
async def every_mistake_in_the_table_is_found(dut):
    """One cycle more anywhere that the model reads shows in the times of a few programs."""
    Clock(dut.clk, 10, unit="ns").start()
    bench, runs = Bench(dut, CoreBench(), pmp_entries=PMP_ENTRIES), []
    for seed in range(0, 300, 3):
        _, timing = await run_program(bench, seed, interrupts=True)
        runs.append((timing.events, timing.lines))

    def fails(table):
        for events, lines in runs:
            try:
                check_events(events, lines, table=table, itcm=bench.itcm, ram=bench.ram)
            except Mismatch:
                return True
        return False
    table = load_cycle_table()
    assert not fails(table)
    survivors = [f"{name}.{key}" for name, entry in table.items()
                 if name != "load_external"  # the core of these programs has no such memory
                 and (entry.kind != "event" or name in ("irq_taken", "reset"))
                 for key in ("cycles", "late", "interruptible")
                 if getattr(entry, key) and not fails(
                     table | {name: replace(entry, **{key: getattr(entry, key) + 1})})]
    assert not survivors, survivors


@cocotb.test()
async def every_mutant_is_found(dut):
    """Each mistake shows within a few programs; without one, the same programs agree."""
    Clock(dut.clk, 10, unit="ns").start()
    bench, survivors = Bench(dut, CoreBench(), pmp_entries=PMP_ENTRIES), []
    for name, number in [("none", 0), *MUTANTS.items(), ("none", 0)]:
        dut.mutant.value = number
        bench.adopt_memories()
        found = None
        for seed in range(48):
            try:
                await run_program(bench, seed, interrupts=seed % 2 == 0)
            except Mismatch as error:
                found = f"seed {seed}: {str(error).splitlines()[0]}"
                break
        dut._log.info(f"{name}: {found}")
        if (found is None) != (number == 0):
            survivors.append(name)
    assert not survivors, f"must be found, and none only if there is one: {survivors}"


def _run(first, last, pmp_entries, folder, record_property):
    """Runs programs, and tells conftest.py what they cover; returns {group: share of its bins}."""
    result = folder / "coverage"
    run_cocotb(CoreBench(pmp_entries=pmp_entries), __name__, name="core_bench",
               visible=BENCH_MEMORIES, testcase="random_programs",
               environment={"SEEDS": f"{first}:{last}", "PMP_ENTRIES": json.dumps(pmp_entries),
                            "BINS": str(result)})
    coverage = FunctionalCoverage.from_json(result.read_text())
    record_property("coverage", coverage.report())
    return {group: reached / total for group in coverage.counts
            for reached, total in [coverage.reached(group)]}


@pytest.mark.parametrize("pmp_entries", [None, PMP_ENTRIES])
def test_random_programs(pmp_entries, tmp_path, record_property):
    shares = _run(0, 201, pmp_entries, tmp_path, record_property)
    assert shares["operands"] > 0.97 and shares["hazards"] > 0.88 and shares["crosses"] > 0.35


@pytest.mark.long
@pytest.mark.parametrize("pmp_entries", [None, 0, 4, 8, 16])
def test_many_random_programs(pmp_entries, tmp_path, record_property):
    shares = _run(1000, 2200, pmp_entries, tmp_path, record_property)
    assert shares["operands"] > 0.99 and shares["hazards"] > 0.99 and shares["crosses"] > 0.68


def test_mistakes_in_the_cycle_table():
    run_cocotb(CoreBench(pmp_entries=PMP_ENTRIES), __name__, name="core_bench",
               visible=BENCH_MEMORIES, testcase="every_mistake_in_the_table_is_found")


def test_mutants():
    bench = MutantBench(pmp_entries=PMP_ENTRIES)
    with mutant_classes(bench):
        run_cocotb(bench, __name__, name="core_bench", visible=BENCH_MEMORIES,
                   testcase="every_mutant_is_found")
