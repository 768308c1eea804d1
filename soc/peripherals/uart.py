"""UART: serial line to the outside world, 8 data bits, no parity, 1 stop bit."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import In, Out

from soc.fabric.bus import RegisterBusSignature
from soc.fabric.registers import Access, Field, Register, RegisterBank, RegisterTable

__all__ = ["FIFO_BYTES", "MINIMUM_DIVISOR", "UART_TABLE", "Uart"]


FIFO_BYTES = 16
"""Bytes that each direction can hold."""

MINIMUM_DIVISOR = 4
"""Fewest cycles a bit: below, the synchronized input cannot be sampled near the middle of a bit."""

_RW, _RO, _COMMAND, _W1C = Access.RW, Access.RO, Access.COMMAND, Access.W1C

UART_TABLE = RegisterTable("uart", "Serial line, 8N1, with a FIFO in each direction.", [
    Register("transmit", 0x00, "Sends a byte.", [
        Field("data", 8, _COMMAND,
              "Byte to queue; dropped, setting status.tx_overflow, while status.tx_full.")]),
    Register("receive", 0x04, "Oldest byte received; it stays until receive_pop is written.", [
        Field("data", 8, _RO, "The byte; 0 unless valid."),
        Field("valid", 1, _RO, "There is a byte.")]),
    Register("receive_pop", 0x08, "Takes the oldest byte out of the receive FIFO.", [
        Field("pop", 1, _COMMAND, "Written as 1: drop the byte in receive. No effect on none.")]),
    Register("status", 0x0C, "State of both directions.", [
        Field("tx_full", 1, _RO, "The transmit FIFO has no room."),
        Field("tx_empty", 1, _RO, "The transmit FIFO is empty; a byte may still be on the line."),
        Field("tx_idle", 1, _RO, "The transmit FIFO is empty and the last stop bit is over."),
        Field("rx_valid", 1, _RO, "The receive FIFO holds a byte."),
        Field("rx_overflow", 1, _W1C, "A byte came while the receive FIFO was full: it is lost."),
        Field("frame_error", 1, _W1C, "A byte had no stop bit: it is lost."),
        Field("tx_overflow", 1, _W1C, "transmit was written while the FIFO was full.")]),
    Register("divisor", 0x10, "Speed of the line.", [
        Field("value", 16, _RW, "Clock cycles a bit, from 4; smaller values count as 4. Change it "
              "only while tx_idle.", reset=MINIMUM_DIVISOR)]),
    Register("interrupt_enable", 0x14, "Which states raise the interrupt, while they last.", [
        Field("rx_valid", 1, _RW, "The receive FIFO holds a byte."),
        Field("tx_empty", 1, _RW, "The transmit FIFO is empty."),
        Field("rx_overflow", 1, _RW, "status.rx_overflow is set.")]),
])


class Uart(wiring.Component):
    """Sends and receives bytes on a serial line.

    Parameters: divisor : int, cycles a bit after reset, MINIMUM_DIVISOR to 65535.
    Members:    bus, select : as `RegisterBank`.
                tx : Out(1), the line out, 1 when idle. rx : In(1), the line in, asynchronous.
                interrupt : Out(1), level.
    Timing:     a byte takes 10 bits of ``divisor`` cycles each; bytes queued follow each other
                without a gap. A byte received shows in ``receive`` half a bit into its stop bit.
    Raises:     ValueError when ``divisor`` is outside its range.
    """

    def __init__(self, *, divisor):
        if not MINIMUM_DIVISOR <= divisor <= 65535:
            raise ValueError(f"divisor must be from {MINIMUM_DIVISOR} to 65535 cycles a bit, "
                             f"not {divisor}")
        self._divisor = divisor
        super().__init__({
            "bus": In(RegisterBusSignature()),
            "select": In(1),
            "tx": Out(1, init=1),
            "rx": In(1, init=1),
            "interrupt": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.bank = bank = RegisterBank(
            UART_TABLE, {("divisor", "value"): self._divisor})
        m.submodules.tx_fifo = tx_fifo = SyncFIFO(width=8, depth=FIFO_BYTES)
        m.submodules.rx_fifo = rx_fifo = SyncFIFO(width=8, depth=FIFO_BYTES)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)
        status, enable = bank.status, bank.interrupt_enable
        last_cycle = Signal(16)  # of a bit, counted from 0
        sending = Signal()
        too_small = bank.divisor.value.value < MINIMUM_DIVISOR
        m.d.sync += last_cycle.eq(
            Mux(too_small, MINIMUM_DIVISOR, bank.divisor.value.value) - 1)
        m.d.comb += [
            bank.select.eq(self.select),
            tx_fifo.w_data.eq(bank.transmit.data.value),
            tx_fifo.w_en.eq(bank.transmit.data.strobe),
            # The FIFO keeps what was taken out of it until the place is used again.
            bank.receive.data.value.eq(Mux(rx_fifo.r_rdy, rx_fifo.r_data, 0)),
            bank.receive.valid.value.eq(rx_fifo.r_rdy),
            rx_fifo.r_en.eq(bank.receive_pop.pop.strobe & bank.receive_pop.pop.value),
            status.tx_full.value.eq(~tx_fifo.w_rdy),
            status.tx_empty.value.eq(~tx_fifo.r_rdy),
            status.tx_idle.value.eq(~tx_fifo.r_rdy & ~sending),
            status.tx_overflow.set.eq(tx_fifo.w_en & ~tx_fifo.w_rdy),
            status.rx_valid.value.eq(rx_fifo.r_rdy),
            status.rx_overflow.set.eq(rx_fifo.w_en & ~rx_fifo.w_rdy),
            self.interrupt.eq((enable.rx_valid.value & rx_fifo.r_rdy)
                              | (enable.tx_empty.value & ~tx_fifo.r_rdy)
                              | (enable.rx_overflow.value & status.rx_overflow.value)),
        ]
        self._transmitter(m, tx_fifo, last_cycle, sending)
        self._receiver(m, rx_fifo, last_cycle, status.frame_error.set)
        return m

    def _transmitter(self, m, fifo, last_cycle, sending):
        cycles = Signal(16)  # left of the current bit
        bits = Signal(4)  # left of the current byte, the one on the line included
        shift = Signal(9, init=0x1FF)
        free = Signal()
        m.d.comb += [
            sending.eq(bits != 0),
            free.eq((bits == 0) | ((bits == 1) & (cycles == 0))),
            fifo.r_en.eq(free),
        ]
        with m.If(sending):
            m.d.sync += cycles.eq(cycles - 1)
            with m.If(cycles == 0):
                m.d.sync += [Cat(self.tx, shift).eq(Cat(shift, 1)), bits.eq(bits - 1),
                             cycles.eq(last_cycle)]
        with m.If(free & fifo.r_rdy):
            m.d.sync += [self.tx.eq(0), shift.eq(Cat(fifo.r_data, 1)), bits.eq(10),
                         cycles.eq(last_cycle)]

    def _receiver(self, m, fifo, last_cycle, frame_error):
        line = Signal(init=1)
        m.submodules.rx_synchronizer = FFSynchronizer(self.rx, line, init=1)
        cycles = Signal(16)
        bits = Signal(range(8))
        sample = Signal()
        m.d.comb += sample.eq(cycles == 0)
        m.d.sync += cycles.eq(Mux(sample, last_cycle, cycles - 1))
        shift = Signal(8)
        m.d.comb += fifo.w_data.eq(shift)
        with m.FSM(name="receiver"):
            with m.State("IDLE"):
                m.d.sync += cycles.eq(last_cycle[1:])
                with m.If(~line):
                    m.next = "START"
            with m.State("START"):
                with m.If(sample):
                    m.next = "DATA"
                    with m.If(line):
                        m.next = "IDLE"  # a glitch, not a start bit
            with m.State("DATA"):
                with m.If(sample):
                    m.d.sync += [shift.eq(Cat(shift[1:], line)), bits.eq(bits + 1)]
                    with m.If(bits == 7):
                        m.next = "STOP"
            with m.State("STOP"):
                with m.If(sample):
                    m.d.comb += [fifo.w_en.eq(line), frame_error.eq(~line)]
                    m.next = "BREAK"
            with m.State("BREAK"):  # after a missing stop bit the line must rise first
                with m.If(line):
                    m.next = "IDLE"
