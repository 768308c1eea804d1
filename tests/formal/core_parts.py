"""What the proofs of the core share: its regions, parts that are free, ways to look into it."""

from amaranth.asserts import AnySeq
from amaranth.hdl import Module

from cpu.multiply import Multiplier
from cpu.register_file import RegisterFile
from soc.fabric.region import Region
from soc.memory_map import MemoryMap

__all__ = ["REGIONS", "FreeMultiplier", "FreeRegisterFile", "opened", "registers_of"]


REGIONS = {"itcm": Region("itcm", MemoryMap.ITCM_BASE, 0x8000),
           "ram": Region("ram", MemoryMap.RAM_BASE, 0x8000),
           "devices": [Region("device", MemoryMap.DEVICE_BASES["system"], 0x1000)]}


class FreeRegisterFile(RegisterFile):
    """Answers anything."""

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [self.data_a.eq(AnySeq(32)), self.data_b.eq(AnySeq(32))]
        return m


class FreeMultiplier(Multiplier):
    """Answers anything: it says nothing but its product."""

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.result.eq(AnySeq(32))
        return m


def opened(component):
    """``component``, with its submodules as ``parts`` once it is elaborated."""
    class Opened(component):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            self.parts = m.submodules
            return m
    return Opened


def registers_of(fragment, prefix=""):
    """Yields (path, Signal) of all registers of an elaborated component."""
    seen = set()
    for domain, statements in fragment.statements.items():
        for statement in statements if domain != "comb" else ():
            for signal in statement._lhs_signals():
                if id(signal) not in seen:
                    seen.add(id(signal))
                    name = f"{signal.name}_{len(signal)}" if signal.name == "$signal" else (
                        signal.name)
                    yield prefix + name, signal
    for inner, name, _ in fragment.subfragments:
        yield from registers_of(inner, f"{prefix}{name}.")
