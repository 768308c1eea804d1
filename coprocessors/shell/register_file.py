"""The registers of a coprocessor: three banks that behave as one."""

from amaranth.hdl import Array, Module, ResetInserter, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.guard import Window
from coprocessors.shell.datapath import descriptor_layout
from coprocessors.shell.table import GUARD_WINDOWS
from soc.fabric.bus import BUS_OUTPUTS, RegisterBusSignature
from soc.fabric.registers import RegisterBank

__all__ = ["RegisterFile"]


class RegisterFile(wiring.Component):
    """All registers of `ShellTables`, of which zeroize resets the descriptor and the locks close
    the guard windows.

    Parameters: tables : ShellTables.
    Members:
        bus, select : In, the pages; bit 0 of ``select`` is that of the registers, bit 1 the guard.
        descriptor : Out(layout of the descriptor), the sticky one.
        windows : Out(array of Window).
        zeroize : In(1), keeps the descriptor at its reset values.
        common : RegisterBank of the other registers; its fields are connected by the caller. An
            attribute, not a port.
    """

    def __init__(self, tables):
        self._descriptor_registers = tables.descriptor
        self._descriptor = RegisterBank(tables.descriptor_part)
        self._guard = RegisterBank(tables.guard)
        self.common = RegisterBank(tables.common)
        super().__init__({
            "bus": In(RegisterBusSignature()),
            "select": In(2),
            "descriptor": Out(descriptor_layout(tables.descriptor)),
            "windows": Out(data.ArrayLayout(Window, GUARD_WINDOWS)),
            "zeroize": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.common = self.common
        m.submodules.descriptor = ResetInserter(self.zeroize)(self._descriptor)
        m.submodules.guard = self._guard

        bus = self.bus
        for bank, select in ((self.common, self.select[0]), (self._descriptor, self.select[0]),
                             (self._guard, self.select[1])):
            m.d.comb += bank.select.eq(select)
            for name in BUS_OUTPUTS:
                m.d.comb += getattr(bank.bus, name).eq(getattr(bus, name))
        m.d.comb += bus.read_data.eq(self.common.bus.read_data | self._descriptor.bus.read_data
                                     | self._guard.bus.read_data)

        for register in self._descriptor_registers:
            for _, field in register.placed_fields():
                name = register.name if field.name == "value" else f"{register.name}_{field.name}"
                port = getattr(getattr(self._descriptor, register.name), field.name)
                m.d.comb += getattr(self.descriptor, name).eq(port.value)
        self._connect_windows(m)
        return m

    def _connect_windows(self, m):
        locks = []
        for index in range(GUARD_WINDOWS):
            rights = getattr(self._guard, f"window{index}_rights")
            window = self.windows[index]
            m.d.comb += [
                window.base.eq(getattr(self._guard, f"window{index}_base").value.value),
                window.end.eq(getattr(self._guard, f"window{index}_end").value.value),
                window.read.eq(rights.read.value),
                window.write.eq(rights.write.value),
            ]
            locks.append(rights.lock.value)
        locked = Signal()
        # Each window takes 16 bytes of the page.
        m.d.comb += locked.eq(Array(locks)[self.bus.address[4:6]])
        m.d.comb += self._guard.bus.write.eq(self.bus.write & ~locked)
