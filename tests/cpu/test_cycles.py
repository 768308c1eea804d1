"""Every class of the cycle table, measured on the RTL."""

import os
import random

import cocotb
import pytest

from cpu.cycles import load_cycle_table
from sim.core_bench import BENCH_MEMORIES, CoreBench
from sim.core_run import DEVICE, ITCM_DATA, LINES, X_TO_RVFI, finish, interrupt_latencies, run
from sim.harness import run_cocotb
from sim.mnemonics import Program
from tests.cpu.mutant_core import TIMING_MUTANTS, MutantBench, mutant_classes

TABLE = load_cycle_table()
RAM = 0x9000_0000
READ = "s10", "s11"  # registers that the counter is read into, before and after


def _cost(*classes):
    return sum(TABLE[name].cycles for name in classes)


class _Timing:
    """A program of many measurements: each reads mcycle, does something, reads it again."""

    def __init__(self):
        self.p = p = Program()
        self.expected = []
        p.li("s0", RAM + 0x100)
        p.li("s1", ITCM_DATA)
        p.li("s2", DEVICE)
        p.li("s3", 0x8000_0000)  # the most negative number
        p.addi("s4", "zero", -1)
        p.addi("s5", "zero", 1)
        p.li("s6", 0x1234_5678)

    def measure(self, name, cycles, body):
        """``body(p)`` must take ``cycles``."""
        self.expected.append((name, cycles))
        self.p.nop()
        self.p.nop()
        self.p.csrrs(READ[0], "mcycle", "zero")
        body(self.p)
        self.p.csrrs(READ[1], "mcycle", "zero")

    async def check(self, dut):
        """Runs the program and compares; returns how many measurements there were."""
        finish(self.p)
        code, trace = await run(dut, self.p, cycles=20000)
        assert code == 0
        reads = [t.rd_wdata for t in trace if t.insn & 0xFFFF_F07F == 0xB000_2073 & 0xFFFF_F07F]
        assert len(reads) == 2 * len(self.expected)
        wrong = []
        for (name, cycles), before, after in zip(self.expected, reads[::2], reads[1::2]):
            taken = after - before - TABLE["csr"].cycles
            if taken != cycles:
                wrong.append(f"{name} must take {cycles} cycles, not {taken}")
        assert not wrong, "; ".join(wrong)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def single_instructions(dut):
    t = _Timing()
    for name in ("add", "sub", "sll", "slt", "sltu", "xor", "srl", "sra", "or", "and"):
        t.measure(name, _cost("alu"), lambda p, n=name: getattr(p, n)("a0", "s6", "s5"))
        t.measure(f"{name} twice", 2 * _cost("alu"), lambda p, n=name: (
            getattr(p, n)("a0", "s6", "s5"), getattr(p, n)("a1", "a0", "a0")))
    for name in ("addi", "slti", "sltiu", "xori", "ori", "andi", "slli", "srli"):
        t.measure(name, _cost("alu"), lambda p, n=name: getattr(p, n)("a0", "s6", 7))
    t.measure("lui", _cost("alu"), lambda p: p.lui("a0", 5))
    t.measure("auipc", _cost("alu"), lambda p: p.auipc("a0", 5))
    t.measure("fence", _cost("alu"), lambda p: p.fence())
    for name in ("csrrw", "csrrs", "csrrc"):
        t.measure(name, _cost("csr"), lambda p, n=name: getattr(p, n)("a0", "mscratch", "s6"))
        t.measure(f"{name}i", _cost("csr"),
                  lambda p, n=name: getattr(p, n + "i")("a0", "mscratch", 3))
    t.measure("csrs of traps", 5 * _cost("csr"), lambda p: [
        p.csrrs("a0", name, "zero") for name in ("mstatus", "mepc", "minstret", "mip", "misa")])
    t.measure("fence.i", _cost("fence_i"), lambda p: p.fence_i())
    t.measure("store, fence.i", _cost("store", "fence_i"),
              lambda p: (p.sw("a0", 0, "s0"), p.fence_i()))
    await t.check(dut)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def bit_manipulation(dut):
    t = _Timing()
    two = {"alu": "sh1add sh2add sh3add andn orn xnor rol ror bclr bext binv bset pack packh",
           "bits": "min minu max maxu czero_eqz czero_nez"}
    one = {"alu": "sext_b sext_h zext_h", "bits": "clz ctz cpop orc_b rev8 brev8 zip unzip"}
    for second, table in ((["s5"], two), ([], one)):
        for kind, names in table.items():
            use = ["bits_use"] if kind == "bits" else []
            for name in names.split():
                for first in ("s3", "s4", "s6", "zero"):
                    def operate(p, name=name, operands=(first, *second)):
                        getattr(p, name)("a0", *operands)
                    t.measure(f"{name} {first}", _cost(kind), operate)
                t.measure(f"{name}, use", _cost(kind, "alu", *use),
                          lambda p, operate=operate: (operate(p), p.add("a1", "a0", "a0")))
    await t.check(dut)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def loads_and_stores(dut):
    t = _Timing()
    places = (("load", "store", "s0"), ("load_itcm", "store_itcm", "s1"),
              ("bus_load", "bus_store", "s2"))
    for load, store, base in places:
        for name in ("lb", "lh", "lw", "lbu", "lhu"):
            t.measure(f"{name} {load}", _cost(load),
                      lambda p, n=name, b=base: getattr(p, n)("a0", 0, b))
        for name in ("sb", "sh", "sw"):
            t.measure(f"{name} {store}", _cost(store),
                      lambda p, n=name, b=base: getattr(p, n)("s6", 0, b))
        t.measure(f"{load}, use", _cost(load, "load_use", "alu"),
                  lambda p, b=base: (p.lw("a0", 0, b), p.add("a1", "zero", "a0")))
        t.measure(f"{load}, not used", _cost(load, "alu"),
                  lambda p, b=base: (p.lw("a0", 0, b), p.addi("a1", "zero", 10)))
        t.measure(f"{load} to x0", _cost(load, "alu"),
                  lambda p, b=base: (p.lw("zero", 0, b), p.add("a1", "zero", "zero")))
        t.measure(f"{load}, used later", _cost(load, "alu", "alu"),
                  lambda p, b=base: (p.lw("a0", 0, b), p.nop(), p.add("a1", "a0", "a0")))
        t.measure(f"{load}, stored", _cost(load, "load_use", store),
                  lambda p, b=base: (p.lw("a0", 0, b), p.sw("a0", 0, b)))
        for other, _, other_base in places:
            t.measure(f"{store}, {other}", _cost(store, "load_after_store", other),
                      lambda p, b=base, o=other_base: (p.sw("s6", 0, b), p.lw("a0", 4, o)))
            t.measure(f"{load}, {other}", _cost(load, other),
                      lambda p, b=base, o=other_base: (p.lw("a1", 0, b), p.lw("a0", 4, o)))
            t.measure(f"{store}, nop, {other}", _cost(store, "alu", other),
                      lambda p, b=base, o=other_base: (p.sw("s6", 0, b), p.nop(),
                                                       p.lw("a0", 4, o)))
        t.measure(f"{store} 4 times", 4 * _cost(store),
                  lambda p, b=base: [p.sw("s6", 4 * n, b) for n in range(4)])
    await t.check(dut)


def _branches_and_jumps():
    t = _Timing()
    holds = {"beq": lambda a, b: a == b, "bne": lambda a, b: a != b,
             "blt": lambda a, b: a < b, "bge": lambda a, b: a >= b,
             "bltu": lambda a, b: a % 2**32 < b % 2**32,
             "bgeu": lambda a, b: a % 2**32 >= b % 2**32}
    values = {"zero": 0, "s3": -2**31, "s4": -1, "s5": 1}
    for name, condition in holds.items():
        for a, b in (("zero", "zero"), ("s4", "s5"), ("s5", "s4"), ("s3", "s4"), ("s5", "zero")):
            kind = "branch_taken" if condition(values[a], values[b]) else "branch_not_taken"

            def forward(p, n=name, a=a, b=b):
                label = f"label{p.here}"
                getattr(p, n)(a, b, label)
                p.label(label)
            t.measure(f"{name} {a} {b} to the next", _cost(kind), forward)

            def over(p, n=name, a=a, b=b):
                label = f"label{p.here}"
                getattr(p, n)(a, b, label)
                p.nop()
                p.label(label)
            t.measure(f"{name} {a} {b}", _cost(kind) + ("not" in kind) * _cost("alu"), over)

    def backward(p):
        p.addi("a0", "zero", 3)
        p.label("loop")
        p.addi("a0", "a0", -1)
        p.bne("a0", "zero", "loop")
    t.measure("loop", _cost("alu", "branch_not_taken") + 3 * _cost("alu")
              + 2 * _cost("branch_taken"), backward)

    def jump(p):
        p.jal("ra", f"label{p.here}")
        p.nop()
        p.label(f"label{p.here - 8}")
    t.measure("jal", _cost("jump"), jump)

    def jump_register(p):
        p.auipc("a0", 0)
        p.jalr("ra", 12, "a0")
        p.nop()
    t.measure("jalr", _cost("alu", "jump"), jump_register)
    t.measure("load, branch on it", _cost("load", "load_use", "branch_taken"), lambda p: (
        p.lw("a0", 0, "s0"), p.beq("a0", "a0", p.here + 4)))
    t.measure("two branches", 2 * _cost("branch_taken"), lambda p: (
        p.beq("s0", "s0", p.here + 4), p.beq("s0", "s0", p.here + 4)))
    return t


def _multiply_and_divide():
    t = _Timing()
    registers = ("zero", "s3", "s4", "s5", "s6")
    rng = random.Random(3)
    for name in ("mul", "mulh", "mulhsu", "mulhu"):
        for _ in range(4):
            a, b = rng.choice(registers), rng.choice(registers)
            t.measure(f"{name} {a} {b}", _cost("mul"),
                      lambda p, n=name, a=a, b=b: getattr(p, n)("a0", a, b))
        t.measure(f"{name}, use", _cost("mul", "mul_use", "alu"), lambda p, n=name: (
            getattr(p, n)("a0", "s6", "s6"), p.add("a1", "a0", "a0")))
        t.measure(f"{name} 3 times", 3 * _cost("mul"), lambda p, n=name: [
            getattr(p, n)("a0", "s6", "s6") for _ in range(3)])
    for name in ("div", "divu", "rem", "remu"):
        for a, b in (("s3", "s4"), ("s6", "zero"), ("zero", "s5"), ("s4", "s6")):
            t.measure(f"{name} {a} {b}", _cost("div"),
                      lambda p, n=name, a=a, b=b: getattr(p, n)("a0", a, b))
        t.measure(f"{name}, use", _cost("div", "div_use", "alu"), lambda p, n=name: (
            getattr(p, n)("a0", "s6", "s5"), p.add("a1", "a0", "a0")))
    t.measure("bus_load, div", _cost("bus_load", "div"), lambda p: (
        p.lw("a0", 0, "s2"), p.div("a1", "s6", "s5")))
    t.measure("bus_load, use by div", _cost("bus_load", "load_use", "div"), lambda p: (
        p.lw("a0", 0, "s2"), p.div("a1", "a0", "s5")))
    return t


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def branches_and_jumps(dut):
    await _branches_and_jumps().check(dut)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def multiply_and_divide_whatever_the_operands(dut):
    await _multiply_and_divide().check(dut)


@cocotb.test(timeout_time=1, timeout_unit="ms", skip="MUTANT_BENCH" not in os.environ)
async def timing_mutants_are_found(dut):
    for name, number in [("none", 0), *TIMING_MUTANTS.items()]:
        dut.mutant.value = number
        found = []
        for make in (_branches_and_jumps, _multiply_and_divide):
            try:
                await make().check(dut)
            except AssertionError as error:
                found.append(str(error))
        assert bool(found) == bool(number), f"{name}: {found}"


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def traps_and_returns(dut):
    t = _Timing()
    p = t.p
    p.li("a0", "handler")
    p.csrrw("zero", "mtvec", "a0")
    p.li("s7", 0x0000_0008)  # mapped nowhere
    p.jal("zero", "begin")
    p.align(4)
    p.label("handler")  # steps over what trapped: 3 alu or csr, and mret
    p.csrrs("t0", "mepc", "zero")
    p.addi("t0", "t0", 4)
    p.csrrw("zero", "mepc", "t0")
    p.mret()
    p.label("begin")
    around = _cost("trap_entry", "csr", "alu", "csr", "mret")
    t.measure("ecall", around, lambda p: p.ecall())
    t.measure("ebreak", around, lambda p: p.ebreak())
    t.measure("illegal", around, lambda p: p.word(0xFFFF_FFFF))
    t.measure("no such csr", around, lambda p: p.csrrs("a0", 0x7C0, "zero"))
    t.measure("jump misaligned", around, lambda p: p.jal("zero", p.here + 6))
    t.measure("branch misaligned", around, lambda p: p.beq("zero", "zero", p.here + 6))
    t.measure("branch misaligned, not taken", _cost("branch_not_taken"),
              lambda p: p.bne("zero", "zero", p.here + 6))
    for base in ("s0", "s1", "s2", "s7"):
        t.measure(f"load misaligned {base}", around, lambda p, b=base: p.lw("a0", 1, b))
        t.measure(f"store misaligned {base}", around, lambda p, b=base: p.sw("a0", 2, b))
    t.measure("load forbidden", around, lambda p: p.lw("a0", 0, "s7"))
    t.measure("store forbidden", around, lambda p: p.sw("a0", 0, "s7"))
    t.measure("bus_load, ecall", _cost("bus_load") + around,
              lambda p: (p.lw("a0", 0, "s2"), p.ecall()))
    p.addi("a0", "zero", 8)
    p.csrrw("zero", "mie", "a0")
    p.addi("a0", "zero", 2)
    p.sw("a0", LINES, "s2")  # the software interrupt is pending; mstatus.MIE is 0
    t.measure("wfi", _cost("wfi"), lambda p: p.wfi())
    t.measure("wfi, wfi", 2 * _cost("wfi"), lambda p: (p.wfi(), p.wfi()))
    await t.check(dut)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def store_to_register_and_reset(dut):
    p = Program()
    first = p.here
    p.lui("s2", DEVICE >> 12)
    p.li("a0", 0xCAFE_F00D)
    store = p.here
    p.sw("a0", 0, "s2")
    finish(p)
    seen = []
    _, trace = await run(dut, p, each_cycle=lambda n: seen.append(int(dut.scratch.value)))
    at = {t.pc_rdata: t.cycle - X_TO_RVFI for t in trace}
    assert at[first] == TABLE["reset"].cycles
    assert seen.index(0xCAFE_F00D) - at[store] == TABLE["store_to_register"].cycles


BODIES = {
    "alu": lambda p: [p.add("a0", "a0", "a1") for _ in range(3)],
    "branches": lambda p: (p.beq("zero", "zero", p.here + 8), p.nop(),
                           p.bne("zero", "zero", p.here + 8), p.nop()),
    "jumps": lambda p: (p.jal("zero", p.here + 4), p.jal("zero", p.here + 8), p.nop()),
    "memory": lambda p: (p.lw("a0", 0, "s0"), p.add("a1", "a0", "a0"), p.sw("a1", 0, "s0"),
                         p.sw("a1", 0, "s1")),
    "load_itcm": lambda p: p.lw("a0", 0, "s1"),
    "divide": lambda p: p.div("a0", "s0", "s2"),
    "multiply": lambda p: (p.mul("a0", "s0", "s2"), p.add("a0", "a0", "a0")),
    "csr": lambda p: (p.csrrw("a0", "mscratch", "a1"), p.csrrs("a0", "mip", "zero")),
    "fence_i": lambda p: (p.sw("a1", 0, "s0"), p.fence_i(), p.fence()),
    "bus_store": lambda p: (p.sw("a0", 0, "s2"), p.sw("a0", 0, "s2")),
    "bus_load": lambda p: p.lw("a0", 0, "s2"),
    "wfi": lambda p: p.wfi(),
    "wfi_twice": lambda p: (p.wfi(), p.wfi()),
}


@cocotb.test(timeout_time=1, timeout_unit="ms")
@cocotb.parametrize(body=list(BODIES))
async def interrupt_entry(dut, body):
    """The line rises in each of many cycles of a loop: entry takes the same every time."""
    entry = TABLE["irq_entry"].cycles
    under_way = {entry, entry + 1, entry + 2}
    expected = {"wfi": {TABLE["irq_entry_worst"].cycles},
                "wfi_twice": {TABLE["irq_entry_worst"].cycles},
                "load_itcm": under_way, "bus_load": under_way}.get(body, {entry})
    latencies = await interrupt_latencies(dut, BODIES[body])
    assert latencies == expected, latencies


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def many_waits_do_not_delay_an_interrupt(dut):
    """One that is pending when wfi comes is taken before it, whatever wfi follow."""
    for rise in range(16, 30):
        p = Program()
        p.li("a0", "handler")
        p.csrrw("zero", "mtvec", "a0")
        p.li("a0", 0x0800)
        p.csrrw("zero", "mie", "a0")
        p.csrrsi("zero", "mstatus", 8)
        for _ in range(20):
            p.nop()
        for _ in range(20):
            p.wfi()
        p.align(4)
        p.label("handler")
        p.csrrs("a0", "mepc", "zero")
        finish(p)

        def drive(n, rise=rise):
            dut.external.value = n >= rise
        _, trace = await run(dut, p, each_cycle=drive)
        first = next(t for t in trace if t.intr)
        assert first.cycle - X_TO_RVFI - rise <= TABLE["irq_entry_worst"].cycles


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def wake_from_wfi(dut):
    p = Program()
    p.li("a0", 1 << 20)
    p.csrrw("zero", "mie", "a0")  # mstatus.MIE stays 0: wake, but no trap
    p.wfi()
    woken = p.here
    finish(p)
    slept = []

    def drive(n):
        slept.append(int(dut.sleeping.value))
        dut.fast.value = (n >= 30) << 4
    _, trace = await run(dut, p, each_cycle=drive)
    assert not any(t.intr for t in trace)
    at = {t.pc_rdata: t.cycle - X_TO_RVFI for t in trace}
    assert at[woken] - 30 == TABLE["wfi_wake"].cycles
    assert slept[29] and not slept[at[woken]]


def test_cycle_table():
    run_cocotb(CoreBench(), __name__, name="core_bench", visible=BENCH_MEMORIES)


def test_timing_mutants():
    bench = MutantBench()
    with mutant_classes(bench):
        run_cocotb(bench, __name__, name="core_bench", visible=BENCH_MEMORIES,
                   testcase="timing_mutants_are_found",
                   environment={"MUTANT_BENCH": "1"})


@pytest.mark.parametrize("text, message", [
    ("[other.alu]\ncycles = 1\ndoc = ''", "must be one of instruction, hazard, event"),
    ("[instruction.alu]\ncycles = 0\ndoc = ''", "must be a positive int, not 0"),
    ("[instruction.alu]\ncycles = 1", "must have cycles and doc, not cycles"),
    ("[instruction.alu]\ncycles = 1\ndoc = ''\n[event.alu]\ncycles = 1\ndoc = ''",
     "must have one entry, not two"),
])
def test_bad_table_is_rejected(tmp_path, text, message):
    path = tmp_path / "cycles.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        load_cycle_table(path)
