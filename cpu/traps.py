"""Trap handling and privilege: mstatus, mie, mip, mtvec, mscratch, mepc, mcause, mtval."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.csr import read_csrs, select_csrs
from cpu.interrupts import INTERRUPT_MASK, Interrupts
from cpu.ports import CsrPortSignature

__all__ = ["Traps"]


class Traps(wiring.Component):
    """The CSRs of trap handling, and what entering and leaving a trap does to them.

    Parameters: user_mode : bool, there is user mode beside machine mode.
    Members:
        csr        : In(CsrPortSignature()).
        timer_interrupt, software_interrupt, external_interrupt : In(1); fast_interrupts : In(16).
        enter      : In(1), a trap is taken: because of ``interrupt``: In(1), or else of
                     ``cause``: In(4), with ``value``: In(32) for mtval; ``pc``: In(30).
        leave      : In(1), mret executes. Never together with ``enter``.
        debug      : In(1), debug mode; halt : In(1), it is entered; resume : In(1), it is left, for
                     M if ``resume_machine`` : In(1), else for U. quiet : In(1), no interrupt is
                     taken. interrupts_enabled : Out(1), mstatus.MIE.
        vector     : Out(30), word address of the handler for this ``enter``.
        return_pc  : Out(30), mepc.
        wake       : Out(1), an interrupt is pending and enabled in mie.
        machine    : Out(1), the mode is M, not U; data_machine : Out(1), loads and stores have
                     the privilege of M; wait_traps : Out(1), wfi is illegal in this mode.
        take       : Out(1), and mstatus.MIE or the mode lets it in. ``enter`` with ``interrupt``
                     follows in the next cycle, or not at all.
    Timing: effects at the end of the cycle.
    Source: RISC-V Privileged 1.13 §3.1.6 to §3.1.9, §3.1.13 to §3.1.16. mtvec in vectored mode is
        a multiple of 128: bits 6 to 2 read 0. MPP takes 01 and 10 as 00. menvcfg reads 0.
    """

    def __init__(self, *, user_mode):
        self._user_mode = user_mode
        super().__init__({
            "csr": In(CsrPortSignature()),
            "timer_interrupt": In(1),
            "software_interrupt": In(1),
            "external_interrupt": In(1),
            "fast_interrupts": In(16),
            "enter": In(1),
            "interrupt": In(1),
            "cause": In(4),
            "value": In(32),
            "pc": In(30),
            "leave": In(1),
            "debug": In(1),
            "halt": In(1),
            "resume": In(1),
            "resume_machine": In(1),
            "quiet": In(1),
            "interrupts_enabled": Out(1),
            "vector": Out(30),
            "return_pc": Out(30),
            "wake": Out(1),
            "take": Out(1),
            "machine": Out(1, init=1),
            "data_machine": Out(1),
            "wait_traps": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.interrupts = interrupts = Interrupts()
        csr = self.csr
        enabled, enabled_before = Signal(), Signal()  # MIE, MPIE
        mie, scratch, value = Signal(32), Signal(32), Signal(32)
        vectored, base = Signal(), Signal(30)
        previously_machine = Signal(init=not self._user_mode)  # MPP
        modified, wait_traps = Signal(), Signal()  # MPRV, TW
        pc = Signal(30)
        cause, cause_interrupt = Signal(5), Signal()

        m.d.comb += [
            interrupts.timer.eq(self.timer_interrupt),
            interrupts.software.eq(self.software_interrupt),
            interrupts.external.eq(self.external_interrupt),
            interrupts.fast.eq(self.fast_interrupts),
            interrupts.enable.eq(mie),
            self.wake.eq(interrupts.any),
            self.take.eq(interrupts.any & (enabled | ~self.machine) & ~self.quiet),
            self.data_machine.eq(Mux(self.machine & modified & ~self.debug, previously_machine,
                                     self.machine)),
            self.interrupts_enabled.eq(enabled),
            self.wait_traps.eq(wait_traps & ~self.machine),
            self.return_pc.eq(pc),
            # The base has zeros where the code goes: see the write of mtvec.
            self.vector.eq(base | Mux(vectored & self.interrupt, interrupts.code, 0)),
        ]

        registers = {
            0x300: Cat(Const(0, 3), enabled, Const(0, 3), enabled_before, Const(0, 3),
                       previously_machine.replicate(2), Const(0, 4), modified, Const(0, 3),
                       wait_traps),
            0x304: mie,
            0x305: Cat(vectored, Const(0, 1), base),
            0x310: Const(0, 32),
            0x340: scratch,
            0x341: Cat(Const(0, 2), pc),
            0x342: Cat(cause, Const(0, 26), cause_interrupt),
            0x343: value,
            0x344: interrupts.pending,
        }
        if self._user_mode:
            registers |= {0x30A: Const(0, 32), 0x31A: Const(0, 32)}
        selected = select_csrs(m, csr, registers)
        m.d.comb += csr.read_data.eq(read_csrs(selected, registers))

        new = csr.write_data
        with m.If(csr.write & selected[0x300]):
            m.d.sync += [enabled.eq(new[3]), enabled_before.eq(new[7])]
            if self._user_mode:
                m.d.sync += [previously_machine.eq(new[11:13].all()),
                             modified.eq(new[17]), wait_traps.eq(new[21])]
        with m.If(csr.write & selected[0x304]):
            m.d.sync += mie.eq(new & INTERRUPT_MASK)
        with m.If(csr.write & selected[0x305]):
            m.d.sync += [vectored.eq(new[0]),
                         base.eq(Cat(new[2:7] & ~new[0].replicate(5), new[7:]))]
        with m.If(csr.write & selected[0x340]):
            m.d.sync += scratch.eq(new)
        with m.If(csr.write & selected[0x341]):
            m.d.sync += pc.eq(new[2:])
        with m.If(csr.write & selected[0x342]):
            m.d.sync += [cause.eq(new), cause_interrupt.eq(new[31])]
        with m.If(csr.write & selected[0x343]):
            m.d.sync += value.eq(new)

        with m.If(self.leave):
            m.d.sync += [enabled.eq(enabled_before), enabled_before.eq(1)]
            if self._user_mode:
                m.d.sync += [self.machine.eq(previously_machine), previously_machine.eq(0),
                             modified.eq(modified & previously_machine)]
        with m.If(self.enter):
            m.d.sync += [
                enabled.eq(0), enabled_before.eq(enabled),
                self.machine.eq(1), previously_machine.eq(self.machine),
                pc.eq(self.pc), value.eq(self.value),
                cause.eq(Mux(self.interrupt, interrupts.code, self.cause)),
                cause_interrupt.eq(self.interrupt),
            ]
        with m.If(self.halt):
            m.d.sync += self.machine.eq(1)
        with m.If(self.resume):
            m.d.sync += [self.machine.eq(self.resume_machine),
                         modified.eq(modified & self.resume_machine)]
        return m
