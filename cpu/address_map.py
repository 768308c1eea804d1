"""Which region an address lies in."""

from amaranth.hdl import Cat, Module
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


def _telling_bits(region, others):
    """The fewest address bits, or nearly, that tell ``region`` from all ``others``."""
    def value(region, bit):
        first, last = region.base >> bit, region.end - 1 >> bit
        return first & 1 if first == last else None

    bits, left = [], list(others)
    while left:
        excluded = {bit: [r for r in left if value(r, bit) == 1 - value(region, bit)]
                    for bit in reversed(range(12, 32)) if value(region, bit) is not None}
        best = max(excluded, key=lambda bit: len(excluded[bit]), default=None)
        if best is None or not excluded[best]:
            raise ValueError(f"Region {region.name} must differ from {left[0].name} in a bit that "
                             f"neither of them has both values of")
        bits.append(best)
        left = [r for r in left if r not in excluded[best]]
    return bits


class AddressMap(wiring.Component):
    """Decides what a data access reaches.

    Parameters: itcm, ram : Region; devices : list of Region on the register bus; external : Region
                of the external memory, or None.
    Members: address : In(32); itcm, ram, device and, if there is one, external : Out(1), at most
             one of them 1.
             ram_side : Out(1), 1 for every address in RAM, 0 for every one in another region, and
             for the others whatever takes least to tell.
    Timing: combinational.
    Raises: ValueError when no few bits tell RAM from the other regions.
    """

    def __init__(self, *, itcm, ram, devices, external=None):
        self._itcm, self._ram, self._devices, self._external = itcm, ram, list(devices), external
        self._telling_bits = _telling_bits(
            ram, [region for region in (itcm, *self._devices, external) if region])
        super().__init__({
            "address": In(32),
            "itcm": Out(1),
            "ram": Out(1),
            "device": Out(1),
            "ram_side": Out(1),
            **({"external": Out(1)} if external else {}),
        })

    def elaborate(self, platform):
        m = Module()
        device = 0
        for region in self._devices:
            device = device | region_holds(region, self.address)
        m.d.comb += [
            self.itcm.eq(region_holds(self._itcm, self.address)),
            self.ram.eq(region_holds(self._ram, self.address)),
            self.device.eq(device),
            self.ram_side.eq(Cat(self.address[bit] == (self._ram.base >> bit & 1)
                                 for bit in self._telling_bits).all()),
        ]
        if self._external:
            m.d.comb += self.external.eq(region_holds(self._external, self.address))
        return m
