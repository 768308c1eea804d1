"""Blocks and padding against the model, for every length modulo the rate."""

import random

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly

from coprocessors.keccak import model
from coprocessors.keccak.absorber import ENTRIES, Absorber
from sim.harness import run_cocotb
from tests.coprocessors.keccak.test_datapath import beats_of

SEED = 80


async def _start(dut):
    for name in ("start", "data__valid", "ready", "load", "unload", "wipe"):
        getattr(dut, name).value = 0
    dut.rst.value = 1
    Clock(dut.clk, 10, unit="ns").start()
    await FallingEdge(dut.clk)
    await FallingEdge(dut.clk)
    dut.rst.value = 0


async def _absorb(dut, rng, message, rate_lanes, domain, stall):
    """Absorbs a message; returns its blocks as lists of lanes, and the cycles that it took."""
    beats = beats_of(message, rng)
    dut.length.value, dut.rate_lanes.value, dut.domain.value = len(message), rate_lanes, domain
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
        taken = valid and dut.data__ready.value
        if ready and dut.valid.value:
            blocks.append([getattr(dut, f"block__{n}").value.to_unsigned() for n in range(24)])
            last = bool(dut.last.value)
        await FallingEdge(dut.clk)
        if taken:
            beats.pop(0)
        cycles += 1
        assert cycles < 5000, "the message does not end"
    dut.data__valid.value = 0
    assert not beats, f"{len(beats)} beats were not taken"
    return blocks, cycles


def _expected(message, rate_lanes, domain):
    padded = model.pad(message, 8 * rate_lanes, domain)
    lanes = [int.from_bytes(padded[at:at + 8], "little") for at in range(0, len(padded), 8)]
    return [lanes[at:at + rate_lanes] + [0] * (24 - rate_lanes)
            for at in range(0, len(lanes), rate_lanes)]


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


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def one_lane_a_cycle(dut):
    rng = random.Random(SEED)
    await _start(dut)
    for rate_lanes in ENTRIES:
        blocks, cycles = await _absorb(dut, rng, bytes(80 * rate_lanes), rate_lanes, 1, stall=0)
        assert (len(blocks), cycles) == (11, 11 * rate_lanes), f"rate {rate_lanes}: {cycles}"
    for length, expected in [(0, 5), (39, 5), (40, 9), (64, 9), (104, 17), (135, 17), (136, 34)]:
        _, cycles = await _absorb(dut, rng, bytes(length), 17, 1, stall=0)
        assert cycles == expected, f"{length} bytes: {cycles}"


class _SkipsPaddingByte(Absorber):
    """Forgets the domain byte where the message ends with a whole lane."""

    def _lane(self, m, takes_data, ended, pads):
        return super()._lane(m, takes_data, ended, pads & ~ended)


def test_absorber():
    run_cocotb(Absorber(), __name__, name="keccak_absorber", seed=SEED)


def test_mutant_skipped_padding_byte():
    with pytest.raises(AssertionError, match="AssertionError: 0 bytes, rate"):
        run_cocotb(_SkipsPaddingByte(), __name__, name="keccak_absorber", seed=SEED,
                   testcase="every_length_modulo_the_rate")
