"""A bench around the core: memories, a device on the register bus, interrupt lines, RVFI out."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped

from cpu.core import Core
from cpu.ports import MemorySignature, RvfiSignature
from soc.fabric.bus import BUS_OUTPUTS, RegisterBusSignature
from soc.fabric.dma import DmaPortSignature
from soc.fabric.external import ExternalPortSignature
from soc.fabric.region import Region
from soc.fabric.registers import Access, Field, Register, RegisterBank, RegisterTable
from soc.memory.external_slots import ExternalSlots
from soc.memory_map import MemoryMap

__all__ = ["BENCH_MEMORIES", "BENCH_TABLE", "EXTERNAL_BYTES", "CoreBench", "load_bytes",
           "load_words", "peek_word"]


BENCH_TABLE = RegisterTable("bench", "What a program on the bench talks to.", [
    *(Register(f"scratch{n}", 4 * n, "A word.", [Field("value", 32, Access.RW, "Any.")])
      for n in range(4)),
    Register("exit", 0x100, "Ends the run.", [
        Field("code", 32, Access.COMMAND, "Exit code.")]),
    Register("interrupts", 0x104, "Interrupt lines that the program raises.", [
        Field("timer", 1, Access.RW, "Timer interrupt."),
        Field("software", 1, Access.RW, "Software interrupt."),
        Field("external", 1, Access.RW, "External interrupt."),
        Field("reserved", 13, Access.RO, "Gap."),
        Field("fast", 16, Access.RW, "Fast local interrupts.")]),
    Register("character", 0x108, "Prints.", [
        Field("code", 8, Access.COMMAND, "Character.")]),
])


EXTERNAL_BYTES = 4096
"""Size of the external memory of a bench that has one."""

BENCH_MEMORIES = ("itcm", "ram")
"""What of a bench must be visible to `load_words`, `load_bytes` and `peek_word`."""


class CoreBench(wiring.Component):
    """The core with ITCM, RAM and one device, as small as a test can have it.

    Parameters: itcm_bytes, ram_bytes : int, powers of two; external_timing : ExternalTiming, for
                external memory, or None; core : the class of the core; core_options : further
                arguments for it.
    Members:
        timer, software, external : In(1); fast : In(16), interrupt lines, beside those that the
                  program raises in BENCH_TABLE's register ``interrupts``.
        sleeping : Out(1); rvfi : Out(RvfiSignature()).
        exited   : Out(1), from the write of ``exit`` on; exit_code : Out(32).
        character : Out(8), in a cycle with printed : Out(1).
        bus      : Out(RegisterBusSignature()), a look at the register bus; its answer is ignored.
        ram_port : Out(MemorySignature(read_words=2)), the same at RAM.
        scratch  : Out(32), register ``scratch0``.
        memory   : Out(ExternalPortSignature(...)), and dma : In(DmaPortSignature()), who shares it
                  with the core; only with external memory.
    The memories are filled through `load_words` and `load_bytes` from a cocotb test.
    ``time`` counts cycles.
    """

    def __init__(self, *, itcm_bytes=32768, ram_bytes=32768, external_timing=None, core=Core,
                 **core_options):
        self.itcm = Region("itcm", MemoryMap.ITCM_BASE, itcm_bytes)
        self.ram = Region("ram", MemoryMap.RAM_BASE, ram_bytes)
        self.device = Region("bench", MemoryMap.DEVICE_BASES["system"], BENCH_TABLE.size_bytes)
        self.external_timing, more = external_timing, {}
        if external_timing:
            self.outside = Region("external", MemoryMap.EXTERNAL_BASE, EXTERNAL_BYTES)
            core_options |= {"external": self.outside,
                             "external_wait_cycles": external_timing.load_wait_cycles}
            more = {"memory": Out(ExternalPortSignature(size_bytes=EXTERNAL_BYTES)),
                    "dma": In(DmaPortSignature())}
        self._core = core(itcm=self.itcm, ram=self.ram, devices=[self.device], **core_options)
        super().__init__({
            "timer": In(1), "software": In(1), "external": In(1), "fast": In(16),
            "sleeping": Out(1),
            "rvfi": Out(RvfiSignature()),
            "exited": Out(1), "exit_code": Out(32),
            "character": Out(8), "printed": Out(1),
            "bus": Out(RegisterBusSignature()),
            "ram_port": Out(MemorySignature(read_words=2)),
            "scratch": Out(32),
            **more,
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = core = self._core
        m.submodules.bank = bank = RegisterBank(BENCH_TABLE)
        connect(m, flipped(self.rvfi), core.rvfi)
        now, answer = Signal(64), Signal(32)
        lines = bank.interrupts
        m.d.sync += [
            now.eq(now + 1),
            answer.eq(bank.bus.read_data),  # the second cycle of READ_LATENCY
        ]
        for name in BUS_OUTPUTS:
            m.d.comb += [getattr(bank.bus, name).eq(getattr(core.bus, name)),
                         getattr(self.bus, name).eq(getattr(core.bus, name))]
        for name in ("enable", "write", "address", "write_data", "byte_enable"):
            m.d.comb += getattr(self.ram_port, name).eq(getattr(core.ram, name))
        m.d.comb += [
            bank.select.eq(1),
            core.bus.read_data.eq(answer),
            core.timer_interrupt.eq(self.timer | lines.timer.value),
            core.software_interrupt.eq(self.software | lines.software.value),
            core.external_interrupt.eq(self.external | lines.external.value),
            core.fast_interrupts.eq(self.fast | lines.fast.value),
            core.time.eq(now),
            self.sleeping.eq(core.sleeping),
            self.character.eq(bank.character.code.value),
            self.printed.eq(bank.character.code.strobe),
            self.scratch.eq(bank.scratch0.value.value),
        ]
        with m.If(bank.exit.code.strobe & ~self.exited):
            m.d.sync += [self.exited.eq(1), self.exit_code.eq(bank.exit.code.value)]

        self._add_memories(m, core)
        if self.external_timing:
            m.submodules.external_slots = slots = ExternalSlots(
                size_bytes=EXTERNAL_BYTES, timing=self.external_timing, ports=1)
            connect(m, core.external, slots.core)
            connect(m, flipped(self.dma), slots.ports[0])
            connect(m, slots.memory, flipped(self.memory))
        return m

    def _add_memories(self, m, core):
        """Adds ITCM and RAM, each the array of words of its name in the simulator."""
        m.submodules.itcm = itcm = Memory(shape=32, depth=self.itcm.size // 4, init=[])
        m.submodules.ram = ram = Memory(shape=32, depth=self.ram.size // 4, init=[])
        fetch = itcm.read_port()
        m.d.comb += [
            fetch.en.eq(core.fetch.enable),
            fetch.addr.eq(core.fetch.address[2:]),
            core.fetch.data.eq(fetch.data),
        ]
        for memory, port in ((itcm, core.itcm), (ram, core.ram)):
            read, write = memory.read_port(), memory.write_port(granularity=8)
            m.d.comb += [
                read.en.eq(port.enable & ~port.write),
                read.addr.eq(port.address[2:]),
                write.en.eq((port.enable & port.write).replicate(4) & port.byte_enable),
                write.addr.eq(port.address[2:]),
                write.data.eq(port.write_data),
            ]
            if memory is itcm:
                m.d.comb += port.read_data.eq(read.data)
            else:  # the word that was not asked for is undefined
                odd = Signal()
                m.d.sync += odd.eq(port.address[2])
                m.d.comb += port.read_data.eq(Cat(read.data ^ odd.replicate(32),
                                                  read.data ^ (~odd).replicate(32)))


def _memory(dut, address):
    """The simulator's array that holds ``address``, and the index of its word."""
    for name, base in (("itcm", MemoryMap.ITCM_BASE), ("ram", MemoryMap.RAM_BASE)):
        array = getattr(dut, name)
        index = (address - base) // 4
        if 0 <= index < len(array):
            return array, index
    raise ValueError(f"address must be in ITCM or RAM, not {address:#010x}")


def load_words(dut, address, words):
    """Writes 32-bit words from ``address`` on, in no simulated time."""
    array, index = _memory(dut, address)
    for offset, word in enumerate(words):
        array[index + offset].value = word


def load_bytes(dut, address, content):
    """Writes bytes from ``address``, a multiple of 4, on; fills the last word with zeros."""
    content = bytes(content) + bytes(-len(content) % 4)
    load_words(dut, address, (int.from_bytes(content[n:n + 4], "little")
                              for n in range(0, len(content), 4)))


def peek_word(dut, address):
    """The word at ``address``, a multiple of 4."""
    array, index = _memory(dut, address)
    return array[index].value.to_unsigned()
