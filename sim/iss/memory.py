"""What the model's loads, stores and fetches reach."""

import sys

from sim.traps import ExceptionCause, Trap

__all__ = ["AddressSpace", "Device", "Memory"]

_PAGE_BITS = 12


class Memory:
    """``size`` bytes of memory from ``base`` on, all 0; code can run there if ``executable``, and
    stores fault unless ``writable``.

    Members: ``data``, the bytes as a bytearray; ``words``, the same as 32-bit words.
    """

    def __init__(self, name, base, size, *, executable=False, writable=True):
        assert sys.byteorder == "little", "The views below have the byte order of the host"
        self.name = name
        self.base = base
        self.size = size
        self.executable, self.writable = executable, writable
        self.data = bytearray(size)
        self.words = memoryview(self.data).cast("I")
        self._views = {1: memoryview(self.data), 2: memoryview(self.data).cast("H"), 4: self.words}

    def load(self, offset, size):
        """The unsigned value of ``size`` bytes at ``offset``."""
        return self._views[size][offset // size]

    def store(self, offset, size, value):
        """Writes ``size`` bytes at ``offset``; ``value`` must fit."""
        self._views[size][offset // size] = value


class Device:
    """``size`` bytes from ``base`` on that call back.

    Parameters:
        read : callable(offset, size) that returns what a load gets, unsigned.
        write : callable(offset, size, value), called for each store.
    """

    executable, writable = False, True

    def __init__(self, name, base, size, *, read, write):
        self.name = name
        self.base = base
        self.size = size
        self.load = read
        self.store = write


class AddressSpace:
    """The regions of the map; everything else faults.

    Parameters: regions : iterable of `Memory` and `Device`, each a whole number of 4 KiB pages.
    Raises: ValueError for regions that overlap or are no whole pages.
    """

    def __init__(self, regions):
        self.regions = list(regions)
        self._pages = {}
        for region in self.regions:
            if region.base % (1 << _PAGE_BITS) or region.size % (1 << _PAGE_BITS):
                raise ValueError(f"Region {region.name} must be whole 4 KiB pages, "
                                 f"not {region.size:#x} bytes at {region.base:#010x}")
            for page in range(region.base >> _PAGE_BITS, (region.base + region.size) >> _PAGE_BITS):
                if page in self._pages:
                    raise ValueError(f"Region {region.name} at {region.base:#010x} must not "
                                     f"overlap region {self._pages[page].name}")
                self._pages[page] = region

    def find(self, address):
        """The region that holds ``address``, or None."""
        return self._pages.get(address >> _PAGE_BITS)

    def fetch(self, address):
        """The instruction word at ``address``, a multiple of 4. Raises `Trap`."""
        region = self._pages.get(address >> _PAGE_BITS)
        if region is None or not region.executable:
            raise Trap(ExceptionCause.INSTRUCTION_ACCESS_FAULT, address)
        return region.words[(address - region.base) >> 2]

    def load(self, address, size):
        """The unsigned value of 1, 2 or 4 bytes. Raises `Trap`; alignment is judged first."""
        if address & (size - 1):
            raise Trap(ExceptionCause.LOAD_MISALIGNED, address)
        region = self._pages.get(address >> _PAGE_BITS)
        if region is None:
            raise Trap(ExceptionCause.LOAD_ACCESS_FAULT, address)
        return region.load(address - region.base, size)

    def store(self, address, size, value):
        """Writes 1, 2 or 4 bytes; ``value`` must fit. Raises `Trap`; alignment is judged first."""
        if address & (size - 1):
            raise Trap(ExceptionCause.STORE_MISALIGNED, address)
        region = self._pages.get(address >> _PAGE_BITS)
        if region is None or not region.writable:
            raise Trap(ExceptionCause.STORE_ACCESS_FAULT, address)
        region.store(address - region.base, size, value)

    def write(self, address, data):
        """Copies the bytes ``data`` to memory, as a loader does.

        Raises: ValueError if they do not lie in one memory.
        """
        region = self.find(address)
        if not isinstance(region, Memory) or address + len(data) > region.base + region.size:
            raise ValueError(f"Data must lie in one memory, not {len(data)} bytes at "
                             f"{address:#010x}")
        region.data[address - region.base:address - region.base + len(data)] = data

    def read(self, address, length):
        """``length`` bytes of one memory. Raises ValueError as `write` does."""
        region = self.find(address)
        if not isinstance(region, Memory) or address + length > region.base + region.size:
            raise ValueError(f"Data must lie in one memory, not {length} bytes at {address:#010x}")
        return bytes(region.data[address - region.base:address - region.base + length])
