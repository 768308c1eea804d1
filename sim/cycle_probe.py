"""Measures on the RTL of the core what the cycle table and the benchmarks name."""

import json
import os
import tempfile
from pathlib import Path

import cocotb

from sim.core_bench import BENCH_MEMORIES, CoreBench
from sim.core_run import DEVICE, X_TO_RVFI, finish, interrupt_latencies, run
from sim.harness import run_cocotb
from sim.mnemonics import Program
from soc.memory_map import MemoryMap

__all__ = ["measure_core"]


_RISE = 30  # cycle in which the line rises that wakes the core


def _counted(body):
    """A program that leaves in its trace two reads of mcycle around ``body``."""
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.li("s0", MemoryMap.RAM_BASE)
    p.li("s2", DEVICE)
    p.li("s6", 0x1234_5678)
    p.jal("zero", "begin")
    p.align(4)
    p.label("handler")
    p.csrrs("s11", "mcycle", "zero")
    finish(p)
    p.label("begin")
    p.csrrs("s10", "mcycle", "zero")
    body(p)
    p.csrrs("s11", "mcycle", "zero")
    finish(p)
    return p


def _branch(p, name):
    getattr(p, name)("s0", "s0", p.here + 4)


# What runs between two reads of mcycle; the read itself costs ``csr``.
_BODIES = {
    "nothing": lambda p: None,
    "alu": lambda p: p.add("a0", "s6", "s6"),
    "csr": lambda p: p.csrrw("a0", "mscratch", "s6"),
    "load": lambda p: p.lw("a0", 0, "s0"),
    "load_use": lambda p: (p.lw("a0", 0, "s0"), p.add("a1", "a0", "a0")),
    "store": lambda p: p.sw("s6", 0, "s0"),
    "load_after_store": lambda p: (p.sw("s6", 0, "s0"), p.lw("a0", 0, "s0")),
    "bus_load": lambda p: p.lw("a0", 0, "s2"),
    "bus_store": lambda p: p.sw("s6", 0, "s2"),
    "branch_taken": lambda p: _branch(p, "beq"),
    "branch_not_taken": lambda p: _branch(p, "bne"),
    "jump": lambda p: p.jal("zero", p.here + 4),
    "mul": lambda p: p.mul("a0", "s6", "s6"),
    "bits": lambda p: p.cpop("a0", "s6"),
    "bits_use": lambda p: (p.cpop("a0", "s6"), p.add("a1", "a0", "a0")),
    "div": lambda p: p.div("a0", "s6", "s6"),
    "trap_entry": lambda p: p.ecall(),
}

# Of two instructions, the cost of the second is named: (class, class of the first).
_PAIRS = {"load_use": "load", "load_after_store": "store", "bits_use": "bits"}


async def _mcycle_difference(dut, body):
    _, trace = await run(dut, _counted(body))
    reads = [t.rd_wdata for t in trace if t.insn >> 20 == 0xB00 and t.insn & 0x7F == 0x73]
    return reads[1] - reads[0]


async def _instructions(dut):
    """Cycles that each class costs; of a pair, those from the second until the next."""
    spans = {name: await _mcycle_difference(dut, body) for name, body in _BODIES.items()}
    csr = spans.pop("nothing")
    costs = {name: span - csr for name, span in spans.items()}
    for name, first in _PAIRS.items():
        costs[name] -= costs[first]
    return costs


async def _wake(dut):
    p = Program()
    p.li("a0", 1 << 20)
    p.csrrw("zero", "mie", "a0")  # mstatus.MIE stays 0: it wakes, but does not trap
    p.wfi()
    woken = p.here
    finish(p)

    def drive(n):
        dut.fast.value = (n >= _RISE) << 4
    _, trace = await run(dut, p, each_cycle=drive)
    return next(t.cycle for t in trace if t.pc_rdata == woken) - X_TO_RVFI - _RISE


async def _store_to_register(dut):
    p = Program()
    p.lui("s2", DEVICE >> 12)
    p.li("a0", 0xCAFE_F00D)
    store = p.here
    p.sw("a0", 0, "s2")
    finish(p)
    seen = []
    _, trace = await run(dut, p, each_cycle=lambda n: seen.append(int(dut.scratch.value)))
    issued = next(t.cycle for t in trace if t.pc_rdata == store) - X_TO_RVFI
    return seen.index(0xCAFE_F00D) - issued


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def probe(dut):
    """Measures, and writes the figures as JSON to the file that GLUECHIP_PROBE_RESULT names."""
    figures = {f"cpu.cycles.{name}": cost for name, cost in (await _instructions(dut)).items()}
    loops = [lambda p: p.add("a0", "a0", "a1"), lambda p: _branch(p, "beq"),
             lambda p: p.div("a0", "s0", "s0"), lambda p: p.lw("a0", 0, "s0"),
             lambda p: (p.sw("a0", 0, "s0"), p.fence_i()), lambda p: p.wfi()]
    figures["cpu.cycles.irq_entry_worst"] = max([
        latency for body in loops for latency in await interrupt_latencies(dut, body)])
    figures["offload.store_to_register_cycles"] = await _store_to_register(dut)
    figures["offload.wfi_wake_cycles"] = await _wake(dut)
    Path(os.environ["GLUECHIP_PROBE_RESULT"]).write_text(json.dumps(figures))


def measure_core():
    """Cycles of the core as {key: int}, with the keys of ``build/bench.json``.

    Raises: AssertionError when a program does not behave, RuntimeError when a tool is missing.
    """
    with tempfile.TemporaryDirectory() as directory:
        result = Path(directory) / "figures.json"
        run_cocotb(CoreBench(), __name__, name="core_bench", visible=BENCH_MEMORIES,
                   environment={"GLUECHIP_PROBE_RESULT": str(result)})
        return json.loads(result.read_text())
