"""Signatures of the debug port, and where the debugger's words lie."""

from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["AccessError", "AccessSignature", "DEBUG_BYTES", "DmiSignature", "END_WORD",
           "PROGRAM_WORDS", "ScanSignature"]


PROGRAM_WORDS = 8
"""Words of the program buffer."""

END_WORD = 12
"""Index of the word behind the program buffer among the debugger's words: the implicit ebreak."""

DEBUG_BYTES = 64
"""Last bytes of the ITCM, which belong to the debugger: what the core runs for it."""


class AccessError(enum.Enum, shape=2):
    """How an access of the debugger to memory ended, in the codes of sbcs.sberror."""

    NONE = 0
    TIMEOUT = 1
    NOTHING_THERE = 2


class AccessSignature(wiring.Signature):
    """One access of the debugger to memory, seen from who wants it.

    Members: valid : Out(1), until ``done``; write : Out(1); address : Out(32), aligned to the size
             of the access; byte_enable : Out(4), lanes that a write changes; write_data : Out(32),
             each byte in its lane; done : In(1), in one cycle, with error : In(AccessError) and
             read_data : In(32), the word.
    """

    def __init__(self):
        super().__init__({
            "valid": Out(1), "write": Out(1), "address": Out(32), "byte_enable": Out(4),
            "write_data": Out(32), "done": In(1), "error": In(AccessError), "read_data": In(32),
        })


class DmiSignature(wiring.Signature):
    """Debug module interface, seen from the transport.

    Members: valid : Out(1), one access, until ``done`` : In(1); write : Out(1); address : Out(7);
             write_data : Out(32); read_data : In(32), with ``done``.
    Source: RISC-V Debug 0.13.2 §3.1. No access fails.
    """

    def __init__(self):
        super().__init__({
            "valid": Out(1), "write": Out(1), "address": Out(7), "write_data": Out(32),
            "done": In(1), "read_data": In(32),
        })


class ScanSignature(wiring.Signature):
    """The data registers of the transport, seen from the test access port.

    Members: dtmcs, dmi : Out(1), the instruction selects that register; capture, shift, update :
             Out(1), in one cycle for each rising edge of TCK in that state; tdi : Out(1), with
             ``shift``; reset : Out(1), the state is Test-Logic-Reset; tdo : In(1), the bit that
             leaves next, from the cycle after ``capture`` or ``shift`` on.
    """

    def __init__(self):
        super().__init__({
            "dtmcs": Out(1), "dmi": Out(1), "capture": Out(1), "shift": Out(1), "update": Out(1),
            "tdi": Out(1), "reset": Out(1), "tdo": In(1),
        })
