"""Debug mode and triggers, by a debugger at the JTAG pins of the debug bench."""

import json

import cocotb
from cocotb.triggers import FallingEdge

from sim.assembler import EBREAK
from sim.core_bench import BENCH_MEMORIES, BENCH_TABLE, CoreBench
from sim.debug_bench import DEBUG_BENCH_MEMORIES, DebugBench
from sim.harness import run_cocotb
from sim.iss.csr import Csr
from sim.mnemonics import Program
from sim.probe import Dcsr, Probe
from soc.debug.module import DMCONTROL
from tests.soc.debug.chip import DEVICE, ITCM, RAM, cycles, follow, load, peek, power_up, start

DCSR, DPC, TSELECT, TDATA1, TDATA2, TINFO = 0x7B0, 0x7B1, 0x7A0, 0x7A1, 0x7A2, 0x7A4
A0, S2 = 10, 18
EXECUTE, STORE, LOAD, USER, MACHINE = 1 << 2, 1 << 1, 1 << 0, 1 << 3, 1 << 6
HALTS, DMODE = 1 << 12, 1 << 27
DATA_IN_ITCM = ITCM + 0x1000
EXIT = BENCH_TABLE.register("exit").offset


def _counter():
    """Counts in a0, and writes to RAM how far it is."""
    p = Program()
    p.li("s0", RAM)
    p.li("a0", 0)
    p.label("loop")
    p.addi("a0", "a0", 1)
    p.sw("a0", 0, "s0")
    p.jal("zero", "loop")
    return p


def _all_kinds():
    """One instruction of each kind, and a handler that returns behind what trapped."""
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.li("s0", RAM + 0x40)
    p.li("s1", DATA_IN_ITCM)
    p.li("s2", DEVICE)
    p.li("a1", 0x800)
    p.csrrw("zero", "mie", "a1")
    p.addi("a2", "zero", 100)
    p.addi("a3", "zero", 7)
    for base in ("s0", "s1", "s2"):
        p.sw("a2", 0, base)
        p.lw("a4", 0, base)
        p.add("a2", "a2", "a4")
    p.mul("a4", "a2", "a3")
    p.div("a4", "a4", "a3")
    p.add("a2", "a2", "a4")
    p.clz("a4", "a2")
    p.beq("zero", "zero", "taken")
    p.nop()
    p.label("taken")
    p.bne("zero", "zero", "taken")
    p.jal("ra", "jumped")
    p.nop()
    p.label("jumped")
    p.jalr("ra", 12, "ra")
    p.nop()
    p.nop()
    p.fence_i()
    p.fence()
    p.csrrs("a5", "mscratch", "zero")
    p.csrrw("zero", "pmpaddr0", "a5")  # what follows is fetched again
    p.wfi()
    p.ecall()
    p.word(0)
    p.lw("a4", 1, "s0")
    p.ebreak()
    p.lw("a4", 0, "zero")
    p.sw("a4", 0, "zero")
    p.li("a4", "behind")
    p.jalr("zero", 2, "a4")
    p.label("behind")
    p.nop()
    p.sw("a2", EXIT, "s2")
    p.label("stop")
    p.jal("zero", "stop")
    p.align(4)
    p.label("handler")
    p.csrrs("t0", "mepc", "zero")
    p.addi("t0", "t0", 4)
    p.csrrw("zero", "mepc", "t0")
    p.mret()
    return p


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def a_step_executes_one_instruction_of_any_kind(dut):
    """What retires without a debugger, with interrupts that end a wfi, is what steps go through."""
    program = _all_kinds()
    await power_up(dut, program)
    free = follow(dut)
    dut.external.value = 1  # pending, so that wfi does not sleep, and never taken
    dut.rst.value = 0
    while not dut.exited.value:
        await FallingEdge(dut.clk)
    await cycles(dut, 10)
    expected, code = free.pcs[:], dut.exit_code.value.to_unsigned()
    expected = expected[:expected.index(program.address("stop"))]

    dut.rst.value = 1
    dut.external.value = 0
    probe = await _halted_at_reset(dut)
    await probe.write_csr(DCSR, Dcsr.STEP | Dcsr.MACHINE)
    retired = follow(dut)
    for number, pc in enumerate(expected):
        assert await probe.read_csr(DPC) == pc, f"step {number}"
        await probe.resume()
        await probe.wait_halted()
        assert Dcsr.cause(await probe.read_csr(DCSR)) == Dcsr.STEPPED
        assert retired.pcs == expected[:number + 1]
    assert dut.exit_code.value.to_unsigned() == code


async def _halted_at_reset(dut):
    probe = Probe(dut)
    await probe.attach()
    await probe.write(DMCONTROL, 1 << 31 | 1)
    dut.rst.value = 0
    await probe.wait_halted()
    await probe.write(DMCONTROL, 1)
    return probe


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def nothing_retires_while_halted(dut):
    probe = await start(dut, _counter())
    await probe.halt()
    assert dut.halted.value
    retired = follow(dut)
    count = await probe.read_register(A0)
    instret = await probe.read_csr(Csr.MINSTRET)
    assert peek(dut, RAM) in (count, count - 1)
    assert not retired.pcs
    assert await probe.read_csr(Csr.MINSTRET) == instret
    assert Dcsr.cause(await probe.read_csr(DCSR)) == Dcsr.HALT
    pc = await probe.read_csr(DPC)
    await probe.resume()
    await cycles(dut, 50)
    assert retired.pcs[0] == pc
    assert peek(dut, RAM) > count


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def halts_at_once_in_wfi_and_in_a_division(dut):
    p = Program()
    p.addi("a0", "zero", 5)
    p.label("sleep")
    p.wfi()
    p.label("behind")
    p.addi("a0", "a0", 1)
    p.label("loop")
    p.div("a1", "a0", "a0")
    p.div("a1", "a0", "a0")
    p.jal("zero", "loop")
    probe = await start(dut, p)
    p.words()
    assert dut.sleeping.value
    await probe.halt()
    assert await probe.read_csr(DPC) == p.address("behind")
    await probe.resume()
    await cycles(dut, 100)
    await probe.halt()
    await probe.write_csr(DPC, p.address("loop"))
    await probe.resume()
    await probe.halt()
    assert await probe.read_register(A0) == 6


@cocotb.test(timeout_time=3, timeout_unit="ms")
async def a_step_lets_interrupts_in_only_with_stepie(dut):
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.li("a1", 0x800)
    p.csrrw("zero", "mie", "a1")
    p.csrrsi("zero", "mstatus", 8)
    p.label("loop")
    p.nop()
    p.jal("zero", "loop")
    p.align(4)
    p.label("handler")
    p.jal("zero", "handler")
    p.words()
    probe = await start(dut, p)
    await probe.halt()
    await probe.write_csr(DPC, p.address("loop"))
    dut.external.value = 1
    await probe.write_csr(DCSR, Dcsr.STEP | Dcsr.MACHINE)
    await probe.resume()
    await probe.wait_halted()
    assert await probe.read_csr(DPC) == p.address("loop") + 4
    await probe.write_csr(DCSR, Dcsr.STEP | Dcsr.STEPIE | Dcsr.MACHINE)
    await probe.resume()
    await probe.wait_halted()
    assert await probe.read_csr(DPC) == p.address("handler")
    assert await probe.read_csr(Csr.MCAUSE) == 1 << 31 | 11
    assert await probe.read_csr(Csr.MEPC) == p.address("loop") + 4


@cocotb.test(timeout_time=3, timeout_unit="ms")
async def ebreak_is_for_the_debugger_or_for_the_program(dut):
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.addi("s2", "zero", 0)
    p.label("here")
    p.ebreak()
    p.align(4)
    p.label("handler")
    p.addi("s2", "s2", 1)
    p.csrrw("zero", "mepc", "a1")
    p.label("stop")
    p.jal("zero", "stop")
    p.words()
    probe = await start(dut, p)
    await probe.halt()
    assert await probe.read_register(S2) == 1, "a program that nobody debugs gets its breakpoint"
    await probe.write_csr(Csr.MEPC, 0)
    await probe.write_csr(DCSR, Dcsr.EBREAKM | Dcsr.MACHINE)
    await probe.write_csr(DPC, p.address("here"))
    await probe.resume()
    await probe.wait_halted()
    assert await probe.read_csr(DPC) == p.address("here")
    assert Dcsr.cause(await probe.read_csr(DCSR)) == Dcsr.EBREAK
    assert (await probe.read_register(S2), await probe.read_csr(Csr.MEPC)) == (1, 0)


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def debug_mode_goes_to_user_mode_and_back(dut):
    p = Program()
    p.label("loop")
    p.csrrs("a1", 0xC00, "zero")  # cycle, which user mode may not read
    p.addi("a0", "a0", 1)
    p.jal("zero", "loop")
    probe = await start(dut, p)
    await probe.halt()
    for addr, value in ((Csr.PMPADDR0, 0xFFFF_FFFF), (Csr.PMPCFG0, 0x1F),
                        (Csr.MTVEC, p.address("loop")), (Csr.MCOUNTEREN, 1), (DPC, ITCM),
                        (Csr.MSTATUS, 1 << 17), (DCSR, Dcsr.EBREAKU | Dcsr.STEP)):
        await probe.write_csr(addr, value)
    await probe.resume()
    await probe.wait_halted()
    assert await probe.read_csr(DCSR) & 3 == 0
    assert await probe.read_csr(DPC) == ITCM + 4
    assert not await probe.read_csr(Csr.MSTATUS) >> 17 & 1, "MPRV falls with the privilege"
    await probe.write_csr(Csr.MCOUNTEREN, 0)
    await probe.write_csr(DPC, ITCM)
    await probe.resume()
    await probe.wait_halted()
    assert await probe.read_csr(DCSR) & 3 == 3, "it trapped, to machine mode"
    assert await probe.read_csr(Csr.MCAUSE) == 2
    # What the debugger runs is not stopped by what stops the program.
    await probe.write_csr(Csr.PMPCFG0, 0x98)  # a locked entry without rights
    await probe.write_csr(Csr.MSTATUS, 1 << 17)
    load(dut, RAM + 8, [0xCAFE])
    lw = Program()
    lw.lw("a0", 8, "s0")
    await probe.write_register(8, RAM)
    await probe.program([*lw.words(), EBREAK])
    assert not (await probe.execute()).value
    assert await probe.read_register(A0) == 0xCAFE


async def _set_trigger(probe, number, control, address):
    await probe.write_csr(TSELECT, number)
    await probe.write_csr(TDATA1, 0)
    await probe.write_csr(TDATA2, address)
    await probe.write_csr(TDATA1, 2 << 28 | control)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def triggers_halt_before_the_effect(dut):
    p = Program()
    p.li("s0", RAM)
    p.li("a0", 0)
    p.label("loop")
    p.addi("a0", "a0", 1)
    p.label("store")
    p.sw("a0", 0, "s0")
    p.label("load")
    p.lw("a1", 0, "s0")
    p.sb("a0", 9, "s0")
    p.jal("zero", "loop")
    p.words()
    probe = await start(dut, p)
    await probe.halt()
    assert await probe.read_csr(TINFO) == 1 << 2
    for number, address, control, where in (
            (0, p.address("load"), EXECUTE, "load"), (1, p.address("loop"), EXECUTE, "loop"),
            (0, p.address("store"), EXECUTE, "store"),
            (0, RAM, STORE, "store"), (1, RAM, LOAD, "load"), (1, RAM, LOAD | STORE, "store")):
        await _set_trigger(probe, number, control | MACHINE | HALTS | DMODE, address)
        start_at = p.address("loop" if where != "loop" else "store")
        await probe.write_csr(DPC, start_at)
        await probe.write_register(11, 0)
        before = peek(dut, RAM)
        await probe.resume()
        await probe.wait_halted()
        assert await probe.read_csr(DPC) == p.address(where), where
        assert Dcsr.cause(await probe.read_csr(DCSR)) == Dcsr.TRIGGER
        if where == "store":
            assert peek(dut, RAM) == before
        if where == "load":
            assert await probe.read_register(11) == 0
        await _set_trigger(probe, number, 0, 0)
    # Neither another address nor the other mode nor a byte beside.
    await _set_trigger(probe, 0, EXECUTE | USER | HALTS | DMODE, p.address("loop"))
    await _set_trigger(probe, 1, STORE | LOAD | MACHINE | HALTS | DMODE, RAM + 8)
    await probe.write_csr(DPC, p.address("loop"))
    await probe.resume()
    await cycles(dut, 200)
    assert not await probe.is_halted()


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def programs_use_triggers_of_their_own(dut):
    """Not those of the debugger; in machine mode while MIE is set; and not debug mode."""
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.li("s0", RAM + 4)
    p.li("a0", 2 << 28 | STORE | MACHINE | HALTS | DMODE)
    p.csrrwi("zero", TSELECT, 1)
    p.csrrw("zero", TDATA2, "s0")
    p.csrrw("zero", TDATA1, "a0")
    p.csrrs("a1", TDATA1, "zero")
    p.csrrwi("zero", TSELECT, 2)
    p.csrrs("a2", TSELECT, "zero")
    p.sw("a0", 0, "s0")  # MIE is 0
    p.csrrsi("zero", "mstatus", 8)
    p.label("store")
    p.sw("zero", 0, "s0")
    p.label("stop")
    p.jal("zero", "stop")
    p.align(4)
    p.label("handler")
    p.csrrs("a3", "mcause", "zero")
    p.addi("a4", "zero", 2)
    p.beq("a3", "a4", "stop")
    p.csrrs("a5", "mepc", "zero")
    p.csrrs("a6", DCSR, "zero")  # is for debug mode: traps again
    p.jal("zero", "stop")
    p.words()
    probe = await start(dut, p)
    await probe.halt()
    control = 2 << 28 | STORE | MACHINE
    assert await probe.read_register(11) == control
    assert await probe.read_register(12) == 1
    assert await probe.read_register(15) == p.address("store")
    assert await probe.read_csr(Csr.MCAUSE) == 2, "of the last trap, the access to dcsr"
    assert peek(dut, RAM + 4) == control | HALTS | DMODE, "only the first store was made"


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def a_breakpoint_exception_tells_the_address(dut):
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.csrrsi("zero", "mstatus", 8)
    p.li("s0", RAM)
    p.label("loop")
    p.sw("zero", 0, "s0")
    p.jal("zero", "loop")
    p.align(4)
    p.label("handler")
    p.jal("zero", "handler")
    p.words()
    probe = await start(dut, p)
    for control, address in ((EXECUTE, p.address("loop")), (STORE, RAM)):
        await probe.halt()
        await _set_trigger(probe, 0, control | MACHINE | DMODE, address)
        await probe.write_csr(Csr.MSTATUS, 8)
        await probe.write_csr(DPC, p.address("loop") + 4)
        await probe.resume()
        await cycles(dut, 50)
        await probe.halt()
        assert await probe.read_csr(Csr.MCAUSE) == 3
        assert await probe.read_csr(Csr.MTVAL) == address
        assert await probe.read_csr(Csr.MEPC) == p.address("loop")
    await probe.write_csr(DPC, ITCM)  # a program cannot change a trigger with dmode
    q = Program()
    q.csrrwi("zero", TDATA1, 0)
    q.jal("zero", q.here)
    load(dut, ITCM, q.words())
    await probe.resume()
    await cycles(dut, 20)
    await probe.halt()
    assert await probe.read_csr(TDATA1) == 2 << 28 | STORE | MACHINE | DMODE


def test_a_core_with_debug_mode_keeps_the_cycle_table(tmp_path):
    """Nobody debugs it: random programs do what the model says, in the cycles of the table."""
    entries = 8
    run_cocotb(CoreBench(pmp_entries=entries, debug_words=ITCM + 32768 - 64),
               "tests.cpu.test_lockstep", name="core_bench", visible=BENCH_MEMORIES,
               testcase="random_programs",
               environment={"SEEDS": "0:24", "PMP_ENTRIES": json.dumps(entries),
                            "BINS": str(tmp_path / "coverage")})


def test_debug():
    run_cocotb(DebugBench(pmp_entries=4), __name__, name="debug_bench",
               visible=DEBUG_BENCH_MEMORIES)
