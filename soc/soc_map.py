"""The memory map of this chip: the tables of all its blocks, its interrupts, its boot area."""

from soc.coprocessors import COPROCESSOR_TABLES
from soc.debug.ports import DEBUG_BYTES
from soc.memory_map import MemoryMap
from soc.peripherals.gpio import GPIO_TABLE
from soc.peripherals.system import SYSTEM_TABLE
from soc.peripherals.timer import TIMER_TABLE
from soc.peripherals.uart import UART_TABLE

__all__ = ["BOOT_BYTES", "BOOT_RECORD_MAGIC", "BOOT_RECORD_OFFSET", "COPROCESSORS",
           "FAST_INTERRUPTS", "FIRST_FAST_CAUSE", "RESET_VECTOR", "memory_map"]


COPROCESSORS = tuple(COPROCESSOR_TABLES)
"""Names of the coprocessors in the order of the numbers by which jobs wait for each other."""

FAST_INTERRUPTS = ("uart", "gpio", *COPROCESSORS)
"""Devices on the fast local interrupts, from number 0 on."""

FIRST_FAST_CAUSE = 16
"""Bit in mip and mie, and code in mcause, of fast interrupt 0."""

RESET_VECTOR = MemoryMap.ITCM_BASE
"""Where the core starts: the boot code."""

BOOT_BYTES = 0x400
"""First bytes of the ITCM, which belong to the boot code; programs are linked behind them."""

BOOT_RECORD_OFFSET = 0x3F0
"""Offset in the ITCM of the boot record: two words, BOOT_RECORD_MAGIC and the program's entry."""

BOOT_RECORD_MAGIC = 0x4743_5031
"""First word of a boot record; with any other value there is no program."""


def memory_map(configuration):
    """The MemoryMap of a chip with this configuration."""
    return MemoryMap(
        itcm_bytes=configuration.itcm_bytes,
        ram_bytes=configuration.ram_bytes,
        external_bytes=configuration.external_bytes,
        debug_bytes=DEBUG_BYTES if configuration.debug else 0,
        devices={"clint": TIMER_TABLE, "system": SYSTEM_TABLE, "uart": UART_TABLE,
                 "gpio": GPIO_TABLE, **COPROCESSOR_TABLES},
    )
