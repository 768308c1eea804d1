"""Where the rows of A lie when they are gathered from an image: the pixels under a kernel."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.table import DESCRIPTOR
from coprocessors.shell.datapath import Transfer, descriptor_layout
from coprocessors.shell.fifo import SmallFifo, Wipe

__all__ = ["From", "PatchWalker", "Piece"]


_X = signed(26)
"""Bytes from the start of a line of the image; below 0 in the padding on the left."""
_Y = signed(26)
"""Lines from the top of the image; below 0 in the padding above."""


class Piece(data.Struct):
    """Consecutive bytes of a row of A."""

    is_padding: 1  # they are the zero point of A, and not in memory
    count: 16
    last: 1  # of its row in this strip


class From(enum.Enum, shape=2):
    """With which row of A a strip begins."""

    NEXT = 0  # the one after the last strip
    SAME = 1  # that of the last strip, again
    TOP = 2  # the first one
    RIGHT = 3  # the first one, and all rows have moved on by ``column_step`` bytes


class _Pixel(data.Struct):
    """Where an output of the convolution, a row of A, looks at the image."""

    left: 16  # outputs on its line after it
    x: signed(18)  # of its upper left corner
    y: _Y
    line: 32  # address of line y


class _Position(data.Struct):
    """How far a row has come, seen from its pixel: what it takes next."""

    pieces_left: 8  # on this line, after this piece
    piece: 25  # start of the piece
    x: 25
    bytes_left: 16  # of the piece
    y: 17
    line: 32  # bytes from the pixel's line to this one


class _Fragment(data.Struct):
    """A piece, or what the strip takes of it."""

    x: _X
    y: _Y
    line: 32
    count: 16
    last: 1


class _Overhang(data.Struct):
    """How far a fragment reaches over the edges of the image."""

    left: _X
    right: _X
    outside: 1  # above or below
    address: 32  # of its first byte, were it in the image
    count: 16
    last: 1


class _Cut(data.Struct):
    """A fragment in three: padding, bytes of the image, padding."""

    before: 16
    inside: 16
    after: 16
    address: 32  # of those inside
    last: 1


class PatchWalker(wiring.Component):
    """Names, strip by strip, the pieces of the rows of A, and asks for those in memory.

    Row i of A belongs to output i of a convolution: the bytes under the kernel, ``patch_pieces``
    pieces on a line of the image, then as many on the next one, until the row is full. What lies
    beside the image is padding, so that nothing is read but the ``image_lines`` lines of
    ``image_line_bytes`` bytes, whatever else the descriptor says.

    Parameters: present : bool; without, there is nothing inside, and no strip is ever taken.
    Members:
        job     : In, constant until the job is done; it gathers A, see `table`.
        begin   : In(1), a job begins.
        strip   : In(stream of {rows, row_bytes, first_pass, start}), asks for ``rows`` rows from
                  ``start`` : From on, of each ``row_bytes`` bytes: the first ones with
                  ``first_pass``, else those after the last strip's. Taken while commands of the
                  last strip may still be to come.
        pieces  : Out(stream of Piece), in the order of their bytes; some wait in a queue.
        command : Out(stream of Transfer), one for each piece that is not padding.
        busy    : Out(1), commands of the last strip are still to come.
    Timing: the first command leaves 6 cycles after the strip was taken, then one a cycle; a
        fragment that is cut takes as many cycles as it has parts, a new line of outputs
        ``patch_line_step``.
    """

    def __init__(self, *, present=True):
        self._present = present
        super().__init__({
            "job": In(descriptor_layout(DESCRIPTOR)),
            "begin": In(1),
            "strip": In(stream.Signature(data.StructLayout({
                "rows": 5, "row_bytes": 16, "first_pass": 1, "start": From}))),
            "pieces": Out(stream.Signature(Piece)),
            "command": Out(stream.Signature(Transfer)),
            "busy": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        if not self._present:
            return m
        fragment, overhang, cut = Signal(_Fragment), Signal(_Overhang), Signal(_Cut)
        fragment_valid, overhang_valid, cut_valid = Signal(), Signal(), Signal()
        cut_ends, moves = Signal(), Signal()
        m.d.comb += moves.eq(~cut_valid | cut_ends)
        walks = self._walk(m, fragment, fragment_valid, moves)
        with m.If(moves):
            m.d.sync += [overhang_valid.eq(fragment_valid), cut_valid.eq(overhang_valid)]
            self._measure(m, fragment, overhang)
            self._cut(m, overhang, cut)
        self._emit(m, cut, cut_valid, cut_ends)
        m.d.comb += self.busy.eq(walks | fragment_valid | overhang_valid | cut_valid)
        return m

    def _top(self, m):
        """The first row's pixel, found by going up from the image line by line.

        Returns: it, and whether it is there.
        """
        job = self.job
        top, column, lines_left = Signal(_Pixel), Signal(16), Signal(8)
        m.d.comb += [top.left.eq(job.outputs_per_line - 1), top.x.eq(column - job.padding_left)]
        with m.If(lines_left.any()):
            m.d.sync += [lines_left.eq(lines_left - 1), top.y.eq(top.y - 1),
                         top.line.eq(top.line - job.a_stride)]
        with m.If(self.strip.valid & self.strip.ready & (self.strip.payload.start == From.RIGHT)):
            m.d.sync += column.eq(column + job.column_step)
        with m.If(self.begin):
            m.d.sync += [lines_left.eq(job.padding_top), top.y.eq(0), top.line.eq(job.a_address),
                         column.eq(0)]
        return top, ~lines_left.any()

    def _walk(self, m, fragment, fragment_valid, moves):
        """Adds the walk over the rows of a strip. Returns whether it goes on."""
        strip = self.strip.payload
        top, top_is_there = self._top(m)
        pixel, first_pixel = Signal(_Pixel), Signal(_Pixel)  # of the row, of the strip
        position, first_position = Signal(_Position), Signal(_Position)
        lines_left = Signal(8)  # to go down to the line of ``pixel``
        start, rows_left = Signal(From), Signal(5)
        row_bytes, bytes_left = Signal(16), Signal(16)
        go, row_ends = Signal(), Signal()

        with m.If(lines_left.any()):
            m.d.sync += [lines_left.eq(lines_left - 1), pixel.y.eq(pixel.y + 1),
                         pixel.line.eq(pixel.line + self.job.a_stride)]
        with m.If(moves):
            m.d.sync += fragment_valid.eq(go)
        with m.FSM() as fsm:
            with m.State("IDLE"):
                m.d.comb += self.strip.ready.eq(top_is_there)
                m.d.sync += [start.eq(strip.start), rows_left.eq(strip.rows),
                             row_bytes.eq(strip.row_bytes), bytes_left.eq(strip.row_bytes)]
                with m.If(self.strip.valid & self.strip.ready):
                    with m.If(strip.first_pass):
                        m.d.sync += self._corner(position)
                    m.next = "START"
                    with m.If(strip.start == From.NEXT):  # ``pixel`` is there already
                        m.next = "DOWN"
            with m.State("START"):
                with m.If(start == From.SAME):
                    m.d.sync += [pixel.eq(first_pixel), lines_left.eq(0)]
                with m.Else():
                    m.d.sync += [pixel.eq(top), lines_left.eq(0)]
                m.next = "DOWN"
            with m.State("DOWN"):
                m.d.sync += [first_pixel.eq(pixel), first_position.eq(position)]
                with m.If(~lines_left.any()):
                    m.next = "ROWS"
            with m.State("ROWS"):
                m.d.comb += go.eq(moves & ~lines_left.any())
                with m.If(row_ends & (rows_left == 1)):
                    m.next = "IDLE"
        self._next_piece(m, position, bytes_left, fragment.count, go, row_ends)
        self._next_pixel(m, pixel, top, lines_left, row_ends)
        with m.If(row_ends):
            m.d.sync += [rows_left.eq(rows_left - 1), bytes_left.eq(row_bytes)]
            with m.If(rows_left != 1):  # the next pass goes on where the last row ends
                m.d.sync += position.eq(first_position)
        with m.If(go):
            m.d.sync += [
                fragment.x.eq(pixel.x + position.x), fragment.y.eq(pixel.y + position.y),
                fragment.line.eq(pixel.line + position.line), fragment.last.eq(row_ends),
            ]
        return ~fsm.ongoing("IDLE")

    def _corner(self, position):
        """Assignments that put ``position`` at the beginning of a row."""
        return [position.eq(0), position.pieces_left.eq(self.job.patch_pieces - 1),
                position.bytes_left.eq(self.job.patch_piece_bytes)]

    def _next_piece(self, m, position, bytes_left, fragment_count, go, row_ends):
        """Adds the step to the next piece; tells how much of this one is taken."""
        job = self.job
        count = Signal(16)
        piece_ends = Signal()
        m.d.comb += [
            piece_ends.eq(position.bytes_left <= bytes_left),
            count.eq(Mux(piece_ends, position.bytes_left, bytes_left)),
            row_ends.eq(go & (bytes_left <= position.bytes_left)),
        ]
        with m.If(go):
            m.d.sync += [fragment_count.eq(count), bytes_left.eq(bytes_left - count),
                         position.x.eq(position.x + count),
                         position.bytes_left.eq(position.bytes_left - count)]
            with m.If(piece_ends):
                next_piece = position.piece + job.piece_step
                m.d.sync += [position.bytes_left.eq(job.patch_piece_bytes),
                             position.pieces_left.eq(position.pieces_left - 1),
                             position.piece.eq(next_piece), position.x.eq(next_piece)]
                with m.If(position.pieces_left == 0):
                    m.d.sync += [position.pieces_left.eq(job.patch_pieces - 1),
                                 position.piece.eq(0), position.x.eq(0),
                                 position.y.eq(position.y + 1),
                                 position.line.eq(position.line + job.a_stride)]

    def _next_pixel(self, m, pixel, top, lines_left, row_ends):
        """Adds the step to the next output, which may be on the next line of outputs."""
        job = self.job
        with m.If(row_ends):
            with m.If(pixel.left == 0):
                m.d.sync += [pixel.left.eq(top.left), pixel.x.eq(top.x),
                             lines_left.eq(job.patch_line_step)]
            with m.Else():
                m.d.sync += pixel.left.eq(pixel.left - 1)
                with m.If(pixel.x < Cat(job.image_line_bytes, 0).as_signed()):
                    m.d.sync += pixel.x.eq(pixel.x + job.outputs_step)

    def _measure(self, m, fragment, overhang):
        """Adds the comparison of a fragment with the edges of the image."""
        job = self.job
        m.d.sync += [
            overhang.left.eq(-fragment.x),
            overhang.right.eq(fragment.x + fragment.count - job.image_line_bytes),
            overhang.outside.eq((fragment.y < 0) | (fragment.y >= Cat(job.image_lines, 0)
                                                    .as_signed())),
            overhang.address.eq(fragment.line + fragment.x),
            overhang.count.eq(fragment.count), overhang.last.eq(fragment.last),
        ]

    def _cut(self, m, overhang, cut):
        """Adds the parts of a fragment."""
        def part(over):
            over_all = over >= Cat(overhang.count, 0).as_signed()
            return Mux(over <= 0, 0, Mux(over_all, overhang.count, over[:16]))

        before, after = Signal(16), Signal(16)
        m.d.comb += [before.eq(Mux(overhang.outside, overhang.count, part(overhang.left))),
                     after.eq(Mux(overhang.outside, 0, part(overhang.right)))]
        m.d.sync += [
            cut.before.eq(before), cut.after.eq(after),
            cut.inside.eq(overhang.count - before - after),
            cut.address.eq(overhang.address + before), cut.last.eq(overhang.last),
        ]

    def _emit(self, m, cut, cut_valid, cut_ends):
        """Adds the way out: the parts of a fragment that are not empty."""
        m.submodules.pieces = pieces = SmallFifo(Piece, depth=16, wipe=Wipe.NOTHING)
        piece, command = pieces.write_data, self.command.payload
        has_room = ~pieces.level[-1]
        goes = Signal()
        is_before, is_inside = cut.before.any(), ~cut.before.any() & cut.inside.any()
        ends = ~((cut.after.any() & (is_before | is_inside)) | (cut.inside.any() & is_before))
        m.d.comb += [
            piece.is_padding.eq(~is_inside),
            piece.count.eq(Mux(is_before, cut.before, Mux(is_inside, cut.inside, cut.after))),
            piece.last.eq(cut.last & ends),
            pieces.write.eq(goes),
            self.pieces.valid.eq(pieces.read_valid),
            self.pieces.payload.eq(pieces.read_data),
            pieces.read.eq(self.pieces.valid & self.pieces.ready),
            self.command.valid.eq(cut_valid & is_inside & has_room),
            command.address.eq(cut.address), command.row_bytes.eq(cut.inside),
            command.rows.eq(1),
            goes.eq(cut_valid & has_room & (~is_inside | self.command.ready)),
            cut_ends.eq(goes & ends),
        ]
        with m.If(goes & ~ends):
            m.d.sync += cut.before.eq(0)
            with m.If(is_inside):
                m.d.sync += cut.inside.eq(0)
