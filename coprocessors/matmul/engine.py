"""What computes: from operands in the banks to beats of results."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.addend_tiles import AddendWrite
from coprocessors.matmul.array import Array
from coprocessors.matmul.channel_parameters import ParameterWrite
from coprocessors.matmul.operand_buffer import BANK_WORDS, BankWrite, Feed, OperandBuffer
from coprocessors.matmul.postprocessor import DrainStep, Postprocessor
from coprocessors.matmul.table import DESCRIPTOR
from coprocessors.shell.datapath import Beat, descriptor_layout

__all__ = ["Engine"]


class Engine(wiring.Component):
    """Operand buffer, array and requantizers, which do as executor and drainer say.

    Parameters: rows, columns, lanes : int. network_jobs : bool, as for the datapath.
    Members:
        bank_write : In(BankWrite); parameter_write : In(ParameterWrite);
            addend_write : In(AddendWrite), from the loader.
        fed, drained : In, the jobs of executor and drainer.
        feed       : In(Feed), what enters the array.
        finished   : Out(1), all sums of a tile can be shifted out from this cycle on.
        drain_step : In(DrainStep), what leaves it.
        beat, beat_valid : Out, no back-pressure.
        clear      : In(1), puts what is written into all banks at once; ``clear_address`` : In,
            of parameters and addends.
    Timing: one feed and one drain step a cycle; latencies as `OperandBuffer`, `Array` and
        `Postprocessor` tell.
    """

    def __init__(self, *, rows, columns, lanes, network_jobs=True):
        self._shape = {"rows": rows, "columns": columns}
        self._lanes, self._options = lanes, {"network_jobs": network_jobs}
        job = In(descriptor_layout(DESCRIPTOR))
        super().__init__({
            "bank_write": In(BankWrite), "parameter_write": In(ParameterWrite),
            "addend_write": In(AddendWrite),
            "fed": job, "drained": job,
            "feed": In(Feed), "finished": Out(1), "drain_step": In(DrainStep),
            "beat": Out(Beat), "beat_valid": Out(1),
            "clear": In(1), "clear_address": In(range(BANK_WORDS)),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.buffer = buffer = OperandBuffer(**self._shape, **self._options)
        m.submodules.array = array = Array(**self._shape)
        m.submodules.postprocessor = postprocessor = Postprocessor(
            **self._shape, lanes=self._lanes, **self._options)
        fed = self.fed
        m.d.comb += [
            buffer.write.eq(self.bank_write), buffer.clear.eq(self.clear),
            buffer.feed.eq(self.feed),
            buffer.a_unsigned.eq(fed.format_a_unsigned),
            buffer.b_unsigned.eq(fed.format_b_unsigned),
            buffer.a_transposed.eq(fed.format_a_transposed),
            buffer.b_transposed.eq(fed.format_b_transposed),
            buffer.a_zero.eq(fed.zero_points_a), buffer.b_zero.eq(fed.zero_points_b),
            array.a.eq(buffer.a), array.b.eq(buffer.b), array.step.eq(buffer.step),
            array.shift.eq(self.drain_step.row_starts),
            self.finished.eq(array.finished),
            postprocessor.job.eq(self.drained),
            postprocessor.step.eq(self.drain_step),
            postprocessor.results.eq(array.results),
            postprocessor.parameter_write.eq(self.parameter_write),
            postprocessor.addend_write.eq(self.addend_write),
            postprocessor.clear.eq(self.clear),
            postprocessor.clear_address.eq(self.clear_address),
            self.beat.eq(postprocessor.beat), self.beat_valid.eq(postprocessor.beat_valid),
        ]
        return m
