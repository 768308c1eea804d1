"""User mode, PMP and Smepmp: directed programs in lockstep with the model, and what they reach."""

from itertools import product

import cocotb
from cocotb.clock import Clock

from cpu.cycles import load_cycle_table
from sim.core_bench import BENCH_MEMORIES, CoreBench
from sim.core_run import EXIT, interrupt_latencies, run
from sim.harness import run_cocotb
from sim.mnemonics import Program
from soc.memory_map import MemoryMap
from tests.cpu.lockstep_bench import Bench, run_words

ITCM, RAM = MemoryMap.ITCM_BASE, MemoryMap.RAM_BASE
DEVICE = MemoryMap.DEVICE_BASES["system"]
ENTRIES = 8

READ, WRITE, EXECUTE, LOCK = 1, 2, 4, 0x80
TOR, NA4, NAPOT = 1 << 3, 2 << 3, 3 << 3
MML, MMWP, RLB = 1, 2, 4
MPP_M, MPRV, TW = 3 << 11, 1 << 17, 1 << 21
PMPCFG0, PMPADDR0, MSECCFG, MCOUNTEREN = 0x3A0, 0x3B0, 0x747, 0x306


def napot(base, size):
    """pmpaddr of a power of two of at least 8 bytes."""
    return base >> 2 | (size >> 3) - 1


def csr(p, number, value):
    """Writes a constant to a CSR; uses t0."""
    p.li("t0", value)
    p.csrrw("zero", number, "t0")


def entry(p, number, address, configuration):
    """Sets a PMP entry; the others of its register stay. Uses t0, t1."""
    csr(p, PMPADDR0 + number, address)
    shift = 8 * (number % 4)
    p.li("t1", 0xFF << shift)
    p.csrrc("zero", PMPCFG0 + number // 4, "t1")
    p.li("t1", configuration << shift)
    p.csrrs("zero", PMPCFG0 + number // 4, "t1")


def begin():
    """A program whose handler comes back behind what trapped, in M mode, with mcause in s10.

    A fetch fault comes back to the address in s11. ecall does too: so user mode is left.
    """
    p = Program()
    p.jal("zero", "begin")
    p.align(64)
    p.label("handler")
    p.csrrs("s10", "mcause", "zero")
    p.csrrs("s9", "mtval", "zero")
    p.csrrs("s8", "mstatus", "zero")
    p.csrrs("t2", "mepc", "zero")
    p.addi("t3", "zero", 1)
    p.beq("s10", "t3", "far")
    p.addi("t3", "zero", 8)
    p.beq("s10", "t3", "far")
    p.addi("t2", "t2", 4)
    p.jal("zero", "back")
    p.label("far")
    p.addi("t2", "s11", 0)
    p.li("t3", MPP_M)
    p.csrrs("zero", "mstatus", "t3")
    p.label("back")
    p.csrrw("zero", "mepc", "t2")
    p.mret()
    p.label("begin")
    p.li("t0", "handler")
    p.csrrw("zero", "mtvec", "t0")
    return p


def drop(p, target):
    """Goes to ``target`` in user mode; ecall there comes back behind. Uses t0, t1."""
    p.li("t0", target)
    p.csrrw("zero", "mepc", "t0")
    p.li("t1", MPP_M)
    p.csrrc("zero", "mstatus", "t1")
    p.li("s11", f"back{p.here}")
    label = f"back{p.here - 8}"
    p.mret()
    p.label(label)


def finish(p):
    """The end: a jump to itself, which the bench looks for."""
    p.label("end")
    p.jal("zero", "end")


async def _follow(dut, p, **options):
    Clock(dut.clk, 10, unit="ns").start()
    bench = Bench(dut, CoreBench(), pmp_entries=ENTRIES)
    return await run_words(bench, p.words(), p.address("end"), **options)


def _reads(records, register):
    return [r.rd_wdata for r in records if r.rd_addr == register]


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def user_mode(dut):
    """What user mode may not do traps with the right cause; ecall comes back with MPP = U."""
    p = begin()
    entry(p, 0, napot(ITCM, 0x8000), NAPOT | READ | WRITE | EXECUTE)
    csr(p, MCOUNTEREN, 0b101)
    p.addi("s2", "zero", 0)
    drop(p, "user")
    csr(p, "mstatus", TW)
    p.addi("s2", "zero", 1)
    drop(p, "user")
    finish(p)
    p.align(64)
    p.label("user")
    for number in (0x300, 0x305, 0x341, 0x3A0, 0x747, 0xB00, 0xF14, 0xC01):
        p.csrrs("a0", number, "zero")
        p.addi("a0", "zero", 1)
    p.csrrs("a1", 0xC00, "zero")
    p.csrrs("a1", 0xC02, "zero")
    p.csrrw("zero", 0xC00, "a1")
    p.mret()
    p.beq("s2", "zero", "out")  # wfi only when it traps: nothing would wake it
    p.wfi()
    p.label("out")
    p.ecall()
    records = await _follow(dut, p)
    causes = _reads(records, 26)
    assert causes.count(8) == 2 and set(causes) == {2, 8}
    assert causes.count(2) == 21  # 8 CSRs, a write and mret, each twice, and wfi once
    assert {r.mode for r in records} == {0, 3}
    assert all(s & MPP_M == 0 for s in _reads(records, 24))


def _access_program(setup):
    """A program that has done ``setup(p)``, and a routine for `_probe` to run in user mode."""
    p = begin()
    setup(p)
    p.jal("zero", "main")
    p.align(64)
    p.label("user")  # s0: address, s1: 0 for a load, 1 for a store, 2 for a fetch
    p.addi("t3", "zero", 1)
    p.beq("s1", "t3", "store")
    p.blt("t3", "s1", "fetch")
    p.lw("a0", 0, "s0")
    p.ecall()
    p.label("store")
    p.sw("s0", 0, "s0")
    p.ecall()
    p.label("fetch")
    p.jalr("zero", 0, "s0")
    p.align(64)
    p.label("main")
    return p


def _probe(p, address, kind):
    """A load (``kind`` 0), store (1) or fetch (2) in user mode, in machine mode, with MPRV."""
    p.li("s0", address)
    p.addi("s1", "zero", kind)
    drop(p, "user")
    if kind == 2:
        p.li("s11", f"behind{p.here}")
        label = f"behind{p.here - 8}"
        p.jalr("zero", 0, "s0")
        p.label(label)
    else:
        p.lw("a0", 0, "s0") if kind == 0 else p.sw("s0", 0, "s0")
        p.li("t4", MPRV | MPP_M)  # the same with the rights of user mode
        p.csrrc("zero", "mstatus", "t4")
        p.li("t4", MPRV)
        p.csrrs("zero", "mstatus", "t4")
        p.lw("a0", 0, "s0") if kind == 0 else p.sw("s0", 0, "s0")
        p.csrrc("zero", "mstatus", "t4")


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def regions_and_their_edges(dut):
    """NAPOT, NA4 and TOR, in their order; edges; locked entries bind machine mode."""
    def setup(p):
        entry(p, 0, (RAM + 0x10) >> 2, NA4 | READ)
        entry(p, 1, napot(RAM, 0x40), NAPOT | READ | WRITE)
        entry(p, 3, (RAM + 0x80) >> 2, 0)
        entry(p, 4, (RAM + 0xC4) >> 2, TOR | READ | LOCK)
        entry(p, 5, (RAM + 0xC0) >> 2, TOR | READ | WRITE)  # ends where it begins: nothing
        entry(p, 7, napot(ITCM, 0x8000), NAPOT | READ | EXECUTE)
    p = _access_program(setup)
    for address in (RAM, RAM + 0xC, RAM + 0x10, RAM + 0x14, RAM + 0x3C, RAM + 0x40, RAM + 0x7C,
                    RAM + 0x80, RAM + 0xC0, RAM + 0xC4, DEVICE, ITCM + 0x7FFC):
        for kind in (0, 1):
            _probe(p, address, kind)
    entry(p, 4, (RAM + 0x1000) >> 2, TOR | READ | WRITE)  # locked: stays
    csr(p, PMPADDR0 + 3, 0)  # locked too, as its begin
    for number in range(PMPADDR0, PMPADDR0 + 16):
        p.csrrs("a3", number, "zero")
    for number in range(PMPCFG0, PMPCFG0 + 4):
        p.csrrs("a3", number, "zero")
    _probe(p, RAM + 0xC4, 1)
    finish(p)
    records = await _follow(dut, p)
    causes = _reads(records, 26)
    assert {5, 7, 8} <= set(causes)


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def table_of_smepmp(dut):
    """All 16 rights in lockdown, for data and code, in both modes: as the model has them."""
    probe_code = ITCM + 0x4000

    def setup(p):
        csr(p, MSECCFG, RLB)
        entry(p, 6, napot(ITCM, 0x4000), NAPOT | LOCK | READ | EXECUTE)
        csr(p, MSECCFG, RLB | MML)
        entry(p, 2, napot(ITCM, 0x4000), NAPOT | LOCK | WRITE)  # in lockdown: both may execute
        entry(p, 3, napot(RAM, 0x8000), NAPOT | WRITE | EXECUTE)  # and both may read and write
    p = _access_program(setup)
    for lock, read, write, execute in product((0, LOCK), (0, READ), (0, WRITE), (0, EXECUTE)):
        rights = lock | read | write | execute
        entry(p, 0, napot(RAM + 0x100, 0x40), NAPOT | rights)
        entry(p, 1, napot(probe_code, 0x40), NAPOT | rights)
        _probe(p, RAM + 0x120, 0)
        _probe(p, RAM + 0x120, 1)
        _probe(p, probe_code, 2)
    csr(p, MSECCFG, MML)  # no more bypass: MML stays, nothing locked changes, no new code of M
    for number, rights in enumerate((LOCK | EXECUTE, EXECUTE | READ, LOCK | WRITE, WRITE), 4):
        entry(p, number, napot(probe_code, 0x40), NAPOT | rights)
    entry(p, 2, 0, 0)
    csr(p, MSECCFG, MMWP | RLB)
    for number in (MSECCFG, 0x757, PMPCFG0, PMPCFG0 + 1, PMPADDR0 + 2):
        p.csrrs("a3", number, "zero")
    _probe(p, DEVICE, 0)
    finish(p)
    p.align(4)
    filler = (probe_code - p.here) // 4
    for _ in range(filler):
        p.word(0)
    p.ecall()
    p.jalr("zero", 0, "s11")
    records = await _follow(dut, p)
    assert {1, 5, 7, 8, 11} <= set(_reads(records, 26))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def refused_accesses_have_no_effect(dut):
    """Nothing on the register bus, nothing stored, nothing in a register."""
    p = begin()
    entry(p, 0, DEVICE >> 2, NA4 | LOCK)
    entry(p, 1, napot(RAM, 0x40), NAPOT | LOCK)
    entry(p, 2, napot(ITCM + 0x4000, 0x40), NAPOT | LOCK)
    for base in (DEVICE, RAM, ITCM + 0x4000):
        p.li("s0", base)
        p.addi("a0", "zero", 77)
        p.sw("a0", 0, "s0")
        p.lw("a0", 0, "s0")
        p.add("a1", "a0", "zero")
    p.li("s0", DEVICE)
    p.lw("a0", 4, "s0")
    finish(p)
    requests = []

    def watch():
        if dut.bus__request.value:
            requests.append(dut.bus__address.value.to_unsigned())
    records = await _follow(dut, p, each_cycle=watch)
    assert _reads(records, 26) == 3 * [7, 5]
    assert _reads(records, 11) == 3 * [77]
    assert requests == [DEVICE + 4]


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def cycles_of_a_write(dut):
    """What the cycle table says of writes to the CSRs of protection, and of reads."""
    table = load_cycle_table()
    p = Program()
    for _ in range(4):
        p.nop()
    bodies = [(lambda: p.csrrw("zero", PMPADDR0, "zero"), "csr_protection"),
              (lambda: p.csrrsi("zero", MSECCFG, RLB), "csr_protection"),
              (lambda: p.csrrs("a0", PMPCFG0, "zero"), "csr")]
    for emit, _ in bodies[::2] + bodies[1:2]:
        p.csrrs("s10", "mcycle", "zero")
        emit()
        p.csrrs("s11", "mcycle", "zero")
    p.li("t6", DEVICE)
    p.sw("zero", EXIT, "t6")
    p.jal("zero", p.here)
    _, trace = await run(dut, p)
    before, after = ([t.rd_wdata for t in trace if t.rd_addr == n] for n in (26, 27))
    costs = [b - a - table["csr"].cycles for a, b in zip(before, after)]
    assert costs == [table[name].cycles for name in ("csr_protection", "csr", "csr_protection")]


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def interrupts_wait_for_a_write(dut):
    """Of a CSR of protection, at most until what follows is fetched."""
    entry = load_cycle_table()["irq_entry"].cycles
    latencies = await interrupt_latencies(dut, lambda p: p.csrrw("zero", PMPADDR0, "zero"))
    assert latencies == {entry, entry + 1, entry + 2}, latencies


def test_privilege():
    run_cocotb(CoreBench(pmp_entries=ENTRIES), __name__, name="core_bench", visible=BENCH_MEMORIES)
