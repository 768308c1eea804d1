"""Random programs for user mode and PMP: each of them ends, and together they reach everything."""

import random
from collections import Counter

import pytest

from sim.iss.csr import INTERRUPT_MASK, Csr
from sim.iss.memory import Device
from sim.random_program import random_program
from tests.sim.iss_hart import DEVICE, ITCM, RAM, make_hart

STEPS = 20_000
TRAPS = {(cause, mode) for cause in (0, 1, 2, 3, 4, 5, 6, 7) for mode in (0, 3)} | {(8, 0), (11, 3)}


def run(seed, *, interrupts, pmp_entries):
    """Runs a program to its end; returns a Counter of what it has reached.

    With ``interrupts``, lines rise at random and when a wfi waits for them.
    """
    program = random_program(seed, itcm=ITCM, ram=RAM, device=DEVICE, interrupts=interrupts,
                             pmp_entries=pmp_entries)
    device = Device("device", DEVICE.base, DEVICE.size, read=lambda *_: 0, write=lambda *_: None)
    hart = make_hart(program.words, device=device, pmp_entries=pmp_entries)
    csrs, generator, reached = hart.csrs, random.Random(seed), Counter()
    for _ in range(STEPS):
        if hart.pc == program.end:
            return reached
        if hart.waiting:
            assert interrupts and csrs.read(Csr.MIE), f"seed {seed}: nothing can end the wfi"
            csrs.lines |= csrs.read(Csr.MIE)
            hart.waiting = False
        elif interrupts and generator.random() < 0.02:
            csrs.lines |= 1 << generator.randrange(32) & INTERRUPT_MASK
        if csrs.interrupts_enabled and csrs.pending() is not None:
            reached[f"interrupt in {csrs.mode}"] += 1
            number = csrs.pending()
            hart.interrupt(number)
            csrs.lines &= ~(1 << number)
        record = hart.step()
        if record.trap:
            reached[csrs.read(Csr.MCAUSE), record.mode] += 1
            reached[f"{record.name} traps in {record.mode}"] += 1
        else:
            reached[f"{record.name} in {record.mode}"] += 1
            if record.insn >> 20 == Csr.MSECCFG:
                reached[f"mseccfg {csrs.read(Csr.MSECCFG)}"] += 1
    raise AssertionError(f"seed {seed} must end, not stay at {hart.pc:#010x}")


@pytest.mark.parametrize("pmp_entries", [0, 4, 8, 16])
@pytest.mark.parametrize("interrupts", [False, True])
def test_programs_end_and_reach_everything(pmp_entries, interrupts):
    reached = sum((run(seed, interrupts=interrupts, pmp_entries=pmp_entries)
                   for seed in range(150)), Counter())
    expected = TRAPS | {"csrrs in 0", "csrrs traps in 0", "lw in 0", "sw in 0", "mret traps in 0",
                        "wfi traps in 0"}
    if interrupts:
        expected |= {"interrupt in 0", "interrupt in 3", "wfi in 0", "wfi in 3"}
    if pmp_entries:
        expected |= {f"mseccfg {value}" for value in range(8)}
    missing = expected - set(reached)
    assert not missing, f"the programs must reach everything, but not {missing}"


def test_same_arguments_give_the_same_program():
    arguments = {"itcm": ITCM, "ram": RAM, "pmp_entries": 8, "extensions": {"zbb", "zbs", "zba"}}
    assert random_program(5, **arguments) == random_program(5, **arguments)


@pytest.mark.parametrize("options, message", [
    ({"pmp_entries": 5}, "pmp_entries must be None, or with traps 0, 4, 8 or 16, not 5"),
    ({"pmp_entries": 4, "traps": False},
     "pmp_entries must be None, or with traps 0, 4, 8 or 16, not 4"),
    ({"pmp_entries": 4, "items": 1000}, "Program must be at most 2048 words long, not [3-9]"),
])
def test_bad_arguments_are_rejected(options, message):
    with pytest.raises(ValueError, match=message):
        random_program(1, itcm=ITCM, ram=RAM, **options)
