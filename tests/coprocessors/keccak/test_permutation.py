"""State and permutation against the model, one and two rounds a cycle."""

import os
import random

import cocotb
import pytest
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly

from coprocessors.keccak import model, permutation as permutation_module
from coprocessors.keccak.permutation import Permutation
from sim.harness import run_cocotb
from tests.mutants import edited

SEED = 24


async def _start(dut):
    for name in ("start", "last", "rounds12", "output_free", "more", "keep", "swaps"):
        getattr(dut, name).value = 0
    dut.rst.value = 1
    Clock(dut.clk, 10, unit="ns").start()
    await FallingEdge(dut.clk)
    await FallingEdge(dut.clk)
    dut.rst.value = 0


async def _take(dut, block, last):
    """Presents a block until it is taken; returns the cycles that it waited."""
    for number, lane in enumerate(block):
        getattr(dut, f"block__{number}").value = lane
    dut.start.value, dut.last.value = 1, last
    waited = 0
    await ReadOnly()
    while not dut.ready.value:
        await FallingEdge(dut.clk)
        await ReadOnly()
        waited += 1
    await FallingEdge(dut.clk)
    for number in range(model.LANES):
        getattr(dut, f"block__{number}").value = 2**64 - 1
    dut.start.value = 0
    return waited


async def _output(dut, *, free_after, more=False, keep=False, swaps=False):
    """Takes a block of output; returns it and the cycles up to it."""
    dut.more.value, dut.keep.value = more, keep
    for cycle in range(100):
        dut.output_free.value = cycle >= free_after
        dut.swaps.value = swaps and cycle >= free_after
        await ReadOnly()
        if dut.capture.value:
            block = [getattr(dut, f"output__{n}").value.to_unsigned() for n in range(model.LANES)]
            await FallingEdge(dut.clk)
            dut.output_free.value = dut.swaps.value = 0
            return block, cycle
        await FallingEdge(dut.clk)
    raise AssertionError("no output within 100 cycles")


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def absorbs_and_gives_output(dut):
    rng = random.Random(SEED)
    per_cycle = int(os.environ["ROUNDS_PER_CYCLE"])
    await _start(dut)
    for rounds in (24, 12, 24):
        cycles = rounds // per_cycle
        dut.rounds12.value = rounds == 12
        state = [0] * model.LANES
        for number in range(3):
            block = [rng.getrandbits(64) for _ in range(model.LANES)]
            waited = await _take(dut, block, last=number == 2)
            assert waited == (cycles - 1 if number else 0), f"block {number} waited {waited}"
            state = model.permute([a ^ b for a, b in zip(state, block)], rounds)
        for number, free_after in enumerate((0, cycles + 7, 3)):
            block, waited = await _output(dut, free_after=free_after, more=number < 2)
            assert block == state, f"output {number}, {rounds} rounds"
            assert waited == max(cycles - 1, free_after), f"output {number} after {waited} cycles"
            state = model.permute(state, rounds)
        await ReadOnly()
        assert dut.ready.value and not dut.running.value
        await FallingEdge(dut.clk)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def gives_the_state_again(dut):
    """With ``keep``; then the next message starts in the cycle in which the state leaves."""
    rng = random.Random(SEED)
    await _start(dut)
    dut.rounds12.value = 0
    block = [rng.getrandbits(64) for _ in range(model.LANES)]
    await _take(dut, block, last=True)
    for number in range(3):
        state = model.permute(block)
        for free_after in (0, 0, 4):
            got, waited = await _output(dut, free_after=free_after, keep=True)
            assert got == state, f"output of message {number} changes"
        block = [rng.getrandbits(64) for _ in range(model.LANES)]
        for index, lane in enumerate(block):
            getattr(dut, f"block__{index}").value = lane
        dut.start.value, dut.last.value, dut.keep.value = 1, 1, 0
        await ReadOnly()
        assert not dut.ready.value, "the state has not left"
        await FallingEdge(dut.clk)
        got, waited = await _output(dut, free_after=2, swaps=True)
        assert got == state and waited == 2
        dut.start.value = 0


@pytest.mark.parametrize("rounds_per_cycle", [1, 2])
def test_permutation(rounds_per_cycle):
    run_cocotb(Permutation(rounds_per_cycle=rounds_per_cycle), __name__, seed=SEED,
               name="keccak_permutation", environment={"ROUNDS_PER_CYCLE": str(rounds_per_cycle)})


def test_mutant_23_rounds(monkeypatch):
    monkeypatch.setattr(permutation_module, "ROUNDS", 23)
    with pytest.raises(AssertionError, match="AssertionError: block 1 waited 22"):
        run_cocotb(Permutation(), __name__, name="keccak_permutation", seed=SEED,
                   environment={"ROUNDS_PER_CYCLE": "1"})


@pytest.mark.long
@pytest.mark.parametrize("title, old, new", [
    ("advances_while_it_keeps", " & ~(self.capture & self.keep)", ""),
    ("starts_from_the_former_state", "with m.If(leaves):", "with m.If(0):"),
])
def test_mutant_is_found(title, old, new):
    with pytest.raises(AssertionError, match="output of message|no output"):
        run_cocotb(edited(Permutation, title, old, new)(), __name__, name="keccak_permutation",
                   seed=SEED, testcase="gives_the_state_again",
                   environment={"ROUNDS_PER_CYCLE": "1"})
