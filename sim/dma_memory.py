"""A memory behind a DMA port, for cocotb: random stalls, chosen latency, a log of all accesses."""

import random
from collections import deque, namedtuple

import cocotb
from cocotb.triggers import RisingEdge

from soc.fabric.dma import WORD_BYTES, DmaRequest
from sim.streams import clock_cycle, unpack

__all__ = ["DmaAccess", "DmaMemory"]


DmaAccess = namedtuple("DmaAccess", "cycle write address data byte_enable")
"""One access: cycle in which it was accepted, byte address, word written (reads: 0), lanes."""


class DmaMemory:
    """Answers the DMA port ``prefix`` of ``dut`` from a bytearray.

    Parameters:
        prefix  : str, name of the port, as ``dma`` for ``dut.dma__request__valid``.
        base    : int, byte address of ``contents[0]``; a multiple of 8.
        size    : int, bytes; a multiple of 8.
        latency : int, cycles from a transfer to its answer, at least 1.
        stall   : float, chance that a cycle accepts no request.
        delay   : float, chance that a cycle gives no answer although one is due.
        seed    : int.
    Members:
        contents : bytearray.
        log   : list of `DmaAccess`, oldest first.
        stall, delay, latency : may be changed at any time.
    Raises: AssertionError for an access outside.

    Call ``start()`` in the test, once the clock runs. While ``rst`` of the DUT is high, requests
    are ignored and answers that are due are dropped.
    """

    def __init__(self, dut, prefix="dma", *, base=0x9000_0000, size=0x1_0000, latency=3,
                 stall=0.0, delay=0.0, seed=1):
        self.contents = bytearray(size)
        self.base = base
        self.latency, self.stall, self.delay = latency, stall, delay
        self.log = []
        self._dut = dut
        self._random = random.Random(seed)
        self._due = deque()
        port = {name: getattr(dut, f"{prefix}__{name}") for name in (
            "request__valid", "request__ready", "request__payload", "response_valid",
            "response_data")}
        self._valid, self._ready = port["request__valid"], port["request__ready"]
        self._payload = port["request__payload"]
        self._response_valid, self._response_data = port["response_valid"], port["response_data"]

    def start(self):
        """Begins to answer; returns the cocotb task."""
        self._ready.value = 0
        self._response_valid.value = 0
        self._response_data.value = 0
        return cocotb.start_soon(self._run())

    def read(self, address, length):
        """``length`` bytes from byte ``address`` on."""
        return bytes(self.contents[address - self.base:address - self.base + length])

    def write(self, address, content):
        """Puts the bytes of ``content`` at byte ``address``."""
        offset = address - self.base
        assert 0 <= offset <= len(self.contents) - len(content), f"{address:#x} is outside"
        self.contents[offset:offset + len(content)] = content

    async def _run(self):
        edge = RisingEdge(self._dut.clk)
        ready = 0
        while True:
            await edge
            if self._dut.rst.value == 1:
                self._due.clear()
            elif ready and self._valid.value == 1:
                self._accept(unpack(DmaRequest, self._payload.value.to_unsigned()))
            ready = int(self._random.random() >= self.stall)
            self._ready.value = ready
            if (self._due and self._due[0][0] <= clock_cycle()
                    and self._random.random() >= self.delay):
                self._response_valid.value = 1
                self._response_data.value = self._due.popleft()[1]
            else:
                self._response_valid.value = 0
                # Garbage, so that nobody uses data that is not valid.
                self._response_data.value = 0xDEAD_BEEF_DEAD_BEEF

    def _accept(self, request):
        address = request["address"] * WORD_BYTES
        offset = address - self.base
        self.log.append(DmaAccess(clock_cycle(), request["write"], address,
                                  request["write_data"] if request["write"] else 0,
                                  request["byte_enable"]))
        assert 0 <= offset < len(self.contents), f"DMA access outside the memory: {address:#010x}"
        if request["write"]:
            for lane in range(WORD_BYTES):
                if request["byte_enable"] >> lane & 1:
                    self.contents[offset + lane] = request["write_data"] >> 8 * lane & 0xFF
        else:
            word = int.from_bytes(self.contents[offset:offset + WORD_BYTES], "little")
            # The transfer was in the cycle before this edge: an answer driven now is seen in the
            # cycle that starts here, one later.
            self._due.append((clock_cycle() + self.latency - 1, word))
