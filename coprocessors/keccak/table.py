"""The job descriptor of the Keccak coprocessor."""

from coprocessors.keccak.model import LANES
from coprocessors.shell.datapath import descriptor_layout
from soc.fabric.registers import Access, Field, Register

__all__ = ["DESCRIPTOR", "DESCRIPTOR_LAYOUT", "MAX_RATE_LANES"]


MAX_RATE_LANES = LANES - 1
"""Lanes of the largest legal block: a sponge needs some capacity."""

DESCRIPTOR = (
    Register("source", 0x100, "Where the message starts.", [
        Field("value", 32, Access.RW, "Byte address of any alignment.")]),
    Register("length", 0x104, "Length of the message.", [
        Field("value", 32, Access.RW, "Bytes, 0 included.")]),
    Register("destination", 0x108, "Where the output goes.", [
        Field("value", 32, Access.RW, "Byte address of any alignment.")]),
    Register("output_length", 0x10C, "Length of the output.", [
        Field("value", 32, Access.RW, "Bytes; with 0 the message is read and nothing written.")]),
    Register("mode", 0x110, "Which sponge function. Another value than a legal one ends the job "
             "with the error `DESCRIPTOR`; nothing is read or written.", [
        Field("rate_lanes", 5, Access.RW, f"Rate in lanes of 8 bytes, from 1 to {MAX_RATE_LANES}: "
              "(200 - 2 * digest bytes) / 8 for SHA-3 and Keccak, 21 for SHAKE128, 17 for "
              "SHAKE256."),
        Field("reserved", 3, Access.RO, "Reads 0."),
        Field("domain", 8, Access.RW, "Suffix bits of the function and the first 1 of the padding, "
              "from bit 0 upwards, from 0x01 to 0x7F: 0x06 for SHA-3, 0x1F for SHAKE, 0x01 for the "
              "original padding of Keccak."),
        Field("rounds12", 1, Access.RW, "0: 24 rounds. 1: the last 12 of them (TurboSHAKE).")]),
)

DESCRIPTOR_LAYOUT = descriptor_layout(DESCRIPTOR)
