"""Which region an address lies in."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["AddressMap", "region_holds"]


def region_holds(region, address):
    """Condition that ``address`` (32 bits) lies in ``region``."""
    bits = (region.size - 1).bit_length()
    hit = address[bits:] == region.base >> bits
    if region.size != 1 << bits:
        hit &= address[12:bits] < (region.size >> 12)
    return hit


def _separating_bit(memories, devices):
    """(bit, its value in all devices) of an address bit that no memory shares, or None."""
    for bit in reversed(range(12, 32)):
        values = [{address >> bit & 1 for r in regions for address in (r.base, r.end - 1)}
                  for regions in (memories, devices)]
        # A region that is larger than the bit's weight has both values of it.
        whole = all(r.size <= 1 << bit for r in (*memories, *devices))
        if whole and values[0] | values[1] == {0, 1} and not values[0] & values[1]:
            return bit, values[1].pop()
    return None


class AddressMap(wiring.Component):
    """Decides what a data access reaches.

    Parameters: itcm, ram : Region; devices : list of Region on the register bus.
    Members: address : In(32); itcm, ram, device : Out(1), at most one of them 1.
             device_side : Out(1), 1 for every address in a device, 0 for every one in a memory,
             and for the others whatever takes least to tell.
    Timing: combinational.
    """

    address: In(32)
    itcm: Out(1)
    ram: Out(1)
    device: Out(1)
    device_side: Out(1)

    def __init__(self, *, itcm, ram, devices):
        self._itcm, self._ram, self._devices = itcm, ram, list(devices)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        device = 0
        for region in self._devices:
            device = device | region_holds(region, self.address)
        m.d.comb += [
            self.itcm.eq(region_holds(self._itcm, self.address)),
            self.ram.eq(region_holds(self._ram, self.address)),
            self.device.eq(device),
            self.device_side.eq(self.device),
        ]
        separating = _separating_bit((self._itcm, self._ram), self._devices)
        if separating is not None:
            bit, value = separating
            m.d.comb += self.device_side.eq(self.address[bit] == value)
        return m
