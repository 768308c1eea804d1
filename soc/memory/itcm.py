"""ITCM: the instruction memory."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.memory.dual_port import DualPortMemory, MemoryPortSignature, words_of

__all__ = ["Itcm"]


class Itcm(wiring.Component):
    """One `DualPortMemory` called ``bank`` of 32-bit words: port ``a`` fetches, ``b`` is for data.

    Parameters: size_bytes : int, a multiple of 4. init : bytes, the first bytes.
    Members:
        fetch : In of {enable: Out(1), address: Out(word index), data: In(32)}.
        data  : In(MemoryPortSignature(depth=size_bytes / 4, width=32)).
    Timing: both answer in the next cycle; ``fetch.data`` holds until the next fetch. A word fetched
        in the cycle in which it is written is undefined: ``fence.i`` orders the two.
    Raises: ValueError when ``init`` is longer than the memory.
    """

    def __init__(self, *, size_bytes, init=b""):
        if len(init) > size_bytes:
            raise ValueError(f"init must be at most {size_bytes} bytes long, not {len(init)}")
        self._init, self._depth = init, size_bytes // 4
        super().__init__({
            "fetch": In(wiring.Signature({
                "enable": Out(1), "address": Out(range(self._depth)), "data": In(32)})),
            "data": In(MemoryPortSignature(depth=self._depth, width=32)),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.bank = bank = DualPortMemory(
            depth=self._depth, width=32, init=words_of(self._init))
        wiring.connect(m, wiring.flipped(self.data), bank.b)
        m.d.comb += [
            bank.a.enable.eq(self.fetch.enable),
            bank.a.address.eq(self.fetch.address),
            self.fetch.data.eq(bank.a.read_data),
        ]
        return m
