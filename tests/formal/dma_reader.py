"""The DMA reader asks for the words of each row, and delivers its bytes in order.

Two parts, with the queue of tags between them, which is a `small_fifo`:

- `dma_reader`: whatever the address, the length, the stride and the number of rows, what is asked
  for are the words that hold bytes of row i, each once, from first to last; then those of row
  i + 1. Each goes with a tag that tells the aligner what it must know.
- `aligner`: of the words of rows with such tags it makes beats, all of 8 bytes but the last of a
  row, that hold the bytes from the row's first address on, each once and no others; the last one
  says so.

Assumed: rows and row_bytes are at least 1, as `Transfer` says. ``clear`` is low. Memory answers in
order: that is for `arbiter`.

Method: memory holds 255 at one address, which may be any, and 0 elsewhere; a beat must hold 255 in
the byte that comes from there. The aligner's first row is the byte at 0, then they are any.
Induction, with the invariants that tie registers to bytes.
"""

from amaranth.asserts import AnyConst, AnySeq
from amaranth.hdl import Assert, Assume, Cat, Cover, Module, Mux, Signal

from coprocessors.shell import dma_reader
from coprocessors.shell.dma_reader import DmaReader
from tests.formal.proof import Bench, Induction, Proof, glass
from tests.mutants import edited

__all__ = ["PROOFS"]


class _Tags:
    """What is to be said of the words of a row, given by its first byte and their number.

    Members: index, last : of the next word and of the last one; tag : {field: value} of the former.
    """

    def __init__(self, m, name):
        self.address = Signal(32, name=f"{name}_address")
        self.row_bytes = Signal(32, name=f"{name}_row_bytes", init=1)
        self.index, self.last = Signal(30, name=f"{name}_index"), Signal(30, name=f"{name}_last")
        end = Signal(33, name=f"{name}_end")  # from the first word to the last byte
        first, inside = self.index == 0, self.address[:3].any()
        m.d.comb += [end.eq(self.address[:3] + self.row_bytes - 1), self.last.eq(end[3:])]
        self.tag = {"offset": self.address[:3], "first": first, "last": self.index == self.last,
                    "end": end[:3], "silent": inside & first & (self.last != 0)}


class _Reader(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component(depth=8)
        m.submodules.dut, inside = glass(dut)
        command, request = dut.command.payload, dut.request
        for value in (dut.command.valid, command, request.ready, dut.response_valid,
                      dut.response_data, dut.data.ready):
            value = getattr(value, "as_value", lambda value=value: value)()
            m.d.comb += value.eq(AnySeq(len(value)))
        m.d.comb += [dut.clear.eq(0), Assume(command.rows.any() & command.row_bytes.any())]

        active, stride, rows_left = Signal(), Signal(32), Signal(16)
        row = _Tags(m, "row")
        takes, asks, ends = Signal(), Signal(), Signal()
        m.d.comb += [takes.eq(dut.command.valid & dut.command.ready),
                     asks.eq(request.valid & request.ready), ends.eq(asks & row.tag["last"])]
        with m.If(asks):
            m.d.sync += row.index.eq(row.index + 1)
        with m.If(ends):
            m.d.sync += [row.index.eq(0), row.address.eq(row.address + stride),
                         rows_left.eq(rows_left - 1), active.eq(rows_left != 0)]
        with m.If(takes):
            m.d.sync += [active.eq(1), row.index.eq(0), row.address.eq(command.address),
                         row.row_bytes.eq(command.row_bytes), stride.eq(command.stride),
                         rows_left.eq(command.rows - 1)]
        m.d.comb += [
            Assert(~takes | ~active | (ends & (rows_left == 0))),
            Assert(~request.valid | active),
            Assert(~request.valid | (request.payload == (row.address[3:] + row.index)[:29])),
            *(Assert(~request.valid | (inside["next_tag"][slice(*place)] == row.tag[field]))
              for field, place in _TAG_PLACES.items()),
            Cover(asks & (rows_left == 1) & (row.index == 2) & row.address[:3].all()),
            Cover(takes & ends),
        ]
        for invariant in (
                request.payload == (row.address[3:] + row.index)[:29],
                inside["words_left"] == (row.last - row.index)[:30],
                row.index <= row.last, row.row_bytes.any(),
                *(inside["next_tag"][slice(*place)] == row.tag[field]
                  for field, place in _TAG_PLACES.items()),
                inside["rows.next_address"] == (row.address + stride)[:32],
                inside["rows.stride"] == stride, inside["rows.rows_left"] == rows_left,
                inside["rows.taken_row_bytes"] == row.row_bytes):
            m.d.comb += Assert(~active | invariant)
        m.d.comb += Assert(active == inside["rows.active"])
        return m


_TAG_PLACES = {field: (place.offset, place.offset + place.width)
               for field, place in dma_reader._WordTag.as_shape()}


class _Aligner(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component()
        m.submodules.dut, inside = glass(dut)
        marked = AnyConst(32)  # the address of the byte that is 255

        def bytes_from(address, count=8):
            return Cat(((address + lane)[:32] == marked).replicate(8) for lane in range(count))

        # What comes: the words of one row after the other.
        row, new_row = _Tags(m, "row"), AnySeq(64)
        m.d.comb += [
            dut.clear.eq(0), dut.word_valid.eq(AnySeq(1)), dut.beats.ready.eq(AnySeq(1)),
            *(dut.tag[field].eq(value) for field, value in row.tag.items()),
            dut.word.eq(bytes_from(Cat(Signal(3), (row.address[3:] + row.index)[:29]))),
            Assume(new_row[32:].any()),
        ]
        ends, next_row = dut.take & row.tag["last"], Signal(64)
        m.d.comb += next_row.eq(Mux(ends, new_row, Cat(row.address, row.row_bytes)))
        m.d.sync += Cat(row.address, row.row_bytes).eq(next_row)
        with m.If(dut.take):
            m.d.sync += row.index.eq(Mux(ends, 0, row.index + 1))

        # What is to leave, of a row that may still be in the aligner when the next one comes.
        address, row_bytes, sent = Signal(32), Signal(32, init=1), Signal(33)
        left, count, last = Signal(33), Signal(4), Signal()
        emits = inside["advance"] & inside["emit"]
        m.d.comb += [left.eq(row_bytes - sent), last.eq(left <= 8), count.eq(Mux(last, left, 8))]
        valid, expected, expected_last = Signal(), Signal(4), Signal()
        expected_bytes = Signal(64)
        with m.If(inside["advance"]):
            m.d.sync += valid.eq(inside["emit"])
        with m.If(emits):
            m.d.sync += [sent.eq(sent + count), expected.eq(count), expected_last.eq(last),
                         expected_bytes.eq(bytes_from(address + sent))]
            with m.If(last):
                m.d.sync += [Cat(address, row_bytes).eq(next_row), sent.eq(0)]
        beat = dut.beats.payload
        m.d.comb += [
            Assert(dut.beats.valid == valid),
            Assert(~valid | (beat.count == expected)),
            Assert(~valid | (beat.last == expected_last)),
            *(Assert(~valid | (lane >= expected) | (beat.data.word_select(lane, 8)
                                                    == expected_bytes.word_select(lane, 8)))
              for lane in range(8)),
            Cover(valid & expected_last & (expected == 3) & expected_bytes.any()),
            Cover(inside["tail"] & emits & dut.take),
        ]
        self._invariants(m, inside, row, address, row_bytes, sent, left, bytes_from)
        return m

    @staticmethod
    def _invariants(m, inside, row, address, row_bytes, sent, left, bytes_from):
        offset, tail, held = row.address[:3], inside["tail"], inside["held"]
        read = Signal(34)  # bytes of the row in the words that came
        m.d.comb += read.eq(Mux(row.index == 0, 0, Cat(Signal(3), row.index) - offset))
        kept = Mux(tail, left, Mux(offset.any() & (row.index != 0), 8 - offset, 0))
        same = Cat(address, row_bytes) == Cat(row.address, row.row_bytes)
        m.d.comb += [
            Assert(row.index <= row.last), Assert(row.row_bytes.any()), Assert(row_bytes.any()),
            Assert(sent < row_bytes),
            Assert(Mux(tail, (row.index == 0) & (left <= 7) & (inside["tail_count"] == left),
                       same & (read == sent + kept))),
            *(Assert((lane >= kept) | (held.word_select(lane, 8)
                                       == bytes_from(address + sent).word_select(lane, 8)))
              for lane in range(8)),
        ]


_READER_MUTANTS = (
    edited(DmaReader, "the_first_word_is_asked_for_again", "m.d.sync += [word.eq(word + 1),",
           "m.d.sync += [word.eq(word + ~next_tag.first),"),
    edited(DmaReader, "a_row_has_a_word_too_few", "next_tag.last.eq(words_left == 1)",
           "next_tag.last.eq(words_left == 2)"),
    edited(DmaReader, "a_word_that_ends_its_row_is_silent",
           "next_tag.silent.eq(rows.address[:3].any() & ~rows.one_word)",
           "next_tag.silent.eq(rows.address[:3].any())"),
)

_ALIGNER = dma_reader._Aligner


def _mutant(title, old, new):
    return edited(_ALIGNER, title, old, new)


_ALIGNER_MUTANTS = (
    _mutant("keeps_one_byte_too_few", "(tag.offset <= 7 - i)", "(tag.offset < 7 - i)"),
    _mutant("spills_a_byte_late", "(tag.end >= tag.offset)", "(tag.end > tag.offset)"),
    _mutant("the_tail_is_as_long_as_the_next_word_says", "Mux(tail, tail_count,",
            "Mux(tail, end_count,"),
    _mutant("the_last_beat_is_full", "Mux(tag.last & ~spills, end_count, 8)", "8"),
    _mutant("the_beat_before_the_tail_is_the_last", "tail | (tag.last & ~spills)",
            "tail | tag.last"),
)


PROOFS = (
    Proof("dma_reader", "asks for the words of each row, once and in order", _Reader, DmaReader,
          _READER_MUTANTS, Induction(2), mutant_cycles=12, cover_cycles=16),
    Proof("aligner", "makes of them the bytes of the row, once and in order", _Aligner, _ALIGNER,
          _ALIGNER_MUTANTS, Induction(2), mutant_cycles=10, cover_cycles=12),
)
