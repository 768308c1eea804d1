"""The register reference of the manual, in Markdown."""

from soc.fabric.registers import Access
from soc.soc_map import FAST_INTERRUPTS, FIRST_FAST_CAUSE

__all__ = ["reference"]


_ACCESS = {
    Access.RW: "read and write",
    Access.RO: "read only",
    Access.COMMAND: "command: acts when written, reads 0",
    Access.W1C: "write 1 to clear",
    Access.SHARED: "read and write, changed by hardware too",
}

_INTRODUCTION = """\
Generated from the register tables. All registers are 32 bits wide. Bits that are not listed read 0
and ignore writes; so do addresses inside a block that hold no register. Accesses outside the
regions fault."""


def reference(memory_map):
    """The text: the map, the interrupts, then each block with its registers and their fields."""
    lines = ["# Register reference", "", _INTRODUCTION, "", "## Memory map", "",
             "| from | to | size | region |", "|---|---|---|---|"]
    lines += [f"| `{r.base:#010x}` | `{r.end - 1:#010x}` | {r.size // 1024} KiB | {r.name} |"
              for r in memory_map.regions]
    lines += ["", "## Fast local interrupts", "",
              "| cause | bit of `mip` and `mie` | block |", "|---|---|---|"]
    lines += [f"| {cause} | {cause} | {name} |"
              for cause, name in enumerate(FAST_INTERRUPTS, FIRST_FAST_CAUSE)]
    for region in memory_map.devices:
        lines += ["", *_block(memory_map.tables[region.name], region)]
    return "\n".join(lines) + "\n"


def _block(table, region):
    lines = [f"## {table.name} at `{region.base:#010x}`", "", table.doc, "",
             "| offset | register | |", "|---|---|---|"]
    rows = [(r.offset, f"| `{r.offset:#06x}` | [{r.name}](#{table.name}-{r.name}) | {r.doc} |")
            for r in table.registers]
    for r in table.ranges:
        last = r.offset + 4 * (r.words - 1)
        rows.append((r.offset, f"| `{r.offset:#06x}` to `{last:#06x}` | {r.name} | {r.doc} |"))
    lines += [row for _, row in sorted(rows)]
    for register in table.registers:
        lines += ["", *_register(table, register)]
    return lines


def _register(table, register):
    machine = " Machine mode only." if register.machine_only else ""
    lines = [f'<a id="{table.name}-{register.name}"></a>', "",
             f"### {table.name}.{register.name} at `{register.offset:#06x}`", "",
             register.doc + machine, "",
             "| bits | field | access | reset | |", "|---|---|---|---|---|"]
    for bit, f in register.placed_fields():
        bits = f"{bit}" if f.width == 1 else f"{bit + f.width - 1}:{bit}"
        values = "".join(f" {value}: {name}." for name, value in f.values.items())
        signed = " Signed." if f.signed else ""
        lines.append(f"| {bits} | {f.name} | {_ACCESS[f.access]} | {f.reset:#x} | "
                     f"{f.doc}{signed}{values} |")
    return lines
