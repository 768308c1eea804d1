"""The core executes what the manual says: every instruction, from its fetch to what it changes.

One core with all extensions, user mode and no PMP entry, between memories, devices, interrupts and
registers that may do anything. Proved, for ever, of what the core reports on its RVFI port, with
`reference` as the specification:

- **Each instruction** of RV32IM, Zicsr, Zifencei, Zba, Zbb, Zbs, Zbkb, Zicond that retires has done
  what the manual says: rd and its value, the next pc, the address, lanes and data of its load or
  store. What must trap does, and nothing else: an encoding that is not listed, a CSR that there is
  not or not for this mode, mret in user mode, wfi with TW, a target or an access that is not
  aligned, one that reaches nothing. Then no register, memory or device changes, and mcause, mepc
  and mtval are told the right cause, the instruction's pc and the right value.
- **Registers**: what rs1 and rs2 read is what the last older instruction wrote there.
- **The program's order**: an instruction is the one after the last that retired, or the first of a
  handler; the word at its pc is what instruction memory holds there; ``order`` counts by one; an
  interrupt saves the pc of the instruction that would have been next.
- **Devices and ITCM** see a request for each load or store that retires, once, at its address, and
  none for any other reason; a load takes their answer.
- **Progress**: no more than PATIENCE cycles pass without an instruction or an interrupt, but for
  those of wfi and of a division.

Multiplier and divider are replaced by units of the same ports that answer something simple of all
their operands: that the core gives them the right ones and takes the right answer is proved here,
what they compute in `multiplier` and `divider`. What a CSR holds is proved in `csrs`: here, that
each is read and written when, and with what, the instruction says.

Method: induction, with an invariant that says of each stage what its registers hold of the
instruction in it. The specification is evaluated once, when the instruction leaves execute, and
follows it; that its inputs are those on the RVFI port is part of the claim.
"""

import contextlib
from unittest import mock

from amaranth.asserts import AnyConst, AnySeq
from amaranth.hdl import Assert, Assume, Cat, Const, Cover, Fragment, Module, Mux, Signal

from cpu.alu import Alu
from cpu.core import Core
from cpu.csr import CsrFile
from cpu.decode import Decoder
from cpu.divide import Divider
from cpu.execute import Execute
from cpu.fetch import Fetch
from cpu.load_store import LoadStore
from cpu.multiply import Multiplier
from cpu.operands import Operands
from cpu.register_file import RegisterFile
from cpu.verdict import Verdict
from sim.assembler import (
    ECALL, FENCE_I, LOAD, MRET, NOP, OP_IMM, branch, csr, i_type, jal, r_type,
)
from soc.fabric.bus import READ_LATENCY
from tests.formal.core_parts import REGIONS, opened, registers_of
from tests.formal.proof import Bench, Induction, Proof
from tests.formal.reference import Followed, Reference, stand_in
from tests.formal.specification import loaded_value
from tests.formal.stages import PATIENCE, Port, StageInvariant, View
from tests.mutants import edited


class _Multiplier(Multiplier):
    """With `stand_in` for the product."""

    def elaborate(self, platform):
        m = Module()
        with m.If(self.start):
            m.d.sync += self.result.eq(stand_in(self.funct3, self.a, self.b))
        return m


class _Divider(Divider):
    """With `stand_in` for quotient and remainder, after any time."""

    def elaborate(self, platform):
        m = Module()
        busy, answer = Signal(), Signal(32)
        m.d.comb += [self.busy.eq(busy), self.last.eq(busy & AnySeq(1)),
                     self.result.eq(Mux(busy, AnySeq(32), answer))]
        with m.If(self.start):
            m.d.sync += [busy.eq(1), answer.eq(stand_in(self.funct3, self.a, self.b))]
        with m.Elif(self.last):
            m.d.sync += busy.eq(0)
        with m.If(self.abort):
            m.d.sync += busy.eq(0)
        return m


def _register_file(watched):
    """A class of which each holds the register ``watched`` alone; the others read anything."""
    class OneRegister(RegisterFile):
        def elaborate(self, platform):
            m = Module()
            value = Signal(32)
            for read, answer in ((self.read_a, self.data_a), (self.read_b, self.data_b)):
                m.d.comb += answer.eq(Mux(read == 0, 0,
                                          Mux(read == watched, value, AnySeq(32))))
            with m.If(self.write_enable & (self.write == watched)):
                m.d.sync += value.eq(self.write_data)
            return m
    return OneRegister


def _reaches(effect, regions):
    """Condition that a load or store is to one of ``regions``."""
    return (effect.load | effect.store) & Cat(
        (effect.address >= region.base) & (effect.address < region.end)
        for region in regions).any()


class _Bench(Bench):
    """A core, and what must become of the instructions in it.

    A mutant may have a ``program``, words from the reset vector on: its defect is looked for there
    and not in all programs, which takes longer the later it shows.
    """

    def elaborate(self, platform):
        m = Module()
        self._m = m
        self._watched = AnyConst(5)
        replaced = getattr(self._component, "replaced", {})
        operands = replaced.get(_PLACES[Operands], Operands)
        with contextlib.ExitStack() as stack:
            for part, others in (  # an edited one has a module of its own
                    (self._component, {"Multiplier": _Multiplier, "Divider": _Divider}),
                    (operands, {"RegisterFile": _register_file(self._watched)})):
                stack.enter_context(mock.patch.dict(part.elaborate.__globals__, others))
            for place, component in replaced.items():
                stack.enter_context(mock.patch(place, component))
            core = opened(self._component)(**REGIONS, pmp_entries=0)
            m.submodules.dut = fragment = Fragment.get(core, platform)
        self._core, self._parts = core, core.parts
        self._registers = dict(registers_of(fragment))
        self._stage = core.parts.verdict.stage
        self._real = Signal()  # an instruction is in the memory stage
        m.d.comb += self._real.eq(self._stage.valid & ~self._stage.interrupt)
        self._free_inputs()
        self._follow()
        self._each_instruction()
        self._program_order()
        self._register_contents()
        self._devices()
        self._progress()
        self._units()
        self._cover()
        if self._component is Core:  # what a mutant does wrong must be seen from outside
            StageInvariant(m, self._claim, View(
                core=core, parts=core.parts, registers=self._registers, stage=self._stage,
                real=self._real, in_memory=self._in_memory, last=self._last,
                interrupted=self._interrupted, let_in=self._let_in, watched=self._watched,
                watched_value=self._watched_value, word_address=self._word_address,
                word=self._word, asked=self._asked, bus=self._ports[0], itcm=self._ports[1],
                present=self._present, waited=self._waited))
        return m

    def _claim(self, name, holds):
        """Asserts; the name is to be found in a trace."""
        true = Signal(name=f"claim_{name}")
        self._m.d.comb += [true.eq(holds), Assert(true)]

    def _latched(self, value, name):
        register = Signal.like(value, name=name)
        self._m.d.sync += register.eq(value)
        return register

    def _free_inputs(self):
        """Memories and devices answer anything, but for one word of instruction memory."""
        m, core = self._m, self._core
        asked = Signal(32)
        with m.If(core.fetch.enable):
            m.d.sync += asked.eq(core.fetch.address)
        self._asked = asked
        self._present = [core.bus.present]  # and 1, ... cycles ago
        for number in range(READ_LATENCY):
            self._present.append(self._latched(self._present[-1], f"present_{number}"))
        self._word_address, self._word = Cat(Const(0, 2), AnyConst(30)), AnyConst(32)
        m.d.comb += [
            *(getattr(core, name).eq(AnySeq(len(getattr(core, name)))) for name in (
                "timer_interrupt", "software_interrupt", "external_interrupt", "fast_interrupts",
                "time")),
            core.fetch.data.eq(Mux(asked == self._word_address, self._word, AnySeq(32))),
            core.ram.read_data.eq(AnySeq(64)),
            core.itcm.read_data.eq(AnySeq(32)),
            # As the bus says: 0 when nothing was there to be answered.
            core.bus.read_data.eq(Mux(self._present[-1], AnySeq(32), 0)),
        ]

        program = getattr(self._component, "program", ())
        if program:  # and the last of its words for ever, everywhere else
            word = Const(program[-1], 32)
            for number, other in enumerate(program[:-1]):
                word = Mux(asked == REGIONS["itcm"].base + 4 * number, other, word)
            m.d.comb += Assume(core.fetch.data == word)

    def _follow(self):
        """Makes ``_in_memory`` and ``_retired``, what must become of the instructions there."""
        m, parts = self._m, self._parts
        fetch, execute, rvfi = parts.fetch, parts.execute, parts.rvfi
        m.submodules.reference = reference = Reference(regions=REGIONS)
        self._reference = reference
        m.d.comb += [
            reference.word.eq(fetch.word), reference.pc.eq(Cat(Const(0, 2), fetch.pc)),
            reference.machine.eq(parts.traps.machine),
            reference.x.eq(Mux(rvfi.rs1 == 0, 0, execute.a)),
            reference.y.eq(Mux(rvfi.rs2 == 0, 0, execute.b)),
            reference.csr.eq(parts.csr.read_data),
            reference.counters.eq(self._registers["counters.user_enable"]),
            reference.wfi_traps.eq(parts.traps.wait_traps),
            reference.return_pc.eq(Cat(Const(0, 2), parts.traps.return_pc)),
        ]
        self._in_memory, self._retired = Signal(Followed), Signal(Followed)
        with m.If(rvfi.issued):
            m.d.sync += [getattr(self._in_memory, name).eq(getattr(reference, name))
                         for name in ("word", "pc", "machine", "x", "y", "effect")]
        m.d.sync += self._retired.eq(self._in_memory)
        self._claim("csr_is_written", parts.csr.write == (rvfi.issued & reference.effect.csr_write))
        self._claim("csr_value", ~parts.csr.write | (
            parts.csr.groups[0].write_data == reference.effect.csr_value))

    def _each_instruction(self):
        """What RVFI shows of it, and what the trap unit is told."""
        rvfi, followed, traps = self._core.rvfi, self._retired, self._parts.traps
        effect = followed.effect
        enters = self._latched(traps.enter & ~traps.interrupt, "enters")
        cause, value, pc, vector = (
            self._latched(getattr(traps, name), f"told_{name}")
            for name in ("cause", "value", "pc", "vector"))

        def claim(name, holds):
            self._claim(name, ~rvfi.valid | holds)

        def without_trap(name, holds):
            claim(name, effect.trap | holds)

        # The specification was asked about what is reported, and of registers that it reads.
        for name, reported, asked in (
                ("insn", rvfi.insn, followed.word), ("pc", rvfi.pc_rdata, followed.pc),
                ("mode", rvfi.mode, followed.machine.replicate(2)),
                ("rs1", rvfi.rs1_rdata, followed.x), ("rs2", rvfi.rs2_rdata, followed.y)):
            claim(f"reported_{name}", reported == asked)
        without_trap("rs1_addr", rvfi.rs1_addr == Mux(effect.reads_rs1, followed.word[15:20], 0))
        without_trap("rs2_addr", rvfi.rs2_addr == Mux(effect.reads_rs2, followed.word[20:25], 0))

        claim("traps", rvfi.trap == effect.trap)
        claim("enters", enters == effect.trap)
        self._claim("enters_as_it_retires", ~enters | rvfi.valid)
        claim("cause", ~effect.trap | (cause == effect.cause))
        claim("mtval", ~effect.trap | (value == effect.value))
        claim("mepc", ~effect.trap | (Cat(Const(0, 2), pc) == followed.pc))
        claim("handler", ~effect.trap | (rvfi.pc_wdata == Cat(Const(0, 2), vector)))

        claim("rd", rvfi.rd_addr == Mux(effect.writes & ~effect.trap, effect.rd, 0))
        lane = effect.address[:2]
        claim("rd_value", rvfi.rd_wdata == Mux(
            rvfi.rd_addr == 0, 0, Mux(effect.load, loaded_value(followed.word, lane,
                                                                rvfi.mem_rdata), effect.result)))
        without_trap("next_pc", rvfi.pc_wdata == effect.next_pc)
        without_trap("address", ~(effect.load | effect.store) | (
            rvfi.mem_addr == Cat(Const(0, 2), effect.address[2:])))
        claim("reads", rvfi.mem_rmask == Mux(effect.load & ~effect.trap, effect.lanes, 0))
        claim("writes", rvfi.mem_wmask == Mux(effect.store & ~effect.trap, effect.lanes, 0))
        for lane in range(4):
            claim(f"data_{lane}", ~rvfi.mem_wmask[lane] | (
                rvfi.mem_wdata.word_select(lane, 8) == effect.data.word_select(lane, 8)))

    def _program_order(self):
        m, rvfi, traps = self._m, self._core.rvfi, self._parts.traps
        last = Signal(32, init=REGIONS["itcm"].base)  # where the program goes on
        interrupted, order = Signal(), Signal(64)
        now = Signal(32)  # counting what retires in this cycle
        m.d.comb += now.eq(Mux(rvfi.valid, rvfi.pc_wdata, last))
        m.d.sync += [last.eq(now), interrupted.eq(interrupted & ~rvfi.valid)]
        with m.If(traps.enter & traps.interrupt):
            m.d.sync += [last.eq(Cat(Const(0, 2), traps.vector)), interrupted.eq(1)]
        with m.If(rvfi.valid):
            m.d.sync += order.eq(order + 1)
        self._claim("pc", ~rvfi.valid | (rvfi.pc_rdata == last))
        self._claim("intr", ~rvfi.valid | (rvfi.intr == interrupted))
        self._claim("order", rvfi.order == order)
        self._claim("interrupt_saves_pc", ~(traps.enter & traps.interrupt) | (
            Cat(Const(0, 2), traps.pc) == now))
        self._claim("word_of_memory", ~rvfi.valid | (rvfi.pc_rdata != self._word_address)
                    | (rvfi.insn == self._word))
        self._last, self._interrupted = now, interrupted & ~rvfi.valid

    def _register_contents(self):
        m, rvfi, watched = self._m, self._core.rvfi, self._watched
        value, now = Signal(32), Signal(32)  # now: counting what retires in this cycle
        m.d.comb += now.eq(Mux(rvfi.valid & (rvfi.rd_addr == watched) & (watched != 0),
                               rvfi.rd_wdata, value))
        m.d.sync += value.eq(now)
        self._watched_value = now
        for name in ("rs1", "rs2"):
            self._claim(f"{name}_is_what_was_written", ~rvfi.valid | (
                getattr(rvfi, f"{name}_addr") != watched) | (
                    getattr(rvfi, f"{name}_rdata") == value))

    def _devices(self):
        """The register bus and ITCM: what is asked there, and that a load takes the answer."""
        m, core, effect = self._m, self._core, self._in_memory.effect
        leaves, rvfi = self._parts.rvfi.leaves, core.rvfi
        self._ports = []
        for name, regions, request, latency in (
                ("bus", REGIONS["devices"], core.bus.request, READ_LATENCY),
                ("itcm", [REGIONS["itcm"]], core.itcm.enable, 1)):
            port = getattr(core, name)
            asked = Signal(name=f"{name}_asked")
            m.d.sync += asked.eq((asked | request) & ~leaves)

            wanted = self._real & ~effect.trap & _reaches(effect, regions)
            self._claim(f"{name}_request_has_a_reason", ~request | (wanted & ~asked))
            self._claim(f"{name}_is_asked", ~leaves | ~wanted | asked | request)
            self._claim(f"{name}_request", ~request | (
                (port.write == effect.store) & (port.byte_enable == effect.lanes)
                & (port.address[2:] == effect.address[2:])))
            for lane in range(4):
                self._claim(f"{name}_data_{lane}", ~(request & port.write & port.byte_enable[lane])
                            | (port.write_data.word_select(lane, 8)
                               == effect.data.word_select(lane, 8)))
            due, answer = [request & ~port.write], Signal(32, name=f"{name}_answer")
            for number in range(latency):
                due.append(self._latched(due[-1], f"{name}_due_{number}"))
            with m.If(due[-1]):
                m.d.sync += answer.eq(port.read_data)
            done = self._retired.effect
            self._claim(f"{name}_answer_is_loaded", ~rvfi.valid | done.trap | ~done.load
                        | ~_reaches(done, regions) | (rvfi.mem_rdata == answer))
            self._ports.append(Port(wanted, asked, due[1:], answer))

    def _progress(self):
        m, parts = self._m, self._parts
        self._waited = waited = Signal(range(2 * PATIENCE))
        with m.If(parts.rvfi.leaves | (parts.traps.enter & parts.traps.interrupt)):
            m.d.sync += waited.eq(0)
        with m.Elif(~self._core.sleeping & ~parts.divider.busy):
            m.d.sync += waited.eq(waited + 1)
        self._claim("progress", waited < PATIENCE)

    def _units(self):
        """The core uses its units as their own proofs assume."""
        parts, traps, csr_file = self._parts, self._parts.traps, self._parts.csr
        counters, divider, multiplier = parts.counters, parts.divider, parts.multiplier
        self._let_in = self._latched(traps.take, "let_in")
        for name, holds in {
                "traps_one_thing": (traps.enter + traps.leave + csr_file.write) <= 1,
                "mret_in_machine_mode": ~traps.leave | traps.machine,
                "interrupt_is_let_in": ~(traps.enter & traps.interrupt) | self._let_in,
                "csr_write_is_legal": ~csr_file.write | (
                    csr_file.writes & ~csr_file.illegal & (csr_file.funct3[:2] != 0)),
                "retires_what_is_older": ~counters.retire | counters.older,
                "divides_one_thing": ~(divider.start & divider.busy),
                "multiplies": ~multiplier.start | ~multiplier.funct3[2],
                "divides": ~divider.start | divider.funct3[2],
        }.items():
            self._claim(f"unit_{name}", holds)

    def _cover(self):
        rvfi, followed = self._core.rvfi, self._retired
        effect = followed.effect
        good = rvfi.valid & ~rvfi.trap
        opcode = followed.word[:7]
        for reached in (
                good & (opcode == 0x33) & effect.writes & (rvfi.order == 2) & (rvfi.rs1_rdata > 9),
                good & (opcode == 0x33) & (followed.word[25:32] == 1) & followed.word[14],
                good & effect.load & (rvfi.rd_wdata == 0xFFFF_FF80),
                good & effect.store & (effect.lanes == 0b1100),
                good & (opcode == 0x63) & (effect.next_pc != followed.pc + 4),
                good & effect.csr_write & effect.writes,
                rvfi.valid & rvfi.trap & ~effect.is_decided_early,
                rvfi.valid & rvfi.intr):
            self._m.d.comb += Cover(reached)


def _with(part, title, old, new, *program):
    """A core with an edited ``part``, that runs ``program``, see `_Bench`."""
    return type(title, (Core,), {"replaced": {_PLACES[part]: edited(part, title, old, new)},
                                 "program": program})


def _edited_core(title, old, new, *program):
    """Likewise, with an edit of the core itself."""
    core = edited(Core, title, old, new)
    core.program = program
    return core


_PLACES = {
    **{part: f"cpu.core.{part.__name__}" for part in (Execute, Fetch, LoadStore, Verdict, CsrFile)},
    **{part: f"cpu.execute.{part.__name__}" for part in (Alu, Decoder, Operands)},
}
"""{class: where it is made into a part of the core}."""

_TO_USER_MODE = (csr(1, 0, 1, 0x341), MRET)  # mepc from x1

_MUTANTS = (
    _with(Execute, "lb_without_sign", "is_signed = ~self.word[14]", "is_signed = Const(0, 1)"),
    _with(Execute, "sh_to_upper_lanes_stores_others", "self.b[0:16].replicate(2)", "self.b"),
    _with(Execute, "bgeu_as_bltu", "^ funct3[0]", "^ (funct3[0] & ~funct3[1])"),
    _with(Execute, "jalr_to_half_a_word", "(self.indirect & self.load_address[1])", "0"),
    _with(Execute, "call_from_user_mode_as_from_machine_mode", "Mux(self.machine, 3, 0)", "3",
          *_TO_USER_MODE, ECALL),
    _with(Decoder, "sltu_as_slt", "Mux(is_branch, word[13], word[12])",
          "Mux(is_branch, word[13], 0)"),
    _with(Decoder, "andn_as_and", "(word[5] | shift_code)",
          "((word[5] & ~funct3.all()) | shift_code)"),
    _with(Decoder, "x0_is_written", "control.writes.eq(word[7:12].any() & (",
          "control.writes.eq(1 & ("),
    _with(Alu, "bext_of_the_next_bit", "Mux(operation.left, -amount, amount)",
          "Mux(operation.left, -amount, amount + (operation.keep == Keep.LOWEST))"),
    _with(Operands, "value_in_write_back_not_forwarded",
          "reads & self.memory.writes & (self.memory.rd == index)", "0",
          i_type(OP_IMM, 0, 1, 2, 5), NOP, r_type(0, 0, 3, 1, 1)),
    _with(Operands, "loaded_value_used_at_once", "(waits[0] | waits[1])", "waits[0]",
          i_type(LOAD, 2, 1, 2, 0), r_type(0, 0, 3, 2, 1)),
    _with(Verdict, "mtval_without_upper_half", "self.value.eq(stage.word)",
          "self.value.eq(stage.word[:16])"),
    _with(LoadStore, "misaligned_access_reaches_devices",
          "begins & ~access.misaligned & ~self.refused", "begins"),
    _with(LoadStore, "load_does_not_wait_for_the_answer", "& ~waited[-1]),",
          "& ~waited[0]),", i_type(LOAD, 2, 1, 2, 0)),
    _with(CsrFile, "user_mode_reads_all_csrs", "(self.address[8:10].any() | self.hidden)", "0",
          *_TO_USER_MODE, csr(2, 1, 0, 0x340)),
    _with(Fetch, "after_a_branch_not_taken_one_again", "fall_back.eq(increment)",
          "fall_back.eq(q_address)", branch(0, 1, 2, 8), NOP),
    _edited_core("interrupt_behind_a_jump_saves_no_target",
                 "Mux(stage.interrupt, fetch.pc, stage.pc)", "stage.pc",
                 csr(5, 0, 8, 0x304), csr(5, 0, 8, 0x300), jal(0, 0)),
    _edited_core("operands_of_units_swapped", "unit.a.eq(execute.a), unit.b.eq(execute.b)",
                 "unit.a.eq(execute.b), unit.b.eq(execute.a)"),
    _edited_core("fence_waits_for_ever", "fenced.eq(fence_wait & ", "fenced.eq(0 & ", FENCE_I),
)


PROOFS = (Proof("instructions", "each does what the manual says, on the right values",
                _Bench, Core, _MUTANTS, Induction(1), mutant_cycles=12, cover_cycles=12),)
