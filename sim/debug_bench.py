"""A bench around core and debug port: memories, one device, JTAG pins."""

from amaranth.hdl import ClockDomain, ClockSignal, Const, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from cpu.core import Core
from cpu.ports import RvfiSignature
from sim.core_bench import BENCH_TABLE
from soc.debug.attach import attach_debug
from soc.debug.ports import DEBUG_BYTES
from soc.debug.tap import Tap
from soc.dma_arbiter import DmaArbiter
from soc.fabric.bus import BUS_OUTPUTS
from soc.fabric.region import Region
from soc.fabric.registers import RegisterBank
from soc.memory.attach import attach_memories
from soc.memory_map import MemoryMap

__all__ = ["DEBUG_BENCH_MEMORIES", "DebugBench"]


DEBUG_BENCH_MEMORIES = ("itcm.words", "ram.low.words", "ram.high.words")
"""What of the bench a test must see to load and look at memory."""

_MEMORY_BYTES = 8192


class DebugBench(wiring.Component):
    """Core, ITCM, RAM and one device, with the debug port joined to them as in the chip.

    Parameters: core_options : further arguments for `Core`.
    Members:
        clk, rst : In(1), as those of `soc.top.Soc`: the debug port is not reset.
        tck, tms, tdi : In(1), tdo : Out(1). locked : In(1), the debug port is.
        external : In(1), an interrupt line, beside those of BENCH_TABLE's register ``interrupts``.
        exited : Out(1), exit_code : Out(32), scratch : Out(32), as `CoreBench`.
        sleeping, halted : Out(1). rvfi : Out(RvfiSignature()).
    """

    def __init__(self, **core_options):
        self.itcm = Region("itcm", MemoryMap.ITCM_BASE, _MEMORY_BYTES)
        self.ram = Region("ram", MemoryMap.RAM_BASE, _MEMORY_BYTES)
        self.device = Region("bench", MemoryMap.DEVICE_BASES["system"], BENCH_TABLE.size_bytes)
        self.words = self.itcm.end - DEBUG_BYTES
        self._core_options = core_options
        super().__init__({
            "clk": In(1), "rst": In(1), "tck": In(1), "tms": In(1), "tdi": In(1), "tdo": Out(1),
            "locked": In(1), "external": In(1), "exited": Out(1), "exit_code": Out(32),
            "scratch": Out(32), "sleeping": Out(1), "halted": Out(1), "rvfi": Out(RvfiSignature()),
        })

    def elaborate(self, platform):
        m = Module()
        regions = {"itcm": self.itcm, "ram": self.ram, "devices": [self.device]}
        m.domains.sync = ClockDomain(local=True)
        m.domains.debug = ClockDomain(local=True, reset_less=True)
        m.submodules.core = core = Core(**regions, debug_words=self.words, **self._core_options)
        tap = Tap()
        module = attach_debug(m, core, tap, **regions, words=self.words)
        ram = attach_memories(m, core, itcm=self.itcm, ram=self.ram, itcm_port=module.itcm)
        m.submodules.arbiter = arbiter = DmaArbiter(ports=1, ram_bytes=self.ram.size)
        connect(m, module.dma, arbiter.ports[0])
        connect(m, arbiter.memory, ram.dma)
        connect(m, flipped(self.rvfi), core.rvfi)
        m.d.comb += [
            ClockSignal().eq(self.clk), ClockSignal("debug").eq(self.clk),
            ResetSignal().eq(self.rst | module.ndmreset),
            module.locked.eq(self.locked),
            tap.tck.eq(self.tck), tap.tms.eq(self.tms), tap.tdi.eq(self.tdi), self.tdo.eq(tap.tdo),
            self.sleeping.eq(core.sleeping), self.halted.eq(core.debug.parked),
        ]
        self._device(m, core, module.bus)
        return m

    def _device(self, m, core, bus):
        m.submodules.bank = bank = RegisterBank(BENCH_TABLE)
        answer, now = Signal(32), Signal(64)
        m.d.sync += [now.eq(now + 1), answer.eq(bank.bus.read_data)]
        m.d.comb += [
            *(getattr(bank.bus, name).eq(getattr(bus, name)) for name in BUS_OUTPUTS),
            bank.select.eq(Const(1)), bus.read_data.eq(answer), core.time.eq(now),
            core.external_interrupt.eq(self.external | bank.interrupts.external.value),
            self.scratch.eq(bank.scratch0.value.value),
        ]
        with m.If(bank.exit.code.strobe & ~self.exited):
            m.d.sync += [self.exited.eq(1), self.exit_code.eq(bank.exit.code.value)]
