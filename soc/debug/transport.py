"""The debug transport module: what a test access port makes accesses of."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from soc.debug.ports import DmiSignature, ScanSignature

__all__ = ["Transport"]


_VERSION = 1  # of the specification 0.13 and later
_ADDRESS_BITS = 7
_IDLE_CYCLES = 1  # hint: cycles of TCK in Run-Test/Idle after an access
_NOTHING, _READ, _WRITE = 0, 1, 2  # op, as the debugger writes it
_BUSY = 3  # op, as the debugger reads it; 0 is success


class Transport(wiring.Component):
    """The registers dtmcs and dmi.

    Members: scan : In(ScanSignature()); dmi : Out(DmiSignature()).
    Timing: an access begins in the cycle after ``scan.update``. One that comes while another is
        under way is dropped, and reads as busy until dtmcs.dmireset is written, or dmihardreset,
        which does the same, or the port is reset. Every access ends by itself.
    Source: RISC-V Debug 0.13.2 §6.1.4, §6.1.5.
    """

    scan: In(ScanSignature())
    dmi: Out(DmiSignature())

    def elaborate(self, platform):
        m = Module()
        scan, dmi = self.scan, self.dmi
        shifted = Signal(_ADDRESS_BITS + 34)
        read_data, busy = Signal(32), Signal()  # busy is sticky
        m.d.comb += scan.tdo.eq(shifted[0])
        with m.If(dmi.valid & dmi.done):
            m.d.sync += [dmi.valid.eq(0), read_data.eq(dmi.read_data)]

        with m.If(scan.shift):
            with m.If(scan.dmi):
                m.d.sync += shifted.eq(Cat(shifted[1:], scan.tdi))
            with m.Else():
                m.d.sync += shifted.eq(Cat(shifted[1:32], scan.tdi))
        with m.If(scan.capture & scan.dtmcs):
            m.d.sync += shifted.eq(Cat(
                Const(_VERSION, 4), Const(_ADDRESS_BITS, 6), Mux(busy, _BUSY, 0)[0:2],
                Const(_IDLE_CYCLES, 3)))
        with m.If(scan.update & scan.dtmcs):
            with m.If(shifted[16:18].any()):  # dmireset, dmihardreset
                m.d.sync += busy.eq(0)

        with m.If(scan.capture & scan.dmi):
            m.d.sync += [
                shifted.eq(Cat(Mux(busy | dmi.valid, _BUSY, 0)[0:2], read_data, dmi.address)),
                busy.eq(busy | dmi.valid),
            ]
        operation = shifted[0:2]
        with m.If(scan.update & scan.dmi & ((operation == _READ) | (operation == _WRITE))):
            m.d.sync += busy.eq(busy | dmi.valid)
            with m.If(~busy & ~dmi.valid):
                m.d.sync += [dmi.valid.eq(1), dmi.write.eq(operation == _WRITE),
                             dmi.write_data.eq(shifted[2:34]), dmi.address.eq(shifted[34:])]
        with m.If(scan.reset):
            m.d.sync += busy.eq(0)
        return m
