"""The descriptor of a matmul job: its registers, which of them are legal, and what it touches."""

from dataclasses import replace

from amaranth.hdl import Cat, Const, Mux, Shape
from amaranth.lib import data

from coprocessors.matmul.operand_buffer import HALF_WORDS, WORD_BYTES
from coprocessors.shell.datapath import Operand, descriptor_layout
from soc.fabric.registers import Access, Field, Register

__all__ = ["DESCRIPTOR", "KIND", "OUTPUT", "PASS_BYTES", "ROUNDING", "VERSION", "completed",
           "gathers", "in_groups", "is_legal", "operands", "plain_descriptor", "same_a", "same_b"]


KIND = 0x4D4D
"""Reads "MM"."""
VERSION = 3

OUTPUT = {"int32": 0, "int8": 1, "uint8": 2}
ROUNDING = {"double": 0, "single": 1}

PASS_BYTES = HALF_WORDS // 2 * WORD_BYTES
"""Operands of a row that are buffered as one strip: two strips fit, so that one can be loaded while
the other is used. Longer rows are summed in several passes."""


def _field(name, width, doc, **options):
    return Field(name, width, Access.RW, doc, **options)


def _word(name, offset, doc):
    return Register(name, offset, doc, [_field("value", 32, doc)])


def _zero_point(name, what):
    return _field(name, 9, f"Zero point of {what}, in the range of its type.", signed=True)


_NETWORK_FORMATS = [
    _field("a_transposed", 1, "A lies as k rows of m bytes. Not together with a patch."),
    _field("b_transposed", 1, "B lies as k rows of n bytes."),
    _field("keep_a", 1, "A is that of the job before, still in the buffer as it was read then. "
           "Both jobs must tell the same of A, which is not gathered and fits in a panel."),
    _field("keep_b", 1, "B is that of the job before, still in the buffer as it was read then. "
           "Both jobs must tell the same of B, which fits in the buffer."),
]
"""Fields of the format that a chip has when its jobs are those of networks."""


DESCRIPTOR = (
    _word("a_address", 0x100, "Byte address of A: m rows of k bytes, with a_transposed k rows of m "
          "bytes; or of the image that they are gathered from."),
    _word("b_address", 0x104, "Byte address of B: n rows of k bytes, one for each column of C; "
          "with b_transposed k rows of n bytes."),
    _word("c_address", 0x108, "Byte address of C: m rows of n results."),
    _word("bias_address", 0x10C, "Byte address of n int32 that are added; 0 adds nothing."),
    _word("multiplier_address", 0x110,
          "Byte address of n int32 multipliers, each 0 or from 2^30 to 2^31 - 1; used when "
          "per_channel is set."),
    _word("shift_address", 0x114,
          "Byte address of n int32 shifts, each from -31 to 30 (the low 6 bits are used); used "
          "when per_channel is set."),
    Register("m", 0x118, "Rows of C.", [_field("value", 16, "From 1 to 65535.")]),
    Register("n", 0x11C, "Columns of C.", [_field("value", 16, "From 1 to 65535.")]),
    Register("k", 0x120, "Products in a result.", [_field("value", 16, "From 1 to 65535.")]),
    _word("a_stride", 0x124, "Bytes from one row of A to the next, or from one line of the image."),
    _word("b_stride", 0x128, "Bytes from one row of B to the next."),
    _word("c_stride", 0x12C, "Bytes from one row of C to the next."),
    Register("zero_points", 0x130, "What stands for zero; subtracted from operands, added to "
             "requantised results.",
             [_zero_point("a", "A"), _zero_point("b", "B"), _zero_point("c", "C")]),
    Register("format", 0x134, "Types and rounding.", [
        _field("a_unsigned", 1, "A is uint8, else int8."),
        _field("b_unsigned", 1, "B is uint8, else int8."),
        _field("output", 2, "Type of C; int32 is written as it is, the others are requantised.",
               values=OUTPUT),
        _field("rounding", 1, "double rounds as gemmlowp, single as TFLITE_SINGLE_ROUNDING.",
               values=ROUNDING),
        _field("per_channel", 1, "Multiplier and shift come from memory, one for each column."),
        *_NETWORK_FORMATS,
    ]),
    Register("clamp", 0x138, "Limits of requantised results.", [
        _field("minimum", 9, "Lowest result, in the range of its type.", signed=True),
        _field("reserved", 7, "Reads 0."),
        _field("maximum", 9, "Highest result, in the range of its type.", signed=True),
    ]),
    Register("multiplier", 0x13C, "For all columns, when per_channel is clear.",
             [_field("value", 32, "0, or from 2^30 to 2^31 - 1.")]),
    Register("shift", 0x140, "For all columns, when per_channel is clear.",
             [_field("value", 8, "From -31 to 30; positive shifts left.", signed=True)]),
    Register("patch", 0x144, "The bytes of the image that make a row of A, for a convolution.", [
        _field("piece_bytes", 16, "Consecutive bytes of a piece; 0 reads the rows of A as they "
               "are, and then nothing below is used."),
        _field("pieces", 8, "Pieces on a line of the image; as many on the next line follow, until "
               "the row has k bytes. From 1 to 255."),
        _field("line_step", 8, "Lines from one line of outputs to the next, from 1 to 255."),
    ]),
    Register("piece_step", 0x148, "Bytes from a piece to the next on the same line.",
             [_field("value", 16, "From 0 to 65535.")]),
    Register("image", 0x14C, "The image at a_address, whose lines are a_stride bytes apart; beside "
             "it are zero points of A.", [
                 _field("line_bytes", 16, "Bytes of a line, from 1 to 65535."),
                 _field("lines", 16, "From 1 to 65535."),
             ]),
    Register("outputs", 0x150, "The m rows of A, one for each output.", [
        _field("per_line", 16, "Outputs on a line, from 1 to 65535."),
        _field("step", 16, "Bytes from the patch of an output to that of the next on its line."),
    ]),
    Register("padding", 0x154, "How far the patch of the first output begins outside the image.", [
        _field("left", 16, "Bytes."),
        _field("top", 8, "Lines."),
    ]),
    Register("column_step", 0x158, "Bytes by which all patches move with each tile of columns, for "
             "a convolution in groups of channels.", [
                 _field("value", 16, "0, or as many channels as the array has columns; with k of "
                        f"at most {PASS_BYTES}."),
             ]),
    _word("addend_address", 0x15C, "Byte address of m rows of n int32 that are added to the sums, "
          "such as those of a job before; 0 adds nothing. Not together with a bias."),
    _word("addend_stride", 0x160, "Bytes from one row of the addend to the next."),
)


def plain_descriptor():
    """The registers of DESCRIPTOR without what `MatmulDatapath` calls jobs of networks."""
    last = [register.name for register in DESCRIPTOR].index("shift")
    return tuple(
        replace(register, fields=[f for f in register.fields if f not in _NETWORK_FORMATS])
        for register in DESCRIPTOR[:last + 1])


def completed(descriptor):
    """A view of all fields of DESCRIPTOR: those that ``descriptor`` has, and 0 for the others."""
    layout, present = descriptor_layout(DESCRIPTOR), descriptor.shape().members
    return data.View(layout, Cat(
        getattr(descriptor, name) if name in present else Const(0, Shape.cast(shape))
        for name, shape in layout.members.items()))


def _in_range(value, is_unsigned):
    """A signed 9-bit ``value`` is in the range of uint8 or int8."""
    return ~Mux(is_unsigned, value[8], value[8] ^ value[7])


def is_legal(descriptor):
    """Amaranth value: the job can run. Otherwise it ends with JobError.DESCRIPTOR.

    Legal is a job whose m, n and k are at least 1, whose output is a named type, whose zero points
    lie in the range of their types, and, when it requantises, whose limits lie in the range of
    their type with minimum <= maximum, and whose multipliers and shifts are at addresses other
    than 0 (per_channel) or in their legal ranges. A multiplier from 1 to 2^30 - 1 is tolerated.
    Bias and addend exclude each other. Whether what a job keeps is there, `MatmulDatapath` knows.
    A job that gathers A has no 0 among the fields from
    ``patch`` to ``outputs`` that must not be 0, with a ``column_step`` at most PASS_BYTES in a
    row, and neither transposes nor keeps A.
    """
    d = descriptor
    requantizes = d.format_output != OUTPUT["int32"]
    is_unsigned = d.format_output == OUTPUT["uint8"]
    shift = d.shift.as_unsigned()
    shift_fits = (shift[5:] == 0b000) | (shift[5:] == 0b111)
    shift_named = ~((shift == 0b00011111) | (shift == 0b11100000))
    scale_legal = Mux(d.format_per_channel,
                      d.multiplier_address.any() & d.shift_address.any(),
                      ~d.multiplier[31] & shift_fits & shift_named)
    output_legal = Cat(
        _in_range(d.zero_points_c, is_unsigned),
        _in_range(d.clamp_minimum, is_unsigned),
        _in_range(d.clamp_maximum, is_unsigned),
        d.clamp_minimum <= d.clamp_maximum,
        scale_legal,
    ).all()
    gathering_legal = Cat(
        d.patch_pieces.any(), d.patch_line_step.any(), d.image_line_bytes.any(),
        d.image_lines.any(), d.outputs_per_line.any(),
        ~d.column_step.any() | (d.k <= PASS_BYTES), ~d.format_a_transposed,
        ~d.format_keep_a,
    ).all()
    return Cat(
        d.m.any(), d.n.any(), d.k.any(), d.format_output != 3,
        _in_range(d.zero_points_a, d.format_a_unsigned),
        _in_range(d.zero_points_b, d.format_b_unsigned),
        ~requantizes | output_legal,
        ~gathers(d) | gathering_legal,
        ~(d.bias_address.any() & d.addend_address.any()),
    ).all()


def gathers(descriptor):
    """Amaranth value: A is gathered from an image."""
    return descriptor.patch_piece_bytes.any()


def in_groups(descriptor):
    """Amaranth value: each tile of columns has an A of its own."""
    return gathers(descriptor) & descriptor.column_step.any()


def same_a(descriptor, other):
    """Amaranth value: the two jobs tell the same of A, unless one gathers it."""
    return _same(descriptor, other, ("a_address", "a_stride", "m", "k", "format_a_transposed"))


def same_b(descriptor, other):
    """Amaranth value: the two jobs tell the same of B."""
    return _same(descriptor, other, ("b_address", "b_stride", "n", "k", "format_b_transposed"))


def _same(descriptor, other, names):
    return Cat(getattr(descriptor, name) == getattr(other, name) for name in names).all()


def operands(descriptor):
    """What a job reads and writes, as a list of `Operand`."""
    d = completed(descriptor)
    requantizes = d.format_output != OUTPUT["int32"]
    adds = d.addend_address.any()
    scales = requantizes & d.format_per_channel
    channel_bytes = Cat(0, 0, d.n)  # this many bytes take n int32

    def read(name, address, row_bytes, rows, stride, enable=1):
        return Operand(name, address, row_bytes, rows, stride, False, enable)

    return [
        read("A", d.a_address,
             Mux(gathers(d), d.image_line_bytes, Mux(d.format_a_transposed, d.m, d.k)),
             Mux(gathers(d), d.image_lines, Mux(d.format_a_transposed, d.k, d.m)), d.a_stride),
        read("B", d.b_address, Mux(d.format_b_transposed, d.n, d.k),
             Mux(d.format_b_transposed, d.k, d.n), d.b_stride),
        # A job that has both is not legal, and reads neither.
        read("bias or addend", Mux(adds, d.addend_address, d.bias_address), channel_bytes,
             Mux(adds, d.m, 1), d.addend_stride, adds | d.bias_address.any()),
        read("multiplier", d.multiplier_address, channel_bytes, 1, 0, scales),
        read("shift", d.shift_address, channel_bytes, 1, 0, scales),
        Operand("C", d.c_address, Mux(requantizes, d.n, channel_bytes), d.m, d.c_stride, True, 1),
    ]
