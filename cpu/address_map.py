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


class AddressMap(wiring.Component):
    """Decides what a data access reaches.

    Parameters: itcm, ram : Region; devices : list of Region on the register bus.
    Members: address : In(32); itcm, ram, device : Out(1), at most one of them 1.
    Timing: combinational.
    """

    address: In(32)
    itcm: Out(1)
    ram: Out(1)
    device: Out(1)

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
        ]
        return m
