"""The core bench beside the instruction-set model, for programs in lockstep."""

import array

from cocotb.triggers import FallingEdge

from cpu.bit_manipulation import EXTENSIONS
from sim.core_bench import load_words, peek_word
from sim.iss.hart import Hart
from sim.iss.memory import AddressSpace, Device, Memory
from sim.lockstep import LineHistory, Lockstep, Mismatch, RvfiRecord
from sim.random_program import WINDOW_BYTES

__all__ = ["CYCLES", "Bench", "run_words"]

CYCLES = 40_000  # in which each program must end; a loop of divisions is the longest
SCRATCH_WORDS = 4


class Bench:
    """The core bench and the model's view of it; memories keep their contents between programs."""

    def __init__(self, dut, bench, *, pmp_entries=None):
        self.dut = dut
        self.pmp_entries = pmp_entries
        self.itcm, self.ram, self.device = bench.itcm, bench.ram, bench.device
        self.memories = [Memory("itcm", self.itcm.base, self.itcm.size, executable=True),
                         Memory("ram", self.ram.base, self.ram.size)]
        if bench.external_timing:
            self.memories.append(Memory("external", bench.outside.base, bench.outside.size,
                                        writable=False))
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


async def run_words(bench, words, end, *, each_cycle=None):
    """Runs ``words`` on core and model, without interrupts, until ``end`` executes.

    ``each_cycle()`` is called in the middle of each cycle. Returns the list of RvfiRecord.
    Raises: Mismatch.
    """
    await bench.reset(words)
    hart = Hart(bench.space, reset_vector=bench.itcm.base, extensions=EXTENSIONS,
                pmp_entries=bench.pmp_entries)
    lockstep, history, records = Lockstep(hart), LineHistory(), []
    for _ in range(CYCLES):
        await FallingEdge(bench.dut.clk)
        if each_cycle:
            each_cycle()
        history.add(0)
        if bench.dut.rvfi__valid.value:
            record = RvfiRecord(*[int(handle.value) for handle in bench.rvfi])
            lockstep.follow(record, *history.window())
            records.append(record)
            if record.pc_rdata == end:
                return records
    raise Mismatch(f"the program must end within {CYCLES} cycles, not stay at {hart.pc:#010x}")
