"""What the probe measures agrees with the cycle table."""

from cpu.cycles import load_cycle_table
from sim.cycle_probe import measure_core


def test_figures_are_those_of_the_table():
    table = {name: c.cycles for name, c in load_cycle_table().items()}
    figures = measure_core()
    expected = {f"cpu.cycles.{name}": table[name] for name in (
        "alu", "csr", "load", "store", "bus_load", "bus_store", "branch_taken",
        "branch_not_taken", "jump", "mul", "bits", "div", "trap_entry")}
    expected |= {
        "cpu.cycles.load_use": table["load_use"] + table["alu"],
        "cpu.cycles.bits_use": table["bits_use"] + table["alu"],
        "cpu.cycles.load_after_store": table["load_after_store"] + table["load"],
        "cpu.cycles.irq_entry_worst": table["irq_entry_worst"],
        "offload.store_to_register_cycles": table["store_to_register"],
        "offload.wfi_wake_cycles": table["wfi_wake"],
    }
    assert figures == expected
