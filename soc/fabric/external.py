"""The ports to external memory: from the chip to what a board puts there, and from the core."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.fabric.dma import WORD_BYTES

__all__ = ["ExternalLoadSignature", "ExternalPortSignature"]


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
