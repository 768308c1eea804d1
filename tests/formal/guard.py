"""The guard lets through only what a window and the region allow, and loses nothing else.

Proved, for ever: a request at the port lies in the region and in a window that gives its right, as
the windows stood when it was compared, which is at the latest in the cycle before it appears and
not again while it waits there. Every request that was taken leaves once, in order, unchanged:
through the port or, where it is not allowed, as a violation of its kind. A request at the port
stays until it is taken. ``idle`` is high when none is on its way.

Assumed: no request is offered while ``clear`` is high. The windows may change at any time. The
region is 12 KiB, which is no power of two.

Method: PDR finds the invariants.
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Array, Assert, Assume, Cover, Module, Mux, Signal

from coprocessors.shell.guard import Guard, windows_around
from soc.fabric.dma import WORD_BYTES, DmaRequest
from soc.fabric.region import Region
from tests.formal.proof import Bench, Pdr, Proof
from tests.mutants import edited

_REGION = Region("RAM", 0x9000_0000, 0x3000)
_DEPTH = 3
"""Requests on their way at most."""


def _allowed(windows, request):
    """What the guard must let through, written with addresses of bytes."""
    address = request.address * WORD_BYTES
    inside = 0
    for index in range(windows.shape().length):
        window = windows[index]
        right = Mux(request.write, window.write, window.read)
        inside |= (right & (address >= window.base * WORD_BYTES)
                   & (address < window.end * WORD_BYTES))
    return inside & (address >= _REGION.base) & (address < _REGION.base + _REGION.size)


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self._component(_REGION)
        valid, ready, clear = AnySeq(1), AnySeq(1), AnySeq(1)
        request, windows = AnySeq(len(dut.request.payload.as_value())), dut.windows
        m.d.comb += [
            dut.windows.as_value().eq(AnySeq(len(windows.as_value()))),
            dut.request.valid.eq(valid), dut.request.payload.as_value().eq(request),
            dut.port.ready.eq(ready), dut.clear.eq(clear), Assume(~(clear & valid)),
        ]
        enters, leaves = valid & dut.request.ready, (dut.port.valid & ready) | dut.violation
        held = Array(Signal(len(request), name=f"request{n}") for n in range(_DEPTH))
        count = Signal(range(_DEPTH + 1))
        with m.If(leaves):
            m.d.sync += [old.eq(new) for old, new in zip(held, list(held)[1:])]
        with m.If(enters):
            m.d.sync += held[count - leaves].eq(request)
        m.d.sync += count.eq(count + enters - leaves)

        # The oldest request is compared in the cycle before it is at the port for the first time.
        oldest, compared = Signal(DmaRequest), Signal(DmaRequest)
        waits, waited, is_allowed = Signal(), Signal(), Signal()
        shown = dut.port.valid | dut.violation
        m.d.comb += [oldest.eq(held[0]), compared.eq(Mux(leaves, held[1], held[0])),
                     waits.eq(dut.port.valid & ~ready)]
        m.d.sync += waited.eq(waits)
        with m.If(~waits):
            m.d.sync += is_allowed.eq(_allowed(windows, compared))
        m.d.comb += [
            Assert(~shown | (count != 0)),
            Assert(~dut.port.valid | (dut.port.payload.as_value() == oldest.as_value())),
            Assert(~dut.violation | (dut.violation_write == oldest.write)),
            Assert(~shown | (dut.port.valid == is_allowed)),
            Assert(~(dut.port.valid & dut.violation)),
            Assert(~waited | dut.port.valid),
            Assert(dut.idle == (count == 0)),
            Cover(dut.port.valid & oldest.write & (count == _DEPTH)),
            Cover(dut.violation & oldest.write),
        ]
        return m


class _ForgetsTheRegion(Guard):

    def _allows(self, request):
        return windows_around(self.windows, request.address, request.write).any()


_MUTANTS = (
    edited(Guard, "window_ends_one_word_late", "(word < window.end)", "(word <= window.end)"),
    edited(Guard, "reads_where_it_may_write",
           "(window.write & write) | (window.read & ~write)", "window.write | window.read"),
    _ForgetsTheRegion,
    edited(Guard, "loses_what_is_aside", "taken_valid.eq(aside_valid | self.request.valid)",
           "taken_valid.eq(self.request.valid)"),
    edited(Guard, "compares_the_request_that_enters", "self._allows(taken)",
           "self._allows(self.request.payload)"),
)

PROOFS = (Proof("guard", "lets through only what a window allows, and loses nothing", _Bench, Guard,
                _MUTANTS, Pdr(), mutant_cycles=8, cover_cycles=10),)
