"""A small FIFO in distributed memory whose contents can be wiped."""

import enum

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

__all__ = ["SmallFifo", "Wipe"]


class Wipe(enum.Enum):
    """What becomes of a FIFO's entries when it is cleared."""

    NOTHING = "nothing"  # they stay in the memory, unreachable
    ZERO = "zero"  # they become 0
    INPUT = "input"  # they become ``write_data``, which the caller keeps at 0: takes no gates


class SmallFifo(wiring.Component):
    """First in, first out, ``depth`` entries in LUT RAM.

    Parameters:
        shape : shape of an entry.
        depth : int, entries; a power of two from 2 to 64.
        wipe  : Wipe, what ``clear`` overwrites the entries with.
    Members:
        write, write_data : In(1), In(shape); the caller never writes to a full FIFO.
        read, read_data, read_valid : the oldest entry, taken in a cycle with ``read`` high; the
            caller never reads while ``read_valid`` is low.
        level : Out(range(depth + 1)), entries held.
        clear : In(1), empties the FIFO; other inputs are ignored meanwhile.
        wiped : Out(1), ``clear`` has been high for at least ``depth`` cycles.
    Timing: an entry can be read in the cycle after it was written; ``level`` and ``read_valid`` are
        functions of registers.
    Raises: ValueError for an illegal depth.
    """

    def __init__(self, shape, *, depth=16, wipe=Wipe.ZERO):
        if depth not in (2, 4, 8, 16, 32, 64):
            raise ValueError(f"depth must be a power of two from 2 to 64, not {depth}")
        self.depth = depth
        self._shape = shape
        self._wipe = wipe
        super().__init__({
            "write": In(1), "write_data": In(shape),
            "read": In(1), "read_data": Out(shape), "read_valid": Out(1),
            "level": Out(range(depth + 1)),
            "clear": In(1), "wiped": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = Memory(shape=self._shape, depth=self.depth, init=[])
        write_port = memory.write_port()
        read_port = memory.read_port(domain="comb")
        first = Signal(range(self.depth))
        last = Signal(range(self.depth))
        wipes = Signal(range(self.depth + 1))

        m.d.comb += [
            write_port.addr.eq(Mux(self.clear, wipes, last)),
            write_port.data.eq(self.write_data),
            write_port.en.eq(self.write),
            read_port.addr.eq(first),
            self.read_data.eq(read_port.data),
            self.read_valid.eq(self.level != 0),
            self.wiped.eq(wipes[-1]),
        ]
        m.d.sync += [
            last.eq(last + self.write),
            first.eq(first + self.read),
            self.level.eq(self.level + self.write - self.read),
            wipes.eq(0),
        ]
        with m.If(self.clear):
            m.d.sync += [first.eq(0), last.eq(0), self.level.eq(0),
                         wipes.eq(Mux(self.wiped, wipes, wipes + 1))]
            m.d.comb += write_port.en.eq(self._wipe is not Wipe.NOTHING)
            if self._wipe is Wipe.ZERO:
                m.d.comb += Value.cast(write_port.data).eq(0)
        return m
