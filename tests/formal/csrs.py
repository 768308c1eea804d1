"""What the CSRs hold, and what traps and mret do to them, is what the manual says.

Proved, for ever, of the trap unit, the counters and the CSR file together, as a core with user mode
has them: every CSR of trap handling and of counting reads what `_Model` holds, which follows the
manual: writes change the bits that there are, and no others; a trap saves mode, pc, cause and
value; mret restores; an instruction that does not belong to the mode, that writes what is
read-only, or that names no CSR, is illegal. The mode, the vector, which interrupt is pending,
enabled and let in, and the privilege of loads and stores are the model's.

That the core asks these units in time, and with the instruction's own operands, is proved in
`instructions`.

Method: PDR, which finds the registers of the two that are always equal.
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Assume, Cat, Const, Cover, Elaboratable, Module, Mux, Signal
from amaranth.lib.wiring import connect

from cpu.bit_manipulation import EXTENSIONS
from cpu.counters import Counters
from cpu.csr import CsrFile
from cpu.options import IMPLEMENTATION_ID
from cpu.traps import Traps
from tests.formal.proof import Bench, Pdr, Proof
from tests.formal.specification import csr_is_known
from tests.mutants import edited

_PMP = (*range(0x3A0, 0x3A4), *range(0x3B0, 0x3C0), 0x747, 0x757)
"""CSRs of the PMP, which is not here."""

_MISA = 1 << 30 | sum(1 << ord(letter) - ord("A") for letter in "BIMU")


class _Csrs(Elaboratable):
    """The three units, connected as in the core."""

    csr_file, traps, counters = CsrFile, Traps, Counters

    def __init__(self):
        self.file = self.csr_file(extensions=frozenset(EXTENSIONS), user_mode=True, groups=2)
        self.trap_unit = self.traps(user_mode=True)
        self.counter_unit = self.counters(user_mode=True)

    def elaborate(self, platform):
        m = Module()
        m.submodules.file, m.submodules.traps = self.file, self.trap_unit
        m.submodules.counters = self.counter_unit
        connect(m, self.file.groups[0], self.trap_unit.csr)
        connect(m, self.file.groups[1], self.counter_unit.csr)
        m.d.comb += [self.file.machine.eq(self.trap_unit.machine),
                     self.file.hidden.eq(self.counter_unit.hidden)]
        return m


class _Model:
    """The architectural state, one register for each field that there is.

    Members: registers : {number: what it reads}, of those that there are. writes : {number:
             function of the new value that gives the statements of a write}.
    """

    def __init__(self, mip, time):
        self.mie, self.mpie, self.mpp, self.mprv, self.tw = (
            Signal(name=f"model_{name}") for name in ("mie", "mpie", "mpp", "mprv", "tw"))
        self.machine = Signal(init=1)
        self.enable, self.scratch, self.epc, self.value = (
            Signal(32, name=f"model_{name}") for name in ("enable", "scratch", "epc", "value"))
        self.vectored, self.base = Signal(), Signal(30)
        self.cause, self.is_interrupt = Signal(5), Signal()
        self.cycle, self.instret = Signal(64), Signal(64)
        self.stop_cycle, self.stop_instret, self.counteren = Signal(), Signal(), Signal(3)
        zero = Const(0, 32)
        self.registers = {
            0x300: (self.mie << 3) | (self.mpie << 7) | Mux(self.mpp, 3 << 11, 0)
            | (self.mprv << 17) | (self.tw << 21),
            0x301: Const(_MISA, 32), 0x304: self.enable, 0x305: (self.base << 2) | self.vectored,
            0x306: self.counteren, 0x30A: zero, 0x310: zero, 0x31A: zero,
            0x320: self.stop_cycle | (self.stop_instret << 2),
            0x340: self.scratch, 0x341: self.epc,
            0x342: (self.is_interrupt << 31) | self.cause, 0x343: self.value, 0x344: mip,
            0xB00: self.cycle[:32], 0xB80: self.cycle[32:], 0xB02: self.instret[:32],
            0xB82: self.instret[32:], 0xC00: self.cycle[:32], 0xC80: self.cycle[32:],
            0xC01: time[:32], 0xC81: time[32:], 0xC02: self.instret[:32],
            0xC82: self.instret[32:],
            0xF11: zero, 0xF12: zero, 0xF13: Const(IMPLEMENTATION_ID, 32), 0xF14: zero,
            0xF15: zero,
            **{base + n: zero for base in (0xB00, 0xB80, 0x320) for n in range(3, 32)},
        }
        implemented = 0xFFFF_0000 | 1 << 11 | 1 << 7 | 1 << 3
        self.writes = {
            0x300: lambda new: [self.mie.eq(new[3]), self.mpie.eq(new[7]),
                                self.mpp.eq(new[11:13] == 3), self.mprv.eq(new[17]),
                                self.tw.eq(new[21])],
            0x304: lambda new: self.enable.eq(new & implemented),
            0x305: lambda new: [self.vectored.eq(new[0]),
                                self.base.eq(Mux(new[0], new[2:] & ~0x1F, new[2:]))],
            0x306: lambda new: self.counteren.eq(new[:3]),
            0x320: lambda new: [self.stop_cycle.eq(new[0]), self.stop_instret.eq(new[2])],
            0x340: lambda new: self.scratch.eq(new),
            0x341: lambda new: self.epc.eq(new & ~3),
            0x342: lambda new: [self.is_interrupt.eq(new[31]), self.cause.eq(new[:5])],
            0x343: lambda new: self.value.eq(new),
            0xB00: lambda new: self.cycle[:32].eq(new),
            0xB80: lambda new: self.cycle[32:].eq(new),
            0xB02: lambda new: self.instret[:32].eq(new),
            0xB82: lambda new: self.instret[32:].eq(new),
        }


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self._component()
        file, traps, counters = dut.file, dut.trap_unit, dut.counter_unit
        for unit, names in (
                (file, ("takes", "next_address", "funct3", "operand", "writes", "write")),
                (traps, ("timer_interrupt", "software_interrupt", "external_interrupt",
                         "fast_interrupts", "enter", "interrupt", "cause", "value", "pc",
                         "leave")),
                (counters, ("retire", "older", "time"))):
            m.d.comb += [getattr(unit, name).eq(AnySeq(len(getattr(unit, name))))
                         for name in names]
        number = Signal(12)  # of the CSR that the instruction in execute names
        with m.If(file.takes):
            m.d.sync += number.eq(file.next_address)
        m.d.comb += file.address.eq(number)
        lines, pending, taken = Signal(32), Signal(32), Signal()
        m.d.comb += lines.eq(
            Cat(Const(0, 3), traps.software_interrupt, Const(0, 3), traps.timer_interrupt,
                Const(0, 3), traps.external_interrupt, Const(0, 4), traps.fast_interrupts))
        m.d.sync += [pending.eq(lines), taken.eq(traps.take)]
        model = _Model(pending, counters.time)
        active = pending & model.enable
        code = Signal(5)  # of the interrupt that goes first, one cycle ago
        with m.If(active.any()):
            m.d.sync += code.eq(self._first(active))
        m.d.comb += [
            # Of the core, which does one thing at a time.
            Assume((traps.enter + traps.leave + file.write) <= 1),
            Assume(~file.write | (file.writes & ~file.illegal & (file.funct3[:2] != 0))),
            Assume(~traps.leave | model.machine),
            Assume(~(traps.enter & traps.interrupt) | taken),
            Assume(~counters.retire | counters.older),
        ]
        self._step(m, dut, model, number, code)
        self._claims(m, dut, model, number, active, code)
        return m

    @staticmethod
    def _first(active):
        """Fast interrupts from 16 on, then external, software and timer."""
        first = Const(7, 5)
        for number in (3, 11, *reversed(range(16, 32))):
            first = Mux(active[number], number, first)
        return first

    @staticmethod
    def _step(m, dut, model, number, code):
        file, traps, counters = dut.file, dut.trap_unit, dut.counter_unit
        old, new = file.read_data, Signal(32)
        m.d.comb += new.eq(Mux(file.funct3[:2] == 1, file.operand,
                               Mux(file.funct3[:2] == 2, old | file.operand,
                                   old & ~file.operand)))
        with m.If(~model.stop_cycle):
            m.d.sync += model.cycle.eq(model.cycle + 1)
        with m.If(counters.retire):
            m.d.sync += model.instret.eq(model.instret + 1)
        for address, write in model.writes.items():
            with m.If(file.write & (number == address)):
                m.d.sync += write(new)
        with m.If(traps.enter):
            m.d.sync += [
                model.mpie.eq(model.mie), model.mie.eq(0), model.mpp.eq(model.machine),
                model.machine.eq(1), model.epc.eq(Cat(Const(0, 2), traps.pc)),
                model.is_interrupt.eq(traps.interrupt),
                model.cause.eq(Mux(traps.interrupt, code, traps.cause)),
                model.value.eq(traps.value)]
        with m.If(traps.leave):
            m.d.sync += [
                model.mie.eq(model.mpie), model.mpie.eq(1), model.machine.eq(model.mpp),
                model.mpp.eq(0), model.mprv.eq(model.mprv & model.mpp)]

    @staticmethod
    def _claims(m, dut, model, number, active, code):
        file, traps, counters = dut.file, dut.trap_unit, dut.counter_unit
        asked = Signal()  # an instruction has come to execute
        with m.If(file.takes):
            m.d.sync += asked.eq(1)
        for address, value in model.registers.items():
            if address in (0xB02, 0xB82, 0xC02, 0xC82):  # counting what is about to retire
                now = (model.instret + counters.older)[:64]
                value = now[32:] if address & 0x80 else now[:32]
            m.d.comb += Assert(~asked | (number != address) | (file.read_data == value))
        is_pmp = Cat(number == address for address in _PMP).any()
        counter = number[:2]
        shown = (number[2:7] == 0) & (number[8:12] == 0xC) & (
            model.counteren.bit_select(counter, 1))
        legal = (csr_is_known(number) & ~is_pmp & ~(file.writes & number[10:12].all())
                 & (model.machine | (~number[8:10].any() & shown)))
        takes = active.any() & (model.mie | ~model.machine)
        m.d.comb += [
            Assert(~asked | (file.illegal == ~legal)),
            Assert(traps.machine == model.machine),
            Assert(Cat(Const(0, 2), traps.return_pc) == model.epc),
            Assert(traps.wake == active.any()), Assert(traps.take == takes),
            Assert(traps.wait_traps == (model.tw & ~model.machine)),
            Assert(traps.data_machine == Mux(model.machine & model.mprv, model.mpp,
                                             model.machine)),
            Assert(traps.vector == (
                model.base + Mux(traps.interrupt & model.vectored, code, 0))[:30]),
            Cover(file.write & (number == 0x300) & ~model.mie),
            Cover(~model.machine & traps.take),
            Cover(traps.vector == 0x2000_0017),
        ]


def _with(attribute, part, title, old, new):
    return type(title, (_Csrs,), {attribute: edited(part, title, old, new)})


_MUTANTS = (
    _with("traps", Traps, "interrupts_stay_on_in_a_handler",
          "enabled.eq(0), enabled_before.eq(enabled),", "enabled_before.eq(enabled),"),
    _with("traps", Traps, "handler_in_the_old_mode", "self.machine.eq(1), previously_machine",
          "previously_machine"),
    _with("traps", Traps, "mret_keeps_mprv", "modified.eq(modified & previously_machine)",
          "modified.eq(modified)"),
    _with("traps", Traps, "reserved_mode_as_machine_mode", "new[11:13].all()", "new[11]"),
    _with("traps", Traps, "exceptions_vectored_too", "vectored & self.interrupt, interrupts",
          "vectored, interrupts"),
    _with("csr_file", CsrFile, "user_mode_reads_all_csrs",
          "(self.address[8:10].any() | self.hidden)", "0"),
    _with("csr_file", CsrFile, "read_only_is_written", "(self.writes & read_only)", "0"),
    _with("csr_file", CsrFile, "csrrc_sets", "self.read_data & ~self.operand",
          "self.read_data | self.operand"),
    _with("counters", Counters, "carry_lost", "cycle.eq(cycle + 1)",
          "cycle[:2].eq(cycle[:2] + 1)"),
)


PROOFS = (Proof("csrs", "hold what the manual says after any writes, traps and mret", _Bench, _Csrs,
                _MUTANTS, Pdr(), mutant_cycles=8, cover_cycles=8),)
