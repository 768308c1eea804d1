"""One round against the model and against the steps that XKCP prints."""

import os
import random
from pathlib import Path

import cocotb
import pytest
from cocotb.triggers import Timer

from coprocessors.keccak import model, round as round_module
from coprocessors.keccak.round import Round
from sim.harness import run_cocotb
from tests.coprocessors.keccak.vectors import intermediate_values, user_vectors_file

SEED = 5


async def _round(dut, state, index):
    for number, lane in enumerate(state):
        getattr(dut, f"state__{number}").value = lane
    dut.index.value = index
    await Timer(1, "ns")
    return [getattr(dut, f"result__{number}").value.to_unsigned() for number in range(model.LANES)]


def _expected(state, index):
    return model.iota(model.chi(model.pi(model.rho(model.theta(state)))), index)


@cocotb.test()
async def each_round_of_random_states(dut):
    rng = random.Random(SEED)
    for index in range(model.ROUNDS):
        for state in ([0] * 25, [2**64 - 1] * 25, [rng.getrandbits(64) for _ in range(25)]):
            assert await _round(dut, state, index) == _expected(state, index), f"round {index}"


@cocotb.test()
async def each_bit_alone(dut):
    for bit in range(1600):
        state = [(1 << bit >> 64 * number) & (2**64 - 1) for number in range(25)]
        assert await _round(dut, state, 0) == _expected(state, 0), f"bit {bit}"


@cocotb.test(skip="KECCAK_INTERMEDIATE_VALUES" not in os.environ)
async def printed_rounds(dut):
    for permutation in intermediate_values(Path(os.environ["KECCAK_INTERMEDIATE_VALUES"])):
        states = [lanes for title, lanes in permutation if title.endswith(("words", "iota"))]
        assert len(states) == 1 + model.ROUNDS
        for index, (before, after) in enumerate(zip(states, states[1:])):
            assert await _round(dut, before, index) == after, f"round {index}"


def test_round():
    run_cocotb(Round(), __name__, name="keccak_round", seed=SEED,
               testcase=["each_round_of_random_states", "each_bit_alone"])


def test_printed_rounds():
    path = user_vectors_file("xkcp/KeccakF-1600-IntermediateValues.txt")
    run_cocotb(Round(), __name__, name="keccak_round", seed=SEED, testcase="printed_rounds",
               environment={"KECCAK_INTERMEDIATE_VALUES": str(path)})


def test_mutant_wrong_rotation_offset(monkeypatch):
    offsets = list(model.ROTATIONS)
    offsets[17] += 1
    monkeypatch.setattr(round_module, "ROTATIONS", tuple(offsets))
    with pytest.raises(AssertionError, match="AssertionError: round 0"):
        run_cocotb(Round(), __name__, name="keccak_round", seed=SEED,
                   testcase="each_round_of_random_states")
