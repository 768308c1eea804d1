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
    Members:    ports : array of In(DmaPortSignature()).
                memory : Out(MemoryPortSignature(depth=ram_bytes / 8, width=64)), which answers a
                read after DMA_READ_CYCLES.
    Timing:     an access reaches ``memory`` one cycle after its transfer; a read is answered
                1 + DMA_READ_CYCLES cycles after it. A requester alone transfers in every cycle; of
                several each gets at least one transfer in as many cycles as there are requesters
                (round robin). All accesses reach the memory in the order of their transfers.
    Raises:     ValueError unless ``ports`` is a positive int.

    Only the address bits that the memory has are used: the guard of each coprocessor has already
    kept accesses inside the RAM.
    """

    def __init__(self, *, ports, ram_bytes):
        if not isinstance(ports, int) or ports < 1:
            raise ValueError(f"ports must be a positive int, not {ports!r}")
        self._ports = ports
        super().__init__({
            "ports": In(DmaPortSignature()).array(ports),
            "memory": Out(MemoryPortSignature(depth=ram_bytes // WORD_BYTES, width=64)),
        })

    def elaborate(self, platform):
        m = Module()
        ports, memory = self.ports, self.memory
        valid = Cat(port.request.valid for port in ports)
        last = Signal(range(self._ports))
        grant = Signal(range(self._ports))
        with m.Switch(last):
            for number in range(self._ports):
                with m.Case(number):
                    # The lowest priority is assigned first, so that the highest one overrules.
                    for step in range(self._ports, 0, -1):
                        candidate = (number + step) % self._ports
                        with m.If(valid[candidate]):
                            m.d.comb += grant.eq(candidate)
        chosen = Array(port.request.payload for port in ports)[grant]
        m.d.sync += [
            memory.enable.eq(valid.any()),
            memory.write.eq(chosen.write),
            memory.address.eq(chosen.address),
            memory.byte_enable.eq(chosen.byte_enable),
            memory.write_data.eq(chosen.write_data),
        ]
        with m.If(valid.any()):
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
                port.request.ready.eq(valid[number] & (grant == number)),
                port.response_valid.eq(answered & (source == number)),
                port.response_data.eq(memory.read_data),
            ]
        return m
