"""Models of the far end of a serial line, 8N1: for cocotb tests, and for a recorded line."""

from cocotb.triggers import ClockCycles, FallingEdge

__all__ = ["UartSink", "UartSource", "decode_line"]


def decode_line(samples, divisor):
    """The bytes that ``samples``, one of each clock cycle, hold at ``divisor`` cycles a bit.

    A byte whose stop bit lies behind the end is left out. Raises: ValueError for a byte without a
    stop bit.
    """
    received = bytearray()
    start = 0
    while (start := _find(samples, 0, start)) is not None:
        middles = [start + divisor // 2 + bit * divisor for bit in range(1, 10)]
        if middles[-1] >= len(samples):
            break
        *data, stop = (int(samples[middle]) for middle in middles)
        if not stop:
            raise ValueError(f"byte at cycle {start} must end in a stop bit")
        received.append(sum(value << bit for bit, value in enumerate(data)))
        start = middles[-1]
    return bytes(received)


def _find(samples, value, start):
    """The first index from ``start`` on where ``samples`` holds ``value``, or None."""
    return next((i for i in range(start, len(samples)) if samples[i] == value), None)


class UartSource:
    """Sends bytes on ``line``.

    Parameters: clock, line : cocotb handles. divisor : int or float, clock cycles a bit; a fraction
    is a clock that does not quite fit the receiver's.
    """

    def __init__(self, clock, line, divisor):
        self._clock, self._line, self._divisor = clock, line, divisor
        line.value = 1

    async def send(self, content, *, stop=1):
        """Sends each byte of ``content``; with ``stop`` 0 its stop bit is missing."""
        for byte in content:
            edge = 0.0
            for bit in (0, *(byte >> i & 1 for i in range(8)), stop):
                self._line.value = bit
                start, edge = edge, edge + self._divisor
                await ClockCycles(self._clock, round(edge) - round(start))
            self._line.value = 1


class UartSink:
    """Collects what comes on ``line`` in ``received``, and counts missing stop bits in ``errors``.

    Parameters: clock, line : cocotb handles. divisor : int, clock cycles a bit.
    Start ``run()`` with ``cocotb.start_soon``.
    """

    def __init__(self, clock, line, divisor):
        self._clock, self._line, self._divisor = clock, line, divisor
        self.received = bytearray()
        self.errors = 0

    async def run(self):
        while True:
            if self._line.value == 1:
                await FallingEdge(self._line)
            await ClockCycles(self._clock, self._divisor // 2)  # the middle of the start bit
            byte = 0
            for bit in range(8):
                await ClockCycles(self._clock, self._divisor)
                byte |= int(self._line.value) << bit
            await ClockCycles(self._clock, self._divisor)
            if self._line.value == 1:
                self.received.append(byte)
            else:
                self.errors += 1
