"""The memory map as JSON, for tools."""

import json

from soc.soc_map import BOOT_RECORD_MAGIC, BOOT_RECORD_OFFSET, FAST_INTERRUPTS, FIRST_FAST_CAUSE

__all__ = ["json_map"]


def json_map(memory_map, configuration):
    """The text: configuration, regions, interrupts, boot record, blocks with their registers.

    Addresses and offsets are numbers in bytes; the same for equal arguments.
    """
    content = {
        "configuration": vars(configuration),
        "regions": [{"name": r.name, "base": r.base, "size": r.size} for r in memory_map.regions],
        "interrupts": {name: FIRST_FAST_CAUSE + i for i, name in enumerate(FAST_INTERRUPTS)},
        "boot_record": {"address": memory_map.itcm.base + BOOT_RECORD_OFFSET,
                        "magic": BOOT_RECORD_MAGIC},
        "blocks": [_block(memory_map.tables[r.name], r) for r in memory_map.devices],
    }
    return json.dumps(content, indent=2) + "\n"


def _block(table, region):
    return {
        "name": table.name,
        "doc": table.doc,
        "base": region.base,
        "registers": [
            {"name": r.name, "offset": r.offset, "doc": r.doc, "machine_only": r.machine_only,
             "fields": [{"name": f.name, "bit": bit, "width": f.width, "access": f.access.value,
                         "reset": f.reset, "signed": f.signed, "values": f.values, "doc": f.doc}
                        for bit, f in r.placed_fields()]}
            for r in table.registers],
        "ranges": [{"name": r.name, "offset": r.offset, "words": r.words, "doc": r.doc}
                   for r in table.ranges],
    }
