"""The rows of DMA commands, one after the other."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.datapath import Transfer

__all__ = ["RowWalker"]


class RowWalker(wiring.Component):
    """Tells where each row of each command starts.

    Parameters:
        strides : bool, a command may have more than one row.
    Members:
        command  : In(stream of Transfer); the next is taken with the end of the last row.
        active   : Out(1), a row is under way.
        row_ends : In(1), that row ends in this cycle; only while ``active`` is high.
        begins   : Out(1), a row is under way from the next cycle on, of which ``address`` :
            Out(32) and ``row_bytes`` : Out(32) tell; ``span`` : Out(33), bytes from the start of
            its first 64-bit word to its last byte, less 1; ``one_word`` : Out(1), it has no other.
        clear    : In(1), drops the command and overwrites it with 0.
    Timing: a row follows the one before it without a pause.
    """

    def __init__(self, *, strides):
        self._strides = strides
        super().__init__({
            "command": In(stream.Signature(Transfer)),
            "active": Out(1),
            "row_ends": In(1),
            "begins": Out(1), "address": Out(32), "row_bytes": Out(32),
            "span": Out(33), "one_word": Out(1),
            "clear": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        command = self.command.payload
        take = Signal()
        in_last_row = Signal()
        m.d.comb += [
            self.command.ready.eq((~self.active | (self.row_ends & in_last_row)) & ~self.clear),
            take.eq(self.command.valid & self.command.ready),
            self.begins.eq(take | (self.row_ends & ~in_last_row)),
        ]
        with m.If(self.clear):
            m.d.sync += self.active.eq(0)
        with m.Elif(take | (self.row_ends & in_last_row)):
            m.d.sync += self.active.eq(take)
        if self._strides:
            self._walk(m, take, in_last_row)
        else:
            m.d.comb += [in_last_row.eq(1), self.address.eq(command.address),
                         self.row_bytes.eq(command.row_bytes)]
            span = self._span(m, "command", command.address, command.row_bytes)
            m.d.comb += [self.span.eq(span), self.one_word.eq(span[3:] == 0)]
        return m

    @staticmethod
    def _span(m, name, address, row_bytes):
        span = Signal(33, name=f"{name}_span")
        m.d.comb += span.eq(row_bytes + (address[:3] - 1))
        return span

    def _walk(self, m, take, in_last_row):
        """Adds the walk over the rows of a command."""
        command = self.command.payload
        rows_left = Signal(16)  # after this one
        next_address = Signal(32)
        taken_row_bytes = Signal(32)
        stride = Signal(32)
        m.d.comb += [
            in_last_row.eq(rows_left == 0),
            self.address.eq(Mux(take, command.address, next_address)),
            self.row_bytes.eq(Mux(take, command.row_bytes, taken_row_bytes)),
        ]
        # Which row begins is known late: what follows from it is computed for both.
        first = self._span(m, "command", command.address, command.row_bytes)
        following = self._span(m, "row", next_address, taken_row_bytes)
        m.d.comb += [self.span.eq(Mux(take, first, following)),
                     self.one_word.eq(Mux(take, first[3:] == 0, following[3:] == 0))]
        with m.If(self.clear):
            m.d.sync += [s.eq(0) for s in (rows_left, next_address, taken_row_bytes, stride)]
        with m.Else():
            with m.If(take):
                m.d.sync += [rows_left.eq(command.rows - 1),
                             taken_row_bytes.eq(command.row_bytes),
                             stride.eq(command.stride)]
            with m.Elif(self.row_ends):
                m.d.sync += rows_left.eq(rows_left - 1)
            with m.If(self.begins):
                m.d.sync += next_address.eq(self.address + Mux(take, command.stride, stride))
