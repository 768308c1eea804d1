"""The JTAG test access port."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import enum, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from soc.debug.ports import ScanSignature

__all__ = ["IDCODE", "Instruction", "Tap"]


IDCODE = 0x1_4743_001
"""Version 1, part "GC", and no manufacturer: we have no number of JEDEC."""

_IR_BITS = 5


class Instruction(enum.Enum, shape=_IR_BITS):
    """What the instruction register selects; any other value selects BYPASS.

    Source: RISC-V Debug 0.13.2 §6.1.2.
    """

    IDCODE = 0x01
    DTMCS = 0x10
    DMI = 0x11
    BYPASS = 0x1F


class _State(enum.Enum, shape=4):
    """States of the controller (IEEE 1149.1-2013 §6.1)."""

    RESET = 0
    IDLE = 1
    SELECT_DR = 2
    CAPTURE_DR = 3
    SHIFT_DR = 4
    EXIT1_DR = 5
    PAUSE_DR = 6
    EXIT2_DR = 7
    UPDATE_DR = 8
    SELECT_IR = 9
    CAPTURE_IR = 10
    SHIFT_IR = 11
    EXIT1_IR = 12
    PAUSE_IR = 13
    EXIT2_IR = 14
    UPDATE_IR = 15


_NEXT = {  # with TMS 0, with TMS 1
    _State.RESET: (_State.IDLE, _State.RESET),
    _State.IDLE: (_State.IDLE, _State.SELECT_DR),
    _State.SELECT_DR: (_State.CAPTURE_DR, _State.SELECT_IR),
    _State.CAPTURE_DR: (_State.SHIFT_DR, _State.EXIT1_DR),
    _State.SHIFT_DR: (_State.SHIFT_DR, _State.EXIT1_DR),
    _State.EXIT1_DR: (_State.PAUSE_DR, _State.UPDATE_DR),
    _State.PAUSE_DR: (_State.PAUSE_DR, _State.EXIT2_DR),
    _State.EXIT2_DR: (_State.SHIFT_DR, _State.UPDATE_DR),
    _State.UPDATE_DR: (_State.IDLE, _State.SELECT_DR),
    _State.SELECT_IR: (_State.CAPTURE_IR, _State.RESET),
    _State.CAPTURE_IR: (_State.SHIFT_IR, _State.EXIT1_IR),
    _State.SHIFT_IR: (_State.SHIFT_IR, _State.EXIT1_IR),
    _State.EXIT1_IR: (_State.PAUSE_IR, _State.UPDATE_IR),
    _State.PAUSE_IR: (_State.PAUSE_IR, _State.EXIT2_IR),
    _State.EXIT2_IR: (_State.SHIFT_IR, _State.UPDATE_IR),
    _State.UPDATE_IR: (_State.IDLE, _State.SELECT_DR),
}


class Tap(wiring.Component):
    """TAP controller with IDCODE and BYPASS, for the data registers behind ``scan``.

    Members: tck, tms, tdi : In(1), asynchronous; tdo : Out(1). scan : Out(ScanSignature()).
    Timing: the pins are sampled with the clock: TCK must be high and low for 4 cycles each, TMS
        and TDI may change when TCK falls. TDO changes at most 4 cycles after TCK falls.
    Source: IEEE 1149.1-2013. There is no TRST: five cycles of TMS high reset it.
    """

    tck: In(1)
    tms: In(1)
    tdi: In(1)
    tdo: Out(1)
    scan: Out(ScanSignature())

    def elaborate(self, platform):
        m = Module()
        tck, tms, tdi, before = Signal(), Signal(), Signal(), Signal()
        for name, pin, sampled in (("tck", self.tck, tck), ("tms", self.tms, tms),
                                   ("tdi", self.tdi, tdi)):
            m.submodules[name] = FFSynchronizer(pin, sampled)
        m.d.sync += before.eq(tck)
        state = Signal(_State)
        instruction, shifted = Signal(Instruction, init=Instruction.IDCODE), Signal(_IR_BITS)
        identity = Signal(32)  # the register of IDCODE, or in bit 0 that of BYPASS
        is_identity = instruction == Instruction.IDCODE
        scan = self.scan

        m.d.comb += [
            scan.dtmcs.eq(instruction == Instruction.DTMCS),
            scan.dmi.eq(instruction == Instruction.DMI),
            scan.tdi.eq(tdi),
            scan.reset.eq(state == _State.RESET),
        ]
        with m.If(tck & ~before):
            m.d.comb += [
                scan.capture.eq(state == _State.CAPTURE_DR),
                scan.shift.eq(state == _State.SHIFT_DR),
                scan.update.eq(state == _State.UPDATE_DR),
            ]
            with m.Switch(state):
                for value, (low, high) in _NEXT.items():
                    with m.Case(value):
                        m.d.sync += state.eq(Mux(tms, high, low))
            with m.Switch(state):
                with m.Case(_State.RESET):
                    m.d.sync += instruction.eq(Instruction.IDCODE)
                with m.Case(_State.CAPTURE_IR):
                    m.d.sync += shifted.eq(0b00001)
                with m.Case(_State.SHIFT_IR):
                    m.d.sync += shifted.eq(Cat(shifted[1:], tdi))
                with m.Case(_State.UPDATE_IR):
                    m.d.sync += instruction.eq(shifted)
                with m.Case(_State.CAPTURE_DR):
                    m.d.sync += identity.eq(Mux(is_identity, IDCODE, 0))
                with m.Case(_State.SHIFT_DR):
                    m.d.sync += identity.eq(Mux(is_identity, Cat(identity[1:], tdi), tdi))
        with m.If(before & ~tck):
            with m.If(state == _State.SHIFT_IR):
                m.d.sync += self.tdo.eq(shifted[0])
            with m.Else():
                m.d.sync += self.tdo.eq(Mux(scan.dtmcs | scan.dmi, scan.tdo, identity[0]))
        return m
