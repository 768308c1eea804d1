"""The cycle model on single instructions; tests of the core compare it with the RTL."""

import pytest

from cpu.cycles import load_cycle_table
from sim.cycle_model import CycleModel, Retired
from soc.fabric.region import Region

TABLE = load_cycle_table()
ITCM = Region("itcm", 0x8000_0000, 0x8000)
RAM = Region("ram", 0x9000_0000, 0x8000)
BUS = 0x1000_0000
ADD = 0x00B5_0533  # add a0, a0, a1
NOP = 0x0000_0013
LW, SW = 0x0005_A503, 0x00A5_A023  # a0 from and to 0(a1)


def _retired(word, address=0, *, length=4, **flags):
    return Retired(word, ITCM.base, ITCM.base + length, address=address, **flags)


@pytest.mark.parametrize("word, address, kind", [
    (ADD, 0, "alu"), (0x0000_000F, 0, "alu"), (0x0000_100F, 0, "fence_i"),
    (LW, RAM.base, "load"), (LW, RAM.end - 4, "load"), (LW, RAM.end, "bus_load"),
    (LW, ITCM.base, "load_itcm"), (LW, BUS, "bus_load"),
    (SW, RAM.base, "store"), (SW, ITCM.end - 4, "store_itcm"), (SW, BUS, "bus_store"),
    (0x02B5_0533, 0, "mul"), (0x02B5_4533, 0, "div"), (0x02B5_7533, 0, "div"),
    (0x6005_1513, 0, "bits"), (0x60B5_1533, 0, "alu"), (0x0AB5_4533, 0, "bits"),
    (0x0000_006F, 0, "jump"), (0x0005_8067, 0, "jump"),
    (0xB000_2573, 0, "csr"), (0x3A00_2573, 0, "csr"), (0x3A05_1073, 0, "csr_protection"),
    (0x7470_D073, 0, "csr_protection"), (0x3020_0073, 0, "mret"), (0x1050_0073, 0, "wfi"),
])
def test_class_of_an_instruction(word, address, kind):
    assert CycleModel(itcm=ITCM, ram=RAM).kind(_retired(word, address)) == kind


def test_external_memory_has_a_class_with_a_wait_of_its_own():
    outside = Region("external", 0xA000_0000, 0x1000)
    model = CycleModel(itcm=ITCM, ram=RAM, external=outside, external_wait_cycles=36)
    load, start = _retired(LW, outside.end - 4), TABLE["reset"].cycles
    assert model.kind(load) == "load_external"
    assert model.kind(_retired(LW, outside.end)) == "bus_load"
    assert model.hazard(load, _retired(ADD)) == "load_use"
    assert model.follow(load) == (start, start + TABLE["load_external"].late + 36)
    then = start + TABLE["load_external"].cycles + 36 + TABLE["load_use"].cycles
    assert model.follow(_retired(ADD)) == (then, then)


def test_class_of_branches_and_of_what_traps():
    model, branch = CycleModel(itcm=ITCM, ram=RAM), 0x00B5_0463
    assert model.kind(_retired(branch)) == "branch_not_taken"
    assert model.kind(_retired(branch, length=8)) == "branch_taken"
    assert model.kind(_retired(None, trap=True)) == "trap_entry"


@pytest.mark.parametrize("first, second, hazard", [
    (LW, ADD, "load_use"), (LW, NOP, None), (LW, SW, "load_use"), (SW, LW, "load_after_store"),
    (SW, SW, None), (0x02B5_0533, ADD, "mul_use"), (0x02B5_4533, ADD, "div_use"),
    (0x6005_1513, ADD, "bits_use"), (0x6005_1013, ADD, None), (ADD, ADD, None),
    (LW, 0xFFB5_0533, "load_use"),  # illegal, but reads as its opcode does
    (SW, None, None), (LW, None, None),
])
def test_hazard(first, second, hazard):
    model = CycleModel(itcm=ITCM, ram=RAM)
    behind = _retired(second, RAM.base, trap=second in (None, 0xFFB5_0533))
    assert model.hazard(_retired(first, RAM.base), behind) == hazard


def test_times_of_a_trace():
    model, wfi = CycleModel(itcm=ITCM, ram=RAM), 0x1050_0073
    start = TABLE["reset"].cycles
    assert model.follow(_retired(LW, BUS)) == (start, start + TABLE["bus_load"].late)
    at = start + TABLE["bus_load"].cycles
    # It sleeps behind the load: only what it does so from its own turn on is sleep.
    assert model.follow(_retired(wfi), asleep=range(start + 1, at + 10)) == (at, at + 10)
    assert model.slept == 10
    at += 10 + TABLE["wfi"].cycles
    assert not model.can_take(at - 1) and model.can_take(at) and model.can_take(at + 7)
    at += TABLE["irq_taken"].cycles
    assert model.follow(_retired(ADD, interrupted=True), taken=at - TABLE["irq_taken"].cycles
                        ) == (at, at)
