"""A bench around the register bus and all peripherals, with the test in the core's place."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from soc.fabric.bus import RegisterBusSignature
from soc.peripherals.gpio import Gpio
from soc.peripherals.system import System
from soc.peripherals.timer import Timer
from soc.peripherals.uart import Uart
from soc.register_bus import RegisterBus
from soc.soc_map import memory_map

__all__ = ["PeripheralBench"]


class PeripheralBench(wiring.Component):
    """The register bus with the peripherals at their places in the memory map.

    Parameters: configuration : Configuration.
    Members:    bus : In(RegisterBusSignature()); the ports of `Uart`, `Gpio`, `Timer` and `System`
                with the block's name in front.
    """

    def __init__(self, configuration):
        self._configuration = configuration
        super().__init__({
            "bus": In(RegisterBusSignature()),
            "uart_tx": Out(1), "uart_rx": In(1), "uart_interrupt": Out(1),
            "gpio_leds": Out(8), "gpio_buttons": In(8), "gpio_interrupt": Out(1),
            "clint_time": Out(64), "clint_timer_interrupt": Out(1),
            "clint_software_interrupt": Out(1),
            "system_exited": Out(1), "system_code": Out(32), "system_debug_locked": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        chip = memory_map(self._configuration)
        blocks = {"clint": Timer(), "system": System(self._configuration),
                  "uart": Uart(divisor=self._configuration.uart_divisor), "gpio": Gpio()}
        regions = [chip.device(name) for name in blocks]
        m.submodules.register_bus = register_bus = RegisterBus(regions)
        connect(m, flipped(self.bus), register_bus.bus)
        for number, (name, block) in enumerate(blocks.items()):
            m.submodules[name] = block
            register_bus.attach(m, number, block)
        for port, member in self.signature.members.items():
            name, _, of_block = port.partition("_")
            if name not in blocks:
                continue
            inner = getattr(blocks[name], of_block)
            m.d.comb += (inner.eq(getattr(self, port)) if member.flow is In
                         else getattr(self, port).eq(inner))
        return m
