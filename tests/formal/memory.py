"""A load from RAM gives what the stores before it have left there, byte by byte.

One core between memories, devices, interrupts and registers that may do anything, but for one word
of RAM, any of them, which holds what is written to it. Proved, for ever, of what retires: in each
lane that a load reads of that word is what the last older store wrote there, though a store is on
its way for a while, see `PendingStore`. A store that traps leaves nothing there.

Not here: coprocessors write RAM too, by its other port.

Method: induction, with an invariant that says where the newest byte of each lane is.
"""

import contextlib
from unittest import mock

from amaranth.asserts import AnyConst, AnySeq
from amaranth.hdl import Assert, Cat, Const, Cover, Fragment, Module, Mux, Signal

from cpu.bit_manipulation import EXTENSIONS
from cpu.core import Core
from cpu.decode import Control, Decoder
from cpu.load_store import LoadStore
from cpu.pending_store import PendingStore
from tests.formal.core_parts import (
    REGIONS, FreeMultiplier, FreeRegisterFile, opened, registers_of,
)
from tests.formal.proof import Bench, Induction, Proof
from tests.mutants import edited

_RAM = REGIONS["ram"]
_WORD = slice(2, (_RAM.size - 1).bit_length())
"""Bits that tell the words of RAM apart."""


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.dict(  # an edited core has a module of its own
                self._component.elaborate.__globals__, Multiplier=FreeMultiplier))
            for place, component in ({"cpu.operands.RegisterFile": FreeRegisterFile}
                                     | getattr(self._component, "replaced", {})).items():
                stack.enter_context(mock.patch(place, component))
            core = opened(self._component)(**REGIONS, pmp_entries=0)
            m.submodules.dut = fragment = Fragment.get(core, platform)
        number = AnyConst(_WORD.stop - _WORD.start)  # of the word in RAM
        address = _RAM.base | Cat(Const(0, 2), number)
        held, answer, answered = self._memory(m, core, number)

        rvfi = core.rvfi
        value, now = Signal(32), Signal(32)  # now: counting what retires in this cycle
        for lane in range(4):
            stores = rvfi.valid & rvfi.mem_wmask[lane] & (rvfi.mem_addr == address)
            loads = rvfi.valid & rvfi.mem_rmask[lane] & (rvfi.mem_addr == address)
            old, new = (word.word_select(lane, 8) for word in (value, now))
            m.d.comb += [
                new.eq(Mux(stores, rvfi.mem_wdata.word_select(lane, 8), old)),
                Assert(~loads | (rvfi.mem_rdata.word_select(lane, 8) == old)),
            ]
        m.d.sync += value.eq(now)
        stored = Signal()
        with m.If(rvfi.valid & (rvfi.mem_wmask == 0b0010) & (rvfi.mem_addr == address)):
            m.d.sync += stored.eq(1)
        m.d.comb += Cover(stored & rvfi.valid & (rvfi.mem_rmask == 0b1111)
                          & (rvfi.mem_addr == address) & (rvfi.mem_rdata == 0x4300))
        if self._component is Core:  # what a mutant does wrong must be seen from outside
            self._strengthen(m, core, dict(registers_of(fragment)), number, held, answer,
                             answered, now)
        return m

    @staticmethod
    def _memory(m, core, number):
        """Adds it; returns the word, what RAM answers for it, and whether it was asked for it."""
        held, answer, answered = Signal(32), Signal(32), Signal()
        ram = core.ram
        hit = ram.enable & (ram.address[_WORD] == number)
        with m.If(hit & ram.write):
            for lane in range(4):
                with m.If(ram.byte_enable[lane]):
                    m.d.sync += held.word_select(lane, 8).eq(ram.write_data.word_select(lane, 8))
        # Two words are read together; the other one may be anything.
        beside = ram.enable & ~ram.write & (ram.address[_WORD][1:] == number[1:])
        m.d.sync += [answered.eq(beside), answer.eq(held)]
        words = [Mux(answered & (number[0] == half), answer, AnySeq(32)) for half in range(2)]
        m.d.comb += [
            ram.read_data.eq(Cat(words)),
            *(getattr(core, name).eq(AnySeq(len(getattr(core, name)))) for name in (
                "timer_interrupt", "software_interrupt", "external_interrupt", "fast_interrupts",
                "time")),
            *(port.data.eq(AnySeq(32)) for port in (core.fetch,)),
            *(port.read_data.eq(AnySeq(32)) for port in (core.itcm, core.bus)),
        ]
        return held, answer, answered

    @staticmethod
    def _strengthen(m, core, registers, number, held, answer, answered, now):
        stage, parts = core.parts.verdict.stage, core.parts
        access = stage.access
        pending = {name: registers[f"load_store.pending.{name}"]
                   for name in ("held", "address", "byte_enable", "data")}
        for lane in range(4):
            is_pending = (pending["held"] & pending["byte_enable"][lane]
                          & (pending["address"][_WORD] == number))
            m.d.comb += Assert(now.word_select(lane, 8) == Mux(
                is_pending, pending["data"].word_select(lane, 8), held.word_select(lane, 8)))
        m.submodules.decoder = decoder = Decoder(extensions=frozenset(EXTENSIONS))
        decoded = registers[f"execute.$signal_{Control.as_shape().size}"]
        in_ram = (access.address >= _RAM.base) & (access.address < _RAM.end)
        read = access.load & in_ram & ~access.misaligned & (access.address[_WORD] == number)
        m.d.comb += [
            decoder.word.eq(parts.fetch.word),
            Assert(~parts.fetch.present | (decoded == decoder.control.as_value())),
            Assert(~parts.fetch.valid | parts.fetch.present),
            Assert(~read | (answered & (answer == held))),
            Assert(stage.valid | ~(access.load | access.store)),
            Assert(~(stage.interrupt | stage.exception | stage.transfer)
                   | ~(access.load | access.store)),
            Assert(~(access.load & access.store)),
            Assert(~parts.fetch.sound | (parts.fetch.valid & ~parts.fetch.fault)),
            Assert(~parts.fetch.present | (registers["fetch.barred"] == parts.fetch.fault)),
        ]


def _with(part, place, title, old, new):
    return type(title, (Core,), {"replaced": {place: edited(part, title, old, new)}})


_MUTANTS = (
    _with(PendingStore, "cpu.load_store.PendingStore", "pending_store_not_seen",
          "self.hits.eq(self.byte_enable", "self.hits.eq(0 & self.byte_enable"),
    _with(PendingStore, "cpu.load_store.PendingStore", "pending_store_of_another_word_seen",
          "(access.address[self._word] == self.address[self._word])", "1"),
    _with(PendingStore, "cpu.load_store.PendingStore", "all_lanes_of_a_pending_store_seen",
          "self.hits.eq(self.byte_enable", "self.hits.eq(0xF"),
    _with(PendingStore, "cpu.load_store.PendingStore", "store_dropped_for_a_load",
          "with m.If(self.writes):", "with m.If(held):"),
    _with(LoadStore, "cpu.core.LoadStore", "forbidden_store_enters",
          "access.store & address_map.ram & ~access.misaligned & ~self.refused",
          "access.store & address_map.ram & ~self.refused"),
    edited(Core, "load_beside_a_store", "load_waits.eq(execute.wait | stage.access.store)",
           "load_waits.eq(execute.wait)"),
)


PROOFS = (Proof("memory", "a load from RAM gives what older stores have left there", _Bench, Core,
                _MUTANTS, Induction(1), mutant_cycles=12, cover_cycles=12),)
