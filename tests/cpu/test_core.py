"""The core: programs, from the simplest instruction to the worst coincidence."""

import cocotb

from sim.core_bench import CoreBench
from sim.harness import run_cocotb
from tests.cpu.assembler import Program
from tests.cpu.bench import DEVICE, EXIT, run


def _finish(p, register):
    """Exits with the value of ``register``; clobbers t6."""
    p.lui("t6", DEVICE >> 12)
    p.sw(register, EXIT, "t6")
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


def test_core():
    run_cocotb(CoreBench(), __name__, name="core_bench")
