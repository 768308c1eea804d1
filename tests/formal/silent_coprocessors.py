"""A coprocessor is silent: what it does in time depends on its registers, not on data.

Two copies of a whole coprocessor, shell and datapath, see the same writes to their registers, the
same progress of others and the same readiness of memory, which answers in the same cycles; but each
has data of its own. Proved, for ever: both make the same accesses of memory in every cycle, but for
the data; what their registers read is equal, counters and records of jobs included; so are
interrupt, progress and activity.

Method: what computes gives any values: the multipliers, and the rounds of Keccak. PDR.
"""

from unittest import mock

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Const, Cover, Fragment, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from coprocessors.keccak import permutation
from coprocessors.keccak.coprocessor import KeccakCoprocessor
from coprocessors.keccak.round import Round
from coprocessors.matmul import processing_element, requantizer
from coprocessors.matmul.coprocessor import Matmul
from coprocessors.shell.dma_reader import DmaReader
from coprocessors.shell.dma_writer import DmaWriter
from soc.fabric.bus import BUS_OUTPUTS
from soc.fabric.region import Region
from tests.formal.proof import Bench, Pdr, Proof

_OPTIONS = {"dma_region": Region("RAM", 0x9000_0000, 0x8000), "source_index": 0, "dependencies": 2}


class _SmallMatmul(Matmul):
    """An array of 2 x 2 with all that networks need."""

    def __init__(self, **others):
        super().__init__(array_rows=2, array_columns=2, requantizer_lanes=1, **others)


class _FreeMultiplier(wiring.Component):
    """In the place of a `DspMultiplier`: any product."""

    def __init__(self, **options):
        super().__init__({"a": In(18), "b": In(18), "enable": In(1), "product": Out(36)})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.product.eq(AnySeq(36))
        return m


class _FreeRound(Round):
    """Any state follows."""

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [lane.eq(AnySeq(64)) for lane in self.result]
        return m


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        with (mock.patch.object(processing_element, "DspMultiplier", _FreeMultiplier),
              mock.patch.object(requantizer, "DspMultiplier", _FreeMultiplier),
              mock.patch.object(permutation, "Round", _FreeRound)):
            copies = [self._component(**_OPTIONS) for _ in range(2)]
            for name, copy in zip(("dut", "other"), copies):
                m.submodules[name] = Fragment.get(copy, platform)
        first, second = copies
        shared = [(lambda copy, name=name: getattr(copy.bus, name)) for name in BUS_OUTPUTS]
        shared += [lambda copy: copy.select, lambda copy: copy.dma.request.ready,
                   lambda copy: copy.dma.response_valid]
        shared += [(lambda copy, name=name: getattr(copy.dependencies[1], name))
                   for name in ("submitted", "completed", "failed")]
        for of in shared:
            value = AnySeq(len(of(first)))
            m.d.comb += [of(copy).eq(value) for copy in copies]
        m.d.comb += [copy.dma.response_data.eq(AnySeq(64)) for copy in copies]

        request, other = first.dma.request, second.dma.request
        same = [(Const(1), getattr(first, name), getattr(second, name)) for name in (
            "interrupt", "active", "submitted", "completed", "failed")]
        same += [(Const(1), first.bus.read_data, second.bus.read_data),
                 (Const(1), request.valid, other.valid)]
        same += [(request.valid, request.payload[name], other.payload[name])
                 for name in ("write", "address", "byte_enable")]
        m.d.comb += [Assert(~when | (value == twin)) for when, value, twin in same]

        differ = Signal()
        with m.If(first.dma.response_valid
                  & (first.dma.response_data != second.dma.response_data)):
            m.d.sync += differ.eq(1)
        m.d.comb += Cover(differ & first.bus.request)
        return m


class _WaitsFor0(DmaReader):
    """Takes one cycle more for an answer of 0."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        beat, late = self.data, Signal()
        m.d.sync += late.eq(beat.valid & ~late)
        with m.If((beat.payload.data == 0) & ~late):
            m.d.comb += beat.valid.eq(0)
        return m


class _KeepsA0(DmaWriter):
    """Does not write a word of 0, as if memory were 0 already."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        with m.If(self.request.payload.data == 0):
            m.d.comb += self.request.payload.byte_enable.eq(0)
        return m


def _proof(name, component):
    return Proof(f"silent_{name}", f"what {name} does in time does not depend on data", _Bench,
                 component, (), Pdr(), mutant_cycles=30, cover_cycles=30)


PROOFS = (_proof("matmul", _SmallMatmul), _proof("keccak", KeccakCoprocessor))
