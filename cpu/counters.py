"""The counters: mcycle, minstret and their read-only twins."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.ports import CsrPortSignature

__all__ = ["Counters"]


class Counters(wiring.Component):
    """mcycle, minstret, mcountinhibit, the user counters, and hardware counters that read 0.

    Parameters: user_mode : bool, there is user mode, and mcounteren.
    Members:
        machine : In(1), the mode is M: all counters may be read.
        csr    : In(CsrPortSignature()).
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
            "machine": In(1),
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
        counters = {0: cycle, 1: self.time, 2: instret_next}
        with m.Switch(csr.address):
            for number, value in counters.items():
                for base in (0xB00, 0xC00) if number != 1 else (0xC00,):
                    exists = self.machine | user_enable[number]
                    for address, half in ((base, value[0:32]), (base + 0x80, value[32:64])):
                        with m.Case(address + number):
                            m.d.comb += [csr.exists.eq(exists), csr.read_data.eq(half)]
            if self._user_mode:
                with m.Case(0x306):
                    m.d.comb += [csr.exists.eq(1), csr.read_data.eq(user_enable)]
            with m.Case(0x320):
                m.d.comb += [csr.exists.eq(1), csr.read_data[0].eq(stop_cycle),
                             csr.read_data[2].eq(stop_instret)]
            with m.Case(*(base + n for base in (0xB00, 0xB80, 0x320) for n in range(3, 32))):
                m.d.comb += csr.exists.eq(1)  # hpmcounters and their events: none, read 0

        with m.If(csr.write):
            with m.Switch(csr.address):
                for address, counter in ((0xB00, cycle), (0xB02, instret)):
                    with m.Case(address):
                        m.d.sync += counter[0:32].eq(csr.write_data)
                    with m.Case(address + 0x80):
                        m.d.sync += counter[32:64].eq(csr.write_data)
                if self._user_mode:
                    with m.Case(0x306):
                        m.d.sync += user_enable.eq(csr.write_data)
                with m.Case(0x320):
                    m.d.sync += [stop_cycle.eq(csr.write_data[0]),
                                 stop_instret.eq(csr.write_data[2])]
        return m
