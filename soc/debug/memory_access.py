"""The debugger's way to the memories and the register bus."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from cpu.address_map import AddressMap
from cpu.ports import MemorySignature
from soc.debug.ports import DEBUG_BYTES, AccessError, AccessSignature
from soc.fabric.bus import READ_LATENCY, RegisterBusSignature
from soc.fabric.dma import DmaPortSignature

__all__ = ["MemoryAccess", "TIMEOUT_CYCLES"]


TIMEOUT_CYCLES = 4095
"""Cycles after which an access is given up: a core that stores or loads in each cycle leaves none
to the debugger, and a chip in reset answers nothing."""


class MemoryAccess(wiring.Component):
    """Stands between the core and ITCM's second port and register bus, and uses what it leaves.

    RAM is reached through a DMA port of its own. The core never waits.

    Parameters: itcm, ram : Region; devices : list of Region on the register bus.
    Members:
        requests : array of In(AccessSignature()), 2 of them; the first goes first.
        idle : In(1), the core uses neither ``core_itcm`` nor ``core_bus`` in this cycle.
        core_itcm : In(MemorySignature()), core_bus : In(RegisterBusSignature()), the core's sides;
        itcm, bus : Out, likewise, the sides of what answers. Stores of the core to the debugger's
                    words, the last DEBUG_BYTES of ITCM, change nothing.
        dma  : Out(DmaPortSignature()).
    Timing: ITCM 4 cycles, the register bus 3 + READ_LATENCY, after the core leaves one; RAM as its
        arbiter answers. After TIMEOUT_CYCLES an access ends with TIMEOUT.
    """

    def __init__(self, *, itcm, ram, devices):
        self._regions = {"itcm": itcm, "ram": ram, "devices": devices}
        super().__init__({
            "requests": In(AccessSignature()).array(2),
            "idle": In(1),
            "core_itcm": In(MemorySignature()), "core_bus": In(RegisterBusSignature()),
            "itcm": Out(MemorySignature()), "bus": Out(RegisterBusSignature()),
            "dma": Out(DmaPortSignature()),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.map = address_map = AddressMap(**self._regions)
        first, second = self.requests
        uses_second = Signal()
        write, byte_enable = Signal(), Signal(4)
        address, write_data = Signal(32), Signal(32)
        takes = Signal()
        # In registers: what the two ask for comes late in the cycle.
        with m.If(takes):
            m.d.sync += uses_second.eq(~first.valid)
            for name, register in (("write", write), ("address", address),
                                   ("byte_enable", byte_enable), ("write_data", write_data)):
                m.d.sync += register.eq(
                    Mux(first.valid, getattr(first, name), getattr(second, name)))
        m.d.comb += address_map.address.eq(address)
        use_ram, use_itcm, use_bus = Signal(), Signal(), Signal()
        self._answer(m, takes, uses_second, address, write, address_map, use_ram, use_itcm, use_bus)
        self._share(m, use_itcm, use_bus, address, write, byte_enable, write_data)
        m.d.comb += [
            self.dma.request.valid.eq(use_ram),
            self.dma.request.payload.write.eq(write),
            self.dma.request.payload.address.eq(address[3:]),
            self.dma.request.payload.write_data.eq(write_data.replicate(2)),
            self.dma.request.payload.byte_enable.eq(Mux(
                address[2], Cat(Const(0, 4), byte_enable), byte_enable)),
        ]
        return m

    def _answer(self, m, takes, uses_second, address, write, address_map, use_ram, use_itcm,
                use_bus):
        """Makes one request after the other."""
        first, second = self.requests
        error, read_data, done = Signal(AccessError), Signal(32), Signal()
        reached = Signal(data.StructLayout({"ram": 1, "itcm": 1, "device": 1}))
        waited = Signal(range(TIMEOUT_CYCLES + 1))
        on_bus = Signal(READ_LATENCY)  # bit n: the request on the bus was n + 1 cycles ago
        m.d.sync += [on_bus.eq(Cat(use_bus, on_bus)), waited.eq(waited + 1)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += takes.eq(1)
                m.d.sync += [waited.eq(0), error.eq(AccessError.NONE)]
                with m.If(first.valid | second.valid):
                    m.next = "DECODE"
            with m.State("DECODE"):  # in a cycle of its own: the way to the registers is long
                m.d.sync += [reached.ram.eq(address_map.ram), reached.itcm.eq(address_map.itcm),
                             reached.device.eq(address_map.device)]
                m.next = "REQUEST"
            with m.State("REQUEST"):
                m.d.comb += [
                    use_ram.eq(reached.ram),
                    use_itcm.eq(reached.itcm & self.idle),
                    use_bus.eq(reached.device & self.idle),
                ]
                with m.If(use_itcm | use_bus | (use_ram & self.dma.request.ready)):
                    m.next = "ANSWER"
                with m.If(~reached.as_value().any()):
                    m.d.sync += error.eq(AccessError.NOTHING_THERE)
                    m.next = "DONE"
                with m.If(waited == TIMEOUT_CYCLES):
                    m.d.sync += error.eq(AccessError.TIMEOUT)
                    m.next = "DONE"
            with m.State("ANSWER"):
                with m.If(reached.itcm):
                    m.d.sync += read_data.eq(self.itcm.read_data)
                with m.Elif(reached.device):
                    m.d.sync += read_data.eq(self.bus.read_data)
                with m.Else():
                    m.d.sync += read_data.eq(self.dma.response_data.word_select(address[2], 32))
                with m.If(write | reached.itcm | on_bus[-1] | self.dma.response_valid):
                    m.next = "DONE"
                with m.Elif(waited == TIMEOUT_CYCLES):
                    m.d.sync += error.eq(AccessError.TIMEOUT)
                    m.next = "DONE"
            with m.State("DONE"):
                m.d.comb += done.eq(1)
                m.next = "IDLE"
        m.d.comb += [first.done.eq(done & ~uses_second), second.done.eq(done & uses_second)]
        for request in self.requests:
            m.d.comb += [request.error.eq(error), request.read_data.eq(read_data)]

    def _share(self, m, use_itcm, use_bus, address, write, byte_enable, write_data):
        """Joins the core's accesses with ours. A late ``enable`` of the core selects nothing."""
        core_itcm, core_bus, itcm, bus = self.core_itcm, self.core_bus, self.itcm, self.bus
        bits = range((DEBUG_BYTES - 1).bit_length(),
                     (self._regions["itcm"].size - 1).bit_length())
        in_words = Cat(core_itcm.address[bit] for bit in bits).all()
        m.d.comb += [
            itcm.enable.eq(core_itcm.enable | use_itcm),
            itcm.write.eq(Mux(self.idle, write, core_itcm.write & ~in_words)),
            itcm.address.eq(Mux(self.idle, address, core_itcm.address)),
            itcm.byte_enable.eq(Mux(self.idle, byte_enable, core_itcm.byte_enable)),
            itcm.write_data.eq(Mux(self.idle, write_data, core_itcm.write_data)),
            core_itcm.read_data.eq(itcm.read_data),
            bus.present.eq(core_bus.present | use_bus),
            bus.request.eq(core_bus.request | use_bus),
            bus.write.eq(Mux(self.idle, write, core_bus.write)),
            bus.machine.eq(self.idle | core_bus.machine),
            bus.address.eq(Mux(self.idle, Cat(Const(0, 2), address[2:]), core_bus.address)),
            bus.byte_enable.eq(Mux(self.idle, byte_enable, core_bus.byte_enable)),
            bus.write_data.eq(Mux(self.idle, write_data, core_bus.write_data)),
            core_bus.read_data.eq(bus.read_data),
        ]
