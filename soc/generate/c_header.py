"""The C header of the chip: addresses, registers, fields, constants of the configuration."""

import textwrap

from coprocessors.matmul.table import PASS_BYTES
from cpu.bit_manipulation import EXTENSIONS
from soc.fabric.registers import Access
from soc.soc_map import (
    BOOT_BYTES, BOOT_RECORD_MAGIC, BOOT_RECORD_OFFSET, COPROCESSORS, FAST_INTERRUPTS,
    FIRST_FAST_CAUSE,
)

__all__ = ["c_header"]


_PROLOGUE = """\
/* Gluechip: registers and memory map. Generated from the memory map: do not edit.
 * The constants can be used by the assembler too.
 */
#ifndef GLUECHIP_MAP_H
#define GLUECHIP_MAP_H

#ifdef __ASSEMBLER__
#define GLUECHIP_U(value) value
#else
#include <stddef.h>
#include <stdint.h>
#define GLUECHIP_U(value) value##u
#endif
"""

_EPILOGUE = "#endif /* GLUECHIP_MAP_H */\n"


def c_header(memory_map, configuration):
    """The text of the header; the same for equal arguments.

    For each block: ``GLUECHIP_<BLOCK>_BASE`` and ``_SIZE``; for each register ``_OFFSET``; for
    each field ``_SHIFT``, ``_MASK`` (in place), ``_WIDTH``, ``_RESET``, and one constant for each
    enumerated value; the type ``gluechip_<block>_t`` with one member a register, each offset
    checked by a static assertion; and ``GLUECHIP_<BLOCK>``, a pointer to it.
    """
    parts = [_PROLOGUE, *_configuration(memory_map, configuration)]
    for region in memory_map.devices:
        parts += _block(memory_map.tables[region.name], region)
    parts.append(_EPILOGUE)
    return "\n".join(parts)


def _define(name, value):
    return f"#define GLUECHIP_{name.upper()} GLUECHIP_U({value})"


def _define_hex(name, value):
    return f"#define GLUECHIP_{name.upper()} GLUECHIP_U(0x{value:08x})"


def _configuration(memory_map, configuration):
    addresses = [
        ("itcm_base", memory_map.itcm.base), ("itcm_size", memory_map.itcm.size),
        ("ram_base", memory_map.ram.base), ("ram_size", memory_map.ram.size),
        ("app_base", memory_map.itcm.base + BOOT_BYTES),
        ("boot_record_address", memory_map.itcm.base + BOOT_RECORD_OFFSET),
        ("boot_record_magic", BOOT_RECORD_MAGIC),
    ]
    if memory_map.external:
        addresses += [("external_base", memory_map.external.base),
                      ("external_size", memory_map.external.size)]
    constants = [
        ("array_rows", configuration.array_rows),
        ("array_columns", configuration.array_columns),
        ("requantizer_lanes", configuration.requantizer_lanes),
        ("network_jobs", int(configuration.network_jobs)),
        ("matmul_single_pass_bytes", PASS_BYTES),
        ("clock_hz", configuration.clock_hz),
        ("uart_divisor", configuration.uart_divisor),
    ]
    constants += [(f"extension_{name}", int(name in configuration.extensions))
                  for name in EXTENSIONS]
    constants += [(f"interrupt_{name}", FIRST_FAST_CAUSE + number)
                  for number, name in enumerate(FAST_INTERRUPTS)]
    constants += [(f"coprocessor_{name}", number) for number, name in enumerate(COPROCESSORS)]
    return [f'#define GLUECHIP_CONFIGURATION "{configuration.name}"',
            *(_define_hex(name, value) for name, value in addresses),
            *(_define(name, value) for name, value in constants), ""]


def _block(table, region):
    lines = [*_long_comment(f"{table.name}: {table.doc}"),
             _define_hex(f"{table.name}_base", region.base),
             _define_hex(f"{table.name}_size", region.size)]
    for register in table.registers:
        prefix = f"{table.name}_{register.name}"
        lines.append(_define_hex(f"{prefix}_offset", register.offset))
        for bit, f in register.placed_fields():
            lines.append(f"/* {_comment(f.doc)} */")
            lines += [_define(f"{prefix}_{f.name}_shift", bit),
                      _define_hex(f"{prefix}_{f.name}_mask", ((1 << f.width) - 1) << bit),
                      _define(f"{prefix}_{f.name}_width", f.width)]
            if f.access is not Access.COMMAND:
                lines.append(_define_hex(f"{prefix}_{f.name}_reset", f.reset))
            lines += [_define(f"{prefix}_{f.name}_{name}", value)
                      for name, value in f.values.items()]
    for r in table.ranges:
        lines += [_define_hex(f"{table.name}_{r.name}_offset", r.offset),
                  _define(f"{table.name}_{r.name}_words", r.words)]
    return [*lines, "", *_structure(table), ""]


def _structure(table):
    members = sorted([(r.offset, 1, r.name, r.doc, _is_read_only(r)) for r in table.registers]
                     + [(r.offset, r.words, r.name, r.doc, True) for r in table.ranges])
    lines, checks, at, gaps = [], [], 0, 0
    for offset, words, name, doc, read_only in members:
        if offset > at:
            lines.append(f"    uint32_t reserved{gaps}[{(offset - at) // 4}];")
            gaps += 1
        const = "const " if read_only else ""
        count = f"[{words}]" if words > 1 else ""
        lines.append(f"    {const}volatile uint32_t {name}{count}; /* {_comment(doc)} */")
        checks.append(f"_Static_assert(offsetof(gluechip_{table.name}_t, {name}) == "
                      f"0x{offset:x}, \"{table.name}.{name}\");")
        at = offset + 4 * words
    name = table.name
    return ["#ifndef __ASSEMBLER__", "typedef struct {", *lines, f"}} gluechip_{name}_t;", *checks,
            f"#define GLUECHIP_{name.upper()} ((gluechip_{name}_t *)GLUECHIP_{name.upper()}_BASE)",
            "#endif"]


def _is_read_only(register):
    return all(f.access is Access.RO for _, f in register.placed_fields())


def _long_comment(text):
    return [("/* " if not number else " * ") + line for number, line in
            enumerate(textwrap.wrap(_comment(text), 96))] + [" */"]


def _comment(text):
    return text.replace("*/", "* /")
