"""GPIO: eight LEDs and eight buttons."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from soc.fabric.bus import RegisterBusSignature
from soc.fabric.registers import Access, Field, Register, RegisterBank, RegisterTable

__all__ = ["GPIO_TABLE", "Gpio"]


GPIO_TABLE = RegisterTable("gpio", "Eight LEDs and eight buttons.", [
    Register("leds", 0x00, "The LEDs.", [
        Field("value", 8, Access.RW, "One bit a LED, 1 is on.")]),
    Register("buttons", 0x04, "The buttons, two to three cycles ago. Not debounced.", [
        Field("value", 8, Access.RO, "One bit a button, 1 is pressed.")]),
    Register("buttons_changed", 0x08, "Buttons pressed or released.", [
        Field("value", 8, Access.W1C, "One bit a button, set at every change.")]),
    Register("interrupt_enable", 0x0C, "Which bits of buttons_changed raise the interrupt.", [
        Field("value", 8, Access.RW, "One bit a button.")]),
])


class Gpio(wiring.Component):
    """Drives the LEDs and watches the buttons.

    Members: bus, select : as `RegisterBank`.
             leds : Out(8). buttons : In(8), asynchronous.
             interrupt : Out(1), level, while an enabled bit of ``buttons_changed`` is set.
    Timing:  a button shows in ``buttons`` 2 cycles and in ``buttons_changed`` 3 cycles after its
             edge. A button that is pressed during reset counts as changed.
    """

    def __init__(self):
        super().__init__({
            "bus": In(RegisterBusSignature()),
            "select": In(1),
            "leds": Out(8),
            "buttons": In(8),
            "interrupt": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.bank = bank = RegisterBank(GPIO_TABLE)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)
        now, before = Signal(8), Signal(8)
        m.submodules.synchronizer = FFSynchronizer(self.buttons, now)
        m.d.sync += before.eq(now)
        changed = bank.buttons_changed.value
        m.d.comb += [
            bank.select.eq(self.select),
            self.leds.eq(bank.leds.value.value),
            bank.buttons.value.value.eq(now),
            changed.set.eq(now ^ before),
            self.interrupt.eq((changed.value & bank.interrupt_enable.value.value).any()),
        ]
        return m
