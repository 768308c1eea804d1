"""The DMA reader: commands in, aligned rows of bytes out."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from coprocessors.shell.datapath import Beat, Transfer
from coprocessors.shell.fifo import SmallFifo, Wipe
from coprocessors.shell.row_walker import RowWalker
from coprocessors.shell.rotate import rotate_bytes_right

__all__ = ["DmaReader"]


class _WordTag(data.Struct):
    """What the aligner must know about a requested word."""

    offset: 3  # of the row's first byte in its first word
    first: 1  # word of its row
    last: 1  # word of its row
    end: 3  # position of the row's last byte in its last word
    silent: 1  # makes no beat: the first word of a row that begins inside it, and goes on


class _Aligner(wiring.Component):
    """Turns the words of rows into beats of which all but a row's last are full.

    Members:
        word, tag, word_valid : In, the next word and its tag; taken in a cycle with ``take`` high.
        take : Out(1).
        beats : Out(stream of Beat).
        clear : In(1), drops and zeroes everything.
    Timing: one cycle from a word to its beat. Rows that follow each other take as many cycles as
        they have words; one of n words that makes n beats and is not aligned takes one more, unless
        the next one begins inside a word and has more than one.
    """

    def __init__(self):
        super().__init__({
            "word": In(64), "tag": In(_WordTag), "word_valid": In(1), "take": Out(1),
            "beats": Out(stream.Signature(Beat)),
            "clear": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        tag = self.tag
        held = Signal(64)
        tail = Signal()  # the row's last bytes are in ``held`` and make a beat of their own
        tail_count = Signal(4)
        beat = Signal(Beat)
        beat_valid = Signal()

        aligned = Signal()
        rotated = Signal(64)
        merged = Signal(64)
        spills = Signal()  # this word completes a beat and leaves bytes for another
        advance = Signal()
        emit = Signal()
        m.d.comb += [
            aligned.eq(tag.offset == 0),
            rotated.eq(rotate_bytes_right(self.word, tag.offset)),
            spills.eq(tag.last & ~tag.first & ~aligned & (tag.end >= tag.offset)),
            advance.eq(~beat_valid | self.beats.ready),
            self.take.eq(self.word_valid & advance & (~tail | tag.silent)),
            emit.eq(tail | self.take & (aligned | ~tag.first | tag.last)),
        ]
        for i in range(8):
            from_held = tail | (~tag.first & ~aligned & (tag.offset <= 7 - i))
            lane = slice(8 * i, 8 * i + 8)
            m.d.comb += merged[lane].eq(Mux(from_held, held[lane], rotated[lane]))

        end_count = Signal(4)  # bytes of the last word that belong to the beat it ends
        m.d.comb += end_count.eq(Mux(tag.first | aligned | spills, tag.end - tag.offset + 1,
                                     tag.end - tag.offset + 9))
        with m.If(advance):
            m.d.sync += beat_valid.eq(emit)
        with m.If(advance & emit):
            m.d.sync += [
                beat.data.eq(merged),
                beat.count.eq(Mux(tail, tail_count, Mux(tag.last & ~spills, end_count, 8))),
                beat.last.eq(tail | (tag.last & ~spills)),
                tail.eq(~tail & spills),
            ]
        with m.If(self.take):
            m.d.sync += [held.eq(rotated), tail_count.eq(end_count)]
        with m.If(self.clear):
            m.d.sync += [held.eq(0), tail.eq(0), tail_count.eq(0), beat_valid.eq(0),
                         beat.as_value().eq(0)]
        m.d.comb += [self.beats.valid.eq(beat_valid), self.beats.payload.eq(beat)]
        return m


class DmaReader(wiring.Component):
    """Reads the rows of each command and delivers them as beats, in order.

    Parameters:
        depth : int, words asked for and not yet delivered, at most; a power of two from 8 to 64.
        strides : bool, a command may have more than one row.
    Members:
        command  : In(stream of Transfer); the next is taken while the former is under way.
        request  : Out(stream of unsigned(29)), addresses of 64-bit words.
        response_valid, response_data : In, as in `DmaPortSignature`.
        data     : Out(stream of Beat); what lies above ``count`` bytes is not defined.
        clear    : In(1), drops all and overwrites all data; hold it until ``cleared``, and until
            every request has been answered.
        cleared  : Out(1).
    Timing: the request leaves one cycle after its command; a beat is valid one cycle after the
        response that completes it. One word a cycle, without a pause between words, rows or
        commands, but for what the last beat of an unaligned row may take, see `_Aligner`.
    """

    def __init__(self, *, depth=16, strides=True):
        if depth < 8:
            raise ValueError(f"depth must be at least 8 to cover the latency, not {depth}")
        self._depth, self._strides = depth, strides
        super().__init__({
            "command": In(stream.Signature(Transfer)),
            "request": Out(stream.Signature(unsigned(29))),
            "response_valid": In(1),
            "response_data": In(64),
            "data": Out(stream.Signature(Beat)),
            "clear": In(1),
            "cleared": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        # One tag for each word asked for and not yet aligned: its level is the credit.
        m.submodules.tags = tags = SmallFifo(_WordTag, depth=self._depth, wipe=Wipe.NOTHING)
        m.submodules.words = words = SmallFifo(unsigned(64), depth=self._depth)
        m.submodules.aligner = aligner = _Aligner()

        issued = Signal()
        self._addresses(m, tags, issued)
        m.d.comb += [
            tags.write.eq(issued),
            tags.read.eq(aligner.take),
            aligner.tag.eq(tags.read_data),
            # A word goes past the empty FIFO, so that nothing is lost on the first one.
            aligner.word_valid.eq(words.read_valid | self.response_valid),
            aligner.word.eq(Mux(words.read_valid, words.read_data, self.response_data)),
            words.read.eq(aligner.take & words.read_valid),
            words.write_data.eq(self.response_data),
            words.write.eq(self.response_valid & (words.read_valid | ~aligner.take)),
            self.data.valid.eq(aligner.beats.valid),
            self.data.payload.eq(aligner.beats.payload),
            aligner.beats.ready.eq(self.data.ready),
            tags.clear.eq(self.clear),
            words.clear.eq(self.clear),
            aligner.clear.eq(self.clear),
            self.cleared.eq(words.wiped),
        ]
        return m

    def _addresses(self, m, tags, issued):
        """Adds the walk over words, rows and commands; fills ``tags.write_data``."""
        m.submodules.rows = rows = RowWalker(strides=self._strides)
        connect(m, flipped(self.command), rows.command)
        word = Signal(29)
        words_left = Signal(30)  # after this one, in this row
        next_tag = Signal(_WordTag)
        m.d.comb += [
            self.request.valid.eq(rows.active & ~tags.level[-1] & ~self.clear),
            self.request.payload.eq(word),
            issued.eq(self.request.valid & self.request.ready),
            rows.row_ends.eq(issued & next_tag.last),
            rows.clear.eq(self.clear),
            tags.write_data.eq(next_tag),
        ]
        with m.If(self.clear):
            m.d.sync += [word.eq(0), words_left.eq(0), next_tag.as_value().eq(0)]
        with m.Elif(rows.begins):
            m.d.sync += [
                word.eq(rows.address[3:]),
                words_left.eq(rows.span[3:]),
                next_tag.offset.eq(rows.address[:3]),
                next_tag.first.eq(1),
                next_tag.last.eq(rows.one_word),
                next_tag.silent.eq(rows.address[:3].any() & ~rows.one_word),
                next_tag.end.eq(rows.span[:3]),
            ]
        with m.Elif(issued):
            m.d.sync += [word.eq(word + 1), words_left.eq(words_left - 1), next_tag.first.eq(0),
                         next_tag.silent.eq(0),
                         next_tag.last.eq(words_left == 1)]
