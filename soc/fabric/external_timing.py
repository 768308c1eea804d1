"""How core and DMA share the external memory, and what time it takes."""

from dataclasses import dataclass

__all__ = ["SLOTS_PER_ROUND", "ExternalTiming"]


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
