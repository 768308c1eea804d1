"""The register layer, as gateware (cocotb) and as data."""

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from sim.harness import run_cocotb
from soc.fabric.registers import (
    Access, Field, MemoryRange, Register, RegisterBank, RegisterTable,
)


def _table():
    return RegisterTable("example", "A block with one field of each kind.", [
        Register("mode", 0x0, "Read and write.", [
            Field("low", 4, Access.RW, "Low.", reset=5),
            Field("reserved", 4, Access.RO, "Gap."),
            Field("high", 16, Access.RW, "High.", signed=True)]),
        Register("kick", 0x4, "Command.", [Field("go", 2, Access.COMMAND, "Go.")]),
        Register("flags", 0x8, "Events.", [Field("seen", 3, Access.W1C, "Seen.")]),
        Register("level", 0xC, "Driven by hardware.", [Field("now", 8, Access.RO, "Now.")]),
        Register("secret", 0x10, "Machine mode only.", [Field("key", 32, Access.RW, "Key.")],
                 machine_only=True),
        Register("count", 0x14, "Held by hardware.", [Field("now", 16, Access.SHARED, "Now.")]),
    ], ranges=[MemoryRange("log", 0x40, 4, "Four words.")])


async def _access(dut, address, write=0, data=0, enable=15, machine=1):
    """One bus access; returns the read data of the next cycle."""
    await FallingEdge(dut.clk)
    dut.bus__present.value = 1
    dut.bus__request.value, dut.select.value = 1, 1
    dut.bus__write.value, dut.bus__machine.value = write, machine
    dut.bus__address.value, dut.bus__write_data.value = 0x1000_0000 | address, data
    dut.bus__byte_enable.value = enable
    await FallingEdge(dut.clk)
    dut.bus__present.value = dut.bus__request.value = 0
    return dut.bus__read_data.value.to_unsigned()


async def _start(dut):
    for name in ("bus__present", "bus__request", "select", "bus__write", "bus__machine",
                 "bus__address", "bus__write_data", "bus__byte_enable", "flags__seen__set",
                 "level__now__value", "count__now__value", "log__read_data"):
        getattr(dut, name).value = 0
    dut.rst.value = 1
    Clock(dut.clk, 10, unit="ns").start()
    await FallingEdge(dut.clk)
    await FallingEdge(dut.clk)
    dut.rst.value = 0


@cocotb.test(timeout_time=10, timeout_unit="us")
async def read_write_with_byte_enables(dut):
    await _start(dut)
    assert await _access(dut, 0) == 5
    await _access(dut, 0, write=1, data=0xFFAB_CDEF)
    assert await _access(dut, 0) == 0xAB_CD0F
    assert dut.mode__high__value.value.to_signed() == -0x5433
    await _access(dut, 0, write=1, data=0x1122_3344, enable=0b0010)
    assert await _access(dut, 0) == 0xAB_330F
    await _access(dut, 0x3C, write=1, data=0xFFFF_FFFF)
    assert await _access(dut, 0x3C) == 0


@cocotb.test(timeout_time=10, timeout_unit="us")
async def what_is_refused_has_no_effect(dut):
    await _start(dut)
    await FallingEdge(dut.clk)
    dut.bus__present.value, dut.select.value, dut.bus__write.value = 1, 1, 1
    dut.bus__write_data.value, dut.bus__byte_enable.value = 0xFFFF_FFFF, 15
    for address in (0, 4, 0x14):
        dut.bus__address.value = address
        await cocotb.triggers.ReadOnly()
        assert not (dut.kick__go__strobe.value or dut.count__now__strobe.value)
        await FallingEdge(dut.clk)
    dut.bus__write.value = 0
    dut.bus__address.value = 0x40
    await cocotb.triggers.ReadOnly()
    assert not dut.log__read.value
    await FallingEdge(dut.clk)
    dut.bus__present.value = 0
    assert await _access(dut, 0) == 5


@cocotb.test(timeout_time=10, timeout_unit="us")
async def command_strobes_for_one_cycle(dut):
    await _start(dut)
    await FallingEdge(dut.clk)
    dut.bus__present.value = 1
    dut.bus__request.value, dut.select.value, dut.bus__write.value = 1, 1, 1
    dut.bus__address.value, dut.bus__write_data.value, dut.bus__byte_enable.value = 4, 2, 15
    await cocotb.triggers.ReadOnly()
    assert (dut.kick__go__strobe.value, dut.kick__go__value.value) == (1, 2)
    await FallingEdge(dut.clk)
    dut.bus__present.value = dut.bus__request.value = 0
    await cocotb.triggers.ReadOnly()
    assert dut.kick__go__strobe.value == 0
    await FallingEdge(dut.clk)
    assert await _access(dut, 4) == 0


@cocotb.test(timeout_time=10, timeout_unit="us")
async def events_are_kept_until_cleared_and_setting_wins(dut):
    await _start(dut)
    dut.flags__seen__set.value = 0b101
    await FallingEdge(dut.clk)
    dut.flags__seen__set.value = 0
    assert await _access(dut, 8) == 0b101
    await _access(dut, 8, write=1, data=0b001)
    assert await _access(dut, 8) == 0b100
    dut.flags__seen__set.value = 0b100
    await _access(dut, 8, write=1, data=0b111)
    dut.flags__seen__set.value = 0
    assert await _access(dut, 8) == 0b100


@cocotb.test(timeout_time=10, timeout_unit="us")
async def machine_only_register_is_closed_to_user_mode(dut):
    await _start(dut)
    await _access(dut, 0x10, write=1, data=0x1234_5678)
    assert await _access(dut, 0x10, machine=0) == 0
    await _access(dut, 0x10, write=1, data=0, machine=0)
    assert await _access(dut, 0x10) == 0x1234_5678


@cocotb.test(timeout_time=10, timeout_unit="us")
async def ranges_and_driven_fields(dut):
    await _start(dut)
    dut.level__now__value.value = 0xA5
    assert await _access(dut, 0xC) == 0xA5
    dut.log__read_data.value = 0xCAFE_F00D
    assert await _access(dut, 0x4C) == 0xCAFE_F00D
    assert await _access(dut, 0x50) == 0
    dut.select.value = 0


@cocotb.test(timeout_time=10, timeout_unit="us")
async def shared_field_offers_the_written_bytes(dut):
    await _start(dut)
    dut.count__now__value.value = 0x1234
    assert await _access(dut, 0x14) == 0x1234
    await FallingEdge(dut.clk)
    dut.bus__present.value = 1
    dut.bus__request.value, dut.select.value, dut.bus__write.value = 1, 1, 1
    dut.bus__address.value, dut.bus__write_data.value = 0x14, 0xABCD
    dut.bus__byte_enable.value = 0b0010
    await cocotb.triggers.ReadOnly()
    assert (dut.count__now__strobe.value, dut.count__now__written.value) == (1, 0xAB34)
    await FallingEdge(dut.clk)
    dut.bus__present.value = dut.bus__request.value = 0
    assert await _access(dut, 0x14) == 0x1234


def test_gateware():
    run_cocotb(RegisterBank(_table()), __name__, name="register_bank")


@pytest.mark.parametrize("make, message", [
    (lambda: Field("Bad", 1, Access.RW, ""), "must be a lower-case identifier, not 'Bad'"),
    (lambda: Field("f", 33, Access.RW, ""), "must be from 1 to 32, not 33"),
    (lambda: Field("f", 2, Access.RW, "", reset=4), "must fit in 2 bits, not 0x4"),
    (lambda: Field("f", 2, Access.RW, "", values={"Bad": 1}), "must be a lower-case identifier"),
    (lambda: Field("f", 2, Access.RW, "", values={"big": 4}), "must fit in 2 bits, not 0x4"),
    (lambda: Register("r", 2, "", []), "must be a multiple of 4, not 0x2"),
    (lambda: Register("r", 0, "", [Field("a", 20, Access.RW, ""), Field("b", 20, Access.RW, "")]),
     "must fit in 32 bits, not 40"),
    (lambda: RegisterTable("t", "", [Register("a", 0, "", []), Register("b", 0, "", [])]),
     "t.b must not overlap t.a at offset 0x0"),
    (lambda: RegisterTable("t", "", [Register("a", 0x1000, "", [])]),
     "must lie below 0x1000, not at offset 0x1000"),
])
def test_bad_table_is_rejected(make, message):
    with pytest.raises(ValueError, match=message):
        make()
