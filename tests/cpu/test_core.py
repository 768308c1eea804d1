"""The core: programs, from the simplest instruction to the worst coincidence."""

import os
import random
import tomllib
from pathlib import Path

import cocotb
import pytest

from cpu.bit_manipulation import EXTENSIONS
from cpu.fetch import Fetch
from cpu.options import IMPLEMENTATION_ID
from sim.core_bench import BENCH_MEMORIES, CoreBench, peek_word
from sim.core_run import DEVICE, LINES, finish, run
from sim.harness import run_cocotb
from sim.iss.csr import Csr
from sim.iss.hart import Hart
from sim.iss.memory import AddressSpace, Memory
from sim.mnemonics import Program
from sim.traps import INTERRUPT_PRIORITY
from soc.fabric.region import Region
from tests.cpu.mutant_core import BUS_MUTANTS, MutantBench, mutant_classes

ITCM, RAM = 0x8000_0000, 0x9000_0000
MEMORY_BYTES = 32768  # of either, on the bench
UNMAPPED = (0, DEVICE - 4, DEVICE + 0x1000, ITCM - 4, ITCM + MEMORY_BYTES, RAM - 4,
            RAM + MEMORY_BYTES, RAM ^ 1 << 30, 0xFFFF_FFFC)


def _with_handler(p, step=4):
    """A handler that leaves mcause, mepc, mtval in the trace and goes on ``step`` bytes later.

    For a fetch fault it goes on at the address in s11.
    """
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.jal("zero", "begin")
    p.label("handler")
    p.csrrs("t0", "mcause", "zero")
    p.csrrs("t1", "mtval", "zero")
    p.csrrs("t2", "mepc", "zero")
    p.addi("t2", "t2", step)
    p.addi("t0", "t0", -1)
    p.bne("t0", "zero", "leave")
    p.addi("t2", "s11", 0)
    p.label("leave")
    p.csrrw("zero", "mepc", "t2")
    p.mret()
    p.label("begin")
    return p


def _reads(trace, csr):
    """What the program read from a CSR, in order."""
    return [t.rd_wdata for t in trace
            if not t.trap and t.insn >> 20 == csr and t.insn & 0x7F == 0x73 and t.rd_addr]


def _value(trace, pc):
    """What the instruction at ``pc`` wrote to its register, the last time."""
    return [t.rd_wdata for t in trace if t.pc_rdata == pc][-1]


@cocotb.test(timeout_time=100, timeout_unit="us")
async def it_adds_and_exits(dut):
    p = Program()
    p.addi("a0", "zero", 40)
    p.addi("a0", "a0", 2)
    finish(p, "a0")
    code, _ = await run(dut, p)
    assert code == 42


@cocotb.test(timeout_time=100, timeout_unit="us")
async def x0_stays_zero(dut):
    p = Program()
    p.li("s0", RAM)
    p.addi("a1", "zero", 7)
    p.sw("a1", 0, "s0")
    for emit in (lambda: p.addi("zero", "zero", 5), lambda: p.lw("zero", 0, "s0"),
                 lambda: p.mul("zero", "a1", "a1"), lambda: p.div("zero", "a1", "a1"),
                 lambda: p.csrrs("zero", "misa", "zero"), lambda: p.jal("zero", p.here + 4)):
        emit()
        p.add("a0", "zero", "zero")
        p.add("a2", "zero", "a0")
    finish(p)
    _, trace = await run(dut, p)
    assert all(t.rd_wdata == 0 for t in trace if t.rd_addr in (0, 10, 12))


@cocotb.test(timeout_time=100, timeout_unit="us")
async def it_says_what_it_is(dut):
    """misa, and the CSRs of identity; the bench has everything but user mode."""
    letters = 1 << 30 | sum(1 << ord(letter) - ord("A") for letter in "IMB")
    expected = {Csr.MISA: letters, Csr.MVENDORID: 0, Csr.MARCHID: 0, Csr.MIMPID: IMPLEMENTATION_ID,
                Csr.MHARTID: 0, Csr.MCONFIGPTR: 0}
    p = Program()
    for number in expected:
        p.csrrs("a0", number, "zero")
    finish(p)
    _, trace = await run(dut, p)
    assert {number: _reads(trace, number) for number in expected} == {
        number: [value] for number, value in expected.items()}


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def exceptions_are_precise(dut):
    """Each has its mcause, mtval and mepc, and neither writes a register nor lets one follow."""
    p = _with_handler(Program())
    expected = []

    def expect(cause, value, emit, mepc=None):
        p.addi("a7", "zero", 1)  # what a trapping instruction must not overwrite
        expected.append((cause, value, p.here if mepc is None else mepc))
        emit()
        p.add("a6", "a7", "zero")

    p.li("s0", RAM)
    expect(11, 0, lambda: p.ecall())
    expect(3, p.here + 4, lambda: p.ebreak())
    for word in (0, 0xFFFF_FFFF, 0x0000_08B0, 0x3020_00F3, 0x1050_8073):
        expect(2, word, lambda word=word: p.word(word))
    for csr in (0x7C0, 0x180, 0x3A0, 0x306):
        expect(2, csr << 20 | 0x2A8F3, lambda csr=csr: p.csrrs("a7", csr, "t0"))
    expect(2, 0xF14 << 20 | 0x18F3, lambda: p.csrrw("a7", "mhartid", "zero"))
    for target in (p.here + 6, p.here - 2):
        expect(0, target, lambda target=target: p.jal("a7", target))
    p.li("s1", RAM + 2)
    expect(0, RAM + 2, lambda: p.jalr("a7", 1, "s1"))
    expect(0, p.here + 10, lambda: p.beq("zero", "zero", p.here + 6))
    for address in UNMAPPED:
        p.li("s1", address)
        for name in ("lb", "lh", "lw", "lbu", "lhu"):
            expect(5, address, lambda name=name: getattr(p, name)("a7", 0, "s1"))
        for name in ("sb", "sh", "sw"):
            expect(7, address, lambda name=name: getattr(p, name)("s0", 0, "s1"))
    for base in (ITCM, RAM, DEVICE, 0):
        p.li("s1", base)
        for name, offsets in (("lh", (1, 3)), ("lhu", (1, 3)), ("lw", (1, 2, 3))):
            for offset in offsets:
                expect(4, base + offset, lambda n=name, o=offset: getattr(p, n)("a7", o, "s1"))
        for name, offsets in (("sh", (1, 3)), ("sw", (1, 2, 3))):
            for offset in offsets:
                expect(6, base + offset, lambda n=name, o=offset: getattr(p, n)("s0", o, "s1"))
    for target in (RAM, DEVICE, ITCM + MEMORY_BYTES, 0):
        p.li("s1", target)
        p.li("s11", f"behind{p.here}")
        label = f"behind{p.here - 8}"
        expect(1, target, lambda: p.jalr("a5", 0, "s1"), mepc=target)
        p.label(label)
    finish(p)
    _, trace = await run(dut, p, cycles=20000)
    got = list(zip(_reads(trace, Csr.MCAUSE), _reads(trace, Csr.MTVAL), _reads(trace, Csr.MEPC)))
    assert len(got) == len(expected)
    for seen, wanted in zip(got, expected):
        assert seen == wanted, (f"mcause, mtval, mepc must be {[hex(x) for x in wanted]}, "
                                f"not {[hex(x) for x in seen]}")
    assert sum(t.trap for t in trace) == len(expected)
    assert all(t.rd_wdata == 1 for t in trace if t.rd_addr in (16, 17))


@cocotb.test(timeout_time=100, timeout_unit="us")
async def edges_of_the_regions_are_reached(dut):
    p = _with_handler(Program())
    p.li("a1", 0x8765_4321)
    for address in (RAM, RAM + MEMORY_BYTES - 4, ITCM + MEMORY_BYTES - 4, DEVICE):
        p.li("s1", address)
        p.sw("a1", 0, "s1")
        p.lw("a2", 0, "s1")
    p.li("s1", DEVICE + 0xFFC)  # no register there
    p.sw("a1", 0, "s1")
    p.lw("a3", 0, "s1")
    finish(p)
    _, trace = await run(dut, p)
    assert not any(t.trap for t in trace)
    assert [t.rd_wdata for t in trace if t.rd_addr == 12] == 4 * [0x8765_4321]
    assert [t.rd_wdata for t in trace if t.rd_addr == 13] == [0]


def _bus_program():
    """Accesses to the bus that must happen, among many that must not; (program, the former)."""
    p = _with_handler(Program(), step=8)
    p.li("s2", DEVICE)
    p.li("s3", DEVICE + 0x1000)
    p.li("s4", RAM)
    p.sw("a0", 0, "s2")
    p.lb("a0", 3, "s2")
    p.beq("zero", "zero", "over")  # not the arm behind a taken branch
    p.sw("a0", 4, "s2")
    p.lw("a0", 4, "s2")
    p.label("over")
    p.bne("zero", "zero", "not")  # nor the target of one that is not taken
    p.jal("zero", "past")
    p.label("not")
    p.sw("a0", 8, "s2")
    p.label("past")
    p.li("s11", "behind")
    p.jalr("zero", 0, "s4")  # nor behind a fetch fault
    p.sw("a0", 8, "s2")
    p.label("behind")
    for emit in (p.ecall, p.ebreak, lambda: p.word(0),  # nor behind an exception
                 lambda: p.lw("a0", 0, "s3"), lambda: p.sw("a0", 0, "s3"),  # forbidden
                 lambda: p.lw("a0", 1, "s2"), lambda: p.sw("a0", 2, "s2"),  # misaligned
                 lambda: p.lhu("a0", 3, "s2")):
        emit()
        p.sw("a0", 12, "s2")
    p.sh("a0", 6, "s2")
    finish(p)
    return p, [(1, 0, 0xF), (0, 0, 0x8), (1, 4, 0xC), (1, 0x100, 0xF)]


async def _check_bus(dut):
    p, expected = _bus_program()
    requests = []

    def watch(n):
        if dut.bus__request.value:
            requests.append((int(dut.bus__write.value),
                             dut.bus__address.value.to_unsigned() - DEVICE,
                             dut.bus__byte_enable.value.to_unsigned()))
    await run(dut, p, each_cycle=watch)
    assert requests == expected, f"requests must be {expected}, not {requests}"


@cocotb.test(timeout_time=100, timeout_unit="us")
async def only_what_executes_reaches_the_bus(dut):
    await _check_bus(dut)


async def _check_ram(dut):
    """A load behind what traps does not read RAM; a load by itself does, as a sign of life."""
    p = _with_handler(Program(), step=8)
    p.li("s2", DEVICE)
    p.li("s3", DEVICE + 0x1000)
    p.li("s4", RAM)
    for emit in (p.ecall, p.ebreak, lambda: p.word(0),
                 lambda: p.lw("a0", 0, "s3"), lambda: p.sw("a0", 0, "s3"),
                 lambda: p.lw("a0", 1, "s2"), lambda: p.lhu("a0", 3, "s4"),
                 lambda: p.lw("a0", 2, "s4"), lambda: p.sw("a0", 2, "s4")):
        emit()
        p.lw("a0", 64, "s4")
    p.lw("a0", 4, "s4")
    p.lw("a0", 8, "s2")
    p.lw("a0", 8, "s4")
    finish(p)
    reads = set()

    def watch(n):
        if dut.ram_port__enable.value and not dut.ram_port__write.value:
            reads.add(dut.ram_port__address.value.to_unsigned())
    await run(dut, p, each_cycle=watch)
    assert RAM + 64 not in reads
    assert {RAM + 4, RAM + 8} <= reads


@cocotb.test(timeout_time=100, timeout_unit="us")
async def only_what_executes_reads_ram(dut):
    await _check_ram(dut)


@cocotb.test(timeout_time=100, timeout_unit="us")
async def the_bits_of_no_instruction_do_not_tell_in_waits(dut):
    """Behind the end of ITCM comes a fault, in the same cycle whatever memory holds there."""
    cycles = set()
    for first in ("a5", "a6"):  # the end of ITCM shows its beginning; only a5 is loaded
        p = Program()
        p.add(first, first, first)
        p.li("a0", "handler")
        p.csrrw("zero", "mtvec", "a0")
        p.li("s4", RAM)
        p.li("s1", ITCM + MEMORY_BYTES - 4)
        p.jalr("zero", 0, "s1")
        p.align(4)
        p.label("handler")
        finish(p)
        end = Program(ITCM + MEMORY_BYTES - 4)
        end.lw("a5", 0, "s4")
        _, trace = await run(dut, p, end)
        cycles |= {t.cycle for t in trace if t.trap}
    assert len(cycles) == 1


@cocotb.test(timeout_time=1, timeout_unit="ms", skip="MUTANT_BENCH" not in os.environ)
async def bus_mutants_are_found(dut):
    for name, number in [("none", 0), *BUS_MUTANTS.items()]:
        dut.mutant.value = number
        try:
            await _check_bus(dut)
            await _check_ram(dut)
            found = False
        except AssertionError:
            found = True
        assert found == bool(number), name


@cocotb.test(timeout_time=100, timeout_unit="us")
async def code_that_is_written_executes_after_fence_i(dut):
    p = Program()
    p.li("s0", "patched")
    p.li("a1", 0x0070_0513)  # addi a0, zero, 7
    p.sw("a1", 0, "s0")
    p.fence_i()
    p.label("patched")
    p.addi("a0", "zero", 1)
    finish(p, "a0")
    code, _ = await run(dut, p)
    assert code == 7


@cocotb.test(timeout_time=1, timeout_unit="ms")
@cocotb.parametrize(vectored=[0, 1])
async def interrupts_come_in_their_order(dut, vectored):
    """All lines are high; each handler masks its own and returns."""
    p = Program()
    p.jal("zero", "begin")
    p.align(128)
    p.label("vectors")
    for _ in range(32):
        p.jal("zero", "handler")
    p.label("handler")
    p.csrrs("t0", "mcause", "zero")
    p.csrrs("t1", "mepc", "zero")
    p.csrrs("t2", "mip", "zero")
    p.addi("t3", "zero", 1)
    p.sll("t3", "t3", "t0")
    p.csrrc("zero", "mie", "t3")
    p.mret()
    p.label("begin")
    p.li("a0", "vectors" if vectored else "handler")
    p.addi("a0", "a0", vectored)
    p.csrrw("zero", "mtvec", "a0")
    p.li("s2", DEVICE)
    p.li("a0", 0xFFFF_0007)
    p.sw("a0", LINES, "s2")
    p.addi("a1", "zero", -1)
    p.csrrw("zero", "mie", "a1")
    p.csrrs("a1", "mie", "zero")
    written = p.here - 4
    p.csrrsi("zero", "mstatus", 8)
    interrupted = p.here
    p.csrrs("s5", "mcause", "zero")
    finish(p)
    _, trace = await run(dut, p)
    assert _value(trace, written) == 0xFFFF_0888
    assert _reads(trace, Csr.MCAUSE)[:-1] == [1 << 31 | n for n in INTERRUPT_PRIORITY]
    assert set(_reads(trace, Csr.MEPC)) == {interrupted}
    assert set(_reads(trace, Csr.MIP)) == {0xFFFF_0888}
    starts = [t.pc_rdata for t in trace if t.intr]
    handler, vectors = p.address("handler"), p.address("vectors")
    assert starts == [vectors + 4 * n if vectored else handler for n in INTERRUPT_PRIORITY]


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def interrupt_in_every_cycle_of_a_division(dut):
    """It is given up without a trace, and done again after the handler."""
    p = Program()
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.li("a0", 0x80)
    p.csrrw("zero", "mie", "a0")
    p.li("a1", -1000)
    p.addi("a2", "zero", 7)
    p.csrrsi("zero", "mstatus", 8)
    begin = p.here
    p.rem("a3", "a1", "a2")
    p.add("a3", "a3", "zero")
    finish(p, "a3")
    p.label("handler")
    p.li("a0", 0x80)
    p.csrrc("zero", "mie", "a0")
    p.divu("a4", "a2", "a2")  # uses the divider itself
    p.mret()
    for rise in range(10, 44):
        def drive(n, rise=rise):
            dut.timer.value = n >= rise
        code, trace = await run(dut, p, each_cycle=drive)
        assert code == (-1000 % -7) % 2**32
        assert sum(t.pc_rdata == begin for t in trace) == 1
        assert any(t.intr for t in trace)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def multiply_and_divide_at_the_corners(dut):
    corners = (0, 1, 2, 7, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFF, 0xFFFF, 0x1_0000)
    p, expected = Program(), []

    def signed(x):
        return x - (x >> 31 << 32)
    for a in corners:
        for b in corners:
            p.li("a0", a)
            p.li("a1", b)
            sa, sb = signed(a), signed(b)
            quotient = -1 if b == 0 else abs(sa) // abs(sb) * (1 if (sa < 0) == (sb < 0) else -1)
            for name, value in (
                    ("mul", a * b), ("mulh", sa * sb >> 32), ("mulhsu", sa * b >> 32),
                    ("mulhu", a * b >> 32), ("div", quotient),
                    ("rem", sa if b == 0 else sa - quotient * sb),
                    ("divu", a // b if b else -1), ("remu", a % b if b else a)):
                getattr(p, name)("a2", "a0", "a1")
                expected.append((name, a, b, value % 2**32))
    finish(p)
    _, trace = await run(dut, p, cycles=30000)
    got = [t.rd_wdata for t in trace if t.rd_addr == 12]
    assert len(got) == len(expected)
    for (name, a, b, wanted), value in zip(expected, got):
        assert value == wanted, f"{name} {a:#x}, {b:#x} must be {wanted:#x}, not {value:#x}"


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def bit_manipulation_at_the_corners(dut):
    """Every instruction of the extensions, with all pairs of corners, as the model has it."""
    corners = (0, 1, 31, 32, 0x80, 0x8000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_0000,
               0x0102_0408)
    binary = ("sh1add sh2add sh3add andn orn xnor min minu max maxu rol ror bclr bext binv bset "
              "pack packh czero_eqz czero_nez")
    unary = "clz ctz cpop sext_b sext_h zext_h orc_b rev8 brev8 zip unzip"
    shifts = "rori bclri bexti binvi bseti"
    p = Program()
    for a in corners:
        p.li("a0", a)
        for name in unary.split():
            getattr(p, name)("a2", "a0")
        for name in shifts.split():
            for amount in (0, 1, 16, 31):
                getattr(p, name)("a2", "a0", amount)
        for b in corners:
            p.li("a1", b)
            for name in binary.split():
                getattr(p, name)("a2", "a0", "a1")
    finish(p)
    itcm = Memory("itcm", ITCM, MEMORY_BYTES, executable=True)
    for number, word in enumerate(p.words()):
        itcm.store(4 * number, 4, word)
    hart = Hart(AddressSpace([itcm]), reset_vector=ITCM, extensions=EXTENSIONS)
    _, trace = await run(dut, p, cycles=10000)
    steps = [hart.step() for _ in range(len(p.words()) - 3)]
    assert len(trace) >= len(steps)
    for record, step in zip(trace, steps):
        assert not record.trap and record.rd_wdata == step.rd_wdata, (
            f"{step.name} {step.rs1_rdata:#x}, {step.rs2_rdata:#x} must be {step.rd_wdata:#x}, "
            f"not {record.rd_wdata:#x}")


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def reset_in_every_state(dut):
    """Reset during a division, a load from the bus, wfi and a trap; the program then runs."""
    p = _with_handler(Program())
    p.li("s2", DEVICE)
    p.lw("a0", 0, "s2")
    p.ecall()
    p.addi("a1", "zero", 100)
    p.addi("a2", "zero", 7)
    p.div("a3", "a1", "a2")
    p.wfi()
    for cycles in range(10, 90):
        with pytest.raises(AssertionError, match="must end within"):
            await run(dut, p, cycles=cycles)
    q = Program()
    q.addi("a0", "zero", 5)
    q.div("a1", "a0", "a0")
    q.add("a1", "a1", "a0")
    finish(q, "a1")
    code, _ = await run(dut, q)
    assert code == 6


def _secret_program(rng):
    """Computes with words from RAM without telling the bus; any data, the same path."""
    p = Program()
    p.li("s0", RAM)
    registers = [f"a{n}" for n in range(8)]
    for n, register in enumerate(registers):
        p.lw(register, 4 * n, "s0")
    operations = ("add sub sll slt sltu xor srl sra or and mul mulh mulhsu mulhu div divu rem remu"
                  .split())
    for _ in range(150):
        kind = rng.randrange(8)
        a, b, c = (rng.choice(registers) for _ in range(3))
        if kind == 0:
            p.sw(a, 4 * rng.randrange(64), "s0")
        elif kind == 1:
            p.lbu(a, rng.randrange(256), "s0")
        elif kind == 2:
            getattr(p, rng.choice("beq bne blt bge bltu bgeu".split()))(a, b, p.here + 4)
        else:
            getattr(p, rng.choice(operations))(a, b, c)
    finish(p)
    return p


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def silence(dut):
    """With other data in RAM, everything happens in the same cycles: even the branches."""
    rng = random.Random(5)
    for _ in range(4):
        p, seen = _secret_program(rng), []
        for secret in (bytes(256), bytes(255 for _ in range(256)), rng.randbytes(256)):
            data = Program(RAM)
            for n in range(0, 256, 4):
                data.word(int.from_bytes(secret[n:n + 4], "little"))
            _, trace = await run(dut, p, data, cycles=8000)
            seen.append([(t.cycle, t.pc_rdata, t.mem_addr, t.mem_rmask, t.mem_wmask)
                         for t in trace])
        assert seen[0] == seen[1] == seen[2]


@cocotb.test(timeout_time=100, timeout_unit="us")
async def stores_reach_memory(dut):
    p = Program()
    p.li("s0", RAM + 0x40)
    p.li("s1", ITCM + 0x7000)
    p.li("a0", 0x1122_3344)
    for base in ("s0", "s1"):
        p.sw("zero", 0, base)
        p.sb("a0", 1, base)
        p.sh("a0", 2, base)
    finish(p)
    await run(dut, p)
    assert peek_word(dut, RAM + 0x40) == peek_word(dut, ITCM + 0x7000) == 0x3344_4400


def test_core():
    run_cocotb(CoreBench(), __name__, name="core_bench", visible=BENCH_MEMORIES)


def test_bus_mutants():
    bench = MutantBench()
    with mutant_classes(bench):
        run_cocotb(bench, __name__, name="core_bench", visible=BENCH_MEMORIES,
                   testcase="bus_mutants_are_found",
                   environment={"MUTANT_BENCH": "1"})


def test_mimpid_is_the_version_of_the_project():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    major, minor, patch = map(int, tomllib.loads(text)["project"]["version"].split("."))
    assert IMPLEMENTATION_ID == major << 24 | minor << 16 | patch << 8 != 0


@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize("vector", [RAM, ITCM + 2])
def test_bad_reset_vector_is_rejected(vector):
    with pytest.raises(ValueError, match=f"must be a multiple of 4 in itcm, not {vector:#010x}"):
        Fetch(itcm=Region("itcm", ITCM, 4096), reset_vector=vector)
