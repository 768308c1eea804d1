"""Blocks and padding against the model, for every length modulo the rate."""

import random

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly

from coprocessors.keccak import model
from coprocessors.keccak.absorber import Absorber
from coprocessors.keccak.block_buffer import ENTRIES
from sim.harness import run_cocotb
from tests.coprocessors.keccak.test_datapath import beats_of
from tests.mutants import edited

SEED = 80


async def _start(dut):
    for name in ("start", "data__valid", "ready", "load", "unload", "wipe", "hold"):
        getattr(dut, name).value = 0
    dut.rst.value = 1
    Clock(dut.clk, 10, unit="ns").start()
    await FallingEdge(dut.clk)
    await FallingEdge(dut.clk)
    dut.rst.value = 0


async def _absorb(dut, rng, message, rate_lanes, domain, stall, state=None):
    """Absorbs a message; returns its blocks as lists of lanes, and the cycles that it took."""
    beats = [*beats_of(state or b"", rng), *beats_of(message, rng)]
    dut.length.value, dut.rate_lanes.value = len(message), rate_lanes
    dut.no_pad.value, dut.load_state.value = domain is None, state is not None
    dut.domain.value = rng.getrandbits(8) if domain is None else domain
    dut.start.value = 1
    await FallingEdge(dut.clk)
    dut.start.value = 0
    blocks, cycles, last = [], 0, False
    while not last:
        # Without data the words hold noise that looks like the end of a message.
        dut.data__valid.value = valid = bool(beats) and rng.random() >= stall
        dut.data__payload.value = beats[0] if valid else rng.getrandbits(64) | 0x13 << 64
        dut.ready.value = ready = rng.random() >= stall
        await ReadOnly()
        assert dut.active.value
        taken = valid and dut.data__ready.value
        if ready and dut.valid.value:
            blocks.append([getattr(dut, f"block__{n}").value.to_unsigned() for n in range(25)])
            last = bool(dut.last.value)
        await FallingEdge(dut.clk)
        if taken:
            beats.pop(0)
        cycles += 1
        assert cycles < 5000, "the message does not end"
    dut.data__valid.value = 0
    await ReadOnly()
    assert not dut.active.value and not dut.valid.value
    await FallingEdge(dut.clk)
    assert not beats, f"{len(beats)} beats were not taken"
    return blocks, cycles


def _lanes(content):
    return [int.from_bytes(content[at:at + 8], "little") for at in range(0, len(content), 8)]


def _expected(message, rate_lanes, domain, state=None):
    """The blocks; to the first of them the state is added."""
    lanes = _lanes(model.pad(message, 8 * rate_lanes, domain))
    blocks = [lanes[at:at + rate_lanes] + [0] * (25 - rate_lanes)
              for at in range(0, len(lanes), rate_lanes)]
    blocks[0] = [a ^ b for a, b in zip(blocks[0], _lanes(state or model.ZERO_STATE))]
    return blocks


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def every_length_modulo_the_rate(dut):
    rng = random.Random(SEED)
    await _start(dut)
    for rate_lanes in (1, 4, 9, 13, 17, 18, 19, 21, 24):
        for length in range(8 * rate_lanes + 2):
            message, domain = rng.randbytes(length), rng.randrange(1, 0x80)
            blocks, _ = await _absorb(dut, rng, message, rate_lanes, domain, stall=0.2)
            assert blocks == _expected(message, rate_lanes, domain), (
                f"{length} bytes, rate {rate_lanes}")
    for _ in range(100):
        rate_lanes, length = rng.randrange(1, 25), rng.randrange(600)
        message, domain = rng.randbytes(length), rng.randrange(1, 0x80)
        blocks, _ = await _absorb(dut, rng, message, rate_lanes, domain, stall=0.5)
        assert blocks == _expected(message, rate_lanes, domain), f"{length} bytes, {rate_lanes}"


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def states_and_messages_without_padding(dut):
    """Right behind each other, so that what one leaves in the buffer would show in the next."""
    rng = random.Random(SEED)
    await _start(dut)
    for _ in range(600):
        rate_lanes = rng.choice([1, 2, 5, 6, 17, 24, rng.randrange(1, 25)])
        length = rng.choice([0, 1, 8, 8 * rate_lanes - 1, 8 * rate_lanes, 8 * rate_lanes + 1,
                             16 * rate_lanes, rng.randrange(400)])
        message, domain = rng.randbytes(length), rng.choice([None, rng.randrange(1, 0x80)])
        state = rng.choice([None, rng.randbytes(200)])
        blocks, _ = await _absorb(dut, rng, message, rate_lanes, domain, rng.choice([0, 0.4]),
                                  state)
        assert blocks == _expected(message, rate_lanes, domain, state), (
            f"{length} bytes, rate {rate_lanes}, domain {domain}, {state is not None}")


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def one_lane_a_cycle(dut):
    rng = random.Random(SEED)
    await _start(dut)
    for rate_lanes in ENTRIES[:-1]:
        blocks, cycles = await _absorb(dut, rng, bytes(80 * rate_lanes), rate_lanes, 1, stall=0)
        assert (len(blocks), cycles) == (11, 11 * rate_lanes), f"rate {rate_lanes}: {cycles}"
    for length, expected in [(0, 5), (39, 5), (40, 8), (63, 8), (64, 8), (65, 9), (104, 17),
                             (135, 17), (136, 34)]:
        _, cycles = await _absorb(dut, rng, bytes(length), 17, 1, stall=0)
        assert cycles == expected, f"{length} bytes: {cycles}"
    for message, domain, expected in [(b"", None, 25), (b"", 1, 50), (bytes(17), None, 50),
                                      (bytes(100 * 136), None, 50 + 1 + 99 * 17)]:
        _, cycles = await _absorb(dut, rng, message, 17, domain, stall=0, state=bytes(200))
        assert cycles == expected, f"{len(message)} bytes to a state: {cycles}"


class _SkipsPaddingByte(Absorber):
    """Forgets the domain byte where the message ends with a whole lane."""

    def _lane(self, m, takes_data, ended, pads):
        return super()._lane(m, takes_data, ended, pads & ~ended)


_STATES = "states_and_messages_without_padding"
_MUTANTS = [
    (_SkipsPaddingByte, "every_length_modulo_the_rate"),
    (edited(Absorber, "pads_nevertheless", "Mux(self.no_pad, 0, self.domain)", "self.domain"),
     _STATES),
    (edited(Absorber, "leaves_the_rest_of_a_state", "gives & (self.last | adds)",
            "gives & self.last"), _STATES),
]
_MORE_MUTANTS = [
    (edited(Absorber, title, old, new), _STATES) for title, old, new in [
        ("closes_nevertheless", "self.last & ~self.no_pad &", "self.last &"),
        ("forgets_the_state", "adds.eq(takes_state)", "adds.eq(0)"),
        ("adds_to_the_rate_only", "& adds.replicate", "& (adds & in_rate).replicate"),
        ("loses_a_lane_behind_a_state", "comes.eq(self.active & ~self.hold & ~settles",
         "comes.eq(self.active & ~self.hold"),
    ]
]


def test_absorber():
    run_cocotb(Absorber(), __name__, name="keccak_absorber", seed=SEED)


@pytest.mark.parametrize("mutant, testcase", [
    *_MUTANTS, *(pytest.param(*each, marks=pytest.mark.long) for each in _MORE_MUTANTS)],
    ids=lambda each: getattr(each, "__name__", ""))
def test_mutant_is_found(mutant, testcase):
    with pytest.raises(AssertionError, match="AssertionError: [0-9]+ bytes|does not end"):
        run_cocotb(mutant(), __name__, name="keccak_absorber", seed=SEED, testcase=testcase)
