"""The counters: mcycle, minstret and their read-only twins."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.csr import read_csrs, select_csrs
from cpu.ports import CsrPortSignature

__all__ = ["Counters"]


class Counters(wiring.Component):
    """mcycle, minstret, mcountinhibit, the user counters, and hardware counters that read 0.

    Parameters: user_mode : bool, there is user mode, and mcounteren.
    Members:
        csr    : In(CsrPortSignature()); hidden : Out(1), it is no counter that user mode may read.
        retire : In(1), the instruction before the one in execute retires in this cycle and is
                 counted.
        older  : In(1), there is such an instruction, or it traps.
        counting : Out(1), the instruction in execute is to be counted.
        time   : In(64), what ``time`` reads.
        stop   : In(1), the counters stand.
    Timing: an instruction reads in ``instret`` how many retired before it.
    Source: RISC-V Privileged 1.13 §3.1.10 to §3.1.12; Unprivileged, Zicntr.
    """

    def __init__(self, *, user_mode):
        self._user_mode = user_mode
        super().__init__({
            "csr": In(CsrPortSignature()),
            "hidden": Out(1),
            "retire": In(1),
            "older": In(1),
            "counting": Out(1),
            "time": In(64),
            "stop": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        csr = self.csr
        cycle, instret = Signal(64), Signal(64)
        stop_cycle, stop_instret = Signal(), Signal()
        instret_next = Signal(64)
        m.d.comb += [
            instret_next.eq(instret + self.older),
            self.counting.eq(~stop_instret & ~self.stop),
        ]
        with m.If(~stop_cycle & ~self.stop):
            m.d.sync += cycle.eq(cycle + 1)
        with m.If(self.retire):
            m.d.sync += instret.eq(instret_next)

        user_enable = Signal(3)  # mcounteren: cycle, time, instret
        registers = {0x320: Cat(stop_cycle, Const(0, 1), stop_instret)}
        for number, value in enumerate((cycle, self.time, instret_next)):
            for base in (0xB00, 0xC00) if number != 1 else (0xC00,):
                registers |= {base + number: value[0:32], base + 0x80 + number: value[32:64]}
        if self._user_mode:
            registers[0x306] = user_enable
        # There are no hpmcounters and no events: they read 0.
        zeros = [base + n for base in (0xB00, 0xB80, 0x320) for n in range(3, 32)]
        selected = select_csrs(m, csr, registers, more=zeros)
        shown = Cat(user_enable[number] & (selected[0xC00 + number] | selected[0xC80 + number])
                    for number in range(3))
        m.d.comb += [
            csr.read_data.eq(read_csrs(selected, registers)),
            self.hidden.eq(~shown.any()),
        ]

        for address, counter in ((0xB00, cycle), (0xB02, instret)):
            with m.If(csr.write & selected[address]):
                m.d.sync += counter[0:32].eq(csr.write_data)
            with m.If(csr.write & selected[address + 0x80]):
                m.d.sync += counter[32:64].eq(csr.write_data)
        if self._user_mode:
            with m.If(csr.write & selected[0x306]):
                m.d.sync += user_enable.eq(csr.write_data)
        with m.If(csr.write & selected[0x320]):
            m.d.sync += [stop_cycle.eq(csr.write_data[0]), stop_instret.eq(csr.write_data[2])]
        return m
