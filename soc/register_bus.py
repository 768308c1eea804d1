"""Register bus: brings the core's requests to the blocks, and one block's answer back."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from soc.fabric.bus import RegisterBusSignature
from soc.fabric.registers import PAGE_BYTES

__all__ = ["RegisterBus"]


class RegisterBus(wiring.Component):
    """Decoder and merge.

    Parameters: regions : list of Region, one for each block; each page of a region has its own
                select line.
    Members:    bus : In(RegisterBusSignature()), from the core.
                blocks : array of Out(RegisterBusSignature()), to each block in the order of
                ``regions``; all of them see every request.
                select<n> : Out(pages), for block n, a bit for each page, high while the address is
                in it.
    Timing:     requests pass through; a block's ``read_data``, due one cycle after the access and
                0 unless it was selected, is registered: the answer is there READ_LATENCY (2) cycles
                after the request. An address in no region reads 0 and changes nothing.
    """

    def __init__(self, regions):
        self._regions = list(regions)
        members = {
            "bus": In(RegisterBusSignature()),
            "blocks": Out(RegisterBusSignature()).array(len(self._regions)),
        }
        for number, region in enumerate(self._regions):
            members[f"select{number}"] = Out(region.size // PAGE_BYTES)
        super().__init__(members)

    def attach(self, m, number, block):
        """Connects ``block.bus`` and ``block.select`` in module ``m`` as block ``number``.

        A ``select`` of one bit is high for all pages of the block, a longer one has a bit a page.
        """
        connect(m, self.blocks[number], block.bus)
        select = getattr(self, f"select{number}")
        m.d.comb += block.select.eq(select.any() if len(block.select) == 1 else select)

    def elaborate(self, platform):
        m = Module()
        bus = self.bus
        merged = 0
        for number, (region, block) in enumerate(zip(self._regions, self.blocks)):
            select = getattr(self, f"select{number}")
            inside = Signal(name=f"inside_{region.name}")
            high_bits = (region.size - 1).bit_length()
            page_bits = (PAGE_BYTES - 1).bit_length()
            m.d.comb += [
                block.present.eq(bus.present),
                block.request.eq(bus.request),
                block.write.eq(bus.write),
                block.machine.eq(bus.machine),
                block.address.eq(bus.address),
                block.write_data.eq(bus.write_data),
                block.byte_enable.eq(bus.byte_enable),
                inside.eq(bus.address[high_bits:] == region.base >> high_bits),
            ]
            for page in range(len(select)):
                m.d.comb += select[page].eq(
                    inside & (bus.address[page_bits:high_bits] == page))
            merged = merged | block.read_data
        m.d.sync += bus.read_data.eq(merged)
        return m
