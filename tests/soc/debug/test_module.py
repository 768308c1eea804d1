"""The debug module, by a debugger at the JTAG pins of the debug bench."""

import random

import cocotb

from sim.assembler import EBREAK
from sim.debug_bench import DEBUG_BENCH_MEMORIES, DebugBench
from sim.harness import run_cocotb
from sim.iss.csr import Csr
from sim.jtag import READ, data_scan, instruction_scan
from sim.mnemonics import Program
from sim.probe import Dcsr
from soc.debug.abstract_command import (
    ABSTRACTAUTO, ABSTRACTCS, COMMAND, DATA0, PROGBUF0, CommandError,
)
from soc.debug.module import DMCONTROL, DMSTATUS, HALTSUM0, HARTINFO
from soc.debug.system_bus import SBADDRESS0, SBCS, SBDATA0
from soc.debug.tap import IDCODE, Instruction
from tests.soc.debug.chip import (
    DEVICE, ITCM, RAM, WORDS, cycles, follow, load, peek, power_up, start,
)

DCSR, DPC = 0x7B0, 0x7B1
S0, A0 = 8, 10
HALT_REQUEST, RESUME_REQUEST, ACK_RESET = 1 << 31 | 1, 1 << 30 | 1, 1 << 28 | 1
SET_RESET_HALT, CLEAR_RESET_HALT, NDMRESET = 1 << 3 | 1, 1 << 2 | 1, 1 << 1 | 1
EVER = {"timeout_time": 20, "timeout_unit": "ms"}


def _busy_program():
    """Loads and stores to all three memories, for ever; counts its rounds in a0."""
    p = Program()
    p.li("s0", RAM)
    p.li("s1", ITCM + 0x1000)
    p.li("s2", DEVICE)
    p.li("a0", 0)
    p.label("loop")
    p.addi("a0", "a0", 1)
    for base in ("s0", "s1", "s2"):
        p.sw("a0", 0, base)
        p.lw("a1", 0, base)
        p.add("a2", "a1", "a0")
    p.jal("zero", "loop")
    return p


@cocotb.test(**EVER)
async def a_probe_finds_the_chip(dut):
    probe = await start(dut, _busy_program())
    await probe.reset()
    assert await probe.edges(data_scan(0, 32)) == IDCODE
    for instruction in (Instruction.BYPASS, Instruction.DTMCS):
        await probe.edges(instruction_scan(instruction))
        if instruction is Instruction.BYPASS:
            assert await probe.edges(data_scan(0b1011, 5)) == 0b10110
        else:
            assert await probe.edges(data_scan(0, 32)) == 1 << 12 | 7 << 4 | 1
    await probe.reset()
    assert await probe.read(HARTINFO) == 1 << 12 | 0x7B4
    assert await probe.read(DMCONTROL) == 1
    assert await probe.read(ABSTRACTCS) == 8 << 24 | 1
    assert await probe.read(SBCS) == 1 << 29 | 2 << 17 | 32 << 5 | 0b111
    for nothing in (0x05, 0x1D, 0x30, 0x3D, 0x7F):
        await probe.write(nothing, 0xFFFF_FFFF)
        assert await probe.read(nothing) == 0


@cocotb.test(**EVER)
async def it_moves_every_register(dut):
    probe = await start(dut, _busy_program())
    await probe.halt()
    rng = random.Random(1)
    values = [0] + [rng.getrandbits(32) for _ in range(31)]
    for number in range(1, 32):
        await probe.write_register(number, values[number])
    await probe.write_register(0, 0xFFFF_FFFF)
    for number in (0, 31, *range(1, 31)):
        assert await probe.read_register(number) == values[number], f"x{number}"
    await probe.write_csr(Csr.MSCRATCH, 0x1234_5678)
    assert await probe.read_csr(Csr.MSCRATCH) == 0x1234_5678
    before = [await probe.read_csr(c) for c in (Csr.MEPC, Csr.MCAUSE, Csr.MTVAL, Csr.MSTATUS)]
    assert await probe.read_csr(0x123) is None, "there is no such CSR"
    assert await probe.read_register(S0) == values[S0]
    assert await probe.read_csr(Csr.MSCRATCH) == 0x1234_5678
    assert before == [await probe.read_csr(c)
                      for c in (Csr.MEPC, Csr.MCAUSE, Csr.MTVAL, Csr.MSTATUS)]
    assert await probe.access(0xF14, 1) == CommandError.EXCEPTION, "mhartid is read-only"
    assert await probe.read_register(S0) == values[S0]


@cocotb.test(**EVER)
async def the_program_buffer_executes(dut):
    probe = await start(dut, _busy_program())
    await probe.halt()
    pc = await probe.read_csr(DPC)
    p = Program()
    for _ in range(8):
        p.addi("a0", "a0", 3)
    await probe.program(p.words())  # as long as it is; the ebreak behind it is implicit
    assert [await probe.read(PROGBUF0 + n) for n in range(8)] == p.words()
    await probe.write_register(A0, 100, execute=True)
    assert await probe.read_register(A0, execute=True) == 124
    assert await probe.read_register(A0) == 148
    await probe.program([p.words()[0], EBREAK])
    assert await probe.execute() == CommandError.NONE
    assert await probe.read_register(A0) == 151
    for bad in (0, 0x0000_0073, 0x0000_2003):  # illegal, ecall, a load from 0
        await probe.program([bad])
        assert await probe.execute() == CommandError.EXCEPTION
        assert await probe.is_halted()
    assert await probe.read_csr(DPC) == pc
    assert await probe.read_register(A0) == 151


@cocotb.test(**EVER)
async def autoexec_repeats_the_command(dut):
    probe = await start(dut, _busy_program())
    await probe.halt()
    load(dut, RAM + 0x40, range(10, 14))
    p = Program()
    p.lw("a0", 0, "s0")
    p.addi("s0", "s0", 4)
    await probe.program([*p.words(), EBREAK])
    await probe.write_register(S0, RAM + 0x40, execute=True)
    assert await probe.read_register(A0, execute=True) == 10
    await probe.write(ABSTRACTAUTO, 1)
    assert [await probe.read(DATA0) for _ in range(3)] == [10, 11, 12]
    await probe.write(ABSTRACTAUTO, 0)
    assert await probe.read(DATA0) == 13


@cocotb.test(**EVER)
async def commands_are_refused(dut):
    probe = await start(dut, _busy_program())
    register = 2 << 20 | 1 << 17 | 0x1000
    assert await probe.command(register) == CommandError.HALT_RESUME
    await probe.halt()
    for unsupported in (3 << 20 | 1 << 17 | 0x1000, register | 1 << 19, register | 0x20,
                        1 << 24, 2 << 24 | 2 << 20, register & ~0x1000 | 0xC000):
        assert await probe.command(unsupported) == CommandError.NOT_SUPPORTED, hex(unsupported)
    p = Program()
    p.label("loop")
    p.addi("a0", "a0", -1)
    p.bne("a0", "zero", "loop")
    await probe.program([*p.words(), EBREAK])
    await probe.write_register(A0, 3000)
    await probe.write(COMMAND, 1 << 18)
    await probe.write(DATA0, 77)
    await probe.write(PROGBUF0, 0)
    await probe.write(DMCONTROL, RESUME_REQUEST)
    status = await probe.read(ABSTRACTCS)
    assert status >> 12 & 1 and status >> 8 & 7 == CommandError.BUSY.value
    assert await probe.is_halted(), "a core that works for the debugger is halted"
    while await probe.read(ABSTRACTCS) >> 12 & 1:
        pass
    await probe.write(COMMAND, register)  # nothing happens before the error is cleared
    assert await probe.read(DATA0) == 3000
    await probe.write(ABSTRACTCS, 7 << 8)
    assert await probe.read_register(A0) == 0
    assert await probe.read(PROGBUF0) == p.words()[0]


@cocotb.test(**EVER)
async def memory_by_the_system_bus(dut):
    """Of each kind and size, beside a core that works with all of it, and beside one that halts."""
    probe = await start(dut, _busy_program())
    for running in (True, False):
        if not running:
            await probe.halt()
        for base in (RAM + 0x80, RAM + 0x84, ITCM + 0x1080, DEVICE + 8, WORDS + 60):
            assert await probe.bus(base, 0x8899_AABB) == (0, 0x8899_AABB)
            assert await probe.bus(base) == (0, 0x8899_AABB)
            if base == DEVICE + 8:
                continue
            for lane in range(4):
                assert await probe.bus(base + lane, size=0) == (0, 0x8899_AABB >> 8 * lane & 0xFF)
            assert (await probe.bus(base, size=1), await probe.bus(base + 2, size=1)) == (
                (0, 0xAABB), (0, 0x8899))
            await probe.bus(base + 1, 0x11, size=0)
            await probe.bus(base + 2, 0x2233, size=1)
            assert await probe.bus(base) == (0, 0x2233_11BB) == (0, peek(dut, base))
        for size, address, error in ((2, 0, 2), (2, RAM + 8192, 2), (2, DEVICE - 4, 2),
                                     (2, RAM + 2, 3), (1, RAM + 1, 3), (3, RAM, 4), (4, RAM, 4)):
            assert (await probe.bus(address, size=size))[0] == error, hex(address)
            assert (await probe.bus(address, 1, size=size))[0] == error, hex(address)
    await probe.resume()
    rounds = peek(dut, RAM)
    await cycles(dut, 200)
    assert peek(dut, RAM) > rounds


@cocotb.test(**EVER)
async def the_system_bus_goes_on_by_itself(dut):
    probe = await start(dut, _busy_program())
    await probe.write(SBCS, 2 << 17 | 1 << 16)
    await probe.write(SBADDRESS0, RAM + 0x100)
    for n in range(4):
        await probe.write(SBDATA0, n + 1)
    assert await probe.read(SBADDRESS0) == RAM + 0x110
    assert [peek(dut, RAM + 0x100 + 4 * n) for n in range(4)] == [1, 2, 3, 4]
    await probe.write(SBCS, 1 << 17 | 1 << 16 | 1 << 15 | 1 << 20)
    await probe.write(SBADDRESS0, RAM + 0x100)
    assert [await probe.read(SBDATA0) for _ in range(5)] == [1, 0, 2, 0, 3]


@cocotb.test(**EVER)
async def nothing_hangs_in_reset(dut):
    """Accesses to a chip in reset end, as do commands; the debugger says what became of them."""
    probe = await start(dut, _busy_program())
    await probe.write(DMCONTROL, ACK_RESET)
    await probe.halt()
    p = Program()
    p.label("loop")
    p.jal("zero", "loop")
    await probe.program(p.words())
    await probe.write(COMMAND, 1 << 18)
    assert await probe.read(ABSTRACTCS) >> 12 & 1
    await probe.write(DMCONTROL, NDMRESET)
    assert await probe.read(DMSTATUS) >> 8 & 0x3F == 0b11_00_00, "not available"
    assert await probe.read(ABSTRACTCS) >> 8 & 0x1F == CommandError.OTHER.value
    assert (await probe.bus(RAM))[0] == 1, "timeout"
    await probe.write(DMCONTROL, 1)
    assert await probe.read(DMSTATUS) >> 18 & 3 == 3, "havereset"
    await probe.write(DMCONTROL, ACK_RESET)
    assert await probe.read(DMSTATUS) >> 8 & 0xFFF == 0b00_00_00_00_11_00
    await cycles(dut, 100)
    assert peek(dut, RAM) > 0, "the program runs again"


@cocotb.test(**EVER)
async def it_halts_out_of_reset(dut):
    probe = await start(dut, _busy_program())
    await probe.write(DMCONTROL, SET_RESET_HALT)
    for reset_by_debugger in (True, False):
        if reset_by_debugger:
            await probe.write(DMCONTROL, NDMRESET)
            await cycles(dut, 10)
            retired = follow(dut)
            await probe.write(DMCONTROL, 1)
        else:
            dut.rst.value = 1
            await cycles(dut, 5)
            retired = follow(dut)
            dut.rst.value = 0
        await probe.wait_halted()
        assert not retired.pcs
        assert await probe.read_csr(DPC) == ITCM
        assert Dcsr.cause(await probe.read_csr(DCSR)) == Dcsr.RESET
        assert await probe.read(HALTSUM0) == 1
    await probe.write(DMCONTROL, CLEAR_RESET_HALT)
    await probe.write(DMCONTROL, NDMRESET)
    await probe.write(DMCONTROL, 1)
    assert not await probe.is_halted()
    assert await probe.read(HALTSUM0) == 0


@cocotb.test(**EVER)
async def a_locked_chip_shows_nothing(dut):
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.li("s0", RAM)
    p.label("loop")
    p.addi("a1", "a1", 1)
    p.sw("a1", 0, "s0")
    p.ebreak()
    p.jal("zero", "loop")
    p.align(4)
    p.label("handler")
    p.csrrs("t0", "mepc", "zero")
    p.addi("t0", "t0", 4)
    p.csrrw("zero", "mepc", "t0")
    p.mret()
    probe = await start(dut, p)
    await probe.halt()
    # What the debugger has left behind must not stop a chip that no debugger can get on.
    await probe.write_csr(0x7A2, p.base)
    await probe.write_csr(0x7A1, 2 << 28 | 1 << 27 | 1 << 12 | 1 << 6 | 0b11)
    await probe.write_csr(0x7A2, RAM)
    await probe.write_csr(DCSR, Dcsr.EBREAKM | Dcsr.STEP | Dcsr.MACHINE)
    await probe.write(SBADDRESS0, RAM)
    await probe.write(DATA0, 0x5EC2E7)
    await probe.write(DMCONTROL, SET_RESET_HALT)
    await probe.write(DMCONTROL, RESUME_REQUEST)
    await probe.wait_halted()
    await probe.write(DMCONTROL, RESUME_REQUEST)
    dut.locked.value = 1
    retired = follow(dut)
    await cycles(dut, 200)
    assert len(retired.pcs) > 40
    assert await probe.read(DMSTATUS) == 1 << 5 | 2
    await probe.write(DMCONTROL, HALT_REQUEST | NDMRESET)
    assert await probe.read(DMCONTROL) == 1
    await probe.write(COMMAND, 2 << 20 | 1 << 17 | 0x1000 + A0)
    await probe.write(SBCS, 2 << 17 | 1 << 20)
    await probe.write(SBADDRESS0, RAM)
    for address in range(0x80):
        if address not in (DMCONTROL, DMSTATUS):
            await probe.write(address, 0xFFFF_FFFF)
            assert await probe.read(address) == 0, hex(address)
    count = len(retired.pcs)
    await cycles(dut, 200)
    assert len(retired.pcs) > count + 40
    # Reset lifts the lock, and nothing of before comes back.
    dut.rst.value = 1
    await cycles(dut, 3)
    dut.rst.value = dut.locked.value = 0
    assert not await probe.is_halted()
    assert (await probe.read(DATA0), await probe.read(SBADDRESS0)) == (0, 0)
    await probe.halt()


@cocotb.test(**EVER)
async def a_locked_chip_takes_interrupts_and_waits(dut):
    """A step that was prepared holds off no interrupt and ends no wfi."""
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.li("a0", 1 << 11)
    p.csrrw("zero", "mie", "a0")
    p.csrrsi("zero", "mstatus", 8)
    p.label("loop")
    p.nop()
    p.wfi()
    p.jal("zero", "loop")
    p.align(4)
    p.label("handler")
    p.jal("zero", "handler")
    p.words()
    probe = await start(dut, p)
    await probe.halt()
    await probe.write_csr(DCSR, Dcsr.STEP | Dcsr.MACHINE)
    await probe.write(DMCONTROL, RESUME_REQUEST)
    dut.locked.value = 1
    await cycles(dut, 50)
    assert dut.sleeping.value
    retired = follow(dut)
    dut.external.value = 1
    await cycles(dut, 20)
    assert retired.pcs[-1] == p.address("handler")


@cocotb.test(**EVER)
async def a_locked_chip_has_its_triggers_back(dut):
    """Those that a debugger has set raise no breakpoint, and a program can set its own."""
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.li("s0", RAM)
    p.li("s1", 2 << 28 | 1 << 6 | 1 << 1)
    p.addi("a2", "zero", 20)
    p.csrrsi("zero", "mstatus", 8)
    p.label("wait")
    p.jal("zero", "wait")
    p.label("loop")
    p.sw("a2", 0, "s0")
    p.addi("a2", "a2", -1)
    p.bne("a2", "zero", "loop")
    p.csrrw("zero", 0x7A1, "s1")
    p.nop()
    p.label("store")
    p.sw("zero", 0, "s0")
    p.label("handler")
    p.jal("zero", "handler")
    p.words()
    probe = await start(dut, p)
    await probe.halt()
    await probe.write_csr(0x7A2, RAM)
    await probe.write_csr(0x7A1, 2 << 28 | 1 << 27 | 1 << 6 | 1 << 1)
    await probe.write_csr(DPC, p.address("loop"))
    await probe.write(DMCONTROL, RESUME_REQUEST)
    dut.locked.value = 1
    retired = follow(dut)
    await cycles(dut, 200)
    assert retired.pcs.count(p.address("loop")) == 20
    assert p.address("store") in retired.pcs and retired.pcs[-1] == p.address("handler")
    assert peek(dut, RAM) == 1, "its own trigger lets the last store pass"


@cocotb.test(**EVER)
async def the_core_does_not_feel_the_system_bus(dut):
    """The program retires in the same cycles, whatever the debugger does to memory meanwhile."""
    seen = []
    for accesses in (False, True):
        probe = await power_up(dut, _busy_program())
        await probe.attach()
        dut.rst.value = 0
        retired = follow(dut)
        if accesses:
            for base in (RAM + 0x80, ITCM + 0x1080, DEVICE + 8, WORDS):
                await probe.bus(base, 1)
                await probe.bus(base)
        else:
            await cycles(dut, 30_000)
        seen.append(retired.records[:4000])
    assert len(seen[0]) == 4000 and seen[0] == seen[1]


@cocotb.test(**EVER)
async def the_program_cannot_change_what_the_debugger_runs(dut):
    p = Program()
    p.li("s0", WORDS)
    p.li("a0", 0x1234_5678)
    for n in range(-4, 64, 4):
        p.sw("a0", n, "s0")
    p.label("stop")
    p.jal("zero", "stop")
    probe = await power_up(dut, p)
    load(dut, WORDS - 4, [n for n in range(17)])
    dut.rst.value = 0
    await cycles(dut, 100)
    assert [peek(dut, WORDS - 4 + 4 * n) for n in range(17)] == [0x1234_5678, *range(1, 17)]
    await probe.attach()
    await probe.halt()
    assert await probe.read_register(A0) == 0x1234_5678


@cocotb.test(**EVER)
async def a_dropped_access_is_told(dut):
    """An access that comes while another one waits is busy until dtmcs.dmireset."""
    p = Program()
    p.li("s0", RAM)
    p.label("loop")
    for _ in range(1900):
        p.sw("s0", 0, "s0")  # no cycle is left for the debugger's words
    p.jal("zero", "loop")
    probe = await start(dut, p)
    await cycles(dut, 30)
    await probe.dmi(READ, PROGBUF0)
    statuses = [(await probe.dmi(0, 0))[0] for _ in range(12)]
    assert 3 in statuses and statuses[-1] == 3, "sticky"
    await probe.scan(Instruction.DTMCS, 1 << 16, 32)
    assert (await probe.dmi(0, 0))[0] == 0
    assert await probe.read(DMCONTROL) == 1


def test_module():
    run_cocotb(DebugBench(pmp_entries=4), __name__, name="debug_bench",
               visible=DEBUG_BENCH_MEMORIES)
