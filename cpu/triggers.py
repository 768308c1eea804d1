"""Triggers: breakpoints and watchpoints by address."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from cpu.csr import read_csrs, select_csrs
from cpu.ports import CsrPortSignature

__all__ = ["TRIGGERS", "Triggers"]


TRIGGERS = 2
"""How many there are."""

_TSELECT, _TDATA1, _TDATA2, _TINFO = 0x7A0, 0x7A1, 0x7A2, 0x7A4
_TYPE = 2  # mcontrol


class _Control(data.Struct):
    """What tdata1 of one trigger stores."""

    load: 1
    store: 1
    execute: 1
    user: 1
    machine: 1
    halts: 1  # action 1, enter debug mode; else raise a breakpoint exception
    debugger_only: 1  # dmode


class Triggers(wiring.Component):
    """Two address triggers of type mcontrol, which fire before the instruction takes effect.

    Parameters: user_mode : bool, there is user mode beside machine mode.
    Members:
        csr     : In(CsrPortSignature()). A change holds from the second instruction behind on.
        debug   : In(1), debug mode: nothing fires, and all may be written.
        locked  : In(1), no trigger may enter debug mode, and those of the debugger are cleared.
        machine : In(1), the mode is M, not U; interrupts_enabled : In(1), mstatus.MIE.
        fetch_address : In(30), word address of the instruction that enters execute at the end of
                  this cycle if ``fetch_takes`` : In(1); stop : Out(1), it shall not.
        stopped : Out(1), the instruction in execute is one that was stopped; stop_halts : Out(1),
                  to enter debug mode.
        data_address : In(32), of the ``load`` : In(1) or ``store`` : In(1) that enters the memory
                  stage at the end of this cycle if ``data_takes`` : In(1).
        watched : Out(1), the access in the memory stage shall not be made; watch_halts : Out(1),
                  but debug mode entered. Without meaning where there is no access.
    Timing: an address is compared in the cycle before its instruction, with registers.
    Source: RISC-V Debug 0.13.2 §5.2: match 0 (equal), size 0 (any), timing 0 (before), action 0
        and 1; other values are stored as these. A trigger with action 0 does not fire in machine
        mode while MIE is 0 (§5.1), so that the handler of breakpoints can work.
    """

    def __init__(self, *, user_mode):
        self._user_mode = user_mode
        super().__init__({
            "csr": In(CsrPortSignature()),
            "debug": In(1), "locked": In(1), "machine": In(1), "interrupts_enabled": In(1),
            "fetch_address": In(30), "fetch_takes": In(1),
            "stop": Out(1), "stopped": Out(1), "stop_halts": Out(1),
            "data_address": In(32), "load": In(1), "store": In(1), "data_takes": In(1),
            "watched": Out(1), "watch_halts": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        controls = [Signal(_Control, name=f"control{n}") for n in range(TRIGGERS)]
        addresses = [Signal(32, name=f"address{n}") for n in range(TRIGGERS)]
        self._registers(m, controls, addresses)

        stops, watches = Signal(TRIGGERS), Signal(TRIGGERS)
        for number, (control, address) in enumerate(zip(controls, addresses)):
            active = Signal(name=f"active{number}")
            quiet = self.machine & ~self.interrupts_enabled
            m.d.comb += [
                active.eq(~self.debug & Mux(self.machine, control.machine, control.user)
                          & Mux(control.halts, ~self.locked, ~quiet)),
                stops[number].eq(active & control.execute
                                 & (Cat(Const(0, 2), self.fetch_address) == address)),
                watches[number].eq(active & ((self.load & control.load)
                                             | (self.store & control.store))
                                   & (self.data_address == address)),
            ]
        halts = Cat(control.halts for control in controls)
        m.d.comb += self.stop.eq(stops.any())
        with m.If(self.fetch_takes):
            m.d.sync += [self.stopped.eq(stops.any()), self.stop_halts.eq((stops & halts).any())]
        with m.If(self.data_takes):
            m.d.sync += [self.watched.eq(watches.any()),
                         self.watch_halts.eq((watches & halts).any())]
        return m

    def _registers(self, m, controls, addresses):
        csr, new = self.csr, self.csr.write_data
        trigger = Signal(range(TRIGGERS))  # tselect
        control = Signal(_Control)
        m.d.comb += control.eq(Array(c.as_value() for c in controls)[trigger])
        registers = {
            _TSELECT: trigger,
            _TDATA1: Cat(control.load, control.store, control.execute, control.user, Const(0, 2),
                         control.machine, Const(0, 5), control.halts, Const(0, 14),
                         control.debugger_only, Const(_TYPE, 4)),
            _TDATA2: Array(addresses)[trigger],
            _TINFO: Const(1 << _TYPE, 32),
        }
        selected = select_csrs(m, csr, registers)
        m.d.comb += csr.read_data.eq(read_csrs(selected, registers))

        with m.If(csr.write & selected[_TSELECT] & (new < TRIGGERS)):
            m.d.sync += trigger.eq(new)
        for number, (stored, address) in enumerate(zip(controls, addresses)):
            mine = csr.write & (trigger == number) & (self.debug | ~stored.debugger_only)
            with m.If(mine & selected[_TDATA1]):
                debugger_only = new[27] & self.debug
                m.d.sync += [
                    stored.load.eq(new[0]), stored.store.eq(new[1]), stored.execute.eq(new[2]),
                    stored.machine.eq(new[6]), stored.debugger_only.eq(debugger_only),
                    stored.halts.eq(debugger_only & (new[12:16] == 1)),
                ]
                if self._user_mode:
                    m.d.sync += stored.user.eq(new[3])
            with m.If(mine & selected[_TDATA2]):
                m.d.sync += address.eq(new)
            with m.If(self.locked & stored.debugger_only):  # nobody else could
                m.d.sync += stored.eq(0)
