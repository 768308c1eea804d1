"""The DMA writer: rows of bytes in, aligned words with byte enables out."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.datapath import Beat, Transfer
from coprocessors.shell.fifo import SmallFifo, Wipe
from coprocessors.shell.row_walker import RowWalker
from coprocessors.shell.rotate import rotate_bytes_left

__all__ = ["DmaWriter", "WriteWord"]


class WriteWord(data.Struct):
    """One write of one aligned 64-bit word."""

    address: 29
    data: 64
    byte_enable: 8


class DmaWriter(wiring.Component):
    """Packs beats into aligned words and sends them to the rows of each command, in order.

    A row ends with the beat that says so (``last``); ``row_bytes`` of the command is not used.

    Parameters:
        depth : int, words waiting for the port, at most; a power of two from 4 to 64.
        strides : bool, a command may have more than one row.
    Members:
        command  : In(stream of Transfer); one is taken ahead of its turn, so that who sends them
            does not wait for what the data say. One in two cycles at most.
        data     : In(stream of Beat); taken only under a command.
        request  : Out(stream of WriteWord).
        pushed   : Out(1), a word entered the queue to the port in this cycle.
        flushing : Out(1), the rest of the last row that ended enters it in this cycle.
        clear    : In(1), drops all and overwrites all data; hold it until ``cleared``.
        cleared  : Out(1).
    Timing: a word is requested one cycle after the beat that completes it. One word a cycle,
        without a pause between rows or commands; a row that spills over into one more word than it
        has beats takes one cycle more.
    """

    def __init__(self, *, depth=16, strides=True):
        if depth < 4:
            raise ValueError(f"depth must be at least 4, not {depth}")
        self._depth, self._strides = depth, strides
        super().__init__({
            "command": In(stream.Signature(Transfer)),
            "data": In(stream.Signature(Beat)),
            "request": Out(stream.Signature(WriteWord)),
            "pushed": Out(1),
            "flushing": Out(1),
            "clear": In(1),
            "cleared": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = SmallFifo(WriteWord, depth=self._depth,
                                               wipe=Wipe.INPUT)
        m.submodules.rows = rows = RowWalker(strides=self._strides)
        self._take_ahead(m, rows)
        word = Signal(29)
        position = Signal(3)  # of the next byte in the word

        beat = self.data.payload
        room = Signal(init=1)
        taken = Signal()
        kept = Signal(64)  # bytes of the current word below ``position``
        kept_enable = Signal(8)
        flush = Signal()
        end = Signal(4)  # position behind the beat
        rotated = Signal(64)
        merged = Signal(64)
        enable = Signal(16)
        m.d.comb += [
            self.data.ready.eq(rows.active & room & ~flush & ~self.clear),
            taken.eq(self.data.valid & self.data.ready),
            end.eq(position + beat.count),
            rotated.eq(rotate_bytes_left(beat.data, position)),
            enable.eq(self._lanes(beat.count) << position),
        ]
        below = Signal(8)  # lanes in front of the beat
        # While ``clear`` is high ``kept`` is 0: that wipes the queue.
        for i in range(8):
            lane = slice(8 * i, 8 * i + 8)
            m.d.comb += [
                below[i].eq(position > i),
                merged[lane].eq(Mux(flush | below[i] | self.clear, kept[lane], rotated[lane])),
            ]

        full = end[3]
        spills = full & (end[:3] != 0)
        push = Signal()
        push_enable = Signal(8)
        m.d.comb += [
            push_enable.eq(kept_enable | Mux(flush | self.clear, 0, enable[:8])),
            push.eq(flush | taken & (full | beat.last & push_enable.any())),
            rows.row_ends.eq(flush | taken & beat.last & ~spills),
            rows.clear.eq(self.clear),
            words.write.eq(push),
            words.write_data.address.eq(word),
            words.write_data.data.eq(merged),
            words.write_data.byte_enable.eq(push_enable),
            self.pushed.eq(push),
            self.flushing.eq(flush),
        ]
        # One beat may add two words, and the level shows it one cycle late.
        m.d.sync += room.eq(words.level < self._depth - 2)
        with m.If(taken):
            m.d.sync += [position.eq(end[:3]), flush.eq(beat.last & spills),
                         kept_enable.eq(Mux(full, enable[8:], push_enable))]
            with m.If(full):
                m.d.sync += word.eq(word + 1)
            for i in range(8):
                with m.If(full | ~below[i]):
                    m.d.sync += kept[8 * i:8 * i + 8].eq(rotated[8 * i:8 * i + 8])
        with m.If(flush):
            m.d.sync += flush.eq(0)
        with m.If(rows.row_ends):
            m.d.sync += kept_enable.eq(0)
        with m.If(rows.begins):
            m.d.sync += [word.eq(rows.address[3:]), position.eq(rows.address[:3])]
        with m.If(self.clear):
            m.d.sync += [s.eq(0) for s in (word, position, kept, kept_enable, flush)]
        m.d.comb += [
            self.request.valid.eq(words.read_valid & ~self.clear),
            self.request.payload.eq(words.read_data),
            words.read.eq(self.request.valid & self.request.ready),
            words.clear.eq(self.clear),
            self.cleared.eq(words.wiped),
        ]
        return m

    def _take_ahead(self, m, rows):
        """Adds the register between the port for commands and the walk over their rows."""
        valid, command = Signal(), Signal(Transfer)
        m.d.comb += [
            self.command.ready.eq(~valid & ~self.clear),
            rows.command.valid.eq(valid),
            rows.command.payload.eq(command),
        ]
        with m.If(self.clear):
            m.d.sync += [valid.eq(0), command.as_value().eq(0)]
        with m.Elif(valid):
            m.d.sync += valid.eq(~rows.command.ready)
        with m.Else():
            m.d.sync += [valid.eq(self.command.valid), command.eq(self.command.payload)]

    def _lanes(self, count):
        """The 8 byte enables of a beat of ``count`` bytes."""
        return Cat(count > i for i in range(8))
