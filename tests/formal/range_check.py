"""A job that the range check lets through stays inside the windows.

Proved, for ever, for one operand read or written and another, whatever their fields and the
windows: when the check ends without an error, each operand that is used has its first and its last
byte, address + (rows - 1) * stride + row_bytes - 1 as a number without limit, in the region and in
one and the same window that gives the right; and when it ends with an error, the first operand for
which this does not hold is of the kind that the error names. A window is contiguous and no term is
negative, so all bytes in between, those of every row, lie in it as well.

The product (rows - 1) * stride of the specification is made by the same steps as in hardware, a bit
of rows - 1 at a time, but in 50 bits, so that none is lost: that this multiplies is taken from
school.

Assumed: the operands and windows stay the same while the check lasts, as the docstring asks. The
region is 12 KiB.

Method: induction, with the invariants that tie the 32 bits in hardware to the 50.
"""

from amaranth.asserts import AnyConst, AnySeq
from amaranth.hdl import Array, Assert, Cat, Cover, Module, Mux, Signal

from coprocessors.shell.datapath import JobError
from coprocessors.shell.operand_value import OperandValue
from coprocessors.shell.range_check import RangeCheck
from soc.fabric.dma import WORD_BYTES
from soc.fabric.region import Region
from tests.formal.proof import Bench, Induction, Proof, glass
from tests.mutants import edited

_REGION = Region("RAM", 0x9000_0000, 0x3000)
_LOAD, _ROWS, _FIRST, _LAST, _DONE = range(5)
"""States of the check."""


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component(_REGION, 2)
        m.submodules.dut, inside = glass(dut)
        state, index = inside["state"], inside["index"]
        m.d.comb += [
            dut.windows.as_value().eq(AnyConst(len(dut.windows.as_value()))),
            dut.start.eq(AnySeq(1)), dut.clear.eq(AnySeq(1)),
            *[dut.operands[n].as_value().eq(AnyConst(len(dut.operands[n].as_value())))
              for n in range(2)],
        ]
        operand = Signal(OperandValue)
        used = operand.enable & operand.rows.any() & operand.row_bytes.any()
        m.d.comb += operand.eq(Array(dut.operands[n] for n in range(2))[index])

        # The specification: the end of the operand, bit by bit of rows - 1, and without limit.
        end, step, steps, done_bits = Signal(50), Signal(50), Signal(16), Signal(5)
        passed, failed = Signal(2), Signal()  # operands that are inside; one was not
        fits = Signal()
        m.d.comb += fits.eq(self._fits(dut.windows, operand, end - 1))
        with m.If(state == _LOAD):
            m.d.sync += [end.eq(operand.address), step.eq(operand.stride),
                         steps.eq(operand.rows - 1), done_bits.eq(0)]
            with m.If(dut.start & ~used):
                m.d.sync += passed.eq(passed + 1)
        with m.Elif(state == _ROWS):
            m.d.sync += [end.eq(end + Mux(steps == 0, operand.row_bytes, Mux(steps[0], step, 0))),
                         step.eq(step << 1), steps.eq(steps >> 1), done_bits.eq(done_bits + 1)]
        with m.Elif(state == _LAST):
            m.d.sync += [passed.eq(passed + fits), failed.eq(failed | ~fits)]
        with m.If(dut.clear):
            m.d.sync += [passed.eq(0), failed.eq(0)]

        age = Signal(4)
        m.d.sync += age.eq(age + 1)
        errors = Mux(operand.write, JobError.WRITE_WINDOW, JobError.READ_WINDOW)
        m.d.comb += [
            Assert(dut.done == (state == _DONE)),
            Assert(~dut.done | (failed | (passed == 2))),
            Assert(~dut.done | ((dut.error.as_value() == JobError.NONE.value) == ~failed)),
            Cover((age == 9) & dut.done & ~failed & (passed == 2) & (dut.operands[0].rows == 2)
                  & (dut.operands[1].rows == 1) & dut.operands[1].write),
            Cover(dut.done & (dut.error == JobError.WRITE_WINDOW)),
        ]
        # With the last step the index has gone on.
        kind = Signal(4)
        with m.If(state == _LAST):
            m.d.sync += kind.eq(errors)
        m.d.comb += Assert(~dut.done | ~failed | (dut.error.as_value() == kind))
        self._invariants(m, inside, operand, used, end, step, steps, done_bits, passed, failed,
                         kind)
        hits = self._hits(dut.windows, operand, operand.address)
        for number, hit in enumerate(hits):
            m.d.comb += Assert((state != _LAST) | (inside["hits"][number] == hit))
        return m

    @staticmethod
    def _hits(windows, operand, address):
        """For each window: it gives the right, and holds the address; the region does as well."""
        in_region = (address >= _REGION.base) & (address < _REGION.end)
        return [in_region & Mux(operand.write, window.write, window.read)
                & (address >= window.base * WORD_BYTES) & (address < window.end * WORD_BYTES)
                for window in (windows[number] for number in range(windows.shape().length))]

    def _fits(self, windows, operand, last):
        """The operand, whose last byte is at ``last``, lies in one window, and in the region."""
        return Cat(first & end for first, end in zip(
            self._hits(windows, operand, operand.address),
            self._hits(windows, operand, last))).any()

    @staticmethod
    def _invariants(m, inside, operand, used, end, step, steps, done_bits, passed, failed, kind):
        state, index, last = inside["state"], inside["index"], inside["last"]
        in_rows, in_first, in_last, in_done = (
            state == number for number in (_ROWS, _FIRST, _LAST, _DONE))
        at_work = in_rows | in_first | in_last
        exceeds = end > 2**32 - 1
        for condition, invariant in (
                (at_work, used & ~failed & (passed == index)),
                (at_work, (inside["first"] == operand.address[3:])
                 & (inside["write"] == operand.write)
                 & (inside["row_bytes"] == operand.row_bytes) & (end >= operand.address)),
                (in_rows, (inside["steps"] == steps) & (inside["stride"] == step[:32])
                 & (inside["last"] == end[:32])),
                (in_rows, (step == (operand.stride << done_bits)[:50])
                 & (steps == (operand.rows - 1)[:16] >> done_bits)
                 & (done_bits <= 16) & (end - operand.address <= step)),
                (in_rows, inside["stride_lost"] == step[32:].any()),
                (at_work, inside["passed_end"] == exceeds),
                (in_first, last == end[:32]),
                (in_last, last == (end - 1)[:32]),
                (state == _LOAD, ~failed & (passed == index)),
                (in_done, inside["failed"] == failed),
                (~in_done, ~inside["failed"]),
                (in_done & failed, inside["write"] == (kind == JobError.WRITE_WINDOW.value)),
                (state > _DONE, 0)):
            m.d.comb += Assert(~condition | invariant)


_MUTANTS = (
    edited(RangeCheck, "counts_the_rows_and_one_less", "steps.eq(operand.rows - 1)",
           "steps.eq(operand.rows - 2)"),
    edited(RangeCheck, "stride_loses_bits", "stride_lost.eq(stride_lost | stride[-1])",
           "stride_lost.eq(0)"),
    edited(RangeCheck, "wraps_at_the_end_of_memory", "passed_end | total[-1] |", "passed_end |"),
    edited(RangeCheck, "first_and_last_in_different_windows", "(around & hits).any()",
           "around.any() & hits.any()"),
    edited(RangeCheck, "looks_at_the_first_operand_alone",
           "index.eq(index + 1), failed.eq(~inside),",
           "index.eq(index + 1), failed.eq(~inside & (index == 0)),"),
)

PROOFS = (Proof("range_check", "a job that passes has all its bytes in the windows", _Bench,
                RangeCheck, _MUTANTS, Induction(1), mutant_cycles=11, cover_cycles=11),)
