"""The register table of a coprocessor, as data."""

import pytest

from coprocessors.shell.datapath import descriptor_layout
from coprocessors.shell.table import DESCRIPTOR_OFFSET, ShellTables
from soc.fabric.registers import Access, Field, Register


def _register(name="size", offset=DESCRIPTOR_OFFSET, access=Access.RW):
    return Register(name, offset, "Size.", [Field("value", 20, access, "Bytes."),
                                            Field("reserved", 4, Access.RO, ""),
                                            Field("sign", 8, access, "Offset.", signed=True)])


def test_parts_make_the_whole():
    tables = ShellTables("example", "An example.", (_register(),))
    whole = {r.name: r.offset for r in tables.whole.registers}
    parts = [{r.name: r.offset for r in part.registers}
             for part in (tables.common, tables.descriptor_part, tables.guard)]
    assert whole == parts[0] | parts[1] | parts[2]
    assert sum(map(len, parts)) == len(whole)
    assert tables.whole.size_bytes == 2 * 4096
    assert all(r.machine_only and r.offset >= 4096 for r in tables.guard.registers)
    assert not any(r.machine_only for r in (*tables.common.registers, _register()))


def test_offsets_of_the_common_registers():
    table = ShellTables("example", "An example.", ()).whole
    assert {name: table.register(name).offset for name in (
        "id", "control", "status", "refused", "submitted", "completed", "interrupt_enable",
        "interrupt_pending", "wait", "window0_base", "window3_rights")} == {
        "id": 0x000, "control": 0x004, "status": 0x008, "refused": 0x00C, "submitted": 0x010,
        "completed": 0x014, "interrupt_enable": 0x018, "interrupt_pending": 0x01C, "wait": 0x020,
        "window0_base": 0x1000, "window3_rights": 0x1038}


def test_descriptor_layout():
    layout = descriptor_layout((_register(),))
    assert [(name, f.offset) for name, f in layout] == [("size", 0), ("size_sign", 20)]
    assert layout["size_sign"].shape.signed


@pytest.mark.parametrize("register, message", [
    (_register(offset=0xFC), "Offset of descriptor register size must be from 0x100"),
    (_register(offset=0xFC), "to 0xffc, not 0xfc"),
    (_register(offset=0x1000), "must be from 0x100 to 0xffc, not 0x1000"),
    (_register(access=Access.W1C), "Access of descriptor field size.value must be RW, not W1C"),
])
def test_bad_descriptor_is_rejected(register, message):
    with pytest.raises(ValueError, match=message):
        ShellTables("example", "An example.", (register,))
