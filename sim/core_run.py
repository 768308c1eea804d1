"""Runs assembled programs on `CoreBench`, from cocotb."""

from dataclasses import dataclass

from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from sim.core_bench import BENCH_TABLE, load_words
from sim.mnemonics import Program
from soc.memory_map import MemoryMap

__all__ = ["DEVICE", "EXIT", "ITCM_DATA", "LINES", "Retired", "X_TO_RVFI", "finish",
           "interrupt_latencies", "run"]


DEVICE = MemoryMap.DEVICE_BASES["system"]
"""Address of the bench's device."""

ITCM_DATA = MemoryMap.ITCM_BASE + 0x7000
"""Address in ITCM, past all code."""

EXIT = BENCH_TABLE.register("exit").offset
LINES = BENCH_TABLE.register("interrupts").offset
"""Offsets in it."""

X_TO_RVFI = 2
"""Cycles from an instruction in execute to its record on RVFI, for all but loads from the bus."""

_RISE = range(30, 42)  # cycles in which the interrupt line rises, one run each

_FIELDS = ("insn", "pc_rdata", "pc_wdata", "trap", "intr", "rd_addr", "rd_wdata",
           "mem_addr", "mem_rmask", "mem_wmask", "mem_rdata", "mem_wdata", "order")


@dataclass(frozen=True)
class Retired:
    """One retired instruction: RVFI's fields, and the cycle in which RVFI showed it."""

    cycle: int
    insn: int
    pc_rdata: int
    pc_wdata: int
    trap: int
    intr: int
    rd_addr: int
    rd_wdata: int
    mem_addr: int
    mem_rmask: int
    mem_wmask: int
    mem_rdata: int
    mem_wdata: int
    order: int


async def run(dut, program, *more, cycles=2000, each_cycle=None):
    """Runs programs from reset until one writes ``exit``; returns (exit code, list of Retired).

    The first cycle out of reset has number 0; ``each_cycle(n)`` is called in the middle of cycle n.
    Fails after ``cycles``.
    """
    for name in ("timer", "software", "external", "fast"):
        getattr(dut, name).value = 0
    dut.rst.value = 1
    clock = Clock(dut.clk, 10, unit="ns").start()
    for _ in range(3):
        await FallingEdge(dut.clk)
    for p in (program, *more):
        load_words(dut, p.base, p.words())
    dut.rst.value = 0
    trace = []
    try:
        for cycle in range(cycles):
            if each_cycle:
                each_cycle(cycle)
            if dut.rvfi__valid.value:
                trace.append(Retired(cycle, *(int(getattr(dut, f"rvfi__{name}").value)
                                              for name in _FIELDS)))
            if dut.exited.value:
                return dut.exit_code.value.to_unsigned(), trace
            await FallingEdge(dut.clk)
    finally:
        clock.cancel()
    last = f"{trace[-1].pc_rdata:#010x}" if trace else "nothing"
    raise AssertionError(f"the program must end within {cycles} cycles; last retired: {last}")


def finish(p, register="zero"):
    """Appends the end of a program: exits with the value of ``register``; uses t6."""
    p.lui("t6", DEVICE >> 12)
    p.sw(register, EXIT, "t6")
    p.label("stop")
    p.jal("zero", "stop")


def _interruptible(body):
    """A program that does ``body`` in a loop; its handler exits."""
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.li("s0", MemoryMap.RAM_BASE)
    p.li("s1", ITCM_DATA)
    p.li("s2", DEVICE)
    p.li("a0", 0x0800)
    p.csrrw("zero", "mie", "a0")
    p.csrrsi("zero", "mstatus", 8)
    p.label("loop")
    body(p)
    p.jal("zero", "loop")
    p.align(4)
    p.label("handler")
    finish(p)
    return p


async def interrupt_latencies(dut, body):
    """Set of the cycles from the rise of a line to the handler's first instruction in execute.

    The external interrupt rises in each of many cycles of a loop of ``body(program)``, which finds
    in s0, s1 and s2 the addresses of a word in RAM, in ITCM, and on the register bus.
    """
    p = _interruptible(body)
    p.words()
    handler, latencies = p.address("handler"), set()
    for rise in _RISE:
        def drive(n, rise=rise):
            dut.external.value = n >= rise
        _, trace = await run(dut, p, each_cycle=drive)
        first = next(t for t in trace if t.intr)
        assert first.pc_rdata == handler, f"{first.pc_rdata:#x}, not the handler {handler:#x}"
        latencies.add(first.cycle - X_TO_RVFI - rise)
    return latencies
