"""The PMP of the instruction-set model with Smepmp, sentence by sentence."""

import itertools

import pytest

from sim.assembler import JALR, LOAD, NOP, csr, i_type, s_type
from sim.iss.csr import Csr
from sim.iss.csr_numbers import Mode
from sim.iss.memory import Device
from sim.traps import ExceptionCause, Trap
from tests.sim.iss_hart import DEVICE, HANDLER, ITCM, ONES, RAM, make_hart

MML, MMWP, RLB = 1, 2, 4
OFF, TOR, NA4, NAPOT = range(4)
LOCK, X, W, R = 0x80, 4, 2, 1
MPRV = 0x2_0000
FAULTS = {"r": ExceptionCause.LOAD_ACCESS_FAULT, "w": ExceptionCause.STORE_ACCESS_FAULT,
          "x": ExceptionCause.INSTRUCTION_ACCESS_FAULT}
EVERYTHING = 0xFFFF_FFFF  # as an address with NAPOT

LOCKDOWN = """
0000 ---  ---
0001 ---  --x
0010 rw-  r--
0011 rw-  rw-
0100 ---  r--
0101 ---  r-x
0110 ---  rw-
0111 ---  rwx
1000 ---  ---
1001 --x  ---
1010 --x  --x
1011 r-x  --x
1100 r--  ---
1101 r-x  ---
1110 rw-  ---
1111 r--  r--
"""
"""Smepmp's truth table: LRWX, rights of machine mode, rights of user mode."""


def configuration(lrwx, kind=NAPOT):
    """The byte of pmpcfg for the bits LRWX, as text."""
    return sum(bit * int(digit) for bit, digit in zip((LOCK, R, W, X), lrwx)) | kind << 3


def address(hart, entry, value=None):
    """Reads pmpaddr of ``entry``, or writes it."""
    if value is None:
        return hart.csrs.read(Csr.PMPADDR0 + entry)
    return hart.csrs.write(Csr.PMPADDR0 + entry, value)


def byte(hart, entry, value=None):
    """Reads the byte of ``entry`` in pmpcfg, or writes it and leaves the others as they are."""
    number, shift = Csr.PMPCFG0 + entry // 4, 8 * (entry % 4)
    word = hart.csrs.read(number)
    if value is None:
        return word >> shift & 0xFF
    return hart.csrs.write(number, word & ~(0xFF << shift) | value << shift)


def protected_hart(*entries, mseccfg=0, pmp_entries=16, **options):
    """A hart with ``entries``, pairs of address and byte, written before ``mseccfg``."""
    hart = make_hart(pmp_entries=pmp_entries, **options)
    for entry, (value, setting) in enumerate(entries):
        address(hart, entry, value)
        byte(hart, entry, setting)
    hart.csrs.write(Csr.MSECCFG, mseccfg)
    return hart


def lockdown_hart(*entries, mseccfg=MML):
    """The same with MML = 1 before the entries, and RLB = 1 while they are written."""
    hart = protected_hart(mseccfg=MML | RLB)
    for entry, (value, setting) in enumerate(entries):
        address(hart, entry, value)
        byte(hart, entry, setting)
    hart.csrs.write(Csr.MSECCFG, mseccfg)
    return hart


def fault_of(access):
    """The cause of the trap that ``access()`` raises, or None."""
    try:
        access()
    except Trap as trap:
        return trap.cause
    return None


def allows(hart, kind, place, mode, size=4):
    """True if the PMP lets ``mode`` do ``kind``, one of r, w and x, at ``place``.

    Nothing is mapped outside of the memories and no code can be in RAM, so ask for those there.
    """
    hart.csrs.mode = Mode(mode)
    memory = hart.memory
    cause = fault_of({"r": lambda: memory.load(place, size),
                      "w": lambda: memory.store(place, size, 0),
                      "x": lambda: memory.fetch(place)}[kind])
    hart.csrs.mode = Mode.MACHINE
    assert cause in (None, FAULTS[kind])
    return cause is None


def rights(hart, place, mode):
    """What ``mode`` may do at ``place``, as rwx."""
    return "".join(kind if allows(hart, kind, place, mode) else "-" for kind in "rwx")


@pytest.mark.parametrize("entries", [0, 4, 8, 16])
def test_entries_that_are_not_implemented_read_0(entries):
    hart = make_hart(pmp_entries=entries)
    for number in range(16):
        address(hart, number, 0x8000_0001 + number)
    for register in range(4):
        hart.csrs.write(Csr.PMPCFG0 + register, 0x1918_0F0D)
    assert [address(hart, number) for number in range(16)] == \
        [0x8000_0001 + number if number < entries else 0 for number in range(16)]
    assert [hart.csrs.read(Csr.PMPCFG0 + register) for register in range(4)] == \
        [0x1918_0F0D if 4 * register < entries else 0 for register in range(4)]


def test_all_is_0_after_reset_and_user_mode_is_refused():
    hart = make_hart(pmp_entries=4)
    assert all(hart.csrs.read(number) == 0 for number in
               (*range(0x3A0, 0x3A4), *range(0x3B0, 0x3C0), Csr.MSECCFG, Csr.MSECCFGH))
    assert (rights(hart, ITCM.base, 3), rights(hart, ITCM.base, 0)) == ("rwx", "---")


@pytest.mark.parametrize("written", range(256))
def test_bits_of_a_configuration(written):
    """Bits 5 and 6 read 0; W without R is not stored while MML = 0, and is while MML = 1."""
    hart = protected_hart()
    hart.csrs.write(Csr.PMPCFG0, written << 8)
    stored = written & 0x9F
    assert byte(hart, 1) == (stored & ~W if stored & 3 == W else stored)
    assert hart.csrs.read(Csr.PMPCFG0) & 0xFFFF_00FF == 0
    hart = protected_hart(mseccfg=MML | RLB)
    byte(hart, 1, written)
    assert byte(hart, 1) == stored


@pytest.mark.parametrize("entries", [0, 4, 8, 16])
def test_mseccfg(entries):
    hart = make_hart(pmp_entries=entries)
    hart.csrs.write(Csr.MSECCFG, ONES)
    hart.csrs.write(Csr.MSECCFGH, ONES)
    assert hart.csrs.read(Csr.MSECCFG) == (7 if entries else 0)
    assert hart.csrs.read(Csr.MSECCFGH) == 0
    if not entries:
        assert (rights(hart, ITCM.base, 3), rights(hart, ITCM.base, 0)) == ("rwx", "rwx")


def covered(kind, below, value):
    """First byte and end of what an entry matches, by the tables of the specification."""
    if kind == TOR:
        return 4 * below, max(4 * value, 4 * below)
    if kind == NA4:
        return 4 * value, 4 * value + 4
    digits = f"{value:033b}"
    ones = len(digits) - len(digits.rstrip("1"))
    first = int(digits[:33 - ones] + "0" * ones, 2)
    return 4 * first, 4 * first + 2 ** (ones + 3)


WORD = RAM.base // 4


@pytest.mark.parametrize("kind, below, value", [
    (NA4, 0, WORD), (NA4, 0, WORD + 7), (NA4, 0, WORD + 7 | 1 << 30),  # beyond 32 address bits
    (NAPOT, 0, WORD), (NAPOT, 0, WORD + 8 | 1), (NAPOT, 0, WORD + 16 | 3), (NAPOT, 0, WORD | 0x1FF),
    (NAPOT, 0, RAM.base // 4 | 0x3FF_FFFF), (NAPOT, 0, 0x1FFF_FFFF), (NAPOT, 0, 0x3FFF_FFFF),
    (NAPOT, 0, 0x7FFF_FFFF), (NAPOT, 0, EVERYTHING), (NAPOT, 0, 0xBFFF_FFFF),
    (TOR, WORD + 4, WORD + 9), (TOR, WORD + 4, WORD + 5), (TOR, WORD + 4, WORD + 4),
    (TOR, WORD + 9, WORD + 4), (TOR, 0, WORD + 1), (TOR, WORD, 0x4000_0000), (TOR, WORD, ONES),
    (TOR, 0x4000_0000 | WORD, ONES), (TOR, 0, 0),
])
def test_matching(kind, below, value):
    """Each byte around the limits, by loads of each size, as far as RAM goes."""
    hart = protected_hart((below, 0), (value, R | kind << 3))
    first, end = covered(kind, below, value)
    places = {place + offset for place in (first, end, RAM.base, RAM.end, RAM.base + 0x1000)
              for offset in range(-8, 8)}
    places = sorted(place for place in places if RAM.base <= place < RAM.end)
    assert places
    for place, size in itertools.product(places, (1, 2, 4)):
        if place % size == 0:
            assert allows(hart, "r", place, 0, size) == (first <= place < end), (hex(place), size)


def test_entry_0_as_top_of_range_starts_at_0():
    hart = protected_hart((WORD + 4, R | TOR << 3))
    address(hart, 15, WORD)
    assert allows(hart, "r", RAM.base + 12, 0) and not allows(hart, "r", RAM.base + 16, 0)
    assert allows(hart, "r", ITCM.base, 0)


def test_top_of_range_starts_at_an_entry_below_that_is_off_or_anything():
    for setting in (OFF, NA4 << 3, NAPOT << 3 | R, TOR << 3):
        hart = protected_hart((WORD + 1, setting), (WORD + 4, R | TOR << 3))
        assert allows(hart, "r", RAM.base + 8, 0)
        assert allows(hart, "r", RAM.base, 0) == (setting == NAPOT << 3 | R)


@pytest.mark.parametrize("first", [0, R, R | W, X, R | X])
@pytest.mark.parametrize("second", [0, R, R | W, X, R | X])
def test_lowest_entry_decides(first, second):
    hart = protected_hart((WORD, first | NA4 << 3), (EVERYTHING, second | NAPOT << 3))
    for kind, right in (("r", R), ("w", W)):
        assert allows(hart, kind, RAM.base, 0) == bool(first & right)
        assert allows(hart, kind, RAM.base + 4, 0) == bool(second & right)


@pytest.mark.parametrize("entry", range(16))
def test_each_entry_matches(entry):
    hart = protected_hart()
    address(hart, entry, WORD + entry)
    byte(hart, entry, R | NA4 << 3)
    assert [allows(hart, "r", RAM.base + 4 * word, 0) for word in range(16)] == \
        [word == entry for word in range(16)]


@pytest.mark.parametrize("lrwx", ["".join(bits) for bits in itertools.product("01", repeat=4)
                                  if bits[1:3] != ("0", "1")])
def test_rights_without_lockdown(lrwx):
    """A rule binds user mode, and machine mode if it is locked."""
    granted = "".join(kind if digit == "1" else "-" for kind, digit in zip("rwx", lrwx[1:]))
    hart = protected_hart((EVERYTHING, configuration(lrwx)))
    assert rights(hart, ITCM.base, 0) == granted
    assert rights(hart, ITCM.base, 3) == (granted if lrwx[0] == "1" else "rwx")


@pytest.mark.parametrize("row", LOCKDOWN.strip().splitlines())
def test_rights_with_lockdown(row):
    lrwx, machine, user = row.split()
    for mseccfg in (MML, MML | MMWP, MML | RLB):
        hart = lockdown_hart((EVERYTHING, configuration(lrwx)), mseccfg=mseccfg)
        assert byte(hart, 0) == configuration(lrwx)
        assert (rights(hart, ITCM.base, 3), rights(hart, ITCM.base, 0)) == (machine, user)


@pytest.mark.parametrize("mseccfg, machine", [
    (0, "rwx"), (RLB, "rwx"), (MMWP, "---"), (MML, "rw-"), (MML | MMWP, "---")])
def test_access_that_no_rule_matches(mseccfg, machine):
    for setting in (OFF, NA4 << 3):
        hart = protected_hart((WORD, setting | R | W | X), mseccfg=mseccfg)
        assert (rights(hart, ITCM.base, 3), rights(hart, ITCM.base, 0)) == (machine, "---")


@pytest.mark.parametrize("kind", [OFF, TOR, NA4, NAPOT])
def test_locked_entry_ignores_writes(kind):
    """Its byte, its address, and the address below if it is the top of a range."""
    setting = LOCK | R | kind << 3
    hart = protected_hart((WORD, 0), (WORD + 1, setting), (WORD + 2, 0))
    hart.csrs.write(Csr.PMPCFG0, 0x0101_0101)
    for entry in range(3):
        address(hart, entry, 5)
    assert [byte(hart, entry) for entry in range(4)] == [1, setting, 1, 1]
    assert [address(hart, entry) for entry in range(3)] == \
        [WORD if kind == TOR else 5, WORD + 1, 5]


def test_top_of_range_that_is_not_locked_leaves_the_address_below_free():
    hart = protected_hart((WORD, 0), (WORD + 1, TOR << 3 | R))
    address(hart, 0, 5)
    assert address(hart, 0) == 5


@pytest.mark.parametrize("last", [3, 7, 15])
def test_last_entry_can_be_locked_and_has_none_above(last):
    hart = make_hart(pmp_entries=last + 1)
    address(hart, last - 1, 4)
    address(hart, last, 5)
    byte(hart, last, LOCK | TOR << 3)
    for entry in (last - 1, last):
        address(hart, entry, 6)
    byte(hart, last, 0)
    assert (address(hart, last - 1), address(hart, last)) == (4, 5)
    assert byte(hart, last) == LOCK | TOR << 3


@pytest.mark.parametrize("mseccfg", [RLB, RLB | MML])
def test_rule_locking_bypass_makes_locked_entries_writable(mseccfg):
    hart = protected_hart(mseccfg=mseccfg)
    address(hart, 0, WORD)
    byte(hart, 1, LOCK | R | TOR << 3)
    address(hart, 0, 5)
    address(hart, 1, 6)
    assert (address(hart, 0), address(hart, 1)) == (5, 6)
    byte(hart, 1, R)
    assert byte(hart, 1) == R


@pytest.mark.parametrize("locked", [OFF << 3, NAPOT << 3 | R])
@pytest.mark.parametrize("entry", [0, 15])
def test_rule_locking_bypass_cannot_be_set_while_an_entry_is_locked(locked, entry):
    hart = protected_hart()
    byte(hart, entry, LOCK | locked)
    hart.csrs.write(Csr.MSECCFG, RLB | MMWP)
    assert hart.csrs.read(Csr.MSECCFG) == MMWP


def test_rule_locking_bypass_can_be_cleared_for_good():
    hart = protected_hart(mseccfg=RLB)
    hart.csrs.write(Csr.MSECCFG, 0)
    hart.csrs.write(Csr.MSECCFG, RLB)
    assert hart.csrs.read(Csr.MSECCFG) == RLB
    byte(hart, 2, LOCK)
    hart.csrs.write(Csr.MSECCFG, RLB)
    assert hart.csrs.read(Csr.MSECCFG) == RLB
    for value in (0, RLB):
        hart.csrs.write(Csr.MSECCFG, value)
        assert hart.csrs.read(Csr.MSECCFG) == 0


@pytest.mark.parametrize("sticky", [MML, MMWP, MML | MMWP])
def test_lockdown_and_whitelist_policy_stay_set(sticky):
    hart = protected_hart(mseccfg=sticky)
    hart.csrs.write(Csr.MSECCFG, 0)
    assert hart.csrs.read(Csr.MSECCFG) == sticky
    hart.csrs.write(Csr.MSECCFG, RLB)
    assert hart.csrs.read(Csr.MSECCFG) == sticky | RLB


@pytest.mark.parametrize("kind", [OFF, TOR, NA4, NAPOT])
@pytest.mark.parametrize("row", LOCKDOWN.strip().splitlines())
def test_lockdown_keeps_out_what_machine_mode_could_execute(row, kind):
    """Unless RLB is set; the other bytes of the same write take effect."""
    lrwx, machine, _ = row.split()
    written = configuration(lrwx, kind)
    hart = protected_hart((0, R | W), mseccfg=MML)
    byte(hart, 0, R | W)
    hart.csrs.write(Csr.PMPCFG0, R << 24 | W << 16 | R | W | written << 8)
    hart.csrs.write(Csr.PMPCFG0, R << 24 | W << 16 | written << 8 | R)
    assert [byte(hart, entry) for entry in range(4)] == \
        [R, 0 if "x" in machine else written, W, R]
    hart = protected_hart(mseccfg=MML | RLB)
    byte(hart, 1, written)
    assert byte(hart, 1) == written


def test_mseccfg_is_written_by_instructions_and_binds_the_next_fetch():
    hart = make_hart([csr(6, 1, MMWP, Csr.MSECCFG), NOP], pmp_entries=4)
    assert not hart.step().trap and hart.x[1] == 0
    record = hart.step()
    assert (record.trap, record.name, record.pc_rdata) == (True, "fetch", ITCM.base + 4)
    assert hart.pc == HANDLER and hart.csrs.read(Csr.MEPC) == ITCM.base + 4


@pytest.mark.parametrize("mode, status, machine_rights", [
    (3, 0, True), (3, MPRV, False), (3, MPRV | 3 << 11, True), (3, MPRV | 1 << 11, False),
    (3, 0x1800, True), (0, 0, False), (0, 0x1800, False)])
def test_mprv_gives_loads_and_stores_the_rights_of_mpp(mode, status, machine_rights):
    """The rule lets user mode execute alone, and does not bind machine mode."""
    for word in (i_type(LOAD, 2, 3, 1, 0), s_type(2, 1, 2, 0)):
        hart = protected_hart((EVERYTHING, X | NAPOT << 3), words=[word], x={1: RAM.base})
        hart.csrs.write(Csr.MSTATUS, status)
        hart.csrs.mode = Mode(mode)
        record = hart.step()
        assert (record.name in ("lw", "sw"), record.trap) == (True, not machine_rights)


def test_mprv_does_not_concern_fetches():
    hart = protected_hart((EVERYTHING, R | NAPOT << 3), words=[NOP])
    hart.csrs.write(Csr.MSTATUS, MPRV)
    assert not hart.step().trap


@pytest.mark.parametrize("word, place, cause", [
    (i_type(LOAD, 2, 3, 1, 0), RAM.base, ExceptionCause.LOAD_ACCESS_FAULT),
    (i_type(LOAD, 4, 3, 1, 0), RAM.base + 3, ExceptionCause.LOAD_ACCESS_FAULT),
    (s_type(2, 1, 2, 0), RAM.base, ExceptionCause.STORE_ACCESS_FAULT),
    (s_type(0, 1, 2, 0), RAM.base + 1, ExceptionCause.STORE_ACCESS_FAULT),
    (i_type(LOAD, 2, 3, 1, 0), DEVICE.base, ExceptionCause.LOAD_ACCESS_FAULT),
    (s_type(2, 1, 2, 0), DEVICE.base, ExceptionCause.STORE_ACCESS_FAULT),
    (i_type(LOAD, 2, 3, 1, 0), RAM.base + 2, ExceptionCause.LOAD_MISALIGNED),
    (i_type(LOAD, 1, 3, 1, 0), RAM.base + 1, ExceptionCause.LOAD_MISALIGNED),
    (s_type(1, 1, 2, 0), DEVICE.base + 3, ExceptionCause.STORE_MISALIGNED),
])
def test_refused_access_has_no_effect(word, place, cause):
    """Misalignment is reported even where the access is forbidden."""
    log = []
    device = Device("device", DEVICE.base, DEVICE.size, read=lambda *access: log.append(access),
                    write=lambda *access: log.append(access))
    code = ITCM.base >> 2 | ITCM.size // 8 - 1
    hart = protected_hart((code, X | NAPOT << 3), words=[word], device=device,
                          x={1: place, 2: ONES, 3: 33})
    hart.csrs.mode = Mode.USER
    record = hart.step()
    assert (record.trap, record.mode, record.mem_rmask, record.mem_wmask) == (True, 0, 0, 0)
    assert [hart.csrs.read(number) for number in (Csr.MCAUSE, Csr.MTVAL, Csr.MEPC)] == \
        [cause, place, ITCM.base]
    assert (log, hart.x[3], hart.space.load(RAM.base, 4)) == ([], 33, 0)
    assert hart.csrs.read(Csr.MINSTRET) == 0


def test_forbidden_fetch():
    """The jump itself is fine; its target faults, with the address in mtval."""
    hart = protected_hart((ITCM.base + 0x100 >> 2, R | W | NA4 << 3),
                          (EVERYTHING, X | NAPOT << 3), words=[i_type(JALR, 0, 3, 1, 0)],
                          x={1: ITCM.base + 0x100})
    hart.csrs.mode = Mode.USER
    assert not hart.step().trap and hart.x[3] == ITCM.base + 4
    record = hart.step()
    assert (record.name, record.trap, record.mode) == ("fetch", True, 0)
    assert [hart.csrs.read(number) for number in (Csr.MCAUSE, Csr.MTVAL, Csr.MEPC)] == \
        [ExceptionCause.INSTRUCTION_ACCESS_FAULT, ITCM.base + 0x100, ITCM.base + 0x100]
    assert hart.pc == HANDLER


@pytest.mark.parametrize("mode", Mode)
def test_the_map_is_checked_too(mode):
    hart = protected_hart((EVERYTHING, R | W | X | NAPOT << 3))
    assert rights(hart, 0, mode) == "---"
    assert rights(hart, RAM.base, mode) == "rw-"
    assert rights(hart, ITCM.base, mode) == "rwx"


@pytest.mark.parametrize("rights_of_all, ran", [(X, 1), (R | W, 0)])
def test_run_checks_as_step_does(rights_of_all, ran):
    hart = protected_hart((EVERYTHING, rights_of_all | NAPOT << 3),
                          words=[NOP, s_type(2, 1, 1, 0)], x={1: RAM.base})
    hart.csrs.mode = Mode.USER
    hart.run(ran + 1)
    assert (hart.pc, hart.csrs.mode, hart.csrs.retired) == (HANDLER, 3, ran)
    assert hart.space.load(RAM.base, 4) == 0
