"""User mode of the instruction-set model, sentence by sentence of the privileged specification."""

import pytest

from sim.assembler import (
    EBREAK, ECALL, LOAD, MRET, NOP, OP_IMM, WFI, csr, i_type, jal, load_immediate, s_type,
)
from sim.iss.csr import INTERRUPT_MASK, ControlRegisters, Csr
from sim.iss.csr_numbers import Mode
from sim.iss.memory import Device
from sim.traps import INTERRUPT_FLAG, ExceptionCause, InterruptCause, cause_name, describe_trap
from tests.sim.iss_hart import DEVICE, HANDLER, ITCM, ONES, RAM, make_hart

MIE, MPIE, MPP, MPRV, TW = 0x8, 0x80, 0x1800, 0x2_0000, 0x20_0000
TIMER = 1 << InterruptCause.TIMER
PRIVILEGED = (0x306, 0x30A, 0x31A, *range(0x3A0, 0x3A4), *range(0x3B0, 0x3C0), 0x747, 0x757)
"""Registers that only harts with user mode have."""
COUNTERS = {0xC00: 1, 0xC80: 1, 0xC01: 2, 0xC81: 2, 0xC02: 4, 0xC82: 4}


def user_hart(words=(), x=None, **options):
    """A hart in user mode, without PMP entries: everything is allowed."""
    hart = make_hart(words, x, **{"pmp_entries": 0, **options})
    hart.csrs.mode = Mode.USER
    return hart


def trap_of(hart):
    """mcause, mtval, mepc."""
    return [hart.csrs.read(number) for number in (Csr.MCAUSE, Csr.MTVAL, Csr.MEPC)]


@pytest.mark.parametrize("pmp_entries, letters", [
    (None, "IM"), (0, "IMU"), (4, "IMU"), (8, "IMU"), (16, "IMU")])
@pytest.mark.parametrize("extensions, more", [
    (set(), ""), ({"zba", "zbb", "zbs"}, "B"), ({"zba", "zbb", "zbkb"}, "")])
def test_misa(pmp_entries, letters, extensions, more):
    hart = make_hart(pmp_entries=pmp_entries, extensions=extensions)
    expected = 1 << 30 | sum(1 << ord(letter) - ord("A") for letter in letters + more)
    assert hart.csrs.read(Csr.MISA) == expected


def test_bad_number_of_entries_is_rejected():
    with pytest.raises(ValueError, match="pmp_entries must be 0, 4, 8 or 16, not 5"):
        make_hart(pmp_entries=5)


@pytest.mark.parametrize("number", PRIVILEGED)
def test_registers_of_user_mode_are_not_there_without_it(number):
    for pmp_entries, trap in ((None, True), (0, False), (16, False)):
        hart = make_hart([csr(2, 1, 0, number)], pmp_entries=pmp_entries)
        assert hart.step().trap == trap


@pytest.mark.parametrize("pmp_entries", [None, 16])
@pytest.mark.parametrize("number", [0x302, 0x303, 0x100, 0x180, 0x600, 0xC03, 0xC1F, 0xC83, 0x3A4,
                                    0x3C0, 0x3EF, 0x312, 0x7A0])
def test_registers_that_do_not_exist(pmp_entries, number):
    """medeleg and mideleg among them, and what only supervisor mode and more entries have."""
    hart = make_hart([csr(2, 1, 0, number)], pmp_entries=pmp_entries)
    assert hart.step().trap
    assert hart.csrs.read(Csr.MCAUSE) == ExceptionCause.ILLEGAL_INSTRUCTION


@pytest.mark.parametrize("pmp_entries", [0, 16])
@pytest.mark.parametrize("number, mask", [
    (Csr.MSTATUS, MIE | MPIE | MPP | MPRV | TW), (Csr.MCOUNTEREN, 7), (Csr.MENVCFG, 0),
    (Csr.MENVCFGH, 0), (Csr.MSECCFGH, 0), (Csr.MSTATUSH, 0), (Csr.MIE, INTERRUPT_MASK)])
def test_csr_fields(pmp_entries, number, mask):
    hart = make_hart([csr(1, 2, 1, number), csr(3, 3, 1, number), csr(2, 4, 0, number)], {1: ONES},
                     pmp_entries=pmp_entries)
    for _ in range(3):
        assert not hart.step().trap
    assert (hart.x[2], hart.x[3], hart.x[4]) == (0, mask, 0)


@pytest.mark.parametrize("written, stored", [(0, 0), (1, 0), (2, 0), (3, 3)])
@pytest.mark.parametrize("before", [0, 3])
def test_mpp_holds_modes_that_exist(written, stored, before):
    hart = make_hart(pmp_entries=0)
    hart.csrs.write(Csr.MSTATUS, before << 11)
    hart.csrs.write(Csr.MSTATUS, written << 11 | MIE)
    assert hart.csrs.read(Csr.MSTATUS) == stored << 11 | MIE


def test_reset():
    hart = make_hart([NOP], pmp_entries=4)
    assert hart.csrs.read(Csr.MSTATUS) == 0
    assert hart.step().mode == 3


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("status", [0, MIE, MPIE, MPRV | TW, MIE | MPP])
def test_trap_entry(mode, status):
    hart = make_hart([EBREAK], pmp_entries=0)
    hart.csrs.write(Csr.MSTATUS, status)
    hart.csrs.mode = mode
    record = hart.step()
    assert (record.mode, hart.csrs.mode) == (mode, Mode.MACHINE)
    assert trap_of(hart) == [ExceptionCause.BREAKPOINT, ITCM.base, ITCM.base]
    expected = mode << 11 | status & (MPRV | TW) | (MPIE if status & MIE else 0)
    assert hart.csrs.read(Csr.MSTATUS) == expected


@pytest.mark.parametrize("status, after, mode", [
    (0, MPIE, 0), (MPIE, MPIE | MIE, 0), (MIE, MPIE, 0), (MPP, MPIE, 3),
    (MPP | MPIE | MPRV | TW, MPIE | MIE | MPRV | TW, 3), (MPRV | TW, MPIE | TW, 0),
])
def test_mret(status, after, mode):
    hart = make_hart([MRET], pmp_entries=0)
    hart.csrs.write(Csr.MSTATUS, status)
    hart.csrs.write(Csr.MEPC, ITCM.base + 0x100)
    record = hart.step()
    assert (record.mode, record.pc_wdata, record.trap) == (3, ITCM.base + 0x100, False)
    assert (hart.csrs.mode, hart.csrs.read(Csr.MSTATUS)) == (mode, after)
    assert hart.step().mode == mode


def test_mret_is_illegal_in_user_mode():
    hart = user_hart([MRET])
    hart.csrs.write(Csr.MSTATUS, MPP | MPIE)
    hart.csrs.write(Csr.MEPC, RAM.base)
    assert hart.step().trap
    assert trap_of(hart) == [ExceptionCause.ILLEGAL_INSTRUCTION, MRET, ITCM.base]
    assert hart.csrs.read(Csr.MSTATUS) == 0


@pytest.mark.parametrize("mode, wait, illegal", [(0, 0, False), (0, TW, True), (3, 0, False),
                                                 (3, TW, False)])
def test_wfi(mode, wait, illegal):
    hart = make_hart([WFI], pmp_entries=0)
    hart.csrs.write(Csr.MSTATUS, wait)
    hart.csrs.mode = Mode(mode)
    record = hart.step()
    assert (record.trap, hart.waiting) == (illegal, not illegal)
    if illegal:
        assert trap_of(hart) == [ExceptionCause.ILLEGAL_INSTRUCTION, WFI, ITCM.base]


@pytest.mark.parametrize("mode, cause", [(0, 8), (3, 11)])
def test_ecall(mode, cause):
    hart = make_hart([ECALL], pmp_entries=16)
    hart.csrs.write(Csr.PMPADDR0, ONES)
    hart.csrs.write(Csr.PMPCFG0, 0x1F)
    hart.csrs.mode = Mode(mode)
    assert hart.step().trap
    assert trap_of(hart) == [cause, 0, ITCM.base]


def test_user_ecall_has_a_name():
    assert cause_name(8) == "user ecall"
    assert describe_trap(8, 16, 0) == "user ecall at 0x00000010: ecall from user mode"


def test_privileged_registers_are_illegal_in_user_mode():
    """All numbers and all kinds of access; only the counters remain, and only to read."""
    exists = ControlRegisters(pmp_entries=16).exists
    for counters in (0, 7):
        legal = set()
        for number in range(0x1000):
            for kind, source in ((1, 0), (2, 0), (2, 1), (3, 0), (5, 0), (6, 0), (7, 0), (7, 1)):
                hart = user_hart([csr(kind, 5, source, number)], {5: 77})
                hart.csrs.write(Csr.MCOUNTEREN, counters)
                if hart.step().trap:
                    assert trap_of(hart)[:2] == [ExceptionCause.ILLEGAL_INSTRUCTION,
                                                 csr(kind, 5, source, number)]
                    assert hart.x[5] == 77
                else:
                    assert exists(number) and (kind & 3 != 1 and source == 0)
                    legal.add(number)
        assert legal == (set(COUNTERS) if counters else set())


def test_privileged_register_keeps_its_value_in_user_mode():
    hart = user_hart([csr(1, 0, 1, Csr.MSCRATCH)], {1: 5})
    hart.step()
    assert hart.csrs.read(Csr.MSCRATCH) == 0


@pytest.mark.parametrize("number", COUNTERS)
@pytest.mark.parametrize("enabled", range(8))
def test_counters_in_user_mode(number, enabled):
    for mode in Mode:
        hart = make_hart([csr(2, 1, 0, number)], pmp_entries=0)
        hart.csrs.write(Csr.MCOUNTEREN, enabled)
        hart.csrs.mode = mode
        assert hart.step().trap != (mode == Mode.MACHINE or bool(enabled & COUNTERS[number]))


@pytest.mark.parametrize("mode, status, taken", [
    (0, 0, True), (0, MIE, True), (3, 0, False), (3, MIE, True)])
def test_interrupts_in_user_mode_are_taken_whatever_mie_is(mode, status, taken):
    hart = make_hart([NOP, NOP], pmp_entries=0)
    hart.csrs.write(Csr.MSTATUS, status)
    hart.csrs.mode = Mode(mode)
    hart.csrs.lines = TIMER
    hart.run(1)
    assert hart.pc == ITCM.base + 4  # not enabled in mie
    hart.csrs.write(Csr.MIE, TIMER)
    hart.space.store(HANDLER, 4, NOP)
    hart.run(1)
    assert (hart.pc == HANDLER + 4) == taken
    if taken:
        assert trap_of(hart) == [INTERRUPT_FLAG | InterruptCause.TIMER, 0, ITCM.base + 4]
        assert hart.csrs.read(Csr.MSTATUS) == mode << 11 | (MPIE if status else 0)
        assert hart.csrs.mode == Mode.MACHINE


def test_illegal_words_are_illegal_in_user_mode_too():
    hart = user_hart([0])
    hart.step()
    assert trap_of(hart) == [ExceptionCause.ILLEGAL_INSTRUCTION, 0, ITCM.base]


def test_user_mode_may_do_everything_without_pmp_entries():
    log = []
    device = Device("device", DEVICE.base, DEVICE.size, read=lambda offset, size: 5,
                    write=lambda *access: log.append(access))
    hart = user_hart([s_type(2, 1, 1, 0), i_type(LOAD, 2, 2, 1, 0), s_type(0, 3, 1, 0),
                      i_type(LOAD, 2, 4, 3, 0), jal(0, 0x100)], {1: RAM.base, 3: DEVICE.base},
                     device=device)
    for _ in range(5):
        record = hart.step()
        assert (record.trap, record.mode) == (False, 0)
    assert (hart.x[2], hart.x[4], log) == (RAM.base, 5, [(0, 1, 0)])


def test_to_user_mode_and_back():
    """A whole visit as software makes it; the handler returns behind the call, in user mode."""
    there = ITCM.base + 0x100
    hart = make_hart([*load_immediate(1, there), csr(1, 0, 1, Csr.MEPC), MRET], pmp_entries=0)
    for place, words in ((there, [i_type(OP_IMM, 0, 2, 2, 1), ECALL, i_type(OP_IMM, 0, 2, 2, 1)]),
                         (HANDLER, [csr(2, 3, 0, Csr.MEPC), i_type(OP_IMM, 0, 3, 3, 4),
                                    csr(1, 0, 3, Csr.MEPC), MRET])):
        for index, word in enumerate(words):
            hart.space.store(place + 4 * index, 4, word)
    modes = [hart.step().mode for _ in range(11)]
    assert modes == [3, 3, 3, 3, 0, 0, 3, 3, 3, 3, 0]
    assert hart.x[2] == 2
