"""The DMA arbiter serves each requester in turn, and answers it and no other.

Of 4 requesters, the last in the background. Proved, for ever: one transfers in each cycle in which
any asks; the memory sees that access, and no other, one cycle later; a read is answered to who made
it after as many cycles as `DmaArbiter` says, and nobody else is told anything; of those in turn,
who asks is served within 3 cycles. Induction over as many cycles as an answer takes.
"""

from amaranth.asserts import AnySeq
from amaranth.hdl import Assert, Cat, Cover, Module, Signal

from soc.dma_arbiter import DmaArbiter
from soc.memory.ram import DMA_READ_CYCLES
from tests.formal.proof import Bench, Induction, Proof, glass
from tests.mutants import edited

__all__ = ["PROOFS"]


_IN_TURN = 3
_PORTS = _IN_TURN + 1
_ANSWER_CYCLES = 1 + DMA_READ_CYCLES


class _Bench(Bench):

    def elaborate(self, platform):
        m = Module()
        dut = self._component(ports=_PORTS, ram_bytes=1024, background=1)
        m.submodules.dut, inside = glass(dut)
        m.d.comb += Assert(inside["last"] < _IN_TURN)
        memory, granted = dut.memory, []
        m.d.comb += memory.read_data.eq(AnySeq(64))
        for port in dut.ports:
            request = port.request
            m.d.comb += [request.valid.eq(AnySeq(1)),
                         request.payload.eq(AnySeq(len(request.payload.as_value())))]
            granted.append(request.valid & request.ready)
        asked = Cat(port.request.valid for port in dut.ports)
        m.d.comb += Assert(sum(granted) == asked.any())

        seen = {name: Signal.like(getattr(memory, name), name=f"seen_{name}")
                for name in ("write", "address", "byte_enable", "write_data")}
        enabled = Signal()
        m.d.sync += enabled.eq(asked.any())
        for port, is_granted in zip(dut.ports, granted):
            with m.If(is_granted):
                m.d.sync += [target.eq(port.request.payload[name])
                             for name, target in seen.items()]
        m.d.comb += Assert(memory.enable == enabled)
        m.d.comb += [Assert(~enabled | (getattr(memory, name) == value))
                     for name, value in seen.items()]

        for number, (port, is_granted) in enumerate(zip(dut.ports, granted)):
            due = Signal(_ANSWER_CYCLES, name=f"due{number}")
            m.d.sync += due.eq(Cat(is_granted & ~port.request.payload.write, due))
            m.d.comb += [Assert(port.response_valid == due[-1]),
                         Assert(port.response_data == memory.read_data)]
            waited = Signal(range(_IN_TURN + 1), name=f"waited{number}")
            m.d.sync += waited.eq(0)
            with m.If(port.request.valid & ~is_granted & (waited != _IN_TURN)):
                m.d.sync += waited.eq(waited + 1)
            if number < _IN_TURN:
                m.d.comb += [Assert(waited < _IN_TURN),
                             Cover(is_granted & (waited == _IN_TURN - 1))]
        m.d.comb += Cover(dut.ports[-1].response_valid)
        return m


_MUTANTS = (
    edited(DmaArbiter, "who_was_served_goes_on", "last.eq(grant)", "last.eq(grant - 1)"),
    edited(DmaArbiter, "the_background_takes_a_turn", "precede = list(valid[:number])",
           "precede = list(valid[:number - 1])"),
    edited(DmaArbiter, "an_answer_goes_to_all", "answered & (source == number)", "answered"),
    edited(DmaArbiter, "a_write_is_answered", "valid.any() & ~chosen.write", "valid.any()"),
)


PROOFS = (Proof("arbiter", "serves each in turn, and answers it and no other", _Bench, DmaArbiter,
                _MUTANTS, Induction(_ANSWER_CYCLES + 1), mutant_cycles=10, cover_cycles=10,
                quick=True),)
