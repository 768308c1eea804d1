"""`FlowProof` and `Twins` against a component of which everything is known."""

import random

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from sim.harness import BUILD_DIR
from tests.formal import engines
from tests.formal.flow import FlowProof
from tests.formal.proof import Verdict
from tests.formal.twins import ANY, ONE, SAME, ZERO, Twins


class _Safe(wiring.Component):
    """Keeps secrets in a register, in the low half of a memory, and adds them to nothing."""

    def __init__(self):
        super().__init__({"secret": In(4), "known": In(4), "address": In(2), "write": In(1),
                          "clear": In(1), "low": Out(4), "high": Out(4), "kept": Out(4),
                          "masked": Out(4), "chosen": Out(4)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = memory.Memory(shape=8, depth=4, init=[])
        write, read = words.write_port(), words.read_port(domain="comb")
        m.d.comb += [
            write.addr.eq(self.address), write.en.eq(self.write | self.clear),
            write.data[:4].eq(Mux(self.clear, 0, self.secret)),
            write.data[4:].eq(self.known),
            read.addr.eq(self.address),
            self.low.eq(read.data[:4]), self.high.eq(read.data[4:]),
            self.masked.eq(self.secret & self.known),
            self.chosen.eq(Mux(self.write, self.known, self.kept) + 1),
        ]
        with m.If(self.write):
            m.d.sync += self.kept.eq(self.secret)
        with m.Elif(self.clear):
            m.d.sync += self.kept.eq(0)
        return m


class _Leaky(_Safe):
    """What is written shows in where."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        hidden = Signal(4)
        m.d.sync += hidden.eq(self.kept)
        m.d.comb += self.high[0].eq(~hidden[3])
        return m


_CARRIES = "low|kept|masked|chosen"


def _proof(name, **changes):
    options = {"component": lambda: _Safe(), "secret": "secret", "carries": _CARRIES,
               "mutants": ((f"{__name__}._Safe", _Leaky),)} | changes
    return FlowProof(f"flow_{name}", "nothing shows", **options)


def test_a_flow_is_found_with_its_way_and_no_other():
    outcome = _proof("holds").run()
    assert outcome.failures == [] and outcome.killed == 1
    way = (BUILD_DIR / "formal" / "flow_holds" / "_Leaky" / "flows.txt").read_text()
    assert way.split("\n") == ["high: high <- hidden <- kept <- secret", ""]


@pytest.mark.parametrize("output", _CARRIES.split("|"))
def test_each_flow_is_seen(output):
    others = "|".join(name for name in _CARRIES.split("|") if name != output)
    assert _proof(f"to_{output}", carries=others, mutants=()).run().verdict == Verdict.FALSE


def test_what_flows_nowhere_and_a_name_that_is_not_there_are_told():
    assert len(_proof("nowhere", secret="known", carries="kept", mutants=()).run().failures) == 2
    with pytest.raises(ValueError, match="an input must match secrets"):
        _proof("unknown", secret="secrets", mutants=()).run()


_INPUTS = {"secret": 4, "known": 4, "address": 2, "write": 1, "clear": 1}
_OUTPUTS = ("low", "high", "kept", "masked", "chosen")


def _twins():
    """Of a _Safe, whose secrets may differ from the start."""
    path = engines.netlist(BUILD_DIR / "formal" / "twins", "twins",
                           rtlil.convert(_Safe(), name="twins"), gates=True)
    start = Twins(path, ())
    differ = {bit for name in ("secret", "kept", "low") for bit in start.wires[name]}
    twins = Twins(path, differ)
    twins.hold("rst", ZERO)
    return twins


def test_what_is_overwritten_is_the_same_and_nothing_else():
    twins = _twins()
    assert twins.states("kept") == [ANY] * 4 and twins.states("high") == [SAME] * 4
    twins.hold("clear", ONE)
    twins.hold("write", ZERO)
    for address in range(4):
        twins.hold("address", SAME)
        assert ANY in twins.states("low")
        for place, bit in enumerate(twins.wires["address"]):
            twins.hold_bit(bit, ONE if address >> place & 1 else ZERO)
        twins.step()
        assert twins.states("low") == [ZERO] * 4
    twins.hold("address", ANY)
    assert twins.states("low") == [ZERO] * 4 and twins.states("high") == [ANY] * 4
    assert twins.states("kept") == [ZERO] * 4
    assert list(twins.differing()) == []


@pytest.mark.parametrize("seed", range(4))
def test_two_simulations_do_what_the_twins_say(seed):
    draw = random.Random(seed)
    states = [{name: draw.choice((ZERO, ONE, SAME, ANY)) for name in _INPUTS} for _ in range(60)]
    twins, said = _twins(), []
    for cycle in states:
        for name, state in cycle.items():
            twins.hold(name, state)
        said.append({name: twins.states(name) for name in _OUTPUTS})
        twins.step()
    seen = [_simulated(states, random.Random(f"{seed} shared"), random.Random(f"{seed} {copy}"))
            for copy in "ab"]
    told = 0
    for cycle, outputs in enumerate(said):
        for name, bits in outputs.items():
            values = [copy[cycle][name] for copy in seen]
            for place, state in enumerate(bits):
                pair = tuple(value >> place & 1 for value in values)
                if state != ANY:
                    assert pair in {ZERO: {(0, 0)}, ONE: {(1, 1)}, SAME: {(0, 0), (1, 1)}}[state]
                    told += state != SAME
    assert told > 100


def _simulated(states, shared, own):
    """Outputs in each cycle of one copy, whose unknown inputs are drawn."""
    dut, seen = _Safe(), []

    async def drive(context):
        for cycle in states:
            for name, state in cycle.items():
                common, private = (draw.getrandbits(_INPUTS[name]) for draw in (shared, own))
                context.set(getattr(dut, name), {ZERO: 0, ONE: (1 << _INPUTS[name]) - 1,
                                                 SAME: common, ANY: private}[state])
            seen.append({name: context.get(getattr(dut, name)) for name in _OUTPUTS})
            await context.tick()
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(drive)
    simulator.run()
    return seen
