"""The contract between the shell and the datapath of a coprocessor."""

from dataclasses import dataclass

from amaranth.hdl import Value, signed, unsigned
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Beat", "DatapathSignature", "JobError", "Operand", "Transfer", "descriptor_layout"]


class JobError(enum.Enum, shape=4):
    """Why a job ended. The shell reports all of them; a datapath only those marked (datapath)."""

    NONE = 0
    DESCRIPTOR = 1  # (datapath) a field has an illegal value; nothing was read or written
    READ_WINDOW = 2  # a read lies outside the windows with read right
    WRITE_WINDOW = 3  # a write lies outside the windows with write right; nothing was written
    DEPENDENCY = 4  # the job that this one waits for ended in an error
    ABORTED = 5  # software aborted the job, or zeroized the coprocessor


class Transfer(data.Struct):
    """A DMA command: ``rows`` rows of ``row_bytes`` bytes, ``stride`` bytes apart.

    Any alignment. ``rows`` and ``row_bytes`` are at least 1.
    """

    address: 32
    row_bytes: 32
    rows: 16
    stride: 32


class Beat(data.Struct):
    """Up to 8 consecutive bytes of a row: ``count`` of them (0 to 8), from the low end of ``data``.

    Read: all beats of a row but the last hold 8 bytes. Write: any count; the writer packs them.
    ``last`` marks the last beat of a row. A row never shares a beat with the next one.
    """

    data: 64
    count: 4
    last: 1


@dataclass(frozen=True)
class Operand:
    """One piece of memory that a job uses, as Amaranth values over its descriptor.

    ``name`` (str) says what it is to the job, such as "A" or "source", for messages alone.
    ``rows`` rows of ``row_bytes`` bytes, ``stride`` apart, from ``address`` on; unused when
    ``enable`` is 0 or ``rows`` or ``row_bytes`` is 0. From the operands the shell checks a whole
    job against the guard before its first write, and the simulation learns a job's buffers.
    """

    name: str
    address: Value
    row_bytes: Value
    rows: Value
    stride: Value
    write: bool
    enable: Value


def descriptor_layout(registers):
    """Layout of a job: the fields of the descriptor's registers, one after the other.

    A member is called ``<register>_<field>``, or ``<register>`` where the field is ``value``.
    """
    members = {}
    for register in registers:
        for _, f in register.placed_fields():
            name = register.name if f.name == "value" else f"{register.name}_{f.name}"
            members[name] = signed(f.width) if f.signed else unsigned(f.width)
    return data.StructLayout(members)


class DatapathSignature(wiring.Signature):
    """What a datapath presents to the shell, seen from the datapath.

    Parameters: descriptor : Layout, the fields of the job descriptor.
    Members:
        job           : In(stream of descriptor), the next job; held by the shell until taken,
                        unless a job before it fails.
        done          : Out(1), high for one cycle for each job taken, in their order: the job reads
                        no more and its last write beat has been taken.
        error         : Out(JobError), valid with ``done``: NONE or DESCRIPTOR. While a job with an
                        illegal descriptor is in the datapath it takes no other, not even in the
                        cycle of ``done``.
        read_command  : Out(stream of Transfer).
        read_data     : In(stream of Beat), the rows of the commands in their order.
        write_command : Out(stream of Transfer).
        write_data    : Out(stream of Beat), the rows of the commands in their order; a beat may
                        come before, with or after its command.
        stalled_on_input, stalled_on_output : Out(1), the cycle was lost waiting for it; for the
                        counters.
        clear         : In(1), held high until ``cleared``: drop every job and overwrite all state
                        that holds data, buffers included. Streams are ignored meanwhile.
        cleared       : Out(1), high while ``clear`` is high and the work is done.
    """

    def __init__(self, descriptor):
        super().__init__({
            "job": In(stream.Signature(descriptor)),
            "done": Out(1),
            "error": Out(JobError),
            "read_command": Out(stream.Signature(Transfer)),
            "read_data": In(stream.Signature(Beat)),
            "write_command": Out(stream.Signature(Transfer)),
            "write_data": Out(stream.Signature(Beat)),
            "stalled_on_input": Out(1),
            "stalled_on_output": Out(1),
            "clear": In(1),
            "cleared": Out(1),
        })
