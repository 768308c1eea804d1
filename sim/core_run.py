"""Runs assembled programs on `CoreBench`, from cocotb."""

from dataclasses import dataclass

from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from sim.core_bench import BENCH_TABLE, load_words
from soc.memory_map import MemoryMap

__all__ = ["DEVICE", "EXIT", "LINES", "Retired", "X_TO_RVFI", "finish", "run"]


DEVICE = MemoryMap.DEVICE_BASES["system"]
"""Address of the bench's device."""

EXIT = BENCH_TABLE.register("exit").offset
LINES = BENCH_TABLE.register("interrupts").offset
"""Offsets in it."""

X_TO_RVFI = 2
"""Cycles from an instruction in execute to its record on RVFI, for all but loads from the bus."""

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
