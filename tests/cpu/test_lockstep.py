"""The core in lockstep with the instruction-set model, over random programs and interrupts."""

import array
import os
import random
from collections import Counter

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from sim.core_bench import BENCH_MEMORIES, CoreBench, load_words, peek_word
from sim.harness import run_cocotb
from sim.iss.csr import INTERRUPT_MASK, Csr
from sim.iss.extensions import EXTENSIONS
from sim.iss.hart import Hart
from sim.iss.memory import AddressSpace, Device, Memory
from sim.lockstep import LineHistory, Lockstep, Mismatch, RvfiRecord
from sim.random_program import WINDOW_BYTES, random_program
from tests.cpu.mutant_core import MUTANTS, MutantBench, mutant_classes

ITEMS = 100
CYCLES = 40_000  # in which each program must end; a loop of divisions is the longest
SCRATCH_WORDS = 4

EVERYTHING = {
    *"add sub sll slt sltu xor srl sra or and addi slti sltiu xori ori andi slli srli srai".split(),
    *"mul mulh mulhsu mulhu div divu rem remu lui auipc jal jalr beq bne blt bge bltu".split(),
    *"bgeu lb lh lw lbu lhu sb sh sw fence fence.i csrrw csrrs csrrc csrrwi csrrsi csrrci".split(),
    *"ecall ebreak mret wfi illegal fetch".split(),
    *"sh1add sh2add sh3add andn orn xnor clz ctz cpop min minu max maxu sext.b sext.h".split(),
    *"rol ror rori orc.b rev8 bclr bclri bext bexti binv binvi bset bseti pack packh".split(),
    *"brev8 zip unzip czero.eqz czero.nez".split(),
    *(f"trap {cause}" for cause in (0, 1, 2, 3, 4, 5, 6, 7, 11)),
    *(f"interrupt {number}" for number in (3, 7, 11, *range(16, 32))),
}
"""What the random programs of the default suite must reach: see `Lockstep.counts`."""


class Bench:
    """The core bench and the model's view of it; memories keep their contents between programs."""

    def __init__(self, dut, bench):
        self.dut = dut
        self.itcm, self.ram, self.device = bench.itcm, bench.ram, bench.device
        self.memories = [Memory("itcm", self.itcm.base, self.itcm.size, executable=True),
                         Memory("ram", self.ram.base, self.ram.size)]
        self.scratch = [0] * SCRATCH_WORDS
        self.space = AddressSpace([*self.memories, Device(
            "device", self.device.base, self.device.size, read=self._read, write=self._write)])
        self.rvfi = [getattr(dut, f"rvfi__{name}") for name in RvfiRecord._fields]

    def _read(self, offset, size):
        word = self.scratch[offset // 4] if offset < 4 * SCRATCH_WORDS else 0
        return word >> 8 * (offset & 3) & ((1 << 8 * size) - 1)

    def _write(self, offset, size, value):
        if offset < 4 * SCRATCH_WORDS:
            mask, shift = (1 << 8 * size) - 1, 8 * (offset & 3)
            old = self.scratch[offset // 4]
            self.scratch[offset // 4] = old & ~(mask << shift) | value << shift

    def drive(self, lines):
        """Sets the interrupt lines, in the places that they have in ``mip``."""
        self.dut.software.value = lines >> 3 & 1
        self.dut.timer.value = lines >> 7 & 1
        self.dut.external.value = lines >> 11 & 1
        self.dut.fast.value = lines >> 16

    async def reset(self, words):
        """Resets the core and puts ``words`` at the reset vector, for it and for the model."""
        self.dut.rst.value = 1
        self.drive(0)
        for _ in range(3):
            await FallingEdge(self.dut.clk)
        load_words(self.dut, self.itcm.base, words)
        self.memories[0].words[:len(words)] = array.array("I", words)
        self.scratch[:] = [0] * SCRATCH_WORDS
        self.dut.rst.value = 0

    def _windows(self):
        """Memory and word index of all that programs can have stored to."""
        for memory, middle in ((self.memories[0], self.itcm.size * 3 // 4),
                               (self.memories[1], self.ram.size // 2)):
            for offset in range(middle - WINDOW_BYTES, middle + WINDOW_BYTES, 4):
                yield memory, offset // 4

    def compare_memories(self):
        """Compares what programs can have stored to."""
        for memory, index in self._windows():
            address, expected = memory.base + 4 * index, memory.words[index]
            got = peek_word(self.dut, address)
            if got != expected:
                raise Mismatch(f"{address:#010x} must hold {expected:#010x}, not {got:#010x}")

    def adopt_memories(self):
        """Makes the model's memories what the core's are, after they have gone apart."""
        for memory, index in self._windows():
            memory.words[index] = peek_word(self.dut, memory.base + 4 * index)


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


async def run_program(bench, seed, *, interrupts, items=ITEMS):
    """Runs one random program on core and model; returns (Lockstep, cycles slept, cycles)."""
    program = random_program(seed, itcm=bench.itcm, ram=bench.ram, device=bench.device,
                             items=items, interrupts=interrupts, extensions=EXTENSIONS)
    await bench.reset(program.words)
    hart = Hart(bench.space, reset_vector=program.base, extensions=EXTENSIONS)
    lockstep, dut = Lockstep(hart), bench.dut
    lines, history = InterruptLines(random.Random(seed), interrupts), LineHistory()
    valid, sleeping, slept, asleep = dut.rvfi__valid, dut.sleeping, 0, 0
    for cycle in range(CYCLES):
        await FallingEdge(dut.clk)
        if valid.value:
            record = RvfiRecord(*[int(handle.value) for handle in bench.rvfi])
            taken = lockstep.follow(record, *history.window())
            if taken is not None:
                lines.lines &= ~(1 << taken)
            if record.pc_rdata == program.end:
                bench.compare_memories()
                return lockstep, slept, cycle
        asleep = asleep + 1 if sleeping.value else 0
        slept += bool(asleep)
        if interrupts:
            history.add(lines.next(hart.csrs.read(Csr.MIE) if asleep > 20 else 0))
            bench.drive(lines.lines)
    raise Mismatch(f"the program must end within {CYCLES} cycles, not stay at {hart.pc:#010x}")


@cocotb.test()
async def random_programs(dut):
    """Every third program has interrupts."""
    first, last = map(int, os.environ["SEEDS"].split(":"))
    Clock(dut.clk, 10, unit="ns").start()
    bench = Bench(dut, CoreBench())
    counts, slept, cycles = Counter(), 0, 0
    for seed in range(first, last):
        try:
            lockstep, asleep, lasted = await run_program(bench, seed, interrupts=seed % 3 == 0)
        except Mismatch as error:
            raise Mismatch(f"seed {seed}: {error}") from error
        counts += lockstep.counts
        slept, cycles = slept + asleep, cycles + lasted
    total = sum(n for name, n in counts.items() if " " not in name)
    dut._log.info(f"seeds {first} to {last - 1}: {total} instructions agree in {cycles} cycles, "
                  f"{slept} of them asleep; {dict(counts)}")
    if last - first >= 200:
        missing = sorted(EVERYTHING - set(counts))
        assert not missing, f"the programs must reach everything, but not {missing}"
        assert slept


@cocotb.test()
async def every_mutant_is_found(dut):
    """Each mistake shows within a few programs; without one, the same programs agree."""
    Clock(dut.clk, 10, unit="ns").start()
    bench, survivors = Bench(dut, CoreBench()), []
    for name, number in [("none", 0), *MUTANTS.items(), ("none", 0)]:
        dut.mutant.value = number
        bench.adopt_memories()
        found = None
        for seed in range(12):
            try:
                await run_program(bench, seed, interrupts=seed % 2 == 0)
            except Mismatch as error:
                found = f"seed {seed}: {str(error).splitlines()[0]}"
                break
        dut._log.info(f"{name}: {found}")
        if (found is None) != (number == 0):
            survivors.append(name)
    assert not survivors, f"must be found, and none only if there is one: {survivors}"


def _run(first, last):
    run_cocotb(CoreBench(), __name__, name="core_bench", visible=BENCH_MEMORIES,
               testcase="random_programs", environment={"SEEDS": f"{first}:{last}"})


def test_random_programs():
    _run(0, 201)


@pytest.mark.long
def test_many_random_programs():
    _run(1000, 2200)


def test_mutants():
    bench = MutantBench()
    with mutant_classes(bench):
        run_cocotb(bench, __name__, name="core_bench", visible=BENCH_MEMORIES,
                   testcase="every_mutant_is_found")
