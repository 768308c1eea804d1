"""From rows of sums to beats of results: row buffer, lanes and packer."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from coprocessors.matmul.addend_tiles import ADDEND_SLOTS, AddendTiles, AddendWrite
from coprocessors.matmul.array import Array
from coprocessors.matmul.channel_parameters import (
    PARAMETER_SLOTS, ChannelParameters, ParameterWrite,
)
from coprocessors.matmul.packer import Packer, PackStep
from coprocessors.matmul.requantizer import Requantizer
from coprocessors.matmul.table import DESCRIPTOR, OUTPUT, ROUNDING
from coprocessors.shell.datapath import Beat, descriptor_layout

__all__ = ["DrainStep", "Postprocessor"]


class DrainStep(data.Struct):
    """``lanes`` results of a row, and what becomes of them."""

    row_starts: 1  # the array shifts with this step: its next row is wanted
    slot: range(PARAMETER_SLOTS)
    group: 4  # of ``lanes`` columns in the row
    addend_slot: range(ADDEND_SLOTS)
    row: 4  # of the tile
    pack: PackStep


class Postprocessor(wiring.Component):
    """Takes a row of sums, and turns ``lanes`` of them a cycle into results.

    Parameters: rows, columns, lanes : int. network_jobs : bool, as for the datapath.
    Members:
        job     : In, constant while steps are under way.
        step    : In(DrainStep); ``row_starts`` goes to the array as ``shift`` in the same cycle.
        results : In(columns x 32), of the array.
        parameter_write : In(ParameterWrite); addend_write : In(AddendWrite).
        beat, beat_valid : Out, no back-pressure.
        clear, clear_address : In, puts what the two would write at ``clear_address`` of all
            memories.
    Timing: a step that completes a beat shows in ``beat`` after a fixed number of cycles, which is
        lower for int32.
    """

    def __init__(self, *, rows, columns, lanes, network_jobs=True):
        self._network_jobs = network_jobs
        self._rows, self._columns, self._lanes = rows, columns, lanes
        super().__init__({
            "job": In(descriptor_layout(DESCRIPTOR)),
            "step": In(DrainStep),
            "results": In(data.ArrayLayout(32, columns)),
            "parameter_write": In(ParameterWrite), "addend_write": In(AddendWrite),
            "beat": Out(Beat), "beat_valid": Out(1),
            "clear": In(1), "clear_address": In(6),
        })

    def elaborate(self, platform):
        m = Module()
        job, lanes = self.job, self._lanes
        m.submodules.parameters = parameters = ChannelParameters(columns=self._columns,
                                                                 lanes=lanes)
        m.submodules.addend = addend = AddendTiles(rows=self._rows, columns=self._columns,
                                                   lanes=lanes, present=self._network_jobs)
        m.submodules.packer = packer = Packer(lanes=lanes)
        is_int32 = job.format_output == OUTPUT["int32"]
        steps = self._row(m, parameters, addend, is_int32)
        has_bias, has_addend = Signal(), Signal()
        m.d.sync += [has_bias.eq(job.bias_address.any()),
                     has_addend.eq(job.addend_address.any())]

        for index in range(lanes):
            lane = Requantizer()
            m.submodules[f"lane_{index}"] = lane
            m.d.sync += [
                # Registered, since a word of block RAM comes late in its cycle.
                lane.bias.eq(Mux(has_bias, parameters.bias[index], 0)
                             | Mux(has_addend, addend.values[index], 0)),
                lane.multiplier.eq(Mux(job.format_per_channel, parameters.multiplier[index],
                                       job.multiplier[:31])),
                lane.shift.eq(Mux(job.format_per_channel, parameters.shift[index],
                                  job.shift[:6].as_signed())),
            ]
            m.d.comb += [
                lane.accumulator.eq(self._sums[index]),
                lane.single.eq(job.format_rounding == ROUNDING["single"]),
                lane.zero.eq(job.zero_points_c),
                lane.minimum.eq(job.clamp_minimum),
                lane.maximum.eq(job.clamp_maximum),
                packer.sums[index].eq(lane.biased),
                packer.bytes[index].eq(lane.result),
            ]
        m.d.comb += [
            packer.is_int32.eq(is_int32),
            packer.step.eq(Mux(is_int32, steps[Requantizer.BIASED_LATENCY].as_value(),
                               steps[Requantizer.LATENCY].as_value())),
            self.beat.eq(packer.beat),
            self.beat_valid.eq(packer.beat_valid),
            parameters.write.eq(self.parameter_write),
            parameters.clear.eq(self.clear),
            parameters.clear_address.eq(self.clear_address),
            addend.write.eq(self.addend_write),
            addend.clear.eq(self.clear),
            addend.clear_address.eq(self.clear_address),
        ]
        return m

    def _row(self, m, parameters, addend, is_int32):
        """Adds the row buffer. Returns the pack steps, delayed from that of the lanes' input on."""
        lane_bits = 32 * self._lanes
        row = Signal(32 * self._columns)
        self._sums = data.View(data.ArrayLayout(32, self._lanes), row[:lane_bits])
        stages = [self.step]
        for stage in range(Array.SHIFT_LATENCY):
            delayed = Signal(DrainStep, name=f"step_{stage}")
            m.d.sync += delayed.eq(stages[-1])
            stages.append(delayed)
        # Read here, registered, at the lanes: as many cycles as the sums take.
        early = stages[-3]
        m.d.comb += [parameters.slot.eq(early.slot), parameters.group.eq(early.group),
                     addend.slot.eq(early.addend_slot), addend.row.eq(early.row),
                     addend.group.eq(early.group)]
        with m.If(stages[-2].row_starts):
            m.d.sync += row.eq(self.results)
        with m.Elif(stages[-1].pack.valid & ~stages[-1].pack.upper):
            m.d.sync += row.eq(Cat(row[lane_bits:], row[:lane_bits]))

        steps = [stages[-1].pack]
        for stage in range(Requantizer.LATENCY):
            delayed = Signal(PackStep, name=f"pack_{stage}")
            m.d.sync += delayed.eq(steps[-1])
            if stage == Requantizer.BIASED_LATENCY:
                # These have been packed, and must not come out again when the next job requantizes.
                with m.If(is_int32):
                    m.d.sync += delayed.valid.eq(0)
            steps.append(delayed)
        return steps
