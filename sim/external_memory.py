"""A memory behind the port for external memory, for cocotb: keeps its times exactly."""

from collections import deque

import cocotb
from cocotb.triggers import RisingEdge

from sim.streams import clock_cycle
from soc.fabric.dma import WORD_BYTES

__all__ = ["ExternalMemory"]

_GARBAGE = 0xDEAD_BEEF_DEAD_BEEF  # so that nobody uses a word that is not his


class ExternalMemory:
    """Answers the port ``prefix`` of ``dut`` from a bytearray.

    Parameters: prefix : str, name of the port, as ``memory`` for ``dut.memory__request``.
                timing : ExternalTiming. size_bytes : int.
    Members:    contents : bytearray. requests : list of (cycle, word), oldest first.
    Raises:     AssertionError for requests that follow too soon.

    Call ``start()`` in the test, once the clock runs.
    """

    def __init__(self, dut, prefix, timing, size_bytes):
        self.contents = bytearray(size_bytes)
        self.requests = []
        self._clk, self._timing = dut.clk, timing
        self._request, self._address, self._data = (
            getattr(dut, f"{prefix}__{name}") for name in ("request", "address", "data"))

    def start(self):
        """Begins to answer; returns the cocotb task."""
        self._data.value = _GARBAGE
        return cocotb.start_soon(self._run())

    async def _run(self):
        edge, due = RisingEdge(self._clk), deque([_GARBAGE] * (self._timing.latency - 1))
        while True:
            await edge
            due.append(self._answer() if self._request.value == 1 else _GARBAGE)
            self._data.value = due.popleft()

    def _answer(self):
        cycle, word = clock_cycle(), self._address.value.to_unsigned()
        if self.requests:
            passed = cycle - self.requests[-1][0]
            assert passed >= self._timing.cycles_per_word, f"requests {passed} cycles apart"
        self.requests.append((cycle, word))
        return int.from_bytes(self.contents[word * WORD_BYTES:][:WORD_BYTES], "little")
