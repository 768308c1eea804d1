"""From one DMA port to the two memories behind it."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.dma_mux import MAX_OPEN_READS
from coprocessors.shell.guard import in_region
from soc.fabric.dma import DmaPortSignature

__all__ = ["DmaSplit"]


class DmaSplit(wiring.Component):
    """Sends each request of a requester to RAM or to external memory.

    Answers must come in the order of the reads. The external memory is the slower one, so only a
    read of RAM waits: until all earlier reads of external memory are answered.

    Parameters: external : Region; all other addresses are those of RAM, and so are all writes.
    Members:    requester : In(DmaPortSignature()), with up to MAX_OPEN_READS reads not answered.
                ram, external : Out(DmaPortSignature()). External memory answers no sooner than RAM.
    Timing:     combinational, but for that wait.
    """

    def __init__(self, *, external):
        self._region = external
        super().__init__({
            "requester": In(DmaPortSignature()),
            "ram": Out(DmaPortSignature()),
            "external": Out(DmaPortSignature()),
        })

    def elaborate(self, platform):
        m = Module()
        request, ram, external = self.requester.request, self.ram.request, self.external.request
        open_reads = Signal(range(MAX_OPEN_READS + 1))
        outside, waits = Signal(), Signal()
        m.d.comb += [
            outside.eq(in_region(self._region, request.payload.address) & ~request.payload.write),
            waits.eq(~request.payload.write & open_reads.any()),
            ram.valid.eq(request.valid & ~outside & ~waits),
            external.valid.eq(request.valid & outside),
            request.ready.eq(Mux(outside, external.ready, ram.ready & ~waits)),
            ram.payload.eq(request.payload),
            external.payload.eq(request.payload),
            self.requester.response_valid.eq(
                self.ram.response_valid | self.external.response_valid),
            self.requester.response_data.eq(Mux(
                self.external.response_valid, self.external.response_data,
                self.ram.response_data)),
        ]
        m.d.sync += open_reads.eq(open_reads + (external.valid & external.ready)
                                  - self.external.response_valid)
        return m
