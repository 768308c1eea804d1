"""The last store to RAM, on its way there."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.ports import Access

__all__ = ["PendingStore"]


class PendingStore(wiring.Component):
    """Holds a store to RAM until a cycle in which no load takes the port, and lends it to loads.

    Whether a store is allowed is known late in the cycle, and the way to all blocks of RAM is long:
    with this, one ends in a register and the other begins at one. A store finds room always, since
    in its cycle no load takes the port and the one before it is written.

    Parameters: ram_bytes : int, size of RAM: two of its addresses differ in a bit below that.
    Members:
        access : In(Access), of the memory stage.
        enters : In(1), it is a store to RAM, and allowed.
        load   : In(1), a load in execute may take the port. Never while ``access`` is a store.
        writes : Out(1), what is held is written in this cycle: ``address`` : Out(32),
                 ``byte_enable`` : Out(4), ``data`` : Out(32).
        hits   : Out(4), lanes of the word at ``access.address``, if that is in RAM, that are in
                 ``data``, newer than in RAM, when a load read it in the cycle before.
    Timing: written in the first cycle after the store without ``load``.
    """

    def __init__(self, *, ram_bytes):
        self._word = slice(2, (ram_bytes - 1).bit_length())
        super().__init__({
            "access": In(Access),
            "enters": In(1),
            "load": In(1),
            "writes": Out(1),
            "address": Out(32),
            "byte_enable": Out(4),
            "data": Out(32),
            "hits": Out(4),
        })

    def elaborate(self, platform):
        m = Module()
        access = self.access
        held = Signal()
        m.d.comb += [
            self.writes.eq(held & ~self.load),
            self.hits.eq(self.byte_enable
                         & (held & (access.address[self._word] == self.address[self._word])
                            ).replicate(4)),
        ]
        with m.If(self.writes):
            m.d.sync += held.eq(0)
        with m.If(self.enters):
            m.d.sync += held.eq(1)
        # Only the one bit waits for the verdict.
        with m.If(access.store):
            m.d.sync += [self.address.eq(access.address),
                         self.byte_enable.eq(access.byte_enable),
                         self.data.eq(access.store_data)]
        return m
