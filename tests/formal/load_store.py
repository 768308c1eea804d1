"""A load or store that is not allowed has no effect, and one that is has exactly its own.

Whatever the accesses: what writes RAM or ITCM, or asks a device, is the access of an instruction in
the memory stage that is aligned, reaches a region of its kind, and is not refused. A store to RAM
writes its own bytes once, in the first cycle in which no load reads. That what is refused is what
must be is `pmp`.

Assumed, as the core drives it: at most one of load and store; an access and whether it is refused
stay as they are while ``busy``; no load reads beside a store; in the cycle behind one that is at
fault there is none. Induction.
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Assume, Cover, Module, Signal

from cpu.load_store import LoadStore
from cpu.ports import Access
from soc.fabric.region import Region
from tests.formal.proof import Bench, Induction, Proof, glass
from tests.mutants import edited

__all__ = ["PROOFS"]


_ITCM = Region("itcm", 0x8000_0000, 0x8000)
_RAM = Region("ram", 0x9000_0000, 0x8000)
_DEVICES = [Region("timer", 0x0200_0000, 0x10000), Region("uart", 0x1000_1000, 0x1000)]


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component(itcm=_ITCM, ram=_RAM, devices=_DEVICES)
        m.submodules.dut, inside = glass(dut)
        access, bus, itcm, ram = dut.access, dut.bus, dut.itcm, dut.ram
        for value in (dut.reads, dut.load, dut.load_address, dut.load_align, access, dut.machine,
                      dut.refused, itcm.read_data, ram.read_data, bus.read_data):
            value = getattr(value, "as_value", lambda value=value: value)()
            m.d.comb += value.eq(AnySeq(len(value)))
        was_busy, faulted, last = Signal(), Signal(), Signal(len(access.as_value()) + 2)
        now = Signal.like(last)
        m.d.comb += now.eq((access.as_value() << 2) | (dut.refused << 1) | dut.machine)
        m.d.sync += [was_busy.eq(dut.busy & ~dut.fault), faulted.eq(dut.fault), last.eq(now)]
        m.d.comb += [
            Assume(~(access.load & access.store)), Assume(~(dut.reads & access.store)),
            Assume(~dut.load | dut.reads), Assume(~was_busy | (now == last)),
        ]
        asks = access.load | access.store
        m.d.comb += Assume(~(faulted & asks))

        allowed = asks & ~access.misaligned & ~dut.refused
        in_itcm, in_ram, in_device = (
            sum((access.address >= region.base) & (access.address < region.end)
                for region in regions) != 0 for regions in ([_ITCM], [_RAM], _DEVICES))
        m.d.comb += [
            Assert(dut.fault == (asks & (~allowed | ~(in_itcm | in_ram | in_device)))),
            Assert(itcm.enable == (allowed & in_itcm & ~was_busy)),
            Assert(bus.request == (allowed & in_device & ~was_busy)),
            Assert(~bus.request | bus.present),
        ]
        for port in (itcm, bus):
            enabled = itcm.enable if port is itcm else bus.request
            m.d.comb += [Assert(~enabled | (port.write == access.store)),
                         Assert(~enabled | (port.address[2:] == access.address[2:])),
                         Assert(~enabled | (port.byte_enable == access.byte_enable)),
                         Assert(~enabled | (port.write_data == access.store_data))]
        m.d.comb += Assert(~bus.request | (bus.machine == dut.machine))

        waiting, store = Signal(), Signal(Access)  # allowed, and not in RAM yet
        with m.If(~dut.reads):
            m.d.sync += waiting.eq(0)
        with m.If(access.store & allowed & in_ram):
            m.d.sync += [waiting.eq(1), store.eq(access)]
        m.d.comb += [
            Assert(ram.write == (waiting & ~dut.reads)), Assert(~ram.write | ram.enable),
            Assert(~ram.write | (ram.address[2:] == store.address[2:])),
            Assert(~ram.write | (ram.byte_enable == store.byte_enable)),
            Assert(~ram.write | (ram.write_data == store.store_data)),
            Cover(ram.write & was_busy), Cover(dut.fault & dut.refused & ~access.misaligned),
            Cover(bus.request & access.load),
        ]
        # What makes it inductive.
        held = {name: inside[f"pending.{name}"] for name in ("held", "address", "byte_enable",
                                                             "data")}
        m.d.comb += [
            Assert(waiting == held["held"]),
            Assert(~waiting | (held["address"][2:] == store.address[2:])),
            Assert(~waiting | (held["byte_enable"] == store.byte_enable)),
            Assert(~waiting | (held["data"] == store.store_data)),
        ]
        return m


_MUTANTS = (
    edited(LoadStore, "a_refused_store_reaches_ram",
           "pending.enters.eq(access.store & address_map.ram & ~access.misaligned & ~self.refused)",
           "pending.enters.eq(access.store & address_map.ram & ~access.misaligned)"),
    edited(LoadStore, "a_refused_access_asks_a_device",
           "request.eq(begins & ~access.misaligned & ~self.refused)",
           "request.eq(begins & ~access.misaligned)"),
    edited(LoadStore, "a_misaligned_access_is_made",
           "request.eq(begins & ~access.misaligned & ~self.refused)",
           "request.eq(begins & ~self.refused)"),
    edited(LoadStore, "a_device_is_asked_again",
           "begins.eq((access.load | access.store) & ~waited[0])",
           "begins.eq(access.load | access.store)"),
    edited(LoadStore, "a_store_beyond_ram_reaches_it",
           "pending.enters.eq(access.store & address_map.ram &",
           "pending.enters.eq(access.store & address_map.ram_side &"),
)


PROOFS = (Proof("load_store", "what is not allowed has no effect, what is has its own", _Bench,
                LoadStore, _MUTANTS, Induction(2), mutant_cycles=8, cover_cycles=8, quick=True),)
