"""The fetch stage: the pc, and the instruction register."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.address_map import region_holds
from cpu.ports import FetchSignature

__all__ = ["Fetch"]


class Fetch(wiring.Component):
    """Brings instructions from ITCM to the instruction register.

    An address is presented in one cycle (A), its word leaves the memory in the next (Q) and goes
    into a plain register, from which it executes in the third (X). A control transfer in X
    presents its target at once, while the fall-through word moves from Q into the instruction
    register and waits there. In the cycle after, ``taken``, by then a register, picks one of the
    two: the instruction register takes the target from Q, or keeps what it has. Either arm thus
    executes two cycles after the transfer, no comparison is in the path of the address, and the
    word of the other arm is never looked at.

    Parameters:
        itcm         : Region that instructions come from.
        reset_vector : int, address of the first instruction.
    Members:
        port     : Out(FetchSignature()).
        hold     : In(1), the instruction in X stays there.
        park     : In(1), nothing is in the stages, and nothing is fetched.
        transfer : In(1), a control transfer is in X, to the sum of the pc and its offset,
                   ``relative_target``: In(30), when ``relative``: In(1); of a register and its
                   offset, ``indirect_target``: In(30), when ``indirect``: In(1); or else to
                   ``other_target``: In(30). All are word addresses.
        taken    : In(1), in the cycle after a transfer left X: it goes to its target.
        flush    : In(1), drop everything and start from ``vector``: In(30), word address.
        valid    : Out(1), ``word`` may execute, or trap because of ``fault``; sound : Out(1), the
                   former.
        present  : Out(1), ``pc`` is, or with the next cycle will be, that of the next instruction
                   to execute; 0 after a flush.
        takes    : Out(1), the instruction register takes ``next_word`` : Out(32), whose word
                   address is ``following``; else it keeps what it has.
        word     : Out(32), the instruction register; pc : Out(30), its word address.
        refused  : In(1), an instruction at ``following`` may not be fetched. stop : In(1), it may
                   not execute: it comes to X with ``valid`` as one that is no instruction.
        fault    : Out(1), ``pc`` is not in ITCM, or it was refused.
        following : Out(30), the address in Q: that of the instruction after ``word``, and in the
                   cycle after a transfer its target.
    Timing: one instruction a cycle; 2 cycles from transfer to next instruction, 3 from ``flush``.
    """

    def __init__(self, *, itcm, reset_vector):
        if reset_vector not in itcm or reset_vector % 4:
            raise ValueError(f"reset_vector must be a multiple of 4 in {itcm.name}, "
                             f"not {reset_vector:#010x}")
        self._itcm = itcm
        self._reset_vector = reset_vector
        super().__init__({
            "port": Out(FetchSignature()),
            "hold": In(1),
            "park": In(1),
            "transfer": In(1),
            "relative": In(1),
            "relative_target": In(30),
            "indirect": In(1),
            "indirect_target": In(30),
            "other_target": In(30),
            "taken": In(1),
            "flush": In(1),
            "vector": In(30),
            "refused": In(1),
            "stop": In(1),
            "valid": Out(1),
            "sound": Out(1),
            "present": Out(1),
            "takes": Out(1),
            "next_word": Out(32),
            "word": Out(32),
            "pc": Out(30),
            "fault": Out(1),
            "following": Out(30),
        })

    def elaborate(self, platform):
        m = Module()
        restart = Signal(init=1)  # present restart_address now
        restart_address = Signal(30, init=self._reset_vector >> 2)
        queued, q_address = Signal(), Signal(30)  # what Q holds
        filled = Signal()  # the instruction register holds an instruction
        barred = Signal()  # and it may not execute
        resolving = Signal()  # the cycle after a transfer left X
        fall_back = Signal(30)  # the address behind the fall-through word

        keep = resolving & ~self.taken
        address, increment = self._address(m, restart, restart_address, keep, fall_back, q_address)
        inside, advance = Signal(), Signal()
        m.d.comb += [
            inside.eq(region_holds(self._itcm, Cat(Const(0, 2), q_address)) & ~self.refused),
            advance.eq(~self.hold & ~self.flush & ~self.park),
            # What is taken in a cycle of ``flush`` never executes: the verdict is not waited for.
            self.takes.eq(~self.hold & ~self.park & ~keep),
            self.next_word.eq(self.port.data),
            self.port.enable.eq(~self.hold & ~self.park),
            self.port.address.eq(Cat(Const(0, 2), address)),
            self.present.eq(filled),
            self.following.eq(q_address),
        ]
        with m.If(advance):
            m.d.sync += [
                restart.eq(0),
                queued.eq(1), q_address.eq(address),
                resolving.eq(self.transfer),
                self.valid.eq(Mux(keep, filled, queued) & ~self.transfer),
                self.sound.eq(Mux(keep, filled & ~barred, queued & inside & ~self.stop)
                              & ~self.transfer),
                fall_back.eq(increment),
            ]
        with m.If(self.takes):
            m.d.sync += [
                self.word.eq(self.next_word),
                self.pc.eq(q_address),
                self.fault.eq(~inside), barred.eq(~inside | self.stop),
                filled.eq(queued),
            ]
        with m.If(self.flush):
            m.d.sync += [
                restart.eq(1), restart_address.eq(self.vector),
                queued.eq(0), filled.eq(0), resolving.eq(0), self.valid.eq(0), self.sound.eq(0),
            ]
        return m

    def _address(self, m, restart, restart_address, keep, fall_back, q_address):
        """The word address to present now, and the one after ``q_address``.

        No transfer is in X in a cycle of ``restart`` or ``keep``. The sums come late: they pass
        gates and an OR, and the others wait for nothing.
        """
        address, increment, other = Signal(30), Signal(30), Signal(30)
        takes_other = restart | keep | (self.transfer & ~self.relative & ~self.indirect)
        goes_on = ~(restart | keep | self.transfer)
        m.d.comb += increment.eq(q_address + 1)
        with m.If(restart):
            m.d.comb += other.eq(restart_address)
        with m.Elif(keep):
            m.d.comb += other.eq(fall_back)
        with m.Else():
            m.d.comb += other.eq(self.other_target)
        m.d.comb += address.eq(
            (increment & goes_on.replicate(30)) | (other & takes_other.replicate(30))
            | (self.relative_target & self.relative.replicate(30))
            | (self.indirect_target & self.indirect.replicate(30)))
        return address, increment
