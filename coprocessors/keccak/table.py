"""The job descriptor of the Keccak coprocessor."""

from coprocessors.keccak.model import LANE_BYTES, LANES
from coprocessors.shell.datapath import descriptor_layout
from soc.fabric.registers import Access, Field, Register

__all__ = ["DESCRIPTOR", "DESCRIPTOR_LAYOUT", "MAX_RATE_LANES", "STATE_BYTES"]


MAX_RATE_LANES = LANES - 1
"""Lanes of the largest legal block: a sponge needs some capacity."""

STATE_BYTES = LANES * LANE_BYTES
"""Of a state in memory: its lanes in their order, the lowest byte of each first."""

DESCRIPTOR = (
    Register("source", 0x100, "Where the message starts.", [
        Field("value", 32, Access.RW, "Byte address of any alignment.")]),
    Register("length", 0x104, "Length of the message.", [
        Field("value", 32, Access.RW, "Bytes, 0 included.")]),
    Register("destination", 0x108, "Where the output goes.", [
        Field("value", 32, Access.RW, "Byte address of any alignment.")]),
    Register("output_length", 0x10C, "Length of the output.", [
        Field("value", 32, Access.RW, "Bytes; with 0 none is written.")]),
    Register("mode", 0x110, "Which sponge function. Another value than a legal one ends the job "
             "with the error `DESCRIPTOR`; nothing is read or written.", [
        Field("rate_lanes", 5, Access.RW, f"Rate in lanes of 8 bytes, from 1 to {MAX_RATE_LANES}: "
              "(200 - 2 * digest bytes) / 8 for SHA-3 and Keccak, 21 for SHAKE128, 17 for "
              "SHAKE256."),
        Field("reserved", 3, Access.RO, "Reads 0."),
        Field("domain", 8, Access.RW, "Suffix bits of the function and the first 1 of the padding, "
              "from bit 0 upwards, from 0x01 to 0x7F: 0x06 for SHA-3, 0x1F for SHAKE, 0x01 for the "
              "original padding of Keccak. Not used with `no_pad`."),
        Field("rounds12", 1, Access.RW, "0: 24 rounds. 1: the last 12 of them (TurboSHAKE)."),
        Field("no_pad", 1, Access.RW, "1: the message is filled up with zeros to whole blocks, an "
              "empty one to one block, and not padded."),
        Field("load_state", 1, Access.RW, "1: the sponge starts from the state at `state`. "
              "0: from zeros."),
        Field("store_state", 1, Access.RW, "1: after the output, the state behind the last "
              "permutation goes to `state`.")]),
    Register("state", 0x114, "Where a state is loaded from and stored to.", [
        Field("value", 32, Access.RW, f"Byte address of any alignment, of {STATE_BYTES} bytes.")]),
    Register("count", 0x118, "How many messages of the same length are hashed, each on its own.", [
        Field("value", 16, Access.RW, "0 counts as 1. A job of 2 or more that loads or stores a "
              "state ends with the error `DESCRIPTOR`.")]),
    Register("source_stride", 0x11C, "From the start of a message to that of the next.", [
        Field("value", 32, Access.RW, "Bytes. Not used for a single message.")]),
    Register("destination_stride", 0x120, "From the start of an output to that of the next.", [
        Field("value", 32, Access.RW, "Bytes. Not used for a single message.")]),
)

DESCRIPTOR_LAYOUT = descriptor_layout(DESCRIPTOR)
