"""Block memory with two independent ports that read and write."""

from amaranth.hdl import Module
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["DualPortMemory", "MemoryPortSignature", "words_of"]


class MemoryPortSignature(wiring.Signature):
    """One port of a memory, seen from its user.

    Parameters: depth : int, words. width : int, bits of a word, a multiple of 8.
                read_width : int, bits that a read answers, ``width`` unless told.
    Members:    enable : Out(1), one access in each cycle in which it is high.
                write : Out(1). byte_enable : Out(width / 8), lanes that a write changes.
                address : Out(word index). write_data : Out(width). read_data : In(read_width).
    Timing:     after a read, ``read_data`` holds the word from the next cycle to the next access;
                after a write it is undefined.
    """

    def __init__(self, *, depth, width, read_width=None):
        super().__init__({
            "enable": Out(1),
            "write": Out(1),
            "address": Out(range(depth)),
            "byte_enable": Out(width // 8),
            "write_data": Out(width),
            "read_data": In(read_width or width),
        })


class DualPortMemory(wiring.Component):
    """``depth`` words with two ports.

    Parameters: depth : int, words. width : int, bits of a word, a multiple of 8.
                init : sequence of int, the first words; the others start as 0.
    Members:    a, b : In(MemoryPortSignature). What a port reads from a word that the other one
                writes in the same cycle is undefined, and so is a word that both write.
    Raises:     ValueError when ``init`` holds more words than the memory.

    In Verilog the words are the array ``words`` of this module: simulations load it from outside.
    For ECP5 it becomes true dual-port DP16KD when the Verilog is read with
    ``synth_ecp5 -no-rw-check``. Each port enables reads and writes together, as that block does.
    """

    def __init__(self, *, depth, width, init=()):
        if len(init) > depth:
            raise ValueError(f"init must hold at most {depth} words, not {len(init)}")
        self._depth, self._width, self._init = depth, width, init
        port = MemoryPortSignature(depth=depth, width=width)
        super().__init__({"a": In(port), "b": In(port)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = memory.Memory(
            shape=self._width, depth=self._depth, init=self._init)
        for port in (self.a, self.b):
            read, write = words.read_port(), words.write_port(granularity=8)
            m.d.comb += [
                read.en.eq(port.enable),
                read.addr.eq(port.address),
                port.read_data.eq(read.data),
                write.en.eq(port.byte_enable & (port.enable & port.write).replicate(
                    self._width // 8)),
                write.addr.eq(port.address),
                write.data.eq(port.write_data),
            ]
        return m


def words_of(image):
    """The little-endian 32-bit words of a byte string, the last one filled up with zeros."""
    padded = image + bytes(-len(image) % 4)
    return [int.from_bytes(padded[i:i + 4], "little") for i in range(0, len(padded), 4)]
