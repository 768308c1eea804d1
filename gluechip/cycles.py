"""Reports where the cycles of a program go, by function and by class of the cycle table."""

from collections import defaultdict
from dataclasses import dataclass, field

from sim.cycle_model import CycleModel
from sim.runner.symbols import Symbols
from soc.soc_map import memory_map

__all__ = ["Account", "account"]

_JUMP = "jump"
_ENTRY = "irq_entry"
_RESET = "reset"


@dataclass
class Account:
    """Cycles of a run, from the end of reset to the execution of its last instruction.

    Members: classes : {name in the cycle table: [count, cycles]}; functions : {name: [cycles,
        calls]}; slept : int, cycles asleep in ``wfi``, which none of these hold.
    """

    classes: dict = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    functions: dict = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    slept: int = 0

    @property
    def total(self):
        """Cycles, but for those asleep."""
        return sum(cycles for _, cycles in self.classes.values())

    def pay(self, name, function, count, cycles):
        """Books ``cycles`` of ``count`` times the class ``name``."""
        self.classes[name][0] += count
        self.classes[name][1] += cycles
        self.functions[function][0] += cycles

    def lines(self):
        """The tables, as lines of text."""
        total = max(self.total, 1)
        width = max(map(len, [*self.functions, *self.classes]))

        def share(cycles):
            return f"{100 * cycles / total:5.1f} %"
        lines = [f"{'function':{width}} {'cycles':>12}   share {'calls':>10}"]
        for name, (cycles, calls) in sorted(self.functions.items(), key=lambda f: -f[1][0]):
            lines.append(f"{name:{width}} {cycles:12,} {share(cycles)} {calls:10,}")
        lines += ["", f"{'class':{width}} {'cycles':>12}   share {'count':>10}"]
        for name, (count, cycles) in sorted(self.classes.items(), key=lambda c: -c[1][1]):
            lines.append(f"{name:{width}} {cycles:12,} {share(cycles)} {count:10,}")
        lines += ["", f"{'total':{width}} {self.total:12,}"]
        if self.slept:
            lines.append(f"{'asleep in wfi':{width}} {self.slept:12,}")
        return lines


def account(result, configuration):
    """The `Account` of a RunResult that has ``steps``, of a chip of ``configuration``.

    Every cycle is the cycle table's, but for the entry of interrupts, where the chip tells how
    long it took. The cycles of an instruction count for the function it is in, those of an
    interrupt's entry for the handler. A call is a jump to the begin of a function.

    Raises: RuntimeError when the chip took other times than the table says.
    """
    chip, names = memory_map(configuration), Symbols(result.elf)
    model = CycleModel(itcm=chip.itcm, ram=chip.ram, external=chip.external,
                       external_wait_cycles=configuration.external_timing.load_wait_cycles)
    found = Account()
    table, functions = model.table, {}
    for step in result.steps:
        for pc in (step.first.pc, step.second.pc):
            if pc not in functions:
                functions[pc] = (names.place(pc) or f"{pc & ~0xFFF:#010x}").partition("+")
        kind, last = model.kind(step.first), model.kind(step.second)
        later = step.count * (table[last].late - table[kind].late)
        function = functions[step.first.pc][0]
        if step.second.interrupted:
            cycles = step.count * (table[kind].interruptible or table[kind].cycles)
            found.pay(kind, function, step.count, cycles)
            found.pay(_ENTRY, functions[step.second.pc][0], step.count,
                      step.cycles - later - cycles)
        else:
            hazard = model.hazard(step.first, step.second)
            costs = [name for name in (kind, hazard) if name]
            for name in costs:
                found.pay(name, function, step.count, step.count * table[name].cycles)
            told = step.count * sum(table[name].cycles for name in costs)
            if told != step.cycles - later:
                raise RuntimeError(
                    f"Instruction at {names.describe(step.first.pc)} must take {told:,} cycles by "
                    f"the cycle table, not {step.cycles - later:,} as on the chip")
        if kind == _JUMP and not functions[step.second.pc][1]:
            found.functions[functions[step.second.pc][0]][1] += step.count
        found.slept += step.slept
    found.pay(_RESET, "(reset)", 1, table[_RESET].cycles)
    return found
