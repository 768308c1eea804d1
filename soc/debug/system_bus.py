"""System bus access: the debugger reads and writes memory without the core."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from soc.debug.ports import AccessSignature, DmiSignature

__all__ = ["SBADDRESS0", "SBCS", "SBDATA0", "SystemBus"]


SBCS, SBADDRESS0, SBDATA0 = 0x38, 0x39, 0x3C
"""Addresses of its registers on the debug module interface."""

_MISALIGNED, _BAD_SIZE = 3, 4  # sberror; the others are those of `AccessError`
_VERSION = 1
_SIZES = 0b00111  # 8, 16 and 32 bits


class _Control(data.Struct):
    """What sbcs stores, from bit 12 on."""

    error: 3
    read_on_data: 1
    increment: 1
    size: 3
    read_on_address: 1
    busy: 1
    busy_error: 1


class SystemBus(wiring.Component):
    """The registers sbcs, sbaddress0 and sbdata0.

    Members: dmi : In(DmiSignature()), whose ``read_data`` is 0 for registers of others, and whose
             ``done`` is always 1.
             access : Out(AccessSignature()).
    Source: RISC-V Debug 0.13.2 §3.10, §3.12.18 to §3.12.24: accesses of 8, 16 and 32 bits.
    """

    dmi: In(DmiSignature())
    access: Out(AccessSignature())

    def elaborate(self, platform):
        m = Module()
        dmi, access = self.dmi, self.access
        control, address, value = Signal(_Control, init={"size": 2}), Signal(32), Signal(32)
        size, lane = control.size, access.address[0:2]
        failed = control.error.any() | control.busy_error
        starts, writes, target = Signal(), Signal(), Signal(32)
        write, read = dmi.valid & dmi.write, dmi.valid & ~dmi.write
        at_control, at_address, at_value = (dmi.address == n for n in (SBCS, SBADDRESS0, SBDATA0))
        m.d.comb += [
            dmi.done.eq(1),
            access.valid.eq(control.busy),
            access.address.eq(address),
            access.byte_enable.eq(Mux(size[1], 0b1111, Mux(size[0], 0b11, 0b1) << lane)),
            access.write_data.eq(Mux(size[1], value, Mux(size[0], value[0:16].replicate(2),
                                                         value[0:8].replicate(4)))),
            target.eq(Mux(at_address, dmi.write_data, address)),
        ]
        with m.If(at_control):
            m.d.comb += dmi.read_data.eq(Cat(
                Const(_SIZES, 5), Const(32, 7), control.as_value(), Const(0, 6),
                Const(_VERSION, 3)))
        with m.Elif(at_address):
            m.d.comb += dmi.read_data.eq(address)
        with m.Elif(at_value):
            m.d.comb += dmi.read_data.eq(value)

        with m.If(write & at_control):
            new = _Control(dmi.write_data[12:23])
            m.d.sync += [
                control.error.eq(control.error & ~new.error),
                control.busy_error.eq(control.busy_error & ~new.busy_error),
            ]
            with m.If(~control.busy):
                m.d.sync += [getattr(control, name).eq(getattr(new, name)) for name in (
                    "read_on_data", "increment", "size", "read_on_address")]
        with m.If(dmi.valid & (at_value | (write & at_address))):
            with m.If(control.busy):
                m.d.sync += control.busy_error.eq(1)
            with m.Else():
                with m.If(write & at_address):
                    m.d.sync += address.eq(dmi.write_data)
                    m.d.comb += starts.eq(control.read_on_address & ~failed)
                with m.If(write & at_value):
                    m.d.sync += value.eq(dmi.write_data)
                    m.d.comb += [starts.eq(~failed), writes.eq(1)]
                with m.If(read & at_value):
                    m.d.comb += starts.eq(control.read_on_data & ~failed)
        with m.If(starts):
            m.d.sync += access.write.eq(writes)
            with m.If(size > 2):
                m.d.sync += control.error.eq(_BAD_SIZE)
            with m.Elif((size[0] & target[0]) | (size[1] & target[0:2].any())):
                m.d.sync += control.error.eq(_MISALIGNED)
            with m.Else():
                m.d.sync += control.busy.eq(1)

        with m.If(control.busy & access.done):
            m.d.sync += [control.busy.eq(0), control.error.eq(access.error)]
            with m.If(~access.error.as_value().any()):
                with m.If(control.increment):
                    m.d.sync += address.eq(address + (Const(1, 3) << size[0:2])[0:3])
                with m.If(~access.write):
                    shifted = access.read_data >> Cat(Const(0, 3), lane)
                    m.d.sync += value.eq(Mux(size[1], access.read_data, Mux(
                        size[0], shifted[0:16], shifted[0:8])))
        return m
