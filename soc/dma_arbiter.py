"""DMA arbiter: shares the RAM's second port among the coprocessors."""

from amaranth.hdl import Array, Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.fabric.dma import WORD_BYTES, DmaPortSignature
from soc.memory.dual_port import MemoryPortSignature
from soc.memory.ram import DMA_READ_CYCLES

__all__ = ["DmaArbiter"]


class DmaArbiter(wiring.Component):
    """Gives one requester after the other the memory, one access a cycle.

    Parameters: ports : int, requesters, from 1. ram_bytes : int, size of the memory.
                background : int, how many of them, the last ones, transfer only when none before
                them asks.
    Members:    ports : array of In(DmaPortSignature()).
                memory : Out(MemoryPortSignature(depth=ram_bytes / 8, width=64)), which answers a
                read after DMA_READ_CYCLES.
    Timing:     an access reaches ``memory`` one cycle after its transfer; a read is answered
                1 + DMA_READ_CYCLES cycles after it. A requester alone transfers in every cycle; of
                several each gets at least one transfer in as many cycles as there are requesters
                (round robin), but for those in the background. All accesses reach the memory in
                the order of their transfers.
    Raises:     ValueError unless ``ports`` is a positive int and ``background`` below it.

    Only the address bits that the memory has are used: the guard of each coprocessor has already
    kept accesses inside the RAM.
    """

    def __init__(self, *, ports, ram_bytes, background=0):
        if not isinstance(ports, int) or ports < 1:
            raise ValueError(f"ports must be a positive int, not {ports!r}")
        if background not in range(ports):
            raise ValueError(f"background must be from 0 to {ports - 1}, not {background!r}")
        self._ports, self._background = ports, background
        super().__init__({
            "ports": In(DmaPortSignature()).array(ports),
            "memory": Out(MemoryPortSignature(depth=ram_bytes // WORD_BYTES, width=64)),
        })

    def elaborate(self, platform):
        m = Module()
        ports, memory = self.ports, self.memory
        valid = Cat(port.request.valid for port in ports)
        ready, granted = Signal(self._ports), Signal(self._ports)
        last = Signal(range(self._ports))  # of those in turn
        grant = Signal(range(self._ports))
        m.d.comb += granted.eq(valid & ready)
        # Who is ready does not depend on whether it asks: much waits for it.
        in_turn = self._ports - self._background
        for number in range(self._ports):
            if number < in_turn:
                precede = [valid[other] & Cat(
                    last == before for before in range(in_turn)
                    if (other - before - 1) % in_turn < (number - before - 1) % in_turn).any()
                    for other in range(in_turn) if other != number]
            else:
                precede = list(valid[:number])
            m.d.comb += ready[number].eq(~Cat(precede).any())
            with m.If(granted[number]):
                m.d.comb += grant.eq(number)
        chosen = Array(port.request.payload for port in ports)[grant]
        m.d.sync += [
            memory.enable.eq(valid.any()),
            memory.write.eq(chosen.write),
            memory.address.eq(chosen.address),
            memory.byte_enable.eq(chosen.byte_enable),
            memory.write_data.eq(chosen.write_data),
        ]
        with m.If(valid[:in_turn].any()):
            m.d.sync += last.eq(grant)
        source = grant
        answered = valid.any() & ~chosen.write
        for stage in range(1 + DMA_READ_CYCLES):
            next_source = Signal.like(grant, name=f"source{stage}")
            next_answered = Signal(name=f"answered{stage}")
            m.d.sync += [next_source.eq(source), next_answered.eq(answered)]
            source, answered = next_source, next_answered
        for number, port in enumerate(ports):
            m.d.comb += [
                port.request.ready.eq(ready[number]),
                port.response_valid.eq(answered & (source == number)),
                port.response_data.eq(memory.read_data),
            ]
        return m
