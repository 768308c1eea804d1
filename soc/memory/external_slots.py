"""The way to the external memory, which core and DMA share by fixed slots."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.fabric.dma import DmaPortSignature
from soc.fabric.external import ExternalLoadSignature, ExternalPortSignature
from soc.fabric.external_timing import SLOTS_PER_ROUND

__all__ = ["ExternalSlots"]


class ExternalSlots(wiring.Component):
    """Gives the core and the DMA ports the external memory in slots that come round for ever.

    A slot that nobody uses passes unused, so that nobody can see whether another used his.

    Parameters: size_bytes : int, of the memory. timing : ExternalTiming. ports : int, of DMA, from
                1.
    Members:    core : In(ExternalLoadSignature()).
                ports : array of In(DmaPortSignature()), for reads in the memory only.
                memory : Out(ExternalPortSignature(size_bytes=size_bytes)).
    Timing:     a slot takes ``timing.cycles_per_word`` cycles; of SLOTS_PER_ROUND the first is the
                core's. In the first cycle of each of the others one DMA read is accepted, of those
                that ask in turn, and answered ``timing.latency`` + 2 cycles later. For the core see
                `ExternalLoadSignature`.
    Raises:     ValueError unless ``ports`` is a positive int.
    """

    def __init__(self, *, size_bytes, timing, ports):
        if not isinstance(ports, int) or ports < 1:
            raise ValueError(f"ports must be a positive int, not {ports!r}")
        self._timing, self._ports = timing, ports
        super().__init__({
            "core": In(ExternalLoadSignature()),
            "ports": In(DmaPortSignature()).array(ports),
            "memory": Out(ExternalPortSignature(size_bytes=size_bytes)),
        })

    def elaborate(self, platform):
        m = Module()
        core_turn, dma_turn = self._slots(m)
        memory, core = self.memory, self.core
        asked, half = Signal(), Signal()  # the core's load, and which half of the word it wants
        core_word = Signal.like(memory.address)
        with m.If(core_turn):
            m.d.sync += asked.eq(0)
        with m.If(core.request):
            m.d.sync += [asked.eq(1), half.eq(core.address[2]), core_word.eq(core.address[3:])]
        issues = Signal(1 + self._ports)  # bit 0: for the core; bit n + 1: for port n
        dma_word = self._choose(m, dma_turn, issues[1:])
        m.d.comb += issues[0].eq(core_turn & asked)
        m.d.sync += [memory.request.eq(issues.any()),
                     memory.address.eq(Mux(core_turn, core_word, dma_word))]

        # Whom the word is for that comes now, so many cycles after the request stood at the port.
        stages = self._timing.latency + 1
        waiting = Signal(stages * len(issues))
        comes, word = waiting[-len(issues):], Signal(64)
        m.d.sync += [waiting.eq(Cat(issues, waiting)), word.eq(memory.data)]
        with m.If(comes[0]):
            m.d.sync += core.read_data.eq(memory.data.word_select(half, 32))
        for number, port in enumerate(self.ports):
            m.d.sync += port.response_valid.eq(comes[number + 1])
            m.d.comb += port.response_data.eq(word)
        return m

    def _slots(self, m):
        """Counts; returns whether a slot of the core, or of the DMA, begins."""
        cycle = Signal(range(self._timing.cycles_per_word))
        slot = Signal(range(SLOTS_PER_ROUND))
        begins = cycle == 0
        with m.If(cycle == self._timing.cycles_per_word - 1):
            m.d.sync += [cycle.eq(0), slot.eq(slot + 1)]
        with m.Else():
            m.d.sync += cycle.eq(cycle + 1)
        return begins & (slot == 0), begins & (slot != 0)

    def _choose(self, m, turn, granted):
        """Accepts a read of one port; returns its address."""
        valid = Cat(port.request.valid for port in self.ports)
        last = Signal(range(self._ports))
        grant = Signal(range(self._ports))
        for first in range(self._ports):  # the one behind the last goes first, it itself last
            with m.If(last == (first - 1) % self._ports):
                for number in reversed(range(first, first + self._ports)):
                    with m.If(valid[number % self._ports]):
                        m.d.comb += grant.eq(number % self._ports)
        with m.If(turn & valid.any()):
            m.d.sync += last.eq(grant)
        for number, port in enumerate(self.ports):
            m.d.comb += [port.request.ready.eq(turn & (grant == number)),
                         granted[number].eq(port.request.ready & port.request.valid)]
        return Array(port.request.payload.address for port in self.ports)[grant]
