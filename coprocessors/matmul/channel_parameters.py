"""Bias, multiplier and shift of the columns that tiles are in."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, enum, memory, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["PARAMETER_SLOTS", "ChannelParameters", "Parameter", "ParameterWrite"]


PARAMETER_SLOTS = 4
"""Columns of tiles whose parameters are held at once."""


class Parameter(enum.IntEnum, shape=2):
    """One of the three arrays."""

    BIAS = 0
    MULTIPLIER = 1
    SHIFT = 2


_WIDTHS = {Parameter.BIAS: 32, Parameter.MULTIPLIER: 31, Parameter.SHIFT: 6}


class ParameterWrite(data.Struct):
    """The values of columns 2 * pair and 2 * pair + 1."""

    enable: 1
    parameter: Parameter
    slot: range(PARAMETER_SLOTS)
    pair: 3
    data: 64


class ChannelParameters(wiring.Component):
    """Holds the parameters of PARAMETER_SLOTS columns of tiles, and reads them ``lanes`` at once.

    Parameters: columns, lanes : int, powers of two; lanes from 1 to columns.
    Members:
        write : In(ParameterWrite).
        slot, group : In; columns group * lanes and following are read.
        bias, multiplier, shift : Out(lanes x their shape), one cycle after ``slot`` and ``group``.
        clear, clear_address : In, puts ``write.data`` at ``clear_address`` of all memories.
    """

    def __init__(self, *, columns, lanes):
        self._lanes = lanes
        self._banks = max(lanes, 2)  # a write holds two columns
        self._depth = PARAMETER_SLOTS * (columns // self._banks)
        super().__init__({
            "write": In(ParameterWrite),
            "slot": In(range(PARAMETER_SLOTS)), "group": In(range(columns // lanes)),
            "bias": Out(data.ArrayLayout(32, lanes)),
            "multiplier": Out(data.ArrayLayout(31, lanes)),
            "shift": Out(data.ArrayLayout(signed(6), lanes)),
            "clear": In(1), "clear_address": In(range(max(self._depth, 2))),
        })

    def elaborate(self, platform):
        m = Module()
        write = self.write
        index_bits = (self._depth // PARAMETER_SLOTS - 1).bit_length()
        pair_bits = (self._banks // 2 - 1).bit_length()
        group_bits = 1 if self._lanes == 1 else 0  # the low bit of the group picks the bank
        late_group = Signal.like(self.group)
        m.d.sync += late_group.eq(self.group)
        write_address = Mux(self.clear, self.clear_address, Cat(
            write.pair[pair_bits:pair_bits + index_bits], write.slot))
        read_address = Cat(self.group[group_bits:group_bits + index_bits], self.slot)

        for parameter, width in _WIDTHS.items():
            answers = []
            for bank in range(self._banks):
                words = memory.Memory(shape=unsigned(width), depth=self._depth, init=[])
                m.submodules[f"{parameter.name.lower()}_{bank}"] = words
                write_port, read_port = words.write_port(), words.read_port()
                is_mine = write.pair[:pair_bits] == bank // 2
                value = write.data.word_select(bank % 2, 32)
                m.d.comb += [
                    write_port.en.eq(self.clear | (write.enable & is_mine
                                                   & (write.parameter == parameter))),
                    write_port.addr.eq(write_address),
                    write_port.data.eq(value),
                    read_port.en.eq(1),
                    read_port.addr.eq(read_address),
                ]
                answers.append(read_port.data)
            port = getattr(self, parameter.name.lower())
            for lane in range(self._lanes):
                answer = answers[lane]
                if self._lanes == 1:
                    answer = Mux(late_group[0], answers[1], answers[0])
                m.d.comb += port[lane].eq(answer)
        return m
