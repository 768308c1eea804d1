"""The check of a whole job against the guard, before its first write."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.shell.datapath import JobError
from coprocessors.shell.guard import Window, in_region, windows_around
from coprocessors.shell.operand_value import OperandValue
from coprocessors.shell.table import GUARD_WINDOWS

__all__ = ["RangeCheck"]


class _State(enum.Enum, shape=3):
    LOAD = 0  # takes the next operand
    ROWS = 1  # adds (rows - 1) * stride and row_bytes to its address
    FIRST = 2  # looks up its first word
    LAST = 3  # looks up its last word
    DONE = 4


class RangeCheck(wiring.Component):
    """Checks that each operand of a job lies, from its first to its last byte, in one window.

    An operand takes the bytes from ``address`` to ``address + (rows - 1) * stride + row_bytes``,
    which must not pass 2^32. One without rows or bytes takes none.

    Parameters:
        region   : Region, in which all operands must lie as well;
        read_only : Region, in which those may lie that are read, or None.
        operands : int, how many.
    Members:
        windows  : In(array of Window).
        operands : In(array of OperandValue), steady while ``start`` is high.
        start    : In(1), high while there is a job to check.
        done     : Out(1), the check of this job has ended; holds until ``clear``.
        error    : Out(JobError), valid with ``done``: NONE, or READ_WINDOW or WRITE_WINDOW for the
            first operand that is outside.
        clear    : In(1), makes ready for the next job.
    Timing: 4 cycles an operand and one for each bit of its ``rows - 1``; 1 for an unused one.
    """

    def __init__(self, region, operands, read_only=None):
        self._regions = [region] if read_only is None else [region, read_only]
        self._count = operands
        super().__init__({
            "windows": In(data.ArrayLayout(Window, GUARD_WINDOWS)),
            "operands": In(data.ArrayLayout(OperandValue, operands)),
            "start": In(1),
            "done": Out(1),
            "error": Out(JobError),
            "clear": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        index = Signal(range(self._count))
        first = Signal(29)  # word of the first byte
        last = Signal(32)  # becomes the address of the last byte
        row_bytes = Signal(32)
        write = Signal()
        steps = Signal(16)  # rows - 1, shifted right
        stride = Signal(32)  # shifted left as far
        stride_lost = Signal()  # it has lost bits
        passed_end = Signal()  # of the address space
        hits = Signal(GUARD_WINDOWS * len(self._regions))  # for each region

        failed = Signal()
        state = Signal(_State)

        operand = Signal(OperandValue)
        final = Signal()
        addend = Signal(32)
        total = Signal(33)
        word = Signal(29)
        around = Signal.like(hits)
        inside = Signal()
        m.d.comb += [
            operand.eq(Array(self.operands[i] for i in range(self._count))[index]),
            final.eq(index == self._count - 1),
            total.eq(last + addend),
            # One set of comparators looks at the first word, then at the last.
            word.eq(Mux(state == _State.LAST, last[3:], first)),
            around.eq(self._around(word, write)),
            inside.eq((around & hits).any() & ~passed_end),
            self.done.eq(state == _State.DONE),
            self.error.eq(Mux(failed, Mux(write, JobError.WRITE_WINDOW, JobError.READ_WINDOW),
                              JobError.NONE)),
        ]
        m.d.sync += hits.eq(around)

        with m.Switch(state):
            with m.Case(_State.LOAD):
                m.d.sync += [
                    first.eq(operand.address[3:]), last.eq(operand.address),
                    row_bytes.eq(operand.row_bytes), write.eq(operand.write),
                    steps.eq(operand.rows - 1), stride.eq(operand.stride),
                    stride_lost.eq(0), passed_end.eq(0),
                ]
                with m.If(self.start):
                    with m.If(operand.enable & operand.rows.any() & operand.row_bytes.any()):
                        m.d.sync += state.eq(_State.ROWS)
                    with m.Else():
                        m.d.sync += [index.eq(index + 1),
                                     state.eq(Mux(final, _State.DONE, _State.LOAD))]
            with m.Case(_State.ROWS):
                m.d.comb += addend.eq(Mux(steps == 0, row_bytes, Mux(steps[0], stride, 0)))
                m.d.sync += [
                    last.eq(total),
                    passed_end.eq(passed_end | total[-1] | (steps[0] & stride_lost)),
                    steps.eq(steps >> 1), stride.eq(stride << 1),
                    stride_lost.eq(stride_lost | stride[-1]),
                ]
                with m.If(steps == 0):
                    m.d.sync += state.eq(_State.FIRST)
            with m.Case(_State.FIRST):
                m.d.comb += addend.eq(0xFFFF_FFFF)  # from behind the last byte to the last byte
                m.d.sync += [last.eq(total), state.eq(_State.LAST)]
            with m.Case(_State.LAST):
                m.d.sync += [index.eq(index + 1), failed.eq(~inside),
                             state.eq(Mux(~inside | final, _State.DONE, _State.LOAD))]
        with m.If(self.clear):
            m.d.sync += [index.eq(0), failed.eq(0), state.eq(_State.LOAD)]
        return m

    def _around(self, word, write):
        """For each region the windows that allow the access, if the word is in that region."""
        windows = windows_around(self.windows, word, write)
        region, *read_only = self._regions
        return Cat(Mux(in_region(region, word), windows, 0),
                   *(Mux(in_region(other, word) & ~write, windows, 0) for other in read_only))
