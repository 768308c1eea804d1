"""Streams for cocotb: sources and sinks with random stalls, and structs as integers."""

import random
from collections import deque

import cocotb
from amaranth.hdl import Shape
from amaranth.lib import data
from cocotb.triggers import RisingEdge
from cocotb.utils import get_sim_time

__all__ = ["CLOCK_NS", "StreamSink", "StreamSource", "clock_cycle", "pack", "unpack"]


CLOCK_NS = 10
"""Period of the clock in all tests."""


def clock_cycle():
    """Number of the clock cycle that ends at this rising edge."""
    return int(get_sim_time("ns")) // CLOCK_NS


def pack(layout, values):
    """The integer that a struct with the dict ``values`` is as a flat port."""
    layout = data.Layout.cast(layout)
    packed = 0
    for name, field in layout:
        width = Shape.cast(field.shape).width
        packed |= (int(values.get(name, 0)) & ((1 << width) - 1)) << field.offset
    return packed


def unpack(layout, packed):
    """The dict of the fields of a struct that is ``packed`` as a flat port."""
    values = {}
    for name, field in data.Layout.cast(layout):
        shape = Shape.cast(field.shape)
        value = packed >> field.offset & ((1 << shape.width) - 1)
        if shape.signed and value >> (shape.width - 1):
            value -= 1 << shape.width
        values[name] = value
    return values


class _Stream:
    def __init__(self, dut, prefix, layout, stall, seed):
        self.dut, self.layout, self.stall = dut, layout, stall
        self.random = random.Random(seed)
        self.valid = getattr(dut, f"{prefix}__valid")
        self.ready = getattr(dut, f"{prefix}__ready")
        self.payload = getattr(dut, f"{prefix}__payload")


class StreamSource(_Stream):
    """Drives an input stream ``prefix`` of ``dut`` from ``queue``.

    Parameters: layout : of the payload, a struct; stall : float, chance that a cycle offers
        nothing new; seed : int.
    Members: ``queue``, a deque of dicts; ``times``, the cycle of each transfer; ``stall``.
    """

    def __init__(self, dut, prefix, layout, *, stall=0.0, seed=1):
        super().__init__(dut, prefix, layout, stall, seed)
        self.queue = deque()
        self.times = []

    def start(self):
        """Begins to drive; returns the cocotb task."""
        self.valid.value = 0
        self.payload.value = 0
        return cocotb.start_soon(self._run())

    async def _run(self):
        edge = RisingEdge(self.dut.clk)
        offered = False
        while True:
            await edge
            if offered and self.ready.value == 1:
                self.queue.popleft()
                self.times.append(clock_cycle())
                offered = False
            if not offered and self.queue and self.random.random() >= self.stall:
                offered = True
                self.payload.value = pack(self.layout, self.queue[0])
            self.valid.value = int(offered)


class StreamSink(_Stream):
    """Takes an output stream ``prefix`` of ``dut`` into ``taken``, checking that it holds still.

    Parameters: layout : of the payload, a struct; stall : float, chance that a cycle is not ready;
        seed : int.
    Members: ``taken``, list of dicts; ``times``, the cycle of each transfer; ``stall``; ``strict``,
        set it to False where the design may drop what it offers, as while it is cleared.
    Raises: AssertionError when ``valid`` falls or the payload changes before it was taken.
    """

    def __init__(self, dut, prefix, layout, *, stall=0.0, seed=1):
        super().__init__(dut, prefix, layout, stall, seed)
        self.taken = []
        self.times = []
        self.strict = True

    def start(self):
        """Begins to take; returns the cocotb task."""
        self.ready.value = 0
        return cocotb.start_soon(self._run())

    async def _run(self):
        edge = RisingEdge(self.dut.clk)
        ready, waiting = 0, None
        while True:
            await edge
            payload = self.payload.value.to_unsigned() if self.valid.value == 1 else None
            if waiting is not None and self.strict:
                assert payload == waiting, "stream payload must hold until taken"
            if payload is not None and ready:
                self.taken.append(unpack(self.layout, payload))
                self.times.append(clock_cycle())
            waiting = None if ready else payload
            ready = int(self.random.random() >= self.stall)
            self.ready.value = ready
