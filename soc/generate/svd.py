"""The memory map as CMSIS-SVD, for debuggers and for generators of Rust crates."""

from xml.etree import ElementTree

from soc.fabric.registers import Access
from soc.soc_map import FAST_INTERRUPTS, FIRST_FAST_CAUSE

__all__ = ["svd"]


_ACCESS = {Access.RW: "read-write", Access.RO: "read-only", Access.COMMAND: "write-only",
           Access.W1C: "read-write", Access.SHARED: "read-write"}


def svd(memory_map, configuration):
    """The text; the same for equal arguments.

    Source: CMSIS-SVD 1.3.
    """
    device = ElementTree.Element("device", {"schemaVersion": "1.3"})
    _texts(device, vendor="Gluechip", name="gluechip", version="1.0",
           description=f"Gluechip, configuration {configuration.name}",
           addressUnitBits=8, width=32, size=32, access="read-write")
    peripherals = ElementTree.SubElement(device, "peripherals")
    for region in memory_map.devices:
        _peripheral(peripherals, memory_map.tables[region.name], region)
    ElementTree.indent(device)
    return ('<?xml version="1.0" encoding="utf-8"?>\n'
            + ElementTree.tostring(device, encoding="unicode") + "\n")


def _texts(parent, **texts):
    for tag, text in texts.items():
        ElementTree.SubElement(parent, tag).text = str(text)


def _peripheral(parent, table, region):
    peripheral = ElementTree.SubElement(parent, "peripheral")
    _texts(peripheral, name=table.name.upper(), description=table.doc,
           baseAddress=f"{region.base:#010x}")
    block = ElementTree.SubElement(peripheral, "addressBlock")
    _texts(block, offset="0x0", size=f"{region.size:#x}", usage="registers")
    if table.name in FAST_INTERRUPTS:
        interrupt = ElementTree.SubElement(peripheral, "interrupt")
        _texts(interrupt, name=table.name.upper(),
               value=FIRST_FAST_CAUSE + FAST_INTERRUPTS.index(table.name))
    registers = ElementTree.SubElement(peripheral, "registers")
    for register in table.registers:
        _register(registers, register)
    for r in table.ranges:
        node = ElementTree.SubElement(registers, "register")
        _texts(node, dim=r.words, dimIncrement=4, name=f"{r.name.upper()}[%s]", description=r.doc,
               addressOffset=f"{r.offset:#x}", access="read-only")


def _register(parent, register):
    node = ElementTree.SubElement(parent, "register")
    reset = sum(f.reset << bit for bit, f in register.placed_fields())
    _texts(node, name=register.name.upper(), description=register.doc,
           addressOffset=f"{register.offset:#x}", resetValue=f"{reset:#010x}")
    if register.machine_only:
        _texts(node, protection="p")
    placed = register.placed_fields()
    fields = ElementTree.SubElement(node, "fields") if placed else None
    for bit, f in placed:
        field = ElementTree.SubElement(fields, "field")
        _texts(field, name=f.name.upper(), description=f.doc, bitOffset=bit, bitWidth=f.width,
               access=_ACCESS[f.access])
        if f.access is Access.W1C:
            _texts(field, modifiedWriteValues="oneToClear")
        if f.values:
            values = ElementTree.SubElement(field, "enumeratedValues")
            for name, value in f.values.items():
                _texts(ElementTree.SubElement(values, "enumeratedValue"), name=name, value=value)
