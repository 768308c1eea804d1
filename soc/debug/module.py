"""The debug module: halt, resume and reset of the one hart, and its parts."""

from amaranth.hdl import Cat, Const, Module, Mux, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from cpu.debug import DATA_CSR
from cpu.ports import DebugSignature, MemorySignature
from soc.debug.abstract_command import AbstractCommand
from soc.debug.memory_access import MemoryAccess
from soc.debug.ports import DmiSignature
from soc.debug.system_bus import SystemBus
from soc.fabric.bus import RegisterBusSignature
from soc.fabric.dma import DmaPortSignature

__all__ = ["DMCONTROL", "DMSTATUS", "DebugModule", "HALTSUM0", "HARTINFO"]


DMCONTROL, DMSTATUS, HARTINFO, HALTSUM0 = 0x10, 0x11, 0x12, 0x40
"""Addresses of its registers on the debug module interface."""

_VERSION = 2  # of dmstatus: as the specification 0.13 has it


class DebugModule(wiring.Component):
    """The registers dmcontrol, dmstatus, hartinfo and haltsum0, and those of its parts.

    Parameters: itcm, ram : Region; devices : list of Region on the register bus; words : int,
                address of the debugger's words.
    Members:
        dmi    : In(DmiSignature()).
        core   : In(DebugSignature()).
        locked : In(1), the debugger may do nothing: dmstatus says that it is not authenticated, all
                 else reads 0, and no request of before is left. dmcontrol.dmactive still works.
        core_reset : In(1), the core is in reset; ndmreset : Out(1), it shall be.
        core_itcm, core_bus, itcm, bus, dma : as `MemoryAccess`.
    Timing: an access to a register of this component, of `SystemBus`, or of `AbstractCommand` but
        for the program buffer, takes 1 cycle.
    Source: RISC-V Debug 0.13.2 §3.1 to §3.5, §3.12.1 to §3.12.3: one hart, which cannot be reset
        alone; resethaltreq.
    """

    def __init__(self, *, itcm, ram, devices, words):
        self._regions = {"itcm": itcm, "ram": ram, "devices": devices}
        self._words = words
        super().__init__({
            "dmi": In(DmiSignature()), "core": In(DebugSignature()),
            "locked": In(1), "core_reset": In(1), "ndmreset": Out(1),
            "core_itcm": In(MemorySignature()), "core_bus": In(RegisterBusSignature()),
            "itcm": Out(MemorySignature()), "bus": Out(RegisterBusSignature()),
            "dma": Out(DmaPortSignature()),
        })

    def elaborate(self, platform):
        m = Module()
        active = Signal()  # dmactive
        inactive = Signal()
        reset = ResetInserter(inactive)
        commands, system_bus = AbstractCommand(words=self._words), SystemBus()
        memory = MemoryAccess(**self._regions)
        m.submodules.commands, m.submodules.system_bus, m.submodules.memory = map(
            reset, (commands, system_bus, memory))
        connect(m, commands.access, memory.requests[0])
        connect(m, system_bus.access, memory.requests[1])
        for name in ("core_itcm", "core_bus", "itcm", "bus", "dma"):
            connect(m, flipped(getattr(self, name)), getattr(memory, name))
        dmi, core = self.dmi, self.core
        m.d.comb += [
            inactive.eq(~active | self.locked),
            memory.idle.eq(core.idle),
            *(getattr(commands, name).eq(getattr(core, name)) for name in (
                "mode", "parked", "failed", "data_write", "data_written")),
            *(getattr(core, name).eq(getattr(commands, name)) for name in (
                "start", "program", "data")),
            core.locked.eq(self.locked),
            *(getattr(part.dmi, name).eq(getattr(dmi, name)) for part in (commands, system_bus)
              for name in ("write", "address", "write_data")),
            *(part.dmi.valid.eq(dmi.valid & ~inactive) for part in (commands, system_bus)),
            dmi.done.eq(commands.dmi.done | inactive),
        ]
        own_data = Signal(32)
        self._control(m, commands.busy, active, inactive, own_data)
        others = (commands.dmi.read_data | system_bus.dmi.read_data) & (~inactive).replicate(32)
        m.d.comb += dmi.read_data.eq(own_data | others)
        return m

    def _control(self, m, commands_busy, active, inactive, read_data):
        """Adds the registers of this component, of which one gives ``read_data``."""
        dmi, core = self.dmi, self.core
        halt_request, resume_request, resumed = Signal(), Signal(), Signal()
        halt_on_reset, halt_from_reset = Signal(), Signal()
        was_reset = Signal(init=1)
        halted, running = core.mode & ~self.core_reset, ~core.mode & ~self.core_reset
        m.d.comb += [
            core.halt.eq(halt_request | halt_from_reset),
            core.from_reset.eq(halt_from_reset),
            core.resume.eq(resume_request),
        ]
        m.d.sync += resume_request.eq(0)
        with m.If(core.mode):
            m.d.sync += halt_from_reset.eq(0)
        with m.If(self.core_reset):
            m.d.sync += [was_reset.eq(1), halt_from_reset.eq(halt_on_reset)]

        written = dmi.write_data
        with m.If(dmi.valid & dmi.write & (dmi.address == DMCONTROL)):
            m.d.sync += [
                active.eq(written[0]), self.ndmreset.eq(written[1]), halt_request.eq(written[31])]
            with m.If(written[30] & ~written[31]):
                # A running hart has nothing to resume from.
                m.d.sync += [resume_request.eq(core.parked & ~commands_busy), resumed.eq(1)]
            with m.If(written[28]):
                m.d.sync += was_reset.eq(self.core_reset)
            with m.If(written[2]):
                m.d.sync += halt_on_reset.eq(0)
            with m.Elif(written[3]):
                m.d.sync += halt_on_reset.eq(1)
        with m.If(inactive):
            m.d.sync += [signal.eq(0) for signal in (
                self.ndmreset, halt_request, resume_request, resumed, halt_on_reset,
                halt_from_reset)]

        def twice(condition):  # for any and for all harts, which are one
            return condition.replicate(2)

        with m.Switch(dmi.address):
            with m.Case(DMCONTROL):
                m.d.comb += read_data.eq(Cat(active, self.ndmreset))
            with m.Case(DMSTATUS):
                m.d.comb += read_data.eq(Cat(
                    Const(_VERSION, 4), Const(0, 1), Const(1, 1), Const(0, 1), ~self.locked,
                    Mux(self.locked, 0, Cat(
                        twice(halted), twice(running), twice(self.core_reset), Const(0, 2),
                        twice(resumed), twice(was_reset), Const(0, 2), Const(1, 1)))))
            with m.Case(HARTINFO):
                m.d.comb += read_data.eq(Mux(self.locked, 0, DATA_CSR | 1 << 12))
            with m.Case(HALTSUM0):
                m.d.comb += read_data.eq(halted & ~self.locked)
