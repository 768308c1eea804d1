"""Debug mode: dcsr, dpc, and how the core enters and leaves it."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from cpu.csr import read_csrs, select_csrs
from cpu.ports import CsrPortSignature, DebugSignature

__all__ = ["DATA_CSR", "DebugMode", "PROGRAM_OFFSET"]


DATA_CSR = 0x7B4
"""Number of the CSR through which a debugger's program reaches the debug module's data0."""

PROGRAM_OFFSET = 16
"""Bytes from the start of the debugger's words to its program buffer; before are those with which
the debug module moves registers."""

_DCSR, _DPC = 0x7B0, 0x7B1
_VERSION = 4  # dcsr.debugver: as the specification 0.13 has it


class _Cause(enum.Enum, shape=3):
    """Why debug mode was entered: dcsr.cause."""

    NONE = 0
    EBREAK = 1
    TRIGGER = 2
    HALT_REQUEST = 3
    STEP = 4
    RESET_HALT_REQUEST = 5


class DebugMode(wiring.Component):
    """Holds the core in debug mode, where it waits, with nothing in its stages, or runs a program.

    A request to halt comes into execute as an interrupt does, in place of the next instruction; an
    ebreak or a trigger comes to the memory stage as an exception does. There this component claims
    the trap for itself. In debug mode it claims every trap: an ebreak ends the debugger's program,
    and anything else lets it fail.

    Parameters: words : int, address of the debugger's words in ITCM; user_mode : bool.
    Members:
        csr    : In(CsrPortSignature()); port : Out(DebugSignature()).
        machine : In(1), the mode is M.
        occupied : In(1), there is an instruction in the memory stage: one has left execute.
        take   : Out(1), halt before the next instruction, as `Traps` wants an interrupt;
                 interrupt : In(1), in the next cycle, that is what is in the memory stage.
        halts  : In(1), the trap of the instruction there is for debug mode, ``from_trigger``:
                 In(1) or from an ebreak.
        claims : Out(1), a trap in this cycle is no concern of `Traps`; trap : In(1), there is one,
                 at ``pc`` : In(30).
        enters : Out(1), debug mode is entered, or its program ends.
        mode   : Out(1), debug mode. quiet : Out(1), interrupts are not taken. wake : Out(1), a wfi
                 does not wait. ebreak_halts : Out(1), an ebreak is for debug mode.
        parked : Out(1), nothing is fetched. restart : Out(1), fetch begins at ``vector``: Out(30).
        resumes : Out(1), debug mode is left, for M if ``resume_machine`` : Out(1), else for U.
    Timing: effects at the end of the cycle; ``claims`` depends on registers only.
    Source: RISC-V Debug 0.13.2 §4.1 to §4.8. dcsr: stopcount is 1, stoptime, mprven, nmip are 0.
        A step that takes a trap or an interrupt ends before the handler's first instruction.
    """

    def __init__(self, *, words, user_mode):
        self._words, self._user_mode = words, user_mode
        super().__init__({
            "csr": In(CsrPortSignature()),
            "port": Out(DebugSignature()),
            "machine": In(1), "occupied": In(1),
            "take": Out(1), "interrupt": In(1), "halts": In(1), "from_trigger": In(1),
            "claims": Out(1), "trap": In(1), "pc": In(30), "enters": Out(1),
            "mode": Out(1), "quiet": Out(1), "wake": Out(1), "ebreak_halts": Out(1),
            "parked": Out(1), "restart": Out(1), "vector": Out(30),
            "resumes": Out(1), "resume_machine": Out(1, init=1),
        })

    def elaborate(self, platform):
        m = Module()
        port = self.port
        ebreak_machine, ebreak_user, step_interrupts = Signal(), Signal(), Signal()
        step, stepped = Signal(), Signal()
        cause, pc = Signal(_Cause), Signal(30)
        taken, reason = Signal(), Signal(_Cause)  # of the cycle before
        m.d.comb += [
            self.take.eq(~self.mode & ~port.locked
                         & (port.halt | (step & (self.occupied | stepped)))),
            self.claims.eq(self.mode | self.halts | (self.interrupt & taken)),
            self.enters.eq(self.trap & self.claims),
            self.quiet.eq(self.mode | (step & ~step_interrupts)),
            self.wake.eq(self.mode | step | port.halt),
            self.ebreak_halts.eq(self.mode | (~port.locked & Mux(
                self.machine, ebreak_machine, ebreak_user))),
            self.resumes.eq(self.parked & port.resume),
            self.restart.eq(self.parked & (port.start | port.resume)),
            self.vector.eq(Mux(port.resume, pc, Mux(
                port.program, (self._words + PROGRAM_OFFSET) >> 2, self._words >> 2))),
            port.mode.eq(self.mode),
            port.parked.eq(self.parked),
        ]
        m.d.sync += [
            taken.eq(self.take),
            reason.eq(Mux(port.from_reset, _Cause.RESET_HALT_REQUEST, Mux(
                port.halt, _Cause.HALT_REQUEST, _Cause.STEP))),
        ]
        with m.If(self.occupied):
            m.d.sync += stepped.eq(~self.mode)
        with m.If(self.restart):
            m.d.sync += [self.parked.eq(0), self.mode.eq(~self.resumes), stepped.eq(0)]
        flags = {2: step, 11: step_interrupts, 15: ebreak_machine}
        if self._user_mode:
            flags[12] = ebreak_user
        self._registers(m, pc, flags, cause)
        with m.If(port.locked):  # else a step would hold off interrupts for ever
            m.d.sync += step.eq(0)
        with m.If(self.enters):
            m.d.sync += [self.mode.eq(1), self.parked.eq(1),
                         port.failed.eq(self.mode & ~self.halts)]
            with m.If(~self.mode):
                m.d.sync += [
                    pc.eq(self.pc), self.resume_machine.eq(self.machine),
                    cause.eq(Mux(self.interrupt, reason, Mux(
                        self.from_trigger, _Cause.TRIGGER, _Cause.EBREAK))),
                ]
        return m

    def _registers(self, m, pc, flags, cause):
        """Adds the CSRs. ``flags`` : {bit of dcsr: register}."""
        csr, port = self.csr, self.port
        dcsr = Signal(32)
        m.d.comb += [
            dcsr.eq(1 << 10), dcsr[28:].eq(_VERSION), dcsr[6:9].eq(cause),
            dcsr[0:2].eq(self.resume_machine.replicate(2)),
            *(dcsr[bit].eq(register) for bit, register in flags.items()),
        ]
        registers = {_DCSR: dcsr, _DPC: Cat(Const(0, 2), pc), DATA_CSR: port.data}
        selected = select_csrs(m, csr, registers, shown=self.mode)
        m.d.comb += [
            csr.read_data.eq(read_csrs(selected, registers)),
            port.data_written.eq(csr.write_data),
            port.data_write.eq(csr.write & selected[DATA_CSR]),
        ]
        with m.If(csr.write & selected[_DCSR]):
            new = csr.write_data
            m.d.sync += [register.eq(new[bit]) for bit, register in flags.items()]
            if self._user_mode:
                m.d.sync += self.resume_machine.eq(new[0:2].all())
        with m.If(csr.write & selected[_DPC]):
            m.d.sync += pc.eq(csr.write_data[2:])
