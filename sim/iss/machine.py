"""The chip as software without coprocessors sees it: runs ELF files on the instruction-set model.

A functional simulator: results are exact, times are not (an instruction is one cycle).
"""

from elftools.elf.elffile import ELFFile

from sim.iss.csr import Csr
from sim.iss.hart import Hart
from sim.iss.memory import AddressSpace, Device, Memory
from sim.traps import ExceptionCause, InterruptCause, describe_trap
from soc.peripherals.system import SYSTEM_ID
from soc.soc_map import FAST_INTERRUPTS, FIRST_FAST_CAUSE, memory_map

__all__ = ["Machine", "MachineError"]

_CHUNK = 64  # instructions between two looks at the devices' interrupts
_WORD = 0xFFFF_FFFF


class MachineError(RuntimeError):
    """The program cannot go on, or did not end within its limit."""


class _Block:
    """Registers of one table as plain storage, with functions in place of some of them.

    readers : dict of {register name: callable() -> int}; writers : {name: callable(int)}.
    """

    def __init__(self, table, readers, writers):
        self.values = {r.offset: sum(f.reset << bit for bit, f in r.placed_fields())
                       for r in table.registers}
        self._readers = {table.register(name).offset: read for name, read in readers.items()}
        self._writers = {table.register(name).offset: write for name, write in writers.items()}

    def read(self, offset, size):
        word = offset & ~3
        value = self._readers[word]() if word in self._readers else self.values.get(word, 0)
        return value >> 8 * (offset & 3) & ((1 << 8 * size) - 1)

    def write(self, offset, size, value):
        word, shift = offset & ~3, 8 * (offset & 3)
        if word in self._writers:
            self._writers[word](value << shift)
        elif word in self.values:
            mask = ((1 << 8 * size) - 1) << shift
            self.values[word] = self.values[word] & ~mask | value << shift


class Machine:
    """Hart, memories, UART, system block and timer of one configuration.

    Parameters:
        configuration : Configuration
        transmit : callable(int), gets each byte that the program sends over the UART.
        received : bytes, what the program finds in the UART's receiver.
    Members:
        hart : Hart. exit_code : int, or None while the program has not ended.

    Coprocessors are not there: their registers read 0 and ignore writes.
    """

    def __init__(self, configuration, *, transmit=lambda byte: None, received=b""):
        self.map = memory_map(configuration)
        self.exit_code = None
        self._transmit = transmit
        self._received = list(received)
        itcm, ram = self.map.itcm, self.map.ram
        regions = [Memory("itcm", itcm.base, itcm.size, executable=True),
                   Memory("ram", ram.base, ram.size)]
        functions = self._functions(configuration)
        self._blocks = {}
        for region in self.map.devices:
            readers, writers = functions.get(region.name, ({}, {}))
            block = _Block(self.map.tables[region.name], readers, writers)
            if region.name not in (*functions, "gpio"):
                block.values.clear()  # a coprocessor
            self._blocks[region.name] = block
            regions.append(Device(region.name, region.base, region.size,
                                  read=block.read, write=block.write))
        self.hart = Hart(AddressSpace(regions), reset_vector=itcm.base)

    def _functions(self, configuration):
        """What the registers of each block do, if they are no plain storage."""
        system = {"id": SYSTEM_ID, "clock_hz": configuration.clock_hz,
                  "itcm_bytes": configuration.itcm_bytes, "ram_bytes": configuration.ram_bytes}
        return {
            "system": ({name: lambda value=value: value for name, value in system.items()},
                       {"exit": self._exit}),
            "uart": ({"receive": lambda: self._received[0] | 0x100 if self._received else 0,
                      "status": lambda: 0b110 | bool(self._received) << 3},
                     {"transmit": lambda value: self._transmit(value & 0xFF),
                      "receive_pop": lambda value: self._received and self._received.pop(0)}),
            "clint": ({"mtime_low": lambda: self.hart.csrs.time & _WORD,
                       "mtime_high": lambda: self.hart.csrs.time >> 32},
                      {"mtime_low": self._set_time_low, "mtime_high": self._set_time_high}),
        }

    def _exit(self, code):
        if self.exit_code is None:
            self.exit_code = code

    def _set_time_low(self, value):
        self.hart.csrs.time = self.hart.csrs.time >> 32 << 32 | value

    def _set_time_high(self, value):
        self.hart.csrs.time = value << 32 | self.hart.csrs.time & _WORD

    def _register(self, block, name):
        return self._blocks[block].values[self.map.tables[block].register(name).offset]

    def _compare_time(self):
        return self._register("clint", "mtimecmp_high") << 32 | \
            self._register("clint", "mtimecmp_low")

    def _lines(self):
        lines = (self._register("clint", "msip") & 1) << InterruptCause.SOFTWARE
        lines |= (self.hart.csrs.time >= self._compare_time()) << InterruptCause.TIMER
        enabled = self._register("uart", "interrupt_enable")
        uart = enabled & 2 or (enabled & 1 and self._received)
        return lines | bool(uart) << FIRST_FAST_CAUSE + FAST_INTERRUPTS.index("uart")

    def load(self, path):
        """Loads the segments of an ELF file and goes to its entry.

        Raises: ValueError when a segment does not lie in one memory.
        """
        with open(path, "rb") as file:
            elf = ELFFile(file)
            for segment in elf.iter_segments("PT_LOAD"):
                if segment["p_filesz"]:
                    self.hart.space.write(segment["p_paddr"], segment.data())
            self.hart.pc = elf["e_entry"]

    def run(self, instructions):
        """Runs until the program ends, for at most that many instructions; returns its exit code.

        Raises: MachineError when it does not end, waits for what cannot come, or traps without a
            handler.
        """
        csrs = self.hart.csrs
        left = instructions
        while left > 0:
            csrs.lines = self._lines()
            done = self.hart.run(min(_CHUNK, left))
            csrs.time += done
            left -= done
            if self.exit_code is not None:
                return self.exit_code
            if self.hart.waiting:
                self._wait()
            if self.hart.pc == csrs.read(Csr.MEPC) == csrs.read(Csr.MTVAL) and \
                    csrs.read(Csr.MCAUSE) == ExceptionCause.INSTRUCTION_ACCESS_FAULT:
                raise MachineError("no code is at the trap handler: "
                                   + describe_trap(csrs.read(Csr.MCAUSE), csrs.read(Csr.MEPC),
                                                   csrs.read(Csr.MTVAL)))
        raise MachineError(f"the program did not end within {instructions} instructions")

    def _wait(self):
        """Goes on after ``wfi``: at once, or when the timer comes."""
        csrs = self.hart.csrs
        self.hart.waiting = False
        csrs.lines = self._lines()
        if csrs.pending() is None:
            if not csrs.read(Csr.MIE) >> InterruptCause.TIMER & 1:
                raise MachineError(f"wfi at {self.hart.pc - 4:#010x} waits for ever")
            csrs.time = max(csrs.time, self._compare_time())
