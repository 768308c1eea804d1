"""The memory map: the one place where addresses are given out."""

from soc.fabric.region import Region
from soc.fabric.registers import PAGE_BYTES

__all__ = ["MemoryMap"]


class MemoryMap:
    """Where everything is, for one configuration.

    Parameters:
        itcm_bytes, ram_bytes : int, sizes of the memories.
        external_bytes : int, size of the external memory, which is only read; 0 for none.
        debug_bytes : int, last bytes of the instruction memory, which belong to a debugger.
        devices : dict of {name: RegisterTable} in the order of ``DEVICE_BASES``; every name must
            be there.
    Members: ``itcm``, ``ram`` and ``device(name)`` are `Region`, and so is ``external``, or None;
        ``devices`` lists those of all devices in the order of their addresses; ``regions`` lists
        all. ``program_end`` is the first
        address in ITCM that a program may not use.
    Raises: ValueError when two regions overlap.

    Address 0 is in no region, so that a null pointer faults.
    """

    ITCM_BASE = 0x8000_0000
    RAM_BASE = 0x9000_0000
    EXTERNAL_BASE = 0xA000_0000
    DEVICE_BASES = {
        "clint": 0x0200_0000,
        "system": 0x1000_0000,
        "uart": 0x1000_1000,
        "gpio": 0x1000_2000,
        "matmul": 0x1001_0000,
        "keccak": 0x1001_2000,
    }

    def __init__(self, *, itcm_bytes, ram_bytes, devices, external_bytes=0, debug_bytes=0):
        self.itcm = Region("itcm", self.ITCM_BASE, itcm_bytes)
        self.ram = Region("ram", self.RAM_BASE, ram_bytes)
        self.external = None
        if external_bytes:
            self.external = Region("external", self.EXTERNAL_BASE, external_bytes)
        self.program_end = self.itcm.end - debug_bytes
        self.tables = dict(devices)
        self._devices = {name: Region(name, self.DEVICE_BASES[name], table.pages * PAGE_BYTES)
                         for name, table in devices.items()}
        self.devices = sorted(self._devices.values(), key=lambda region: region.base)
        self.regions = sorted([*self.memories, *self.devices], key=lambda r: r.base)
        for low, high in zip(self.regions, self.regions[1:]):
            if low.end > high.base:
                raise ValueError(f"Region {high.name} at {high.base:#010x} must not overlap region "
                                 f"{low.name}, which ends at {low.end:#010x}")

    @property
    def memories(self):
        """Regions that hold what a loader puts there."""
        return [region for region in (self.itcm, self.ram, self.external) if region]

    def device(self, name):
        """Region of the device ``name``; raises KeyError."""
        return self._devices[name]

    def find(self, address):
        """Region that holds ``address``, or None."""
        return next((r for r in self.regions if address in r), None)
