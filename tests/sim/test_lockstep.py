"""The comparison of a core with the model: it must accept what is right and see what is wrong."""

import array
import contextlib

import pytest

from cpu.bit_manipulation import EXTENSIONS
from sim.assembler import LOAD, MRET, NOP, WFI, csr, i_type, jal, load_immediate
from sim.iss.csr import INTERRUPT_MASK, Csr
from sim.iss.hart import Hart
from sim.iss.memory import AddressSpace, Device, Memory
from sim.lockstep import Lockstep, Mismatch, RvfiRecord
from sim.random_program import random_program
from soc.fabric.region import Region

ITCM = Region("itcm", 0x8000_0000, 0x4000)
RAM = Region("ram", 0x9000_0000, 0x1000)
DEVICE = 0x1000_0000


def make_hart(words, device=None, **options):
    memories = [Memory("itcm", ITCM.base, ITCM.size, executable=True),
                Memory("ram", RAM.base, RAM.size)]
    memories[0].words[:len(words)] = array.array("I", words)
    return Hart(AddressSpace(memories + ([device] if device else [])), reset_vector=ITCM.base,
                **options)


def rvfi(retirement, order):
    """What a core that does the same would show, accesses named by their words."""
    lane = retirement.mem_addr & 3
    return RvfiRecord(
        order=order, insn=retirement.insn, trap=int(retirement.trap), halt=0,
        intr=int(retirement.intr), mode=retirement.mode, ixl=1, rs1_addr=retirement.rs1_addr,
        rs2_addr=retirement.rs2_addr, rs1_rdata=retirement.rs1_rdata,
        rs2_rdata=retirement.rs2_rdata, rd_addr=retirement.rd_addr, rd_wdata=retirement.rd_wdata,
        pc_rdata=retirement.pc_rdata, pc_wdata=retirement.pc_wdata,
        mem_addr=retirement.mem_addr & ~3, mem_rmask=retirement.mem_rmask << lane,
        mem_wmask=retirement.mem_wmask << lane, mem_rdata=retirement.mem_rdata << 8 * lane,
        mem_wdata=retirement.mem_wdata << 8 * lane)


@pytest.mark.parametrize("options", [{}, {"extensions": EXTENSIONS}, {"pmp_entries": 8}])
def test_the_model_agrees_with_itself(options):
    for seed in range(20):
        program = random_program(seed, itcm=ITCM, ram=RAM, **options)
        core, hart = make_hart(program.words, **options), make_hart(program.words, **options)
        lockstep = Lockstep(hart)
        for order in range(10_000):
            if core.pc == program.end:
                break
            lockstep.follow(rvfi(core.step(), order), 0, 0)
        assert core.pc == program.end
        assert sum(lockstep.counts.values()) > order


@pytest.mark.parametrize("field", RvfiRecord._fields)
def test_mutant_wrong_field_is_seen(field):
    """Each field, wrong by one bit in one of the first instructions that have it."""
    seen = 0
    program = random_program(3, itcm=ITCM, ram=RAM)
    core = make_hart(program.words)
    records = [rvfi(core.step(), order) for order in range(200)]
    for index, record in enumerate(records):
        is_access = record.mem_rmask | record.mem_wmask
        relevant = {"rs1_addr": record.rs1_addr, "rs1_rdata": record.rs1_addr,
                    "rs2_addr": record.rs2_addr, "rs2_rdata": record.rs2_addr,
                    "mem_addr": is_access, "mem_rdata": record.mem_rmask & 1,
                    "mem_wdata": record.mem_wmask & 1, "order": index,
                    "intr": index and not records[index - 1].trap}.get(field, True)
        if not relevant or seen == 20:
            continue
        seen += 1
        lockstep = Lockstep(make_hart(program.words))
        for good in records[:index]:
            lockstep.follow(good, 0, 0)
        with pytest.raises(Mismatch):
            lockstep.follow(record._replace(**{field: getattr(record, field) ^ 1}), 0, 0)
    assert seen


INTERRUPTIBLE = [*load_immediate(1, ITCM.base + 0x400), csr(1, 0, 1, Csr.MTVEC),
                 *load_immediate(2, INTERRUPT_MASK & ~(1 << 20)), csr(1, 0, 2, Csr.MIE),
                 csr(6, 0, 8, Csr.MSTATUS), NOP, NOP, NOP, NOP, NOP, NOP, jal(0, -4)]
SETUP = 7


@pytest.mark.parametrize("vectored", [False, True])
def test_interrupt_is_followed(vectored):
    words = list(INTERRUPTIBLE)
    words[1] |= int(vectored) << 20
    core, lockstep = make_hart(words), Lockstep(make_hart(words))
    for hart in (core, lockstep.hart):
        for vector in range(32):
            hart.space.store(ITCM.base + 0x400 + 4 * vector, 4, csr(2, 5, 0, Csr.MCAUSE))
    for order in range(SETUP):
        lockstep.follow(rvfi(core.step(), order), 0, 0)
    core.interrupt(17)
    assert lockstep.follow(rvfi(core.step(), SETUP), 1 << 17 | 1 << 11, 1 << 11) == 17
    assert lockstep.counts["interrupt 17"] == 1


def test_interrupt_in_user_mode_is_followed_while_mie_is_clear():
    words = [*load_immediate(1, ITCM.base + 20), csr(1, 0, 1, Csr.MEPC),
             csr(6, 0, 8, Csr.MIE), MRET, NOP]
    core, lockstep = make_hart(words, pmp_entries=0), Lockstep(make_hart(words, pmp_entries=0))
    for hart in (core, lockstep.hart):
        hart.csrs.write(Csr.MTVEC, ITCM.base)
    for order in range(6):
        lockstep.follow(rvfi(core.step(), order), 0, 0)
    core.interrupt(3)
    assert lockstep.follow(rvfi(core.step(), 6), 8, 8) == 3
    assert lockstep.hart.csrs.read(Csr.MSTATUS) == 0


@pytest.mark.parametrize("number, lines_seen, lines_held, message", [
    (17, 0, 0, "interrupt 17 taken at 0x80000400, but only 0x0 are enabled and pending"),
    (20, 1 << 20, 0, "interrupt 20 taken"), (17, 0x3_0000, 0x1_0000, "0x10000 comes before it"),
])
def test_mutant_unlawful_interrupt_is_seen(number, lines_seen, lines_held, message):
    core, lockstep = make_hart(INTERRUPTIBLE), Lockstep(make_hart(INTERRUPTIBLE))
    for hart in (core, lockstep.hart):
        hart.space.store(ITCM.base + 0x400, 4, csr(2, 5, 0, Csr.MCAUSE))
    for order in range(SETUP):
        lockstep.follow(rvfi(core.step(), order), 0, 0)
    core.interrupt(number)
    with pytest.raises(Mismatch, match=message):
        lockstep.follow(rvfi(core.step(), SETUP), lines_seen, lines_held)


def test_mutant_interrupt_that_is_never_taken_is_seen():
    core, lockstep = make_hart(INTERRUPTIBLE), Lockstep(make_hart(INTERRUPTIBLE))
    with pytest.raises(Mismatch, match="interrupts 0x800 are enabled and pending, but not taken"):
        for order in range(SETUP + 6):
            lockstep.follow(rvfi(core.step(), order), 0x800, 0x800)


def test_values_from_outside_are_taken_over():
    words = [*load_immediate(1, DEVICE), i_type(LOAD, 1, 2, 1, 6), csr(2, 3, 0, Csr.MCYCLE), MRET]
    core = make_hart(words, Device("device", DEVICE, 0x1000, read=lambda *_: 0x8001, write=None))
    core.csrs.observed = {Csr.MCYCLE: 99}
    hart = make_hart(words, Device("device", DEVICE, 0x1000, read=None, write=None))
    lockstep = Lockstep(hart)
    hart.space.find(DEVICE).load = lockstep.device_data
    for order in range(5):
        lockstep.follow(rvfi(core.step(), order), 0, 0)
    assert (hart.x[2], hart.x[3]) == (0xFFFF_8001, 99)


@pytest.mark.parametrize("lines, good", [((0x80, 0), True), ((0, 0x80), True), ((0, 0x8), False)])
def test_mutant_wfi_that_does_not_wait_is_seen(lines, good):
    words = [*load_immediate(2, 0x80), csr(1, 0, 2, Csr.MIE), WFI, NOP]
    core, lockstep = make_hart(words), Lockstep(make_hart(words))
    for order in range(3):
        lockstep.follow(rvfi(core.step(), order), 0, 0)
    with contextlib.nullcontext() if good else pytest.raises(Mismatch, match="wfi must wait for"):
        for order, seen in enumerate(lines, 3):
            lockstep.follow(rvfi(core.step(), order), seen, 0)
