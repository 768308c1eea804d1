"""The one DMA port of a coprocessor, shared by its reader and its writer."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.dma_writer import WriteWord
from soc.fabric.dma import DmaRequest

__all__ = ["MAX_OPEN_READS", "DmaMux"]


MAX_OPEN_READS = 63
"""Reads without an answer that can be counted; of a reader's there are as many as its depth."""


class DmaMux(wiring.Component):
    """Lets reader and writer take turns when both ask, and counts the reads not yet answered.

    Members:
        read  : In(stream of unsigned(29)), word addresses.
        write : In(stream of WriteWord); not taken while ``hold_writes`` : In(1).
        request : Out(stream of DmaRequest), to the guard.
        read_accepted, read_answered : In(1), at the DMA port in this cycle.
        answered : Out(1), no accepted read is without an answer.
    Timing: combinational; one request a cycle.
    """

    def __init__(self):
        super().__init__({
            "read": In(stream.Signature(unsigned(29))),
            "write": In(stream.Signature(WriteWord)),
            "hold_writes": In(1),
            "request": Out(stream.Signature(DmaRequest)),
            "read_accepted": In(1), "read_answered": In(1),
            "answered": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        wrote = Signal()  # the last request was a write
        open_reads = Signal(range(MAX_OPEN_READS + 1))

        asks_write = Signal()
        writes = Signal()
        request = self.request.payload
        m.d.comb += [
            asks_write.eq(self.write.valid & ~self.hold_writes),
            writes.eq(asks_write & ~(wrote & self.read.valid)),
            self.request.valid.eq(asks_write | self.read.valid),
            self.write.ready.eq(writes & self.request.ready),
            self.read.ready.eq(~writes & self.request.ready),
            request.write.eq(writes),
            request.address.eq(Mux(writes, self.write.payload.address, self.read.payload)),
            request.write_data.eq(self.write.payload.data),
            request.byte_enable.eq(self.write.payload.byte_enable),
            self.answered.eq(open_reads == 0),
        ]
        with m.If(self.request.valid & self.request.ready):
            m.d.sync += wrote.eq(writes)
        m.d.sync += open_reads.eq(open_reads + self.read_accepted - self.read_answered)
        return m
