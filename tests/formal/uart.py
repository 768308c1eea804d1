"""The UART sends each byte as it says, and receives what is sent so.

With its line looped back: whatever bytes are queued in the first cycles after reset, the line
carries, for each in turn, a start bit, 8 bits from the lowest on and a stop bit, each as
many cycles long as ``divisor`` says, and is 1 otherwise; and the same bytes come out of the
receiver in the same order, without errors. ``divisor`` is at its least, where the receiver has the
least time. Bounded: to the end of the second byte.
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Array, Assert, Assume, Cat, Const, Cover, Module, Mux, Signal

from soc.fabric.bus import BUS_OUTPUTS
from soc.peripherals.uart import MINIMUM_DIVISOR, UART_TABLE, Uart
from tests.formal.proof import Bench, Bounded, Proof, glass
from tests.mutants import edited

__all__ = ["PROOFS"]


_BIT_CYCLES = MINIMUM_DIVISOR
_BYTES = 2
_QUEUED_WITHIN = 6
_CYCLES = 10 * _BIT_CYCLES * _BYTES + 12

_OFFSETS = {register.name: register.offset for register in UART_TABLE.registers}


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component(divisor=_BIT_CYCLES)
        m.submodules.dut, inside = glass(dut)
        bus = dut.bus
        m.d.comb += [getattr(bus, name).eq(AnySeq(len(getattr(bus, name)))) for name in BUS_OUTPUTS]
        queued, received = Signal(range(_BYTES + 1)), Signal(range(_BYTES + 1))
        data = Array(Signal(8, name=f"byte{n}") for n in range(_BYTES))
        asks = bus.request & bus.write
        queues = asks & (bus.address[:12] == _OFFSETS["transmit"])
        pops = asks & (bus.address[:12] == _OFFSETS["receive_pop"])
        m.d.comb += [
            dut.select.eq(1), dut.rx.eq(dut.tx), Assume(~bus.request | bus.present),
            Assume(~asks | queues | pops), Assume(~asks | bus.byte_enable.all()),
            Assume(~queues | (queued != _BYTES)), Assume(~pops | bus.write_data[0]),
        ]
        early = Signal(range(_QUEUED_WITHIN + 1), init=_QUEUED_WITHIN)
        with m.If(early.any()):
            m.d.sync += early.eq(early - 1)
        m.d.comb += Assume(~queues | early.any())
        with m.If(queues):
            m.d.sync += [data[queued].eq(bus.write_data[:8]), queued.eq(queued + 1)]

        # What the line must carry.
        sent, bit, cycle = Signal(range(_BYTES + 1)), Signal(range(10)), Signal(range(_BIT_CYCLES))
        sending, frame = Signal(), Cat(Const(0, 1), data[sent], Const(1, 1))
        m.d.comb += Assert(dut.tx == Mux(sending, frame.bit_select(bit, 1), dut.tx))
        with m.If(sending | ~dut.tx):
            m.d.comb += Assert(sent < queued)
            m.d.sync += [sending.eq(1), cycle.eq(cycle + 1)]
            with m.If(cycle == _BIT_CYCLES - 1):
                m.d.sync += [cycle.eq(0), bit.eq(bit + 1)]
                with m.If(bit == 9):
                    m.d.sync += [bit.eq(0), sending.eq(0), sent.eq(sent + 1)]

        # What the program must find.
        valid = inside["receive__valid__value"]
        with m.If(pops & valid):
            m.d.sync += received.eq(received + 1)
        m.d.comb += [
            Assert(~valid | ((received < queued)
                             & (inside["receive__data__value"] == data[received]))),
            Assert(~inside["status__frame_error__set"]),
            Assert(~inside["status__rx_overflow__set"]),
            Cover(valid & (received == _BYTES - 1)), Cover(~sending & (sent == _BYTES)),
        ]
        return m


_MUTANTS = (
    edited(Uart, "the_highest_bit_goes_first", "shift.eq(Cat(fifo.r_data, 1))",
           "shift.eq(Cat(fifo.r_data[::-1], 1))"),
    edited(Uart, "bits_are_a_cycle_short", "Mux(too_small, MINIMUM_DIVISOR, "
           "bank.divisor.value.value) - 1", "Mux(too_small, MINIMUM_DIVISOR, "
           "bank.divisor.value.value) - 2"),
    edited(Uart, "no_stop_bit", "bits.eq(10)", "bits.eq(9)"),
    edited(Uart, "samples_at_the_edge", "cycles.eq(last_cycle[1:])", "cycles.eq(last_cycle + 2)"),
)


PROOFS = (Proof("uart", "the line carries the bytes, and the receiver finds them", _Bench, Uart,
                _MUTANTS, Bounded(_CYCLES), mutant_cycles=52, cover_cycles=_CYCLES),)
