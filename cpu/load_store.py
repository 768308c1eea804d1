"""Loads and stores: the memory stage's way to RAM, ITCM and the register bus."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.address_map import AddressMap
from cpu.ports import Access, MemorySignature
from soc.fabric.bus import READ_LATENCY, RegisterBusSignature

__all__ = ["LoadStore"]


class LoadStore(wiring.Component):
    """Makes the accesses of the instruction in the memory stage.

    A load's address goes to RAM and ITCM while the load is still in execute, so that the word is
    there in the memory stage. Everything that has an effect, a store or an access on the register
    bus, is made in the memory stage, from registers, and only when the verdict allows it.

    Parameters: itcm, ram : Region; devices : list of Region on the register bus.
    Members:
        load     : In(1), a load leaves execute in this cycle, for ``load_address``: In(32). Never
                   while a store is in the memory stage.
        access   : In(Access), of the instruction in the memory stage, from registers.
        machine  : In(1), it runs in machine mode.
        fault    : Out(1), the access is misaligned or reaches nothing. It has no effect then.
        busy     : Out(1), the instruction must stay in the memory stage, unless ``fault``.
        data     : Out(32), what a load loads, extended, when not ``busy``.
        raw_data : Out(32), the word it comes from; byte_enable : Out(4), the bytes of the access.
        itcm, ram : Out(MemorySignature()); bus : Out(RegisterBusSignature()).
    Timing: 1 cycle in the memory stage; 1 + READ_LATENCY for a load from the register bus.
    """

    def __init__(self, *, itcm, ram, devices):
        self._regions = {"itcm": itcm, "ram": ram, "devices": devices}
        super().__init__({
            "load": In(1),
            "load_address": In(32),
            "access": In(Access),
            "machine": In(1),
            "fault": Out(1),
            "busy": Out(1),
            "data": Out(32),
            "raw_data": Out(32),
            "byte_enable": Out(4),
            "itcm": Out(MemorySignature()),
            "ram": Out(MemorySignature()),
            "bus": Out(RegisterBusSignature()),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.map = address_map = AddressMap(**self._regions)
        access = self.access

        reached = address_map.itcm | address_map.ram | address_map.device
        m.d.comb += [
            address_map.address.eq(access.address),
            self.fault.eq((access.load | access.store) & (access.misaligned | ~reached)),
            self.byte_enable.eq(Mux(access.size[1], 0b1111, Mux(access.size[0], 0b11, 0b1)
                                    << access.address[0:2])),
        ]
        for port, hit in ((self.itcm, address_map.itcm), (self.ram, address_map.ram)):
            m.d.comb += [
                port.write.eq(access.store & hit & ~access.misaligned),
                port.enable.eq(self.load | port.write),
                port.address.eq(Mux(access.store, access.address, self.load_address)),
                port.byte_enable.eq(self.byte_enable),
                port.write_data.eq(access.store_data),
            ]
        self._register_bus(m, address_map)
        self._extend(m, address_map)
        return m

    def _register_bus(self, m, address_map):
        access, bus = self.access, self.bus
        waited = Signal(range(READ_LATENCY + 1))
        m.d.comb += [
            bus.request.eq((access.load | access.store) & address_map.device & ~access.misaligned
                           & (waited == 0)),
            bus.write.eq(access.store),
            bus.machine.eq(self.machine),
            bus.address.eq(Cat(Const(0, 2), access.address[2:])),
            bus.write_data.eq(access.store_data),
            bus.byte_enable.eq(self.byte_enable),
            # All stages wait on this: it must not need the whole verdict.
            self.busy.eq(access.load & address_map.device_side & (waited != READ_LATENCY)),
        ]
        m.d.sync += waited.eq(Mux(self.busy, waited + 1, 0))

    def _extend(self, m, address_map):
        access = self.access
        with m.If(address_map.ram):
            m.d.comb += self.raw_data.eq(self.ram.read_data)
        with m.Elif(address_map.itcm):
            m.d.comb += self.raw_data.eq(self.itcm.read_data)
        with m.Else():
            m.d.comb += self.raw_data.eq(self.bus.read_data)
        half = self.raw_data.word_select(access.address[1], 16)
        byte = self.raw_data.word_select(access.address[0:2], 8)
        with m.If(access.size[1]):
            m.d.comb += self.data.eq(self.raw_data)
        with m.Elif(access.size[0]):
            m.d.comb += self.data.eq(Cat(half, (half[15] & ~access.unsigned).replicate(16)))
        with m.Else():
            m.d.comb += self.data.eq(Cat(byte, (byte[7] & ~access.unsigned).replicate(24)))
