"""Tiles of an int32 matrix that is added to the sums."""

from amaranth.hdl import Cat, Module, Mux, unsigned
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["ADDEND_SLOTS", "AddendTiles", "AddendWrite"]


ADDEND_SLOTS = 2
"""Tiles held at once: one is loaded while the other is added."""


class AddendWrite(data.Struct):
    """The values of columns 2 * pair and 2 * pair + 1 of a row of a tile."""

    enable: 1
    slot: range(ADDEND_SLOTS)
    row: 4
    pair: 3
    data: 64


class AddendTiles(wiring.Component):
    """Holds ADDEND_SLOTS tiles, and reads ``lanes`` values of a row at once.

    Parameters: rows, columns, lanes : int, powers of two; lanes 1, 2 or 4. present : bool; without,
        there is nothing inside.
    Members:
        write : In(AddendWrite).
        slot, row, group : In; columns group * lanes and following are read.
        values : Out(lanes x 32), one cycle later.
        clear, clear_address : In, puts ``write.data`` at ``clear_address`` of all memories.
    """

    def __init__(self, *, rows, columns, lanes, present=True):
        self._present = present
        self._lanes = lanes
        self._banks = max(lanes // 2, 1)
        self._rows = rows
        self._row_words = columns // 2 // self._banks
        super().__init__({
            "write": In(AddendWrite),
            "slot": In(range(ADDEND_SLOTS)), "row": In(range(rows)), "group": In(4),
            "values": Out(data.ArrayLayout(32, lanes)),
            "clear": In(1), "clear_address": In(range(self.depth)),
        })

    @property
    def depth(self):
        """Words of a memory."""
        return ADDEND_SLOTS * self._rows * self._row_words

    def elaborate(self, platform):
        m = Module()
        if not self._present:
            return m
        write = self.write
        word_bits = (self._row_words - 1).bit_length()
        bank_bits = (self._banks - 1).bit_length()
        row_bits = (self._rows - 1).bit_length()
        half_bits = 1 if self._lanes == 1 else 0  # the low bit of the group picks one of a word
        write_address = Mux(self.clear, self.clear_address, Cat(
            write.pair[bank_bits:bank_bits + word_bits], write.row[:row_bits], write.slot))
        read_address = Cat(self.group[half_bits:half_bits + word_bits], self.row, self.slot)
        values = []
        for bank in range(self._banks):
            words = memory.Memory(shape=unsigned(64), depth=self.depth, init=[])
            m.submodules[f"bank_{bank}"] = words
            # Read without a clock, and registered here: small enough for LUTs.
            write_port, read_port = words.write_port(), words.read_port(domain="comb")
            m.d.comb += [
                write_port.en.eq(self.clear | (write.enable & (write.pair[:bank_bits] == bank))),
                write_port.addr.eq(write_address), write_port.data.eq(write.data),
                read_port.addr.eq(read_address),
            ]
            values += [read_port.data.word_select(half, 32) for half in range(2)]
        if self._lanes == 1:
            values = [Mux(self.group[0], values[1], values[0])]
        m.d.sync += [self.values[lane].eq(value) for lane, value in enumerate(values)]
        return m
