"""Builds the manual: the pages of ``docs`` with the tables that are made from the chip itself."""

import re
from pathlib import Path

from boards.board import BOARDS
from cpu.bit_manipulation import ENCODINGS, EXTENSIONS
from cpu.cycles import load_cycle_table
from soc.configuration import PRESETS, preset
from soc.generate.c_header import c_header
from soc.generate.json_map import json_map
from soc.generate.reference import reference
from soc.generate.svd import svd
from soc.resources import DEVICES, check_fits, needed_resources
from soc.soc_map import (
    BOOT_RECORD_OFFSET,
    FAST_INTERRUPTS,
    FIRST_FAST_CAUSE,
    memory_map,
)

__all__ = ["build_manual"]


_PAGES = Path(__file__).resolve().parents[1] / "docs"


def build_manual(directory, configuration=None):
    """Writes the manual for ``configuration`` (preset `reference` unless told) to ``directory``.

    Beside the pages stand the C header, JSON and SVD of the registers. Returns the paths written.
    Raises: ValueError when a page asks for a table that does not exist.
    """
    configuration = configuration or preset("reference")
    chip = memory_map(configuration)
    tables = _tables(configuration, chip)
    directory.mkdir(parents=True, exist_ok=True)
    texts = {page.name: _filled(page, tables) for page in sorted(_PAGES.glob("*.md"))}
    texts["register-reference.md"] = reference(chip)
    texts["gluechip_registers.h"] = c_header(chip, configuration)
    texts["gluechip.json"] = json_map(chip, configuration)
    texts["gluechip.svd"] = svd(chip, configuration)
    for name, text in texts.items():
        (directory / name).write_text(text)
    return [directory / name for name in texts]


def _filled(page, tables):
    def table(match):
        if match[1] not in tables:
            raise ValueError(f"Table in {page.name} must be one of {', '.join(tables)}, "
                             f"not {match[1]}")
        return tables[match[1]]

    return re.sub(r"\{\{(\w+)\}\}", table, page.read_text())


def _tables(configuration, chip):
    """The tables that pages ask for, by name."""
    cycles = load_cycle_table()
    return {
        "presets": _rows(
            ("preset", "array", "requantizer lanes", "ITCM", "RAM", "core", "boards"),
            [(c.name, f"{c.array_rows} x {c.array_columns}", c.requantizer_lanes,
              f"{c.itcm_bytes // 1024} KiB", f"{c.ram_bytes // 1024} KiB",
              "_".join(["RV32IM", *(name.capitalize() for name in c.extensions)])
              + ("" if c.pmp_entries is None else f", user mode, PMP of {c.pmp_entries}")
              + ", network jobs" * c.network_jobs + ", debug port" * c.debug,
              ", ".join(b.name for b in BOARDS.values() if b.preset == c.name) or "-")
             for c in PRESETS.values()]),
        "array_sizes": _array_sizes(),
        "memory_map": _rows(
            ("from", "to", "size", "region"),
            [(f"`{r.base:#010x}`", f"`{r.end - 1:#010x}`", f"{r.size // 1024} KiB", r.name)
             for r in chip.regions]),
        "extensions": _rows(
            ("extension", "what", "instructions"),
            [(name.capitalize(), what, " ".join(
                f"`{mnemonic}`" for mnemonic, (owners, _) in ENCODINGS.items() if name in owners))
             for name, what in EXTENSIONS.items()]),
        "interrupts": _rows(
            ("cause", "block"), list(enumerate(FAST_INTERRUPTS, FIRST_FAST_CAUSE))),
        "cycles": _rows(
            ("class", "kind", "cycles", "what"),
            [(c.name, c.kind, c.cycles, c.doc) for c in cycles.values()]),
        "debug_presets": ", ".join(f"`{c.name}`" for c in PRESETS.values() if c.debug),
        "boot_record": f"`{BOOT_RECORD_OFFSET:#x}`",
        "store_to_register": str(cycles["store_to_register"].cycles),
        "wfi_wake": str(cycles["wfi_wake"].cycles),
        "irq_entry": str(cycles["irq_entry_worst"].cycles),
    }


def _array_sizes():
    """What the arrays of the presets need, and the smallest device that has it."""
    rows = []
    for c in PRESETS.values():
        device = next(name for name in DEVICES if _fits(c, name))
        sums = {cell: " + ".join(f"{count} {what}" for what, count in parts)
                + f" = {sum(count for _, count in parts)} of {DEVICES[device][cell]}"
                for cell, parts in needed_resources(c).items()}
        elements = c.array_rows * c.array_columns
        rows.append((c.name, device, sums["MULT18X18D"], sums["DP16KD"], elements,
                     -(-elements // c.requantizer_lanes)))
    return _rows(("preset", "device", "MULT18X18D", "DP16KD", "products a cycle",
                  "fills the array from k ="), rows)


def _fits(configuration, device):
    try:
        check_fits(configuration, device)
    except ValueError:
        return False
    return True


def _rows(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in row)} |" for row in lines)
