"""System block: what the chip is, and how a program ends."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.fabric.bus import RegisterBusSignature
from soc.fabric.registers import Access, Field, Register, RegisterBank, RegisterTable

__all__ = ["SYSTEM_ID", "SYSTEM_TABLE", "System"]


SYSTEM_ID = int.from_bytes(b"GCP1", "big")
"""Says that this chip is a Gluechip whose map is of the first kind."""

_VERSION_MAJOR, _VERSION_MINOR = 0, 2

SYSTEM_TABLE = RegisterTable("system", "What the chip is, and how a program ends.", [
    Register("id", 0x00, "Identifies the chip.", [
        Field("value", 32, Access.RO, "0x47435031: the letters GCP1.", reset=SYSTEM_ID)]),
    Register("version", 0x04, "Version of the register map. Programs need the same major version "
             "and at least the minor version that they were built for.", [
                 Field("minor", 16, Access.RO, "Grows with every addition.",
                       reset=_VERSION_MINOR),
                 Field("major", 16, Access.RO, "Grows with every incompatible change.",
                       reset=_VERSION_MAJOR)]),
    Register("clock_hz", 0x08, "Frequency of the clock.", [
        Field("value", 32, Access.RO, "Hertz.")]),
    Register("itcm_bytes", 0x0C, "Size of the instruction memory.", [
        Field("value", 32, Access.RO, "Bytes.")]),
    Register("ram_bytes", 0x10, "Size of the data memory.", [
        Field("value", 32, Access.RO, "Bytes.")]),
    Register("features", 0x14, "What the coprocessors have, and the chip beside.", [
        Field("array_rows", 8, Access.RO, "Rows of the matmul array."),
        Field("array_columns", 8, Access.RO, "Columns of the matmul array."),
        Field("requantizer_lanes", 8, Access.RO, "Results requantized in one cycle."),
        Field("debug", 1, Access.RO, "There is a debug port."),
        Field("network_jobs", 1, Access.RO,
              "Matmul jobs may gather A from an image and add an int32 matrix.")]),
    Register("exit", 0x18, "Ends the program: a simulation stops, a board only sets exited. "
             "Only the first write after reset counts.", [
                 Field("code", 32, Access.COMMAND, "Exit code, 0 for success.")]),
    Register("exited", 0x1C, "Whether the program has ended.", [
        Field("value", 1, Access.RO, "exit has been written since reset.")]),
    Register("scratch", 0x20, "Free for software.", [
        Field("value", 32, Access.RW, "Has no effect.")]),
    Register("debug_lock", 0x24, "Locks the debug port. Only machine mode can write and read it.", [
        Field("locked", 1, Access.SHARED, "Set until reset, from the first write of 1 on: a "
              "debugger can neither halt the core nor read or write anything. 0 without a debug "
              "port.")],
        machine_only=True),
])


class System(wiring.Component):
    """Constants of a configuration, and the exit latch.

    Parameters: configuration : Configuration
    Members:    bus, select : as `RegisterBank`.
                exited : Out(1), high from the cycle after the first write to ``exit`` on.
                code : Out(32), what it wrote.
                debug_locked : Out(1), ``debug_lock`` has been set.
    """

    def __init__(self, configuration):
        self._configuration = configuration
        super().__init__({
            "bus": In(RegisterBusSignature()),
            "select": In(1),
            "exited": Out(1),
            "code": Out(32),
            "debug_locked": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.bank = bank = RegisterBank(SYSTEM_TABLE)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)
        configuration = self._configuration
        m.d.comb += [
            bank.select.eq(self.select),
            bank.id.value.value.eq(SYSTEM_ID),
            bank.version.minor.value.eq(_VERSION_MINOR),
            bank.version.major.value.eq(_VERSION_MAJOR),
            bank.clock_hz.value.value.eq(configuration.clock_hz),
            bank.itcm_bytes.value.value.eq(configuration.itcm_bytes),
            bank.ram_bytes.value.value.eq(configuration.ram_bytes),
            bank.features.array_rows.value.eq(configuration.array_rows),
            bank.features.array_columns.value.eq(configuration.array_columns),
            bank.features.requantizer_lanes.value.eq(configuration.requantizer_lanes),
            bank.features.debug.value.eq(configuration.debug),
            bank.features.network_jobs.value.eq(configuration.network_jobs),
            bank.exited.value.value.eq(self.exited),
            bank.debug_lock.locked.value.eq(self.debug_locked),
        ]
        with m.If(bank.exit.code.strobe & ~self.exited):
            m.d.sync += [self.exited.eq(1), self.code.eq(bank.exit.code.value)]
        if configuration.debug:
            with m.If(bank.debug_lock.locked.strobe & bank.debug_lock.locked.written):
                m.d.sync += self.debug_locked.eq(1)
        return m
