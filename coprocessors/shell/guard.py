"""The guard: what a coprocessor may reach in memory, checked for each access that leaves it."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.table import GUARD_WINDOWS
from soc.fabric.dma import WORD_BYTES, DmaRequest

__all__ = ["Guard", "Window"]


class Window(data.Struct):
    """``base`` to below ``end``, as addresses of 64-bit words, and what is allowed there."""

    base: 29
    end: 29
    read: 1
    write: 1


class Guard(wiring.Component):
    """The last stage before the DMA port: lets through only what a window and the region allow.

    Parameters: region : Region, outside which nothing is allowed, whatever the windows say.
    Members:
        windows : In(array of Window).
        request : In(stream of DmaRequest).
        port    : Out(stream of DmaRequest), the allowed requests.
        violation : Out(1), high for one cycle for each request that was dropped.
        violation_write : Out(1), valid with it: the request was a write.
        probe   : In(29), address of a word that is looked up without a request, with probe_write :
            In(1), in any cycle in which ``probed`` : Out(1) is high: no request comes then.
        around  : Out(one bit a window): this window, and the region, allow the access to the word
            of the request, or of the probe.
        idle    : Out(1), no request is on its way to the port.
        clear   : In(1), overwrites the data of a request that has left.
    Timing: one request a cycle; a request is at the port in the cycle after it was taken.
    """

    def __init__(self, region):
        self._region = region
        super().__init__({
            "windows": In(data.ArrayLayout(Window, GUARD_WINDOWS)),
            "request": In(stream.Signature(DmaRequest)),
            "port": Out(stream.Signature(DmaRequest)),
            "violation": Out(1),
            "violation_write": Out(1),
            "probe": In(29), "probe_write": In(1), "probed": Out(1),
            "around": Out(GUARD_WINDOWS),
            "idle": Out(1),
            "clear": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        valid = Signal()
        allowed = Signal()
        held = Signal(DmaRequest)

        request = self.request.payload
        word, write = Signal(29), Signal()
        m.d.comb += [
            self.probed.eq(~self.request.valid),
            word.eq(Mux(self.probed, self.probe, request.address)),
            write.eq(Mux(self.probed, self.probe_write, request.write)),
            self.around.eq(self._around(word, write)),
            self.request.ready.eq(~valid | ~allowed | self.port.ready),
            self.port.valid.eq(valid & allowed),
            self.port.payload.eq(held),
            self.violation.eq(valid & ~allowed),
            self.violation_write.eq(held.write),
            self.idle.eq(~valid),
        ]
        with m.If(self.request.ready):
            m.d.sync += [valid.eq(self.request.valid), held.eq(request),
                         allowed.eq(self.around.any())]
        with m.If(self.clear & self.request.ready & ~self.request.valid):
            m.d.sync += held.as_value().eq(0)
        return m

    def _around(self, word, write):
        """One bit a window: it holds ``word``, as the region does, and allows the access."""
        words = self._region.size // WORD_BYTES
        bits = (words - 1).bit_length()
        in_region = word[bits:] == self._region.base // WORD_BYTES >> bits
        if words != 1 << bits:
            in_region &= word[:bits] < Const(words)
        hits = []
        for index in range(GUARD_WINDOWS):
            window = self.windows[index]
            right = Mux(write, window.write, window.read)
            hits.append(in_region & right & (word >= window.base) & (word < window.end))
        return Cat(hits)
