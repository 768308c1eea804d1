"""Whether the instruction in the memory stage traps, and why."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.execute import BREAKPOINT, FETCH_FAULT, ILLEGAL_INSTRUCTION
from cpu.ports import Issue

__all__ = ["Verdict"]


TARGET_MISALIGNED, LOAD_MISALIGNED, LOAD_FAULT = 0, 4, 5  # bit 1 set: of a store


class Verdict(wiring.Component):
    """Decides on traps, from registers only.

    Members:
        stage        : In(Issue), the instruction in the memory stage.
        access_fault : In(1), its load or store is misaligned or reaches nothing, or is
                       ``watched`` : In(1) by a trigger.
        target       : In(30), word address that its transfer went to.
        trap         : Out(1); cause : Out(4), of an exception; value : Out(32), for mtval.
    Timing: combinational.
    Source: RISC-V Privileged 1.13 §3.1.15, §3.1.16. Where the specification leaves a choice: a
        misaligned access outside the map is reported as misaligned; mtval is the instruction for
        an illegal one, the pc for ebreak.
    """

    stage: In(Issue)
    access_fault: In(1)
    watched: In(1)
    target: In(30)
    trap: Out(1)
    cause: Out(4)
    value: Out(32)

    def elaborate(self, platform):
        m = Module()
        stage = self.stage
        misjump = Signal()
        m.d.comb += [
            misjump.eq(stage.transfer & stage.taken & stage.target_misaligned),
            self.trap.eq(stage.interrupt | stage.exception | self.access_fault | misjump),
        ]
        with m.If(stage.exception):
            m.d.comb += self.cause.eq(stage.cause)
            with m.If(stage.cause == ILLEGAL_INSTRUCTION):
                m.d.comb += self.value.eq(stage.word)
            with m.Elif((stage.cause == FETCH_FAULT) | (stage.cause == BREAKPOINT)):
                m.d.comb += self.value.eq(Cat(Const(0, 2), stage.pc))
        with m.Elif(stage.access.load | stage.access.store):
            base = Signal(4)
            m.d.comb += base.eq(LOAD_FAULT)
            with m.If(stage.access.misaligned):
                m.d.comb += base.eq(LOAD_MISALIGNED)
            m.d.comb += [
                self.cause.eq(base | Cat(Const(0, 1), stage.access.store)),
                self.value.eq(stage.access.address),
            ]
            with m.If(self.watched):
                m.d.comb += self.cause.eq(BREAKPOINT)
        with m.Elif(stage.transfer):
            m.d.comb += [
                self.cause.eq(TARGET_MISALIGNED),
                # Bit 1 is what makes it misaligned; bit 0 of a target is always 0.
                self.value.eq(Cat(Const(0b10, 2), self.target)),
            ]
        return m
