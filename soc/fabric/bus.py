"""The register bus: the path from the core to every peripheral and coprocessor register."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["BUS_OUTPUTS", "READ_LATENCY", "RegisterBusSignature"]


READ_LATENCY = 2
"""Cycles from the cycle of a read request to the cycle in which ``read_data`` holds its answer."""


BUS_OUTPUTS = ("present", "request", "write", "machine", "address", "write_data", "byte_enable")
"""Members of `RegisterBusSignature` that the initiator drives."""


class RegisterBusSignature(wiring.Signature):
    """Register bus, seen from the initiator (the core).

    Members:
        present      : Out(1), an access stands on the bus, which may yet be refused. A block may
                       answer it, and nothing else: ``request`` comes late in the cycle.
        request      : Out(1), and it is made: one access in each cycle in which it is high; always
                       accepted.
        write        : Out(1), the access is a write.
        machine      : Out(1), the access is made in machine mode.
        address      : Out(32), byte address; the two low bits are always 0.
        write_data   : Out(32), each byte in its lane.
        byte_enable  : Out(4), lanes that a write changes.
        read_data    : In(32), answer to what was present READ_LATENCY cycles before; 0 when
                       nothing was.
    Timing: one access a cycle. A written register holds its new value in the cycle after
        ``request``. There is no wait and no error: which addresses exist is decided in the core,
        and an address inside a device's page that holds no register reads 0 and ignores writes.
    """

    def __init__(self):
        super().__init__({
            "present": Out(1),
            "request": Out(1),
            "write": Out(1),
            "machine": Out(1),
            "address": Out(32),
            "write_data": Out(32),
            "byte_enable": Out(4),
            "read_data": In(32),
        })
