"""The guard: what a coprocessor may reach in memory, checked for each access that leaves it."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.table import GUARD_WINDOWS
from soc.fabric.dma import WORD_BYTES, DmaRequest

__all__ = ["Guard", "Window", "in_region", "windows_around"]


class Window(data.Struct):
    """``base`` to below ``end``, as addresses of 64-bit words, and what is allowed there."""

    base: 29
    end: 29
    read: 1
    write: 1


def windows_around(windows, word, write):
    """One bit a window: it holds the word at address ``word`` and allows the access."""
    hits = []
    for index in range(GUARD_WINDOWS):
        window = windows[index]
        allowed = (window.write & write) | (window.read & ~write)
        hits.append(allowed & (word >= window.base) & (word < window.end))
    return Cat(hits)


def in_region(region, word):
    """Whether the word at address ``word`` lies in ``region``."""
    words = region.size // WORD_BYTES
    bits = (words - 1).bit_length()
    inside = word[bits:] == region.base // WORD_BYTES >> bits
    if words != 1 << bits:
        inside &= word[:bits] < Const(words)
    return inside


class Guard(wiring.Component):
    """The last stage before the DMA port: lets through only what a window and the region allow.

    Parameters: region : Region, outside which nothing is allowed, whatever the windows say;
                read_only : Region, of which the same holds for reads, or None.
    Members:
        windows : In(array of Window).
        request : In(stream of DmaRequest).
        port    : Out(stream of DmaRequest), the allowed requests.
        violation : Out(1), high for one cycle for each request that was dropped.
        violation_write : Out(1), valid with it: the request was a write.
        idle    : Out(1), no request is on its way to the port.
        clear   : In(1), overwrites the data of a request that has left; meanwhile none is offered.
    Timing: one request a cycle; a request is at the port two cycles after it was taken. It is
        compared with the windows from a register: which request it is is known late in a cycle.
        So is whether the port is ready, and ``request.ready`` is a register that does not wait for
        it: a request that finds the way blocked is set aside.
    """

    def __init__(self, region, read_only=None):
        self._region, self._read_only = region, read_only
        super().__init__({
            "windows": In(data.ArrayLayout(Window, GUARD_WINDOWS)),
            "request": In(stream.Signature(DmaRequest)),
            "port": Out(stream.Signature(DmaRequest)),
            "violation": Out(1),
            "violation_write": Out(1),
            "idle": Out(1),
            "clear": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        aside_valid = Signal()
        aside = Signal(DmaRequest)
        taken_valid = Signal()
        taken = Signal(DmaRequest)
        valid = Signal()
        held = Signal(DmaRequest)
        allowed = Signal()
        enters, moves_on = Signal(), Signal()

        m.d.comb += [
            moves_on.eq(~valid | ~allowed | self.port.ready),
            enters.eq(~taken_valid | moves_on),
            self.request.ready.eq(~aside_valid),
            self.port.valid.eq(valid & allowed),
            self.port.payload.eq(held),
            self.violation.eq(valid & ~allowed),
            self.violation_write.eq(held.write),
            self.idle.eq(~aside_valid & ~taken_valid & ~valid),
        ]
        with m.If(~aside_valid):
            m.d.sync += aside.eq(self.request.payload)
            with m.If(self.clear):
                m.d.sync += aside.as_value().eq(0)
        with m.If(enters):
            m.d.sync += [taken_valid.eq(aside_valid | self.request.valid), aside_valid.eq(0),
                         taken.eq(Mux(aside_valid, aside, self.request.payload))]
            with m.If(self.clear & ~aside_valid & ~self.request.valid):
                m.d.sync += taken.as_value().eq(0)
        with m.Elif(self.request.valid):
            m.d.sync += aside_valid.eq(1)
        with m.If(moves_on):
            m.d.sync += [valid.eq(taken_valid), held.eq(taken), allowed.eq(self._allows(taken))]
        return m

    def _allows(self, request):
        """Whether the access is inside the region and a window."""
        inside = in_region(self._region, request.address)
        if self._read_only:
            inside |= in_region(self._read_only, request.address) & ~request.write
        return (inside
                & windows_around(self.windows, request.address, request.write).any())
