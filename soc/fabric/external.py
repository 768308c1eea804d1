"""The external memory: how core and DMA share it, and the port behind which a board puts one."""

from dataclasses import dataclass

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.fabric.dma import WORD_BYTES

__all__ = ["SLOTS_PER_ROUND", "ExternalLoadSignature", "ExternalPortSignature", "ExternalTiming"]


SLOTS_PER_ROUND = 8
"""Slots in a round, of which the first is the core's and the others are those of the DMA."""

_MIN_LATENCY_CYCLES = 2
"""With fewer, an answer could overtake one of RAM that was asked for before."""


@dataclass(frozen=True)
class ExternalTiming:
    """What the memory behind the port keeps, whatever it is asked for.

    latency : int, cycles from a request to its word; 2 to 255.
    cycles_per_word : int, cycles from one request to the next, which is the length of a slot; 1 to
        64.
    """

    latency: int
    cycles_per_word: int

    def __post_init__(self):
        for what, least, most in (("latency", _MIN_LATENCY_CYCLES, 255),
                                  ("cycles_per_word", 1, 64)):
            value = getattr(self, what)
            if type(value) is not int or not least <= value <= most:
                raise ValueError(f"external_{what} must be an int from {least} to {most} cycles, "
                                 f"not {value!r}")

    @property
    def round_cycles(self):
        """Cycles in which each slot comes once."""
        return SLOTS_PER_ROUND * self.cycles_per_word

    @property
    def load_wait_cycles(self):
        """What a load of the core waits in any case: a whole round for its slot, and the memory."""
        return self.round_cycles + self.latency


class ExternalPortSignature(wiring.Signature):
    """External memory, seen from the chip. It is only read.

    Parameters: size_bytes : int, of the memory.
    Members: request : Out(1), one word is asked for in each cycle in which it is high; always
             accepted. address : Out(range(words)), which 64-bit word, counted from the first.
             data : In(64), the word, at the end of the cycle ``latency`` cycles after the request;
             in other cycles anything.
    Timing: see `ExternalTiming`. At most one request in ``cycles_per_word`` cycles. There is no
        wait and no error: what takes longer must be hidden behind ``latency``.
    """

    def __init__(self, *, size_bytes):
        super().__init__({
            "request": Out(1),
            "address": Out(range(size_bytes // WORD_BYTES)),
            "data": In(64),
        })


class ExternalLoadSignature(wiring.Signature):
    """External memory, seen from the core.

    Members: request : Out(1), a load begins; the one before it has had its time.
             address : Out(32), its byte address. read_data : In(32), the word that holds it, at
             the latest `ExternalTiming.load_wait_cycles` + 2 cycles after the request, and until
             the next.
    """

    def __init__(self):
        super().__init__({"request": Out(1), "address": Out(32), "read_data": In(32)})
