"""RAM: the data memory, which the core and the coprocessors share without waiting."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from soc.memory.dual_port import DualPortMemory, MemoryPortSignature, words_of

__all__ = ["DMA_READ_CYCLES", "Ram"]


DMA_READ_CYCLES = 3
"""Cycles from the cycle of a read on the DMA port to the cycle in which its data is there."""


class Ram(wiring.Component):
    """Two banks of 32-bit words, each a `DualPortMemory`: ``low`` has the even ones, ``high`` the
    odd ones.

    Parameters: size_bytes : int, a multiple of 8. init : bytes, the first bytes.
    Members:
        core : In(MemoryPortSignature(depth=size_bytes / 4, width=32, read_width=64)): a read
               answers the word of ``low`` and, above it, the word of ``high``, of which the one
               that was asked for is meant; the other is undefined.
        dma  : In(MemoryPortSignature(depth=size_bytes / 8, width=64)).
    Timing: ``core`` answers in the next cycle. ``dma`` has a register
        before and one behind the banks: it answers after DMA_READ_CYCLES, one access a cycle, in
        order. Neither port ever waits for the other. A DMA access reaches the banks one cycle after
        its request: a word that the core touches in that cycle, while the other of the two writes
        it, is undefined.
    Raises: ValueError when ``init`` is longer than the memory.
    """

    def __init__(self, *, size_bytes, init=b""):
        if len(init) > size_bytes:
            raise ValueError(f"init must be at most {size_bytes} bytes long, not {len(init)}")
        self._size_bytes, self._init = size_bytes, init
        super().__init__({
            "core": In(MemoryPortSignature(depth=size_bytes // 4, width=32, read_width=64)),
            "dma": In(MemoryPortSignature(depth=size_bytes // 8, width=64)),
        })

    def elaborate(self, platform):
        m = Module()
        words = words_of(self._init)
        core, dma = self.core, self.dma
        enable, write = Signal(), Signal()
        address, lanes = Signal.like(dma.address), Signal.like(dma.byte_enable)
        write_data = Signal.like(dma.write_data)
        m.d.sync += [enable.eq(dma.enable), write.eq(dma.write), address.eq(dma.address),
                     lanes.eq(dma.byte_enable), write_data.eq(dma.write_data)]
        banks = []
        for number, name in enumerate(("low", "high")):
            bank = DualPortMemory(depth=self._size_bytes // 8, width=32, init=words[number::2])
            m.submodules[name] = bank
            banks.append(bank)
            m.d.comb += [
                bank.a.enable.eq(core.enable & (core.address[0] == number)),
                bank.a.write.eq(core.write),
                bank.a.address.eq(core.address[1:]),
                bank.a.byte_enable.eq(core.byte_enable),
                bank.a.write_data.eq(core.write_data),
                bank.b.enable.eq(enable),
                bank.b.write.eq(write),
                bank.b.address.eq(address),
                bank.b.byte_enable.eq(lanes.word_select(number, 4)),
                bank.b.write_data.eq(write_data.word_select(number, 32)),
            ]
        m.d.comb += core.read_data.eq(Cat(bank.a.read_data for bank in banks))
        m.d.sync += dma.read_data.eq(Cat(bank.b.read_data for bank in banks))
        return m
