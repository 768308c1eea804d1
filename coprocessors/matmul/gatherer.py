"""Puts the pieces of gathered rows together."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.patch_walker import Piece
from coprocessors.shell.datapath import Beat
from coprocessors.shell.rotate import rotate_bytes_left

__all__ = ["Gatherer"]


class _Bytes(data.Struct):
    """Bytes on their way to the word that they complete, already in their lanes."""

    data: 64
    offset: 3  # lane of the first one
    count: 4
    row_ends: 1  # with the last of them


class Gatherer(wiring.Component):
    """Makes rows without gaps of pieces that come from memory or are padding.

    Members:
        pieces  : In(stream of Piece).
        beats   : In(stream of Beat), the bytes of those that are not padding.
        padding : In(8), the byte that they are padded with.
        word, word_valid : Out, 8 bytes of a row; ``row_ends`` : Out(1), with its last word, whose
            unused bytes are undefined. No back-pressure.
    Timing: 2 cycles from a beat to the word that it completes. A beat, or 8 bytes of padding, a
        cycle; a row whose last beat begins one word and ends in the next takes one more.
    """

    def __init__(self):
        super().__init__({
            "pieces": In(stream.Signature(Piece)),
            "beats": In(stream.Signature(Beat)),
            "padding": In(8),
            "word": Out(64), "word_valid": Out(1), "row_ends": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        piece, beat = self.pieces.payload, self.beats.payload
        entering, valid, spills = Signal(_Bytes), Signal(), Signal()
        self._merge(m, entering, valid, spills)

        padded, offset = Signal(16), Signal(3)  # bytes of this padding that have been taken
        count, total = Signal(4), Signal(4)
        takes, piece_ends, row_ends = Signal(), Signal(), Signal()
        padding_left = Signal(16)
        m.d.comb += [
            padding_left.eq(piece.count - padded),
            count.eq(Mux(piece.is_padding, Mux(padding_left > 8, 8, padding_left[:4]),
                         beat.count)),
            takes.eq(self.pieces.valid & (piece.is_padding | self.beats.valid) & ~spills),
            piece_ends.eq(takes & Mux(piece.is_padding, padding_left <= 8, beat.last)),
            row_ends.eq(piece_ends & piece.last),
            self.pieces.ready.eq(piece_ends),
            self.beats.ready.eq(self.pieces.valid & ~piece.is_padding & ~spills),
            total.eq(offset + count),
        ]
        with m.If(takes):
            m.d.sync += [offset.eq(Mux(row_ends, 0, total[:3])),
                         padded.eq(Mux(piece_ends | ~piece.is_padding, 0, padded + 8))]
        with m.If(~spills):
            m.d.sync += [
                valid.eq(takes),
                entering.data.eq(Mux(piece.is_padding, self.padding.replicate(8),
                                     rotate_bytes_left(beat.data, offset))),
                entering.offset.eq(offset), entering.count.eq(count),
                entering.row_ends.eq(row_ends),
            ]
        return m

    def _merge(self, m, entering, valid, spills):
        """Adds the word that is being filled, from ``entering`` when ``valid``.

        ``spills`` is high when what remains of it must leave as a word of its own.
        """
        kept, merged = Signal(64), Signal(64)
        total = Signal(5)
        is_rest = Signal()  # the bytes that spilled, in ``kept``
        full = Signal()
        m.d.comb += [
            total.eq(entering.offset + entering.count),
            full.eq(total >= 8),
            spills.eq(valid & entering.row_ends & (total > 8) & ~is_rest),
        ]
        for lane in range(8):
            bits = slice(8 * lane, 8 * lane + 8)
            m.d.comb += merged[bits].eq(Mux(is_rest | (lane < entering.offset), kept[bits],
                                            entering.data[bits]))
        m.d.sync += is_rest.eq(spills)
        with m.If(valid):
            m.d.sync += kept.eq(Mux(full, entering.data, merged))
        m.d.sync += [
            self.word.eq(merged),
            self.word_valid.eq(valid & (full | entering.row_ends)),
            self.row_ends.eq(valid & entering.row_ends & ~spills),
        ]
