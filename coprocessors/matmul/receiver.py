"""Puts what was asked for into banks, parameter memories and addend tiles."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.addend_tiles import AddendWrite
from coprocessors.matmul.channel_parameters import Parameter, ParameterWrite
from coprocessors.matmul.gatherer import Gatherer
from coprocessors.matmul.job_plan import JobPlan
from coprocessors.matmul.load_item import PLAIN_ROW_BITS, LoadItem, LoadKind
from coprocessors.matmul.operand_buffer import (
    HALF_WORDS, NO_WRITE, WORD_BYTES, BankWrite, exchange_lanes,
)
from coprocessors.matmul.patch_walker import Piece
from coprocessors.matmul.table import DESCRIPTOR, PASS_BYTES
from coprocessors.shell.datapath import Beat, descriptor_layout

__all__ = ["Receiver"]


class Receiver(wiring.Component):
    """Writes the beats of one transfer after the other to where its item says.

    Parameters: network_jobs : bool, as for the datapath.
    Members:
        job, plan : In, of the transfers, constant while there is one.
        item, item_valid : In, the oldest transfer that has not ended; item_ends : Out(1), it does,
                  in this cycle.
        beats  : In(stream of Beat), taken while there is an item.
        pieces : In(stream of Piece), of the rows of A of a job that gathers them.
        bank_write, parameter_write, addend_write, a_loaded, b_loaded, parameters_loaded,
                  addend_loaded : as for the `Loader`.
    Timing: a beat is written one cycle after it was taken, those of gathered rows as the `Gatherer`
        has them, and one cycle.
    """

    def __init__(self, *, network_jobs=True):
        self._network_jobs = network_jobs
        super().__init__({
            "job": In(descriptor_layout(DESCRIPTOR)), "plan": In(JobPlan),
            "item": In(LoadItem), "item_valid": In(1), "item_ends": Out(1),
            "beats": In(stream.Signature(Beat)),
            "pieces": In(stream.Signature(Piece)),
            "bank_write": Out(BankWrite, init=NO_WRITE), "parameter_write": Out(ParameterWrite),
            "addend_write": Out(AddendWrite),
            **{f"{what}_loaded": Out(1) for what in ("a", "b", "parameters", "addend")},
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.gatherer = gatherer = Gatherer(present=self._network_jobs)
        item, beat = self.item, self.beats.payload
        row = Signal((PASS_BYTES - 1).bit_length() if self._network_jobs else PLAIN_ROW_BITS)
        word = Signal(range(HALF_WORDS))  # of the row
        is_a, is_b = item.kind == LoadKind.A, item.kind == LoadKind.B
        is_addend = item.kind == LoadKind.ADDEND
        is_parameter = ~is_a & ~is_b & ~is_addend
        gathers = self.plan.gathers & is_a
        drains = Signal()  # the strip's last piece has gone into the gatherer
        taken, row_ends, ends = Signal(), Signal(), Signal()
        last_row = Signal(PLAIN_ROW_BITS)  # of those that went into the gatherer
        lane = row[:3]  # of a transposed operand
        enters = self.item_valid & gathers & ~drains
        m.d.comb += [
            gatherer.padding.eq(self.job.zero_points_a),
            gatherer.pieces.valid.eq(self.pieces.valid & enters),
            gatherer.pieces.payload.eq(self.pieces.payload),
            self.pieces.ready.eq(gatherer.pieces.ready & enters),
            gatherer.beats.valid.eq(self.beats.valid & enters),
            gatherer.beats.payload.eq(beat),
            self.beats.ready.eq(Mux(gathers, enters & gatherer.beats.ready, self.item_valid)),
            taken.eq(Mux(gathers, gatherer.word_valid, self.beats.valid & self.item_valid)),
            row_ends.eq(Mux(gathers, gatherer.row_ends, beat.last)),
            ends.eq(taken & row_ends & (row == item.last_row[:len(row)])),
            self.item_ends.eq(ends),
        ]
        with m.If(self.pieces.valid & self.pieces.ready & self.pieces.payload.last):
            m.d.sync += last_row.eq(last_row + 1)
            with m.If(last_row == item.last_row[:len(last_row)]):
                m.d.sync += drains.eq(1)
        with m.If(taken):
            m.d.sync += word.eq(word + 1)
            with m.If(row_ends):
                m.d.sync += [word.eq(0), row.eq(row + 1)]
            with m.If(ends):
                m.d.sync += [row.eq(0), last_row.eq(0), drains.eq(0)]

        bank, parameter, addend = self.bank_write, self.parameter_write, self.addend_write
        m.d.sync += [
            bank.enable.eq(taken & (is_a | is_b)),
            bank.row.eq(Mux(item.spreads, Cat(Const(0, 3), word[0]), row)),
            bank.spreads.eq(item.spreads),
            bank.lanes.eq(Mux(item.spreads, 1 << lane, ~Const(0, WORD_BYTES))),
            bank.address.eq(Cat(self.plan.slot_address(item.slot) | item.first_word
                                | Mux(item.spreads, row[3:], word), is_b)),
            bank.data.eq(Mux(gathers, gatherer.word, exchange_lanes(
                beat.data, Mux(item.spreads, lane, 0)))),
            parameter.enable.eq(taken & is_parameter),
            parameter.parameter.eq(Mux(item.kind == LoadKind.SHIFT, Parameter.SHIFT, Mux(
                item.kind == LoadKind.MULTIPLIER, Parameter.MULTIPLIER, Parameter.BIAS))),
            parameter.slot.eq(item.slot),
            parameter.pair.eq(word),
            parameter.data.eq(beat.data),
            self.a_loaded.eq(ends & is_a),
            self.b_loaded.eq(ends & is_b),
            self.parameters_loaded.eq(ends & is_parameter & item.completes),
            addend.enable.eq(taken & is_addend),
            addend.slot.eq(item.slot), addend.row.eq(row), addend.pair.eq(word),
            addend.data.eq(beat.data),
            self.addend_loaded.eq(ends & is_addend),
        ]
        return m
