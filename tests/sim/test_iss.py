"""The instruction-set model: directed tests from the specification, and against unicorn."""

import array

import pytest
import unicorn
from unicorn import riscv_const

from sim.assembler import (
    AUIPC, EBREAK, ECALL, FENCE_I, JALR, LOAD, LUI, MRET, OP_IMM, WFI, branch, csr, i_type, jal,
    load_immediate, r_type, s_type, u_type,
)
from sim.iss.csr import INTERRUPT_MASK, Csr
from sim.iss.memory import AddressSpace, Device, Memory
from sim.random_program import CORNERS, RandomProgram, random_program
from sim.traps import (
    FAST_INTERRUPTS, INTERRUPT_FLAG, ExceptionCause, InterruptCause, cause_name, describe_trap,
)
from tests.sim.iss_hart import DEVICE, HANDLER, ITCM, NEGATIVE, ONES, RAM, make_hart


@pytest.mark.parametrize("funct7, funct3, a, b, result", [
    (0x00, 0, ONES, 1, 0), (0x20, 0, 0, 1, ONES),                                  # add, sub
    (0x00, 1, 1, 63, NEGATIVE), (0x00, 5, NEGATIVE, 31, 1), (0x20, 5, NEGATIVE, 31, ONES),
    (0x00, 2, NEGATIVE, 0, 1), (0x00, 3, NEGATIVE, 0, 0),                          # slt, sltu
    (0x00, 4, 0xF0, 0xFF, 0x0F), (0x00, 6, 0xF0, 0x0F, 0xFF), (0x00, 7, 0xF0, 0x3C, 0x30),
    (0x01, 0, ONES, ONES, 1), (0x01, 1, ONES, ONES, 0),                            # mul, mulh
    (0x01, 2, ONES, ONES, ONES), (0x01, 3, ONES, ONES, 0xFFFF_FFFE),               # mulhsu, mulhu
    (0x01, 1, NEGATIVE, NEGATIVE, 0x4000_0000), (0x01, 2, NEGATIVE, NEGATIVE, 0xC000_0000),
    (0x01, 4, 7, 0, ONES), (0x01, 5, 7, 0, ONES), (0x01, 6, 7, 0, 7), (0x01, 7, 7, 0, 7),
    (0x01, 4, NEGATIVE, ONES, NEGATIVE), (0x01, 6, NEGATIVE, ONES, 0),             # overflow
    (0x01, 4, -7 & ONES, 2, -3 & ONES), (0x01, 6, -7 & ONES, 2, ONES),             # towards 0
    (0x01, 6, 7, -2 & ONES, 1), (0x01, 5, ONES, 2, 0x7FFF_FFFF), (0x01, 7, ONES, 2, 1),
])
def test_register_operation(funct7, funct3, a, b, result):
    hart = make_hart([r_type(funct7, funct3, 3, 1, 2)], {1: a, 2: b})
    record = hart.step()
    assert (hart.x[3], record.rd_addr, record.rd_wdata) == (result, 3, result)
    assert (record.rs1_rdata, record.rs2_rdata) == (a, b)


@pytest.mark.parametrize("word, result", [
    (i_type(OP_IMM, 0, 3, 1, -1), 0x7FFF_FFFF), (i_type(OP_IMM, 2, 3, 1, 0), 1),
    (i_type(OP_IMM, 3, 3, 1, -1), 1), (i_type(OP_IMM, 4, 3, 1, -1), 0x7FFF_FFFF),
    (i_type(OP_IMM, 6, 3, 1, 0x7FF), 0x8000_07FF), (i_type(OP_IMM, 7, 3, 1, -2048), NEGATIVE),
    (i_type(OP_IMM, 1, 3, 1, 1), 0), (i_type(OP_IMM, 5, 3, 1, 31), 1),
    (i_type(OP_IMM, 5, 3, 1, 0x400 | 31), ONES), (u_type(LUI, 3, ONES), 0xFFFF_F000),
    (u_type(AUIPC, 3, 0x8000_1000), 0x1000), (jal(3, 16), 0x8000_0004),
])
def test_immediate_operation(word, result):
    hart = make_hart([word], {1: NEGATIVE})
    hart.step()
    assert hart.x[3] == result


def test_x0_stays_zero():
    hart = make_hart([i_type(OP_IMM, 0, 0, 0, 5), i_type(LOAD, 2, 0, 1, 0)], {1: RAM.base})
    hart.space.store(RAM.base, 4, 77)
    assert (hart.step().rd_wdata, hart.step().mem_rdata, hart.x[0]) == (0, 77, 0)


@pytest.mark.parametrize("funct3, a, b, taken", [
    (0, 5, 5, True), (0, 5, 6, False), (1, 5, 6, True), (1, 5, 5, False),
    (4, NEGATIVE, 0, True), (4, 0, 0, False), (5, 0, NEGATIVE, True), (5, NEGATIVE, 0, False),
    (6, 0, NEGATIVE, True), (6, NEGATIVE, 0, False), (7, NEGATIVE, 0, True), (7, 0, 1, False),
])
def test_branch(funct3, a, b, taken):
    hart = make_hart([branch(funct3, 1, 2, 0x100)], {1: a, 2: b})
    record = hart.step()
    assert record.pc_wdata == hart.pc == ITCM.base + (0x100 if taken else 4)
    assert not record.trap


def test_jalr_drops_bit_0_and_may_overwrite_its_base():
    hart = make_hart([i_type(JALR, 0, 1, 1, 5)], {1: ITCM.base + 0x100})
    hart.step()
    assert (hart.pc, hart.x[1]) == (ITCM.base + 0x104, ITCM.base + 4)


@pytest.mark.parametrize("funct3, offset, value, mask", [
    (0, 3, 0xFFFF_FF80, 1), (4, 3, 0x80, 1), (1, 2, 0xFFFF_80FF, 3), (5, 2, 0x80FF, 3),
    (2, 0, 0x80FF_7F01, 15), (0, 1, 0x7F, 1),
])
def test_load(funct3, offset, value, mask):
    hart = make_hart([i_type(LOAD, funct3, 3, 1, offset - 4)], {1: RAM.base + 4})
    hart.space.write(RAM.base, bytes([0x01, 0x7F, 0xFF, 0x80]))
    record = hart.step()
    assert hart.x[3] == value
    assert (record.mem_addr, record.mem_rmask, record.mem_wmask) == (RAM.base + offset, mask, 0)
    assert record.mem_rdata == value & sum(0xFF << 8 * lane for lane in range(mask.bit_count()))


@pytest.mark.parametrize("funct3, offset, result", [
    (0, 1, "11cc3344"), (1, 2, "1122ccbb"), (2, 0, "ccbbaa99")])
def test_store(funct3, offset, result):
    hart = make_hart([s_type(funct3, 1, 2, offset)], {1: RAM.base, 2: 0x99AA_BBCC})
    hart.space.write(RAM.base, bytes.fromhex("11223344"))
    record = hart.step()
    assert hart.space.read(RAM.base, 4).hex() == result
    assert record.mem_wdata == 0x99AA_BBCC & ((1 << (8 << funct3)) - 1)


def test_device_is_called_back():
    log = []
    device = Device("device", DEVICE.base, DEVICE.size,
                    read=lambda offset, size: log.append((offset, size)) or 0x85,
                    write=lambda *access: log.append(access))
    hart = make_hart([i_type(LOAD, 0, 3, 1, 8), s_type(1, 1, 3, 12)], {1: DEVICE.base},
                     device=device)
    hart.step(), hart.step()
    assert log == [(8, 1), (12, 2, 0xFF85)] and hart.x[3] == 0xFFFF_FF85


TRAPS = [
    # words, x1, cause, mtval, address of the trapping instruction
    ([ECALL], 0, ExceptionCause.MACHINE_ECALL, 0, 0),
    ([EBREAK], 0, ExceptionCause.BREAKPOINT, ITCM.base, 0),
    ([0], 0, ExceptionCause.ILLEGAL_INSTRUCTION, 0, 0),
    ([ONES], 0, ExceptionCause.ILLEGAL_INSTRUCTION, ONES, 0),
    ([jal(3, 6)], 0, ExceptionCause.INSTRUCTION_MISALIGNED, ITCM.base + 6, 0),
    ([branch(0, 0, 0, 2)], 0, ExceptionCause.INSTRUCTION_MISALIGNED, ITCM.base + 2, 0),
    ([i_type(JALR, 0, 3, 1, 3)], 0x100, ExceptionCause.INSTRUCTION_MISALIGNED, 0x102, 0),
    ([i_type(LOAD, 2, 3, 1, 0)], RAM.base + 2, ExceptionCause.LOAD_MISALIGNED, RAM.base + 2, 0),
    ([i_type(LOAD, 5, 3, 1, 0)], 1, ExceptionCause.LOAD_MISALIGNED, 1, 0),
    ([s_type(1, 1, 2, 0)], ITCM.base + 1, ExceptionCause.STORE_MISALIGNED, ITCM.base + 1, 0),
    ([i_type(LOAD, 2, 3, 1, 0)], 0, ExceptionCause.LOAD_ACCESS_FAULT, 0, 0),
    ([i_type(LOAD, 0, 3, 1, 0)], RAM.end, ExceptionCause.LOAD_ACCESS_FAULT, RAM.end, 0),
    ([s_type(2, 1, 2, -4)], RAM.base, ExceptionCause.STORE_ACCESS_FAULT, RAM.base - 4, 0),
    ([i_type(JALR, 0, 3, 1, 0)], RAM.base, ExceptionCause.INSTRUCTION_ACCESS_FAULT, RAM.base,
     RAM.base - ITCM.base),
    ([i_type(JALR, 0, 3, 1, 0)], 0, ExceptionCause.INSTRUCTION_ACCESS_FAULT, 0, -ITCM.base),
]


@pytest.mark.parametrize("words, x1, cause, mtval, offset", TRAPS)
def test_exception(words, x1, cause, mtval, offset):
    hart = make_hart(words, {1: x1, 3: 33})
    hart.csrs.write(Csr.MSTATUS, 8)
    record = hart.step()
    if offset:  # the jump itself is fine, its target is not
        assert (record.trap, hart.x[3]) == (False, ITCM.base + 4)
        record = hart.step()
    else:
        assert hart.x[3] == 33 and hart.csrs.read(Csr.MINSTRET) == 0
    assert record.trap and record.pc_wdata == hart.pc == HANDLER
    assert (record.rd_addr, record.mem_rmask, record.mem_wmask) == (0, 0, 0)
    assert [hart.csrs.read(number) for number in (Csr.MCAUSE, Csr.MTVAL, Csr.MEPC)] == \
        [cause, mtval, ITCM.base + offset]
    assert hart.csrs.read(Csr.MSTATUS) == 0x1880
    hart.csrs.leave_trap()
    assert hart.csrs.read(Csr.MSTATUS) == 0x1888


ILLEGAL = [
    0x0000_0001, 0x0000_4002, r_type(2, 0, 1, 2, 3), r_type(0x20, 1, 1, 2, 3),
    r_type(0x21, 0, 1, 2, 3), i_type(OP_IMM, 1, 1, 1, 0x400), i_type(OP_IMM, 1, 1, 1, 0x20),
    i_type(OP_IMM, 5, 1, 1, 0x200), i_type(JALR, 1, 1, 1, 0), i_type(LOAD, 3, 1, 1, 0),
    i_type(LOAD, 6, 1, 1, 0), i_type(LOAD, 7, 1, 1, 0), s_type(3, 1, 2, 0), branch(2, 0, 0, 8),
    branch(3, 0, 0, 8), 0x0000_200F, csr(4, 1, 2, Csr.MSCRATCH), csr(1, 0, 0, Csr.MVENDORID),
    csr(2, 1, 2, Csr.MHARTID), csr(7, 0, 1, Csr.MIMPID), csr(2, 1, 0, 0x100), csr(2, 1, 0, 0x302),
    csr(2, 1, 0, 0x3A0), 0x1020_0073, 0x0020_0073, 0x1200_0073, MRET | 1 << 7, WFI | 1 << 15,
    ECALL | 1 << 7, 0x0000_0053, 0x0000_002F, 0x0000_003B, 0x0000_0007, 0x0000_001B,
]


@pytest.mark.parametrize("word", ILLEGAL)
def test_illegal_instruction(word):
    hart = make_hart([word])
    assert hart.step().trap
    assert hart.csrs.read(Csr.MCAUSE) == ExceptionCause.ILLEGAL_INSTRUCTION
    assert hart.csrs.read(Csr.MTVAL) == word


@pytest.mark.parametrize("number, mask, fixed", [
    (Csr.MSTATUS, 0x88, 0x1800), (Csr.MIE, INTERRUPT_MASK, 0), (Csr.MTVEC, 0xFFFF_FF81, 0),
    (Csr.MSCRATCH, ONES, 0), (Csr.MEPC, ONES & ~3, 0), (Csr.MCAUSE, 0x8000_001F, 0),
    (Csr.MTVAL, ONES, 0), (Csr.MISA, 0, 0x4000_1100), (Csr.MIP, 0, 0), (Csr.MSTATUSH, 0, 0),
    (0xB03, 0, 0), (0xB9F, 0, 0), (0x323, 0, 0), (Csr.MCOUNTINHIBIT, 5, 0),
    (Csr.MINSTRETH, ONES, 0),
])
def test_csr_fields(number, mask, fixed):
    hart = make_hart([csr(1, 2, 1, number), csr(2, 3, 0, number), csr(3, 4, 1, number),
                      csr(2, 5, 0, number), csr(6, 6, 31, number), csr(2, 7, 0, number)], {1: ONES})
    for _ in range(6):
        assert not hart.step().trap
    assert hart.x[3] == hart.x[4] == mask | fixed
    assert hart.x[5] == hart.x[6] == fixed
    assert hart.x[7] == mask & 31 | fixed


def test_csr_swap_and_clear_immediate():
    hart = make_hart([csr(5, 0, 31, Csr.MSCRATCH), csr(7, 1, 5, Csr.MSCRATCH),
                      csr(1, 2, 2, Csr.MSCRATCH), csr(2, 3, 0, Csr.MSCRATCH)], {2: 1234})
    for _ in range(4):
        hart.step()
    assert (hart.x[1], hart.x[2], hart.x[3]) == (31, 26, 1234)


def test_instruction_counter():
    read = csr(2, 3, 0, Csr.MINSTRET)
    hart = make_hart([read, ECALL, csr(1, 0, 1, Csr.MINSTRET), read, csr(1, 4, 2, Csr.MINSTRETH),
                      read, csr(2, 5, 0, Csr.MINSTRETH)], {1: ONES, 2: 9})
    assert hart.step().rd_wdata == 0
    hart.step()
    hart.pc = ITCM.base + 8
    assert [hart.step().rd_wdata for _ in range(5)] == [0, ONES, 1, 0, 9]


def test_stopped_counter():
    """The instruction that stops the counter still counts, the one that starts it does not."""
    read, stop = csr(2, 3, 0, Csr.MINSTRET), csr(6, 0, 4, Csr.MCOUNTINHIBIT)
    hart = make_hart([stop, read, read, csr(5, 0, 7, Csr.MINSTRET), read,
                      csr(7, 4, 4, Csr.MCOUNTINHIBIT), read, csr(2, 3, 0, Csr.INSTRET)])
    assert [hart.step().rd_wdata for _ in range(8)] == [0, 1, 1, 0, 7, 4, 7, 8]


def test_vectored_base_is_a_multiple_of_128():
    hart = make_hart()
    hart.csrs.write(Csr.MTVEC, 0x8000_03FF)
    assert hart.csrs.read(Csr.MTVEC) == 0x8000_0381
    hart.csrs.write(Csr.MTVEC, 0x8000_03FE)
    assert hart.csrs.read(Csr.MTVEC) == 0x8000_03FC


def test_user_counters_are_read_only():
    hart = make_hart([csr(2, 3, 0, Csr.TIMEH), csr(2, 3, 0, Csr.INSTRET), csr(1, 0, 0, Csr.CYCLE)])
    hart.csrs.time = 5 << 32
    assert [hart.step().rd_wdata for _ in range(2)] == [5, 1]
    assert hart.step().trap


def test_observed_values_stand_in_for_the_models_own():
    hart = make_hart([csr(2, 3, 0, Csr.MCYCLE), csr(2, 3, 0, Csr.MCYCLE)])
    hart.csrs.observed = {Csr.MCYCLE: 1000}
    assert hart.step().rd_wdata == 1000
    hart.csrs.observed = {}
    assert hart.step().rd_wdata == 1


def test_interrupts_by_priority_direct_and_vectored():
    hart = make_hart()
    hart.csrs.write(Csr.MIE, INTERRUPT_MASK)
    hart.csrs.write(Csr.MTVEC, HANDLER | 1)
    order = [*range(16, 32), 11, 3, 7]
    hart.csrs.lines = INTERRUPT_MASK
    for number in order:
        assert hart.csrs.pending() == number
        hart.csrs.write(Csr.MSTATUS, 8)
        hart.pc = ITCM.base + 8
        hart.interrupt(number)
        assert (hart.pc, hart.csrs.read(Csr.MSTATUS)) == (HANDLER + 4 * number, 0x1880)
        assert hart.csrs.read(Csr.MCAUSE) == INTERRUPT_FLAG | number
        assert hart.csrs.read(Csr.MEPC) == ITCM.base + 8 and hart.csrs.read(Csr.MTVAL) == 0
        hart.csrs.lines &= ~(1 << number)
    assert hart.csrs.pending() is None
    hart.csrs.write(Csr.MTVEC, HANDLER)
    hart.interrupt(InterruptCause.TIMER)
    assert hart.pc == HANDLER
    assert hart.step().intr


def test_run_takes_pending_interrupts_and_stops_at_wfi():
    hart = make_hart([csr(6, 0, 8, Csr.MSTATUS), WFI, i_type(OP_IMM, 0, 2, 2, 1), jal(0, -4)])
    hart.space.store(HANDLER, 4, MRET)
    hart.csrs.write(Csr.MIE, 1 << InterruptCause.TIMER)
    assert hart.run(100) == 2 and hart.waiting
    hart.waiting = False
    hart.csrs.lines = 1 << InterruptCause.TIMER
    assert hart.run(1) == 1
    hart.csrs.lines = 0
    assert hart.pc == ITCM.base + 8 and hart.csrs.retired == 3
    hart.run(10)
    assert hart.x[2] == 5


def test_stored_code_runs_after_fence_i():
    hart = make_hart([s_type(2, 1, 2, 0), FENCE_I, 0], {1: ITCM.base + 8,
                                                        2: i_type(OP_IMM, 0, 5, 0, 42)})
    for _ in range(3):
        hart.step()
    assert hart.x[5] == 42


@pytest.mark.parametrize("mcause, name", [
    (5, "load access fault"), (11, "machine ecall"), (10, "exception 10"),
    (INTERRUPT_FLAG | 7, "timer interrupt"), (INTERRUPT_FLAG | 18, "fast interrupt 2"),
    (INTERRUPT_FLAG | 5, "interrupt 5")])
def test_cause_names(mcause, name):
    assert cause_name(mcause) == name
    assert describe_trap(mcause, 0x8000_0010, 4).startswith(f"{name} at 0x80000010")


def test_trap_description_says_what_was_wrong():
    assert describe_trap(5, 0x8000_0010, 4) == \
        "load access fault at 0x80000010: load from 0x00000004, which is not mapped or not allowed"
    assert len(FAST_INTERRUPTS) == 16


def test_bad_regions_are_rejected():
    with pytest.raises(ValueError, match="b at 0x00001000 must not overlap region a"):
        AddressSpace([Memory("a", 0, 0x2000), Memory("b", 0x1000, 0x1000)])
    with pytest.raises(ValueError, match="must be whole 4 KiB pages, not 0x10 bytes"):
        AddressSpace([Memory("a", 0, 0x10)])
    with pytest.raises(ValueError, match="must lie in one memory, not 2 bytes at 0x00000fff"):
        AddressSpace([Memory("a", 0, 0x1000)]).write(0xFFF, b"12")


def _unicorn(program):
    """Emulator that has ``program`` loaded, with an empty RAM."""
    emulator = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
    emulator.mem_map(ITCM.base, ITCM.size)
    emulator.mem_map(RAM.base, RAM.size)
    emulator.mem_write(ITCM.base, array.array("I", program.words).tobytes())
    return emulator


def _compare_with_unicorn(seed, items):
    """Runs one program on both and compares the path, the registers and the memories."""
    program = random_program(seed, itcm=ITCM, ram=RAM, items=items, traps=False)
    emulator, path = _unicorn(program), []
    emulator.hook_add(unicorn.UC_HOOK_CODE, lambda _, address, size, data: path.append(address))
    emulator.emu_start(ITCM.base, program.end)
    hart = make_hart(program.words)
    for address in path:
        assert hart.pc == address, f"seed {seed}: at {hart.pc:#x}, unicorn at {address:#x}"
        record = hart.step()
        assert not record.trap, f"seed {seed}: {record}"
    assert hart.pc == program.end
    expected = [emulator.reg_read(riscv_const.UC_RISCV_REG_X0 + index) for index in range(32)]
    assert hart.x[:32] == expected, f"seed {seed}: registers"
    for region in (ITCM, RAM):
        assert hart.space.read(region.base, region.size) == \
            bytes(emulator.mem_read(region.base, region.size)), f"seed {seed}: {region.name}"
    return len(path)


def test_random_programs_agree_with_unicorn():
    count = sum(_compare_with_unicorn(seed, 200) for seed in range(100))
    print(f"seeds 0 to 99: {count} instructions agree with unicorn")
    assert count > 30_000


def test_every_operation_on_all_corners_agrees_with_unicorn():
    """Every register-register instruction on every pair of corner operands, results in RAM."""
    operations = [(0, funct3) for funct3 in range(8)] + [(0x20, 0), (0x20, 5)] + \
        [(1, funct3) for funct3 in range(8)]
    for a in CORNERS:
        words = load_immediate(1, a) + load_immediate(5, RAM.base)
        for b in CORNERS:
            words += load_immediate(2, b)
            for operation in operations:
                words += [r_type(*operation, 3, 1, 2), s_type(2, 5, 3, 0),
                          i_type(OP_IMM, 0, 5, 5, 4)]
        program = RandomProgram(0, ITCM.base, words, ITCM.base + 4 * len(words))
        emulator, hart = _unicorn(program), make_hart(words)
        emulator.emu_start(ITCM.base, program.end)
        hart.run(len(words))
        assert hart.pc == program.end
        assert hart.space.read(RAM.base, RAM.size) == bytes(emulator.mem_read(RAM.base, RAM.size))
