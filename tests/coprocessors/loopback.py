"""A datapath that copies rows: the smallest one, for the tests of the shell."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring

from coprocessors.shell.datapath import (
    DatapathSignature, JobError, Operand, descriptor_layout,
)
from soc.fabric.registers import Access, Field, Register

__all__ = ["Loopback"]


def _address(name, offset, doc):
    return Register(name, offset, doc, [Field("value", 32, Access.RW, doc)])


class Loopback(wiring.Component):
    """Copies rows from one place to another.

    A job with ``illegal`` set ends with DESCRIPTOR. ``dishonest`` makes it declare no operand,
    which only the guard can then catch.
    """

    kind = 0x7E57
    version = 3
    strides = True
    descriptor = (
        _address("source", 0x100, "Address of the first row to read."),
        _address("destination", 0x104, "Address of the first row to write."),
        _address("row_bytes", 0x108, "Bytes of a row."),
        Register("rows", 0x10C, "Shape.", [Field("value", 16, Access.RW, "Rows.")]),
        _address("source_stride", 0x110, "Bytes from row to row."),
        _address("destination_stride", 0x114, "Bytes from row to row."),
        Register("mode", 0x118, "How.", [
            Field("illegal", 1, Access.RW, "The job is refused."),
            Field("dishonest", 1, Access.RW, "The operands are not declared.")]),
    )

    def __init__(self):
        super().__init__(DatapathSignature(descriptor_layout(self.descriptor)))

    @staticmethod
    def operands(job):
        """The rows read and the rows written."""
        honest = ~job.mode_dishonest
        return [
            Operand("source", job.source, job.row_bytes, job.rows, job.source_stride, False,
                    honest),
            Operand("destination", job.destination, job.row_bytes, job.rows,
                    job.destination_stride, True, honest),
        ]

    def elaborate(self, platform):
        m = Module()
        # The next job sends its commands while the rows of the current one still move.
        upcoming = Signal(descriptor_layout(self.descriptor))
        has_upcoming, sent_read, sent_write = Signal(), Signal(), Signal()
        has_current, illegal = Signal(), Signal()
        rows_left = Signal(16)

        moves, used, promote, row_ends = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            self.job.ready.eq(~has_upcoming & ~illegal),
            used.eq(has_upcoming & ~upcoming.mode_illegal & upcoming.rows.any()
                    & upcoming.row_bytes.any()),
            self.read_command.valid.eq(used & ~sent_read),
            self.write_command.valid.eq(used & ~sent_write),
            promote.eq(has_upcoming & (~used | (sent_read & sent_write))
                       & (~has_current | self.done)),
            moves.eq(has_current & (rows_left != 0)),
            self.write_data.valid.eq(self.read_data.valid & moves),
            self.read_data.ready.eq(self.write_data.ready & moves),
            self.write_data.payload.eq(self.read_data.payload),
            row_ends.eq(self.write_data.valid & self.write_data.ready
                        & self.write_data.payload.last),
            self.done.eq(has_current & ((rows_left == 0) | (row_ends & (rows_left == 1)))),
            self.error.eq(Mux(illegal, JobError.DESCRIPTOR, JobError.NONE)),
            self.stalled_on_input.eq(moves & ~self.read_data.valid),
            self.stalled_on_output.eq(moves & self.read_data.valid & ~self.write_data.ready),
        ]
        for command, address, stride in (
                (self.read_command.payload, upcoming.source, upcoming.source_stride),
                (self.write_command.payload, upcoming.destination, upcoming.destination_stride)):
            m.d.comb += [command.address.eq(address), command.stride.eq(stride),
                         command.row_bytes.eq(upcoming.row_bytes), command.rows.eq(upcoming.rows)]

        with m.If(self.read_command.valid & self.read_command.ready):
            m.d.sync += sent_read.eq(1)
        with m.If(self.write_command.valid & self.write_command.ready):
            m.d.sync += sent_write.eq(1)
        with m.If(row_ends):
            m.d.sync += rows_left.eq(rows_left - 1)
        with m.If(self.done):
            m.d.sync += [has_current.eq(0), illegal.eq(0)]
        with m.If(promote):
            m.d.sync += [has_upcoming.eq(0), has_current.eq(1), sent_read.eq(0), sent_write.eq(0),
                         rows_left.eq(Mux(used, upcoming.rows, 0)),
                         illegal.eq(upcoming.mode_illegal)]
        with m.If(self.job.valid & self.job.ready):
            m.d.sync += [has_upcoming.eq(1), upcoming.eq(self.job.payload)]
        with m.If(self.clear):
            m.d.sync += [has_upcoming.eq(0), has_current.eq(0), sent_read.eq(0), sent_write.eq(0),
                         illegal.eq(0), rows_left.eq(0), upcoming.as_value().eq(0)]
        m.d.sync += self.cleared.eq(self.clear)
        return m
