"""Loads and stores: the memory stage's way to RAM, ITCM and the register bus."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cpu.address_map import AddressMap
from cpu.pending_store import PendingStore
from cpu.ports import Access, MemorySignature, align_layout
from soc.fabric.bus import READ_LATENCY, RegisterBusSignature
from soc.fabric.external import ExternalLoadSignature

__all__ = ["LoadStore"]


_KEPT = {"keep": 1}
"""Attribute of what is known early, so that synthesis, which takes the words of RAM to be there at
once, does not put them in front of it."""


class LoadStore(wiring.Component):
    """Makes the accesses of the instruction in the memory stage.

    A load's address goes to RAM while the load is still in execute, so that the word is there in
    the memory stage. An access to ITCM or on the register bus is made in the memory stage, from
    registers, and only when the verdict allows it. A store to RAM is made behind it, see
    `PendingStore`.

    Parameters: itcm, ram : Region; devices : list of Region on the register bus; external : Region
                of the external memory, which is only read, or None; external_wait_cycles : int,
                what a load from there takes beside.
    Members:
        reads    : In(1), a load is in execute, and no store in the memory stage.
        load     : In(1), the load is about to leave execute, or is dropped for an interrupt, for
                   ``load_address``: In(32). Never without ``reads``. RAM is read unless the access
                   before it is misaligned or may reach nothing.
        load_align : In(align_layout(1)), how.
        access   : In(Access), of the instruction in the memory stage, from registers.
        machine  : In(1), it runs in machine mode.
        refused  : In(1), the access is not allowed.
        fault    : Out(1), it is misaligned, refused or reaches nothing. It has no effect then.
        busy     : Out(1), the instruction must stay in the memory stage, unless ``fault``.
        from_ram, from_elsewhere : Out(32), what a load loads, extended, when not ``busy``: one of
                   the two, and the other is 0; both are for any other instruction.
        raw_data : Out(32), the word it comes from.
        itcm     : Out(MemorySignature()); ram : Out(MemorySignature(read_words=2));
                   bus : Out(RegisterBusSignature()); external : Out(ExternalLoadSignature()), if
                   there is one.
    Timing: 1 cycle in the memory stage; 1 + READ_LATENCY for a load from elsewhere than RAM, and
        ``external_wait_cycles`` more from the external memory.
    """

    def __init__(self, *, itcm, ram, devices, external=None, external_wait_cycles=0):
        self._regions = {"itcm": itcm, "ram": ram, "devices": devices, "external": external}
        self._has_external, self._external_wait_cycles = bool(external), external_wait_cycles
        super().__init__({
            "reads": In(1),
            "load": In(1),
            "load_address": In(32),
            "load_align": In(align_layout(1)),
            "access": In(Access),
            "machine": In(1),
            "refused": In(1),
            "fault": Out(1),
            "busy": Out(1),
            "from_ram": Out(32),
            "from_elsewhere": Out(32),
            "raw_data": Out(32),
            "itcm": Out(MemorySignature()),
            "ram": Out(MemorySignature(read_words=2)),
            "bus": Out(RegisterBusSignature()),
            **({"external": Out(ExternalLoadSignature())} if external else {}),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.map = address_map = AddressMap(**self._regions)
        m.submodules.pending = pending = PendingStore(ram_bytes=self._regions["ram"].size)
        access, ram = self.access, self.ram
        reached = address_map.itcm | address_map.ram | address_map.device
        if self._has_external:
            reached |= address_map.external & access.load
        slow_data, ends = self._slow_path(m, address_map)
        # An access to RAM is seen early to be allowed, and what is not, traps before it ``ends``.
        allowed = ~access.load | (address_map.ram & ~access.misaligned) | ends
        m.d.comb += [
            address_map.address.eq(access.address),
            self.fault.eq((access.load | access.store)
                          & (access.misaligned | ~reached | self.refused)),
            pending.access.eq(access),
            pending.load.eq(self.reads),
            pending.enters.eq(access.store & address_map.ram & ~access.misaligned & ~self.refused),
            ram.enable.eq((self.load & allowed) | pending.writes),
            ram.write.eq(pending.writes),
            ram.address.eq(Mux(self.reads, self.load_address, pending.address)),
            ram.byte_enable.eq(pending.byte_enable),
            ram.write_data.eq(pending.data),
        ]
        ram_words = [ram.read_data.word_select(word, 32) for word in range(2)]
        from_ram, from_pending = self._split(m, self._ram_align(m), pending.hits)
        ram_word = Mux(access.address[2], ram_words[1], ram_words[0])
        pending_value = Signal(32, attrs=_KEPT)
        m.d.comb += [
            pending_value.eq(self._aligned(m, "pending", from_pending, [pending.data])),
            self.from_ram.eq(self._aligned(m, "ram", from_ram, ram_words) | pending_value),
            self.from_elsewhere.eq(self._aligned(m, "slow", access.align, [slow_data])),
            self.raw_data.eq(Mux(access.load & address_map.ram_side, Cat(
                Mux(pending.hits[lane], pending.data.word_select(lane, 8),
                    ram_word.word_select(lane, 8)) for lane in range(4)), slow_data)),
        ]
        return m

    def _ram_align(self, m):
        """How a load from RAM, in the memory stage, makes its value of two words; all 0 for others.

        Which word it is is told here, and not by multiplexers behind the memory.
        """
        m.submodules.early_map = early_map = AddressMap(**self._regions)
        m.d.comb += early_map.address.eq(self.load_address)
        align = Signal(align_layout(2))
        with m.If(~self.busy):
            for name in ("low", "second", "upper", "sign"):
                one = getattr(self.load_align, name)
                m.d.sync += getattr(align, name).eq(Cat(
                    one & (self.load & early_map.ram_side & (self.load_address[2] == word)
                           ).replicate(len(one)) for word in range(2)))
        return align

    def _slow_path(self, m, address_map):
        """Adds the accesses to ITCM and on the register bus.

        Returns what they answer, or 0, and whether such a load is in its last cycle.
        """
        access, itcm, bus = self.access, self.itcm, self.bus
        waited = Signal(READ_LATENCY)  # bit n: for more than n cycles
        begins, request = Signal(), Signal()
        m.d.comb += [
            begins.eq((access.load | access.store) & ~waited[0]),
            request.eq(begins & ~access.misaligned & ~self.refused),
            # All stages wait on this: it must not need the whole verdict.
            self.busy.eq(access.load & ~address_map.ram_side & ~waited[-1]),
            bus.present.eq(begins & address_map.device),
            bus.request.eq(request & address_map.device),
            bus.write.eq(access.store),
            bus.machine.eq(self.machine),
            bus.address.eq(Cat(Const(0, 2), access.address[2:])),
            bus.write_data.eq(access.store_data),
            bus.byte_enable.eq(access.byte_enable),
            itcm.enable.eq(request & address_map.itcm),
            itcm.write.eq(access.store),
            itcm.address.eq(access.address),
            itcm.byte_enable.eq(access.byte_enable),
            itcm.write_data.eq(access.store_data),
        ]
        passed, external_data = waited, 0
        if self._has_external:
            waits, external_data = self._external_path(m, address_map, begins, request)
            passed = Cat(bit & ~waits for bit in waited)
        m.d.sync += waited.eq(Mux(self.busy, Cat(Const(1, 1), passed), 0))

        itcm_answers, itcm_data = Signal(), Signal(32)
        m.d.sync += [itcm_answers.eq(itcm.enable),
                     itcm_data.eq(Mux(itcm_answers, itcm.read_data, 0))]
        slow_data = (bus.read_data | itcm_data) & ~address_map.ram_side.replicate(32)
        return slow_data | external_data if self._has_external else slow_data, waited[-1]

    def _external_path(self, m, address_map, begins, request):
        """Adds the loads from external memory; returns whether one waits, and its word, or 0.

        They wait for a time, not for the memory: nothing that others do there can be seen.
        """
        left = Signal(range(self._external_wait_cycles + 1))
        with m.If(begins):
            m.d.sync += left.eq(Mux(address_map.external, self._external_wait_cycles, 0))
        with m.Elif(left.any()):
            m.d.sync += left.eq(left - 1)
        m.d.comb += [
            self.external.request.eq(request & self.access.load & address_map.external),
            self.external.address.eq(self.access.address),
        ]
        return left.any(), self.external.read_data & address_map.external.replicate(32)

    @staticmethod
    def _split(m, align, hits):
        """Splits ``align``, of RAM's words: lanes without ``hits``, and those with."""
        others, hit = Signal(align_layout(2), attrs=_KEPT), Signal(align_layout(1))
        # The lanes that the bits of a field choose, in each word.
        for name, lanes in (("low", range(4)), ("second", (1, 3)), ("upper", (2, 3)),
                            ("sign", range(4))):
            field, named = getattr(align, name), Cat(hits[lane] for lane in lanes)
            m.d.comb += [
                getattr(others, name).eq(field & ~named.replicate(2)),
                getattr(hit, name).eq((field[:len(named)] | field[len(named):]) & named),
            ]
        return others, hit

    @staticmethod
    def _aligned(m, name, align, words):
        """The value that ``align`` makes of ``words``."""
        def chosen(selectors, lanes):
            total = 0
            for selector, lane in zip(selectors, lanes):
                total = total | (lane & selector.replicate(len(lane)))
            return total

        lanes = [word.word_select(lane, 8) for word in words for lane in range(4)]
        sign, value = Signal(name=f"{name}_sign"), Signal(32, name=f"{name}_value")
        m.d.comb += [
            sign.eq(chosen(align.sign, (lane[7] for lane in lanes))),
            value[0:8].eq(chosen(align.low, lanes)),
            value[8:16].eq(chosen(align.second, lanes[1::2])
                           | (sign & ~align.second.any()).replicate(8)),
            value[16:24].eq(chosen(align.upper[0::2], lanes[2::4]) | sign.replicate(8)),
            value[24:32].eq(chosen(align.upper[1::2], lanes[3::4]) | sign.replicate(8)),
        ]
        return value
