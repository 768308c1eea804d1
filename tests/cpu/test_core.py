"""The core: programs, from the simplest instruction to the worst coincidence."""

import cocotb

from sim.core_bench import CoreBench
from sim.harness import run_cocotb
from sim.mnemonics import Program
from sim.core_run import finish, run


@cocotb.test(timeout_time=100, timeout_unit="us")
async def it_adds_and_exits(dut):
    p = Program()
    p.addi("a0", "zero", 40)
    p.addi("a0", "a0", 2)
    finish(p, "a0")
    code, trace = await run(dut, p)
    assert code == 42


def test_core():
    run_cocotb(CoreBench(), __name__, name="core_bench")
