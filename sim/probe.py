"""A JTAG probe and a debugger's first steps, for cocotb tests that drive the pins."""

from cocotb.triggers import Timer

from cpu.debug import DATA_CSR
from sim.jtag import (
    DMI_BITS, READ, RESET, WRITE, data_scan, dmi_word, instruction_scan,
)
from soc.debug.abstract_command import (
    ABSTRACTCS, COMMAND, DATA0, PROGBUF0, CommandError,
)
from soc.debug.module import DMCONTROL, DMSTATUS
from soc.debug.system_bus import SBADDRESS0, SBCS, SBDATA0
from soc.debug.tap import Instruction

__all__ = ["DATA_CSR", "Dcsr", "Probe"]


_HALF_PERIOD_NS = 40  # 4 cycles of the bench's clock, the least that the TAP wants
_TRIES = 200


class Dcsr:
    """Bits of dcsr, and its causes."""

    MACHINE = 3  # prv
    STEP, STEPIE, EBREAKU, EBREAKM = 1 << 2, 1 << 11, 1 << 12, 1 << 15
    EBREAK, TRIGGER, HALT, STEPPED, RESET = 1, 2, 3, 4, 5

    @staticmethod
    def cause(value):
        return value >> 6 & 7


class Probe:
    """Drives the JTAG pins of ``dut``, and through them the debug module.

    All methods that access something are coroutines. They fail when an access stays busy.
    """

    def __init__(self, dut):
        self._dut = dut
        self._instruction = None

    async def edges(self, edges):
        """Sends `Edge`s; returns the bits of TDO that count, the first in bit 0."""
        bits, count = 0, 0
        dut = self._dut
        for edge in edges:
            dut.tck.value, dut.tms.value, dut.tdi.value = 0, edge.tms, edge.tdi
            await Timer(_HALF_PERIOD_NS, "ns")
            if edge.counts:
                bits |= int(dut.tdo.value) << count
                count += 1
            dut.tck.value = 1
            await Timer(_HALF_PERIOD_NS, "ns")
        dut.tck.value = 0
        return bits

    async def reset(self):
        await self.edges(RESET)
        self._instruction = Instruction.IDCODE

    async def scan(self, instruction, value, bits):
        """Exchanges the data register of ``instruction``."""
        if self._instruction is not instruction:
            await self.edges(instruction_scan(instruction))
            self._instruction = instruction
        return await self.edges(data_scan(value, bits))

    async def dmi(self, operation, address, value=0):
        """(op, data) that the access of the scan before gave."""
        answer = await self.scan(Instruction.DMI, dmi_word(operation, address, value), DMI_BITS)
        return answer & 3, answer >> 2 & 0xFFFF_FFFF

    async def read(self, address):
        await self.dmi(READ, address)
        status, value = await self.dmi(0, 0)
        assert status == 0, f"read of {address:#x} answered with status {status}"
        return value

    async def write(self, address, value):
        await self.dmi(WRITE, address, value)

    async def attach(self):
        await self.reset()
        await self.write(DMCONTROL, 0)
        await self.write(DMCONTROL, 1)
        status = await self.read(DMSTATUS)
        assert status & 0x8F == 0x82, f"dmstatus is {status:#x}"

    async def _wait_status(self, bit):
        for _ in range(_TRIES):
            if await self.read(DMSTATUS) >> bit & 1:
                return
        raise AssertionError(f"dmstatus must get bit {bit}; it is "
                             f"{await self.read(DMSTATUS):#x}")

    async def halt(self):
        await self.write(DMCONTROL, 1 << 31 | 1)
        await self._wait_status(9)
        await self.write(DMCONTROL, 1)

    async def wait_halted(self):
        await self._wait_status(9)

    async def resume(self):
        await self.write(DMCONTROL, 1 << 30 | 1)
        await self._wait_status(17)

    async def is_halted(self):
        return bool(await self.read(DMSTATUS) >> 9 & 1)

    async def command(self, value):
        """Runs an abstract command; returns its `CommandError`, which is cleared."""
        await self.write(COMMAND, value)
        for _ in range(_TRIES):
            status = await self.read(ABSTRACTCS)
            if not status >> 12 & 1:
                break
        else:
            raise AssertionError(f"command {value:#010x} must end")
        error = CommandError(status >> 8 & 7)
        if error != CommandError.NONE:
            await self.write(ABSTRACTCS, 7 << 8)
        return error

    async def access(self, number, write=None, *, execute=False):
        """Moves a register from or to data0; returns the `CommandError`."""
        if write is not None:
            await self.write(DATA0, write)
        return await self.command(2 << 20 | execute << 18 | 1 << 17 | (write is not None) << 16
                                  | number)

    async def read_register(self, number, *, execute=False):
        """Value of x<number>, and then executes the program buffer if ``execute``."""
        error = await self.access(0x1000 + number, execute=execute)
        assert error == CommandError.NONE, f"x{number}: {error}"
        return await self.read(DATA0)

    async def write_register(self, number, value, *, execute=False):
        error = await self.access(0x1000 + number, value, execute=execute)
        assert error == CommandError.NONE, f"x{number}: {error}"

    async def read_csr(self, number):
        """Value of a CSR, or None when the core has none of this number."""
        error = await self.access(number)
        assert error in (CommandError.NONE, CommandError.EXCEPTION), f"CSR {number:#x}: {error}"
        return await self.read(DATA0) if error == CommandError.NONE else None

    async def write_csr(self, number, value):
        error = await self.access(number, value)
        assert error == CommandError.NONE, f"CSR {number:#x}: {error}"

    async def program(self, words):
        """Writes the program buffer."""
        for number, word in enumerate(words):
            await self.write(PROGBUF0 + number, word)

    async def execute(self):
        """Executes the program buffer; returns its `CommandError`."""
        return await self.command(1 << 18)

    async def bus(self, address, value=None, *, size=2):
        """Reads memory, or writes ``value`` there; returns (sberror, what was read)."""
        await self.write(SBCS, size << 17 | (value is None) << 20 | 7 << 12 | 1 << 22)
        await self.write(SBADDRESS0, address)
        if value is not None:
            await self.write(SBDATA0, value)
        for _ in range(_TRIES):
            status = await self.read(SBCS)
            if not status >> 21 & 1:
                break
        else:
            raise AssertionError(f"access to {address:#010x} must end")
        assert not status >> 22 & 1
        return status >> 12 & 7, await self.read(SBDATA0)
