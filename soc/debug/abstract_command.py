"""Abstract commands: the core moves its registers and runs the program buffer for the debugger."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from cpu.debug import DATA_CSR, PROGRAM_OFFSET
from soc.debug.ports import END_WORD, PROGRAM_WORDS, AccessSignature, DmiSignature

__all__ = ["ABSTRACTAUTO", "ABSTRACTCS", "AbstractCommand", "COMMAND", "CommandError", "DATA0",
           "PROGBUF0"]


DATA0, ABSTRACTCS, COMMAND, ABSTRACTAUTO, PROGBUF0 = 0x04, 0x16, 0x17, 0x18, 0x20
"""Addresses of its registers on the debug module interface."""

_S0 = 8


class CommandError(enum.Enum, shape=3):
    """abstractcs.cmderr."""

    NONE = 0
    BUSY = 1
    NOT_SUPPORTED = 2
    EXCEPTION = 3
    HALT_RESUME = 4
    OTHER = 7


class _Run(enum.Enum, shape=2):
    """What the core runs for the debugger."""

    REGISTER = 0  # moves x<n> from or to data0
    CSR = 1  # moves a CSR, by way of s0
    RESTORE = 2  # brings s0 back when that failed
    PROGRAM = 3


class _Command(data.Struct):
    """The register command, for access register."""

    number: 16
    write: 1
    transfer: 1
    execute: 1
    increment: 1
    size: 3
    zero: 1
    kind: 8


class AbstractCommand(wiring.Component):
    """The registers data0, abstractcs, command, abstractauto and progbuf0 to 7.

    The core runs what a command needs from the debugger's words in ITCM: instructions that this
    component writes there, and the program buffer, which lies there too. A CSR is moved by
    exchanging s0 with data0, moving it to or from s0, and exchanging them again.

    Parameters: words : int, address of the debugger's words.
    Members:
        dmi   : In(DmiSignature()), whose ``read_data`` is 0 and ``done`` 1 for registers of others.
        access : Out(AccessSignature()), to ITCM.
        busy  : Out(1), a command is under way.
        mode, parked, failed, start, program, data, data_write, data_written : as `DebugSignature`,
                seen from the debug module.
    Timing: a command takes 20 to 60 cycles; the program buffer as long as it wants.
    Source: RISC-V Debug 0.13.2 §3.6, §3.7, §3.12.6 to §3.12.10. Commands access a register of the
        core, or a CSR, with aarsize 2, and may then execute the program buffer, behind which is an
        implicit ebreak. Of abstractauto only bit 0 exists.
    """

    def __init__(self, *, words):
        self._words = words
        super().__init__({
            "dmi": In(DmiSignature()), "access": Out(AccessSignature()), "busy": Out(1),
            "mode": In(1), "parked": In(1), "failed": In(1), "start": Out(1), "program": Out(1),
            "data": Out(32), "data_write": In(1), "data_written": In(32),
        })

    def elaborate(self, platform):
        m = Module()
        dmi = self.dmi
        command, error, auto = Signal(_Command), Signal(CommandError), Signal()
        write = dmi.valid & dmi.write
        at_data, at_status, at_command, at_auto = (
            dmi.address == n for n in (DATA0, ABSTRACTCS, COMMAND, ABSTRACTAUTO))
        at_program = dmi.address[3:] == PROGBUF0 >> 3
        reaches_words = Signal()  # an access to the program buffer that is to be made
        starts = Signal()
        m.d.comb += [
            reaches_words.eq(dmi.valid & at_program & ~self.busy),
            dmi.done.eq(~reaches_words | self.access.done),
        ]
        with m.If(at_data):
            m.d.comb += dmi.read_data.eq(self.data)
        with m.Elif(at_status):
            m.d.comb += dmi.read_data.eq(Cat(
                Const(1, 8), error, Const(0, 1), self.busy, Const(0, 11),
                Const(PROGRAM_WORDS, 5)))
        with m.Elif(at_auto):
            m.d.comb += dmi.read_data.eq(auto)
        with m.Elif(at_program):
            m.d.comb += dmi.read_data.eq(self.access.read_data & (~self.busy).replicate(32))

        m.d.comb += starts.eq(((write & at_command) | (dmi.valid & at_data & auto))
                              & ~self.busy & (error == CommandError.NONE))
        new = Signal(_Command)
        m.d.comb += new.eq(Mux(at_command, dmi.write_data, command))
        with m.If(write & at_data & ~self.busy):
            m.d.sync += self.data.eq(dmi.write_data)
        with m.If(self.data_write):
            m.d.sync += self.data.eq(self.data_written)
        with m.If(write & at_auto & ~self.busy):
            m.d.sync += auto.eq(dmi.write_data[0])
        with m.If(write & at_status & ~self.busy):
            m.d.sync += error.eq(error.as_value() & ~dmi.write_data[8:11])
        with m.If(starts):
            m.d.sync += command.eq(new)
        with m.If(self.busy & (error == CommandError.NONE) & (
                (dmi.valid & (at_data | at_program))
                | (write & (at_status | at_command | at_auto)))):
            m.d.sync += error.eq(CommandError.BUSY)

        run, index, word = Signal(_Run), Signal(2), Signal(32)
        writes_word = Signal()
        self._sequence(m, command, error, starts, run, index, writes_word)
        self._instruction(m, command, run, index, word)
        position = Signal(range(END_WORD + 1))
        m.d.comb += [
            position.eq(Mux(run == _Run.PROGRAM, END_WORD, index)),
            self.access.valid.eq(writes_word | reaches_words),
            self.access.write.eq(self.busy | dmi.write),
            self.access.byte_enable.eq(0b1111),
            self.access.address.eq(self._words | Cat(Const(0, 2), Mux(
                self.busy, position, PROGRAM_OFFSET // 4 + dmi.address[0:3]))),
            self.access.write_data.eq(Mux(self.busy, word, dmi.write_data)),
        ]
        return m

    def _sequence(self, m, command, error, starts, run, index, writes_word):
        """Steps through what the command needs."""
        is_register = command.number[5:] == 0x1000 >> 5
        is_csr = command.number[12:] == 0
        supported = (command.kind == 0) & (~command.transfer | (
            (command.size == 2) & ~command.increment & (is_register | is_csr)))
        last = Signal()
        with m.Switch(run):
            with m.Case(_Run.CSR):
                m.d.comb += last.eq(index == 3)
            with m.Case(_Run.PROGRAM):
                m.d.comb += last.eq(1)
            with m.Default():
                m.d.comb += last.eq(index == 1)

        with m.FSM() as sequence:
            with m.State("IDLE"):
                with m.If(starts):
                    m.next = "CHECK"
            with m.State("CHECK"):
                m.d.sync += index.eq(0)
                m.next = "IDLE"
                with m.If(~supported):
                    m.d.sync += error.eq(CommandError.NOT_SUPPORTED)
                with m.Elif(~self.parked):
                    m.d.sync += error.eq(CommandError.HALT_RESUME)
                with m.Elif(command.transfer):
                    m.d.sync += run.eq(Mux(is_csr, _Run.CSR, _Run.REGISTER))
                    m.next = "WRITE"
                with m.Elif(command.execute):
                    m.d.sync += run.eq(_Run.PROGRAM)
                    m.next = "WRITE"
            with m.State("WRITE"):
                m.d.comb += writes_word.eq(1)
                with m.If(self.access.done):
                    m.d.sync += index.eq(index + 1)
                    with m.If(last):
                        m.next = "START"
            with m.State("START"):
                m.d.comb += [self.start.eq(1), self.program.eq(run == _Run.PROGRAM)]
                m.d.sync += index.eq(0)
                m.next = "RUN"
            with m.State("RUN"):
                with m.If(~self.mode):  # the core was reset
                    m.d.sync += error.eq(CommandError.OTHER)
                    m.next = "IDLE"
                with m.Elif(self.parked & self.failed):
                    m.d.sync += error.eq(CommandError.EXCEPTION)
                    m.next = "IDLE"
                    with m.If(run == _Run.CSR):
                        m.d.sync += run.eq(_Run.RESTORE)
                        m.next = "WRITE"
                with m.Elif(self.parked):
                    m.next = "IDLE"
                    with m.If(command.execute & ((run == _Run.REGISTER) | (run == _Run.CSR))):
                        m.d.sync += run.eq(_Run.PROGRAM)
                        m.next = "WRITE"
        m.d.comb += self.busy.eq(~sequence.ongoing("IDLE"))

    def _instruction(self, m, command, run, index, word):
        """The instruction that is written: an access to a CSR, or ebreak."""
        number, source, destination, funct3 = Signal(12), Signal(5), Signal(5), Signal(2)
        is_csr = run == _Run.CSR
        m.d.comb += word.eq(Cat(Const(0x73, 7), destination, funct3, Const(0, 1), source, number))
        register = Mux(is_csr, _S0, command.number[0:5])
        exchanges = Mux(is_csr, ~index[0], run == _Run.RESTORE)  # csrrw s0, data0, s0
        m.d.comb += number.eq(DATA_CSR)
        with m.If((run == _Run.PROGRAM) | Mux(is_csr, index == 3, index[0])):
            m.d.comb += number.eq(1)  # ebreak
        with m.Elif(exchanges):
            m.d.comb += [source.eq(_S0), destination.eq(_S0), funct3.eq(1)]
        with m.Else():
            with m.If(is_csr):
                m.d.comb += number.eq(command.number)
            with m.If(command.write ^ is_csr):  # csrrs register, number, x0
                m.d.comb += [destination.eq(register), funct3.eq(2)]
            with m.Else():  # csrrw x0, number, register
                m.d.comb += [source.eq(register), funct3.eq(1)]
