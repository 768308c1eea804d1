"""Blocks of the chip that are placed and routed alone, to see how fast each can be."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from coprocessors.matmul.engine import Engine
from cpu.core import Core
from soc.coprocessors import COPROCESSOR_TABLES, make_coprocessor
from soc.debug.attach import attach_debug
from soc.debug.tap import Tap
from soc.fabric.bus import RegisterBusSignature
from soc.fabric.dma import DmaPortSignature
from soc.memory.attach import attach_memories
from soc.memory.dual_port import MemoryPortSignature
from soc.soc_map import RESET_VECTOR, memory_map

__all__ = ["BLOCKS", "Registered", "block", "check_block"]


class CoreWithMemories(wiring.Component):
    """The core, ITCM and RAM as the chip has them, so that paths through block RAM count.

    Parameters: configuration : Configuration.
    Members: bus : Out(RegisterBusSignature()); dma : In(MemoryPortSignature), the RAM's other port;
        timer, software, external : In(1); fast : In(16); time : In(64); sleeping : Out(1).
        With a debug port also tck, tms, tdi : In(1); tdo, ndmreset : Out(1);
        debug_dma : Out(DmaPortSignature()).
    """

    def __init__(self, configuration):
        self._map = memory_map(configuration)
        self._options = {"extensions": configuration.extensions,
                         "pmp_entries": configuration.pmp_entries}
        debug_members = {}
        if configuration.debug:
            self._options["debug_words"] = self._map.program_end
            debug_members = {"tck": In(1), "tms": In(1), "tdi": In(1), "tdo": Out(1),
                             "ndmreset": Out(1), "debug_dma": Out(DmaPortSignature())}
        super().__init__({
            "bus": Out(RegisterBusSignature()),
            "dma": In(MemoryPortSignature(depth=self._map.ram.size // 8, width=64)),
            "timer": In(1), "software": In(1), "external": In(1), "fast": In(16), "time": In(64),
            "sleeping": Out(1),
            **debug_members,
        })

    def elaborate(self, platform):
        m = Module()
        chip = self._map
        m.submodules.core = core = Core(
            itcm=chip.itcm, ram=chip.ram, devices=chip.devices, reset_vector=RESET_VECTOR,
            **self._options)
        debug = self._add_debug(m, core) if "debug_words" in self._options else None
        ram = attach_memories(m, core, itcm=chip.itcm, ram=chip.ram,
                              itcm_port=debug and debug.itcm)
        connect(m, flipped(self.dma), ram.dma)
        connect(m, debug.bus if debug else core.bus, flipped(self.bus))
        m.d.comb += [
            core.timer_interrupt.eq(self.timer), core.software_interrupt.eq(self.software),
            core.external_interrupt.eq(self.external), core.fast_interrupts.eq(self.fast),
            core.time.eq(self.time), self.sleeping.eq(core.sleeping),
        ]
        return m

    def _add_debug(self, m, core):
        """Adds the debug port; returns the `DebugModule`."""
        chip = self._map
        tap = Tap()
        module = attach_debug(m, core, tap, itcm=chip.itcm, ram=chip.ram, devices=chip.devices,
                              words=chip.program_end, domain="sync")
        connect(m, module.dma, flipped(self.debug_dma))
        m.d.comb += [tap.tck.eq(self.tck), tap.tms.eq(self.tms), tap.tdi.eq(self.tdi),
                     self.tdo.eq(tap.tdo), self.ndmreset.eq(module.ndmreset)]
        return module


class Registered(wiring.Component):
    """``component`` behind a register at each port, so that no path of it escapes the analysis.

    Members: those of the component, flat: names joined by two underscores.
    """

    def __init__(self, component):
        self._component = component
        self._members = [("__".join(map(str, path)), member.flow, value)
                         for path, member, value in component.signature.flatten(component)]
        super().__init__({name: flow(value.shape()) for name, flow, value in self._members})

    def elaborate(self, platform):
        m = Module()
        m.submodules.block = self._component
        for name, flow, inner in self._members:
            register = Signal.like(inner, name=f"{name}_register")
            source, target = (getattr(self, name), inner) if flow is In else (
                inner, getattr(self, name))
            m.d.sync += register.eq(source)
            m.d.comb += target.eq(register)
        return m


BLOCKS = ("core", *COPROCESSOR_TABLES, "array")
"""Names that `block` knows."""


def check_block(name):
    """Raises ValueError unless ``name`` is in `BLOCKS`."""
    if name not in BLOCKS:
        raise ValueError(f"Block must be one of {', '.join(BLOCKS)}, not {name!r}")


def block(name, configuration):
    """The block ``name`` of a chip of ``configuration``, `Registered`.

    Raises: ValueError for an unknown name.
    """
    check_block(name)
    if name == "core":
        return Registered(CoreWithMemories(configuration))
    if name == "array":
        return Registered(Engine(rows=configuration.array_rows,
                                 columns=configuration.array_columns,
                                 lanes=configuration.requantizer_lanes,
                                 network_jobs=configuration.network_jobs))
    return Registered(make_coprocessor(name, configuration, memory_map(configuration)))
