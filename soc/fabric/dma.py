"""The DMA port: the path from a coprocessor to the memory that it shares with the core."""

from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["WORD_BYTES", "DmaRequest", "DmaPortSignature"]


WORD_BYTES = 8
"""Bytes in one DMA word."""


class DmaRequest(data.Struct):
    """One access of one aligned 64-bit word."""

    write: 1
    address: 29  # byte address / WORD_BYTES
    write_data: 64
    byte_enable: 8  # lanes that a write changes


class DmaPortSignature(wiring.Signature):
    """DMA port, seen from the requester.

    Members:
        request        : Out(stream of DmaRequest), one access a transfer.
        response_valid : In(1), ``response_data`` answers the oldest read not yet answered.
        response_data  : In(64).
    Timing: answers come in the order of the reads, at the earliest one cycle after the transfer,
        and cannot be held off: a requester asks only for what it has room for. A write is visible
        to every access accepted after it.
    """

    def __init__(self):
        super().__init__({
            "request": Out(stream.Signature(DmaRequest)),
            "response_valid": In(1),
            "response_data": In(64),
        })
