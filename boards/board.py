"""The boards that we build for: part, pins, and the top module around the chip."""

from dataclasses import dataclass

from amaranth.hdl import ClockDomain, ClockSignal, Const, Instance, Module, ResetSignal, Signal
from amaranth.hdl import Elaboratable
from amaranth.lib.cdc import ResetSynchronizer
from amaranth.lib.io import Buffer

from boards.pll import pll_settings
from boards.place_and_route import Device

__all__ = ["BOARDS", "Board", "BoardTop", "board"]

_RESET_CYCLES = 255  # of the 25 MHz clock, 10 us: longer than block RAM needs after configuration


@dataclass(frozen=True)
class Board:
    """One board: name, preset that fits, its name in `amaranth_boards.ulx3s`, part for nextpnr."""

    name: str
    preset: str
    platform_name: str
    device: Device

    @property
    def platform(self):
        """The platform class; only this needs the package amaranth-boards."""
        from amaranth_boards import ulx3s

        return getattr(ulx3s, self.platform_name)

    @property
    def part(self):
        """The device's size in its name, as ``soc.resources`` knows it: 25F, 45F or 85F."""
        return self.device.size.replace("k", "F")


BOARDS = {b.name: b for b in (
    Board("ulx3s-25f", "small", "ULX3S_25F_Platform", Device("25k", "CABGA381")),
    Board("ulx3s-45f", "medium", "ULX3S_45F_Platform", Device("45k", "CABGA381")),
    Board("ulx3s-85f", "large", "ULX3S_85F_Platform", Device("85k", "CABGA381")),
)}
"""Boards by name. The 12F has the die of the 25F, but nextpnr wants its own name for it."""


def board(name):
    """The `Board` called ``name``; raises ValueError for an unknown one."""
    if name not in BOARDS:
        raise ValueError(f"Board must be one of {', '.join(BOARDS)}, not {name!r}")
    return BOARDS[name]


class BoardTop(Elaboratable):
    """The chip on a ULX3S: PLL, reset, serial line over USB, 8 LEDs, 6 buttons.

    Parameters:
        clock_hz : int, frequency of the chip's clock.
    The chip is the Verilog module ``gluechip`` with the ports of `soc.top.Soc`: yosys maps its
    two-port memories to block RAM only when it reads them as Verilog.
    """

    def __init__(self, *, clock_hz):
        self._clock_hz = clock_hz

    def elaborate(self, platform):
        m = Module()
        clock = self._clock_and_reset(m, platform)
        uart = platform.request("uart", 0, dir={"rx": "-", "tx": "-", "rts": "-", "dtr": "-"})
        m.submodules.uart_rx = uart_rx = Buffer("i", uart.rx)
        m.submodules.uart_tx = uart_tx = Buffer("o", uart.tx)
        leds, buttons = Signal(8), Signal(8)
        for index in range(8):
            pin = platform.request("led", index, dir="-")
            m.submodules[f"led_{index}"] = buffer = Buffer("o", pin)
            m.d.comb += buffer.o.eq(leds[index])
        for index in range(6):
            pin = platform.request("button", index, dir="-")
            m.submodules[f"button_{index}"] = buffer = Buffer("i", pin)
            m.d.comb += buttons[index].eq(buffer.i)
        m.submodules.gluechip = Instance(
            "gluechip", i_clk=clock, i_rst=ResetSignal("sync"),
            i_uart_rx=uart_rx.i, o_uart_tx=uart_tx.o, o_leds=leds, i_buttons=buttons)
        return m

    def _clock_and_reset(self, m, platform):
        """Makes the domain ``sync`` from the board's 25 MHz; returns its clock."""
        m.submodules.clock_buffer = buffer = Buffer("i", platform.request("clk25", 0, dir="-"))
        settings = pll_settings(25_000_000, self._clock_hz)
        output, locked = Signal(), Signal()
        m.submodules.pll = Instance(
            "EHXPLLL",
            a_FREQUENCY_PIN_CLKI="25", a_FREQUENCY_PIN_CLKOP=f"{self._clock_hz / 1e6:g}",
            p_FEEDBK_PATH="CLKOP", p_PLLRST_ENA="DISABLED", p_INTFB_WAKE="DISABLED",
            p_STDBY_ENABLE="DISABLED", p_DPHASE_SOURCE="DISABLED",
            p_OUTDIVIDER_MUXA="DIVA", p_OUTDIVIDER_MUXB="DIVB",
            p_OUTDIVIDER_MUXC="DIVC", p_OUTDIVIDER_MUXD="DIVD",
            p_CLKOP_ENABLE="ENABLED", p_CLKI_DIV=settings.input_divider,
            p_CLKFB_DIV=settings.feedback_divider, p_CLKOP_DIV=settings.output_divider,
            p_CLKOP_CPHASE=settings.output_divider - 1, p_CLKOP_FPHASE=0,
            i_RST=Const(0), i_STDBY=Const(0), i_CLKI=buffer.i, i_CLKFB=output,
            i_PHASESEL0=Const(0), i_PHASESEL1=Const(0), i_PHASEDIR=Const(1),
            i_PHASESTEP=Const(1), i_PHASELOADREG=Const(1), i_PLLWAKESYNC=Const(0),
            i_ENCLKOP=Const(0), o_CLKOP=output, o_LOCK=locked)
        m.domains.start = ClockDomain(reset_less=True, local=True)
        m.domains.sync = ClockDomain()
        m.d.comb += [ClockSignal("start").eq(buffer.i), ClockSignal("sync").eq(output)]
        wait = Signal(range(_RESET_CYCLES + 1), init=_RESET_CYCLES)
        with m.If(locked & (wait != 0)):
            m.d.start += wait.eq(wait - 1)
        m.submodules.reset = ResetSynchronizer(wait != 0, domain="sync")
        platform.add_clock_constraint(buffer.i, 25e6)
        return output
