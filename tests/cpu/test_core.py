"""The core: programs, from the simplest instruction to the worst coincidence."""

import cocotb

from sim.core_bench import CoreBench
from sim.harness import run_cocotb
from tests.cpu.assembler import Program
from tests.cpu.bench import EXIT, run


def _finish(p, register):
    """Exits with the value of ``register``; clobbers t6."""
    p.lui("t6", EXIT >> 12)
    p.sw(register, 0, "t6")
    p.label("stop")
    p.jal("zero", "stop")


@cocotb.test(timeout_time=100, timeout_unit="us")
async def it_adds_and_exits(dut):
    p = Program()
    p.addi("a0", "zero", 40)
    p.addi("a0", "a0", 2)
    _finish(p, "a0")
    code, trace = await run(dut, p)
    assert code == 42
    for t in trace:
        print(t.cycle, hex(t.pc_rdata), hex(t.insn), t.rd_addr, hex(t.rd_wdata), hex(t.mem_addr))


def test_core():
    run_cocotb(CoreBench(), __name__, name="core_bench")
