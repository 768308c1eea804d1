"""Places of activations: nobody's bytes are another's while both are needed."""

import random

import pytest

from firmware.networks.compiler.arena import ALIGNMENT_BYTES, Life, allocate


def _overlap(lives, offsets, first, second):
    return (offsets[first] < offsets[second] + lives[second].size_bytes
            and offsets[second] < offsets[first] + lives[first].size_bytes)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("keep", [False, True])
def test_who_meets_does_not_overlap(seed, keep):
    rng = random.Random(seed)
    lives = {}
    for key in range(rng.randint(1, 30)):
        first = rng.randint(0, 20)
        lives[key] = Life(rng.choice([1, 7, 8, 9, 100, 1000]), first, first + rng.randint(0, 5))
    offsets, end = allocate(lives, keep=keep)
    for first in lives:
        assert offsets[first] % ALIGNMENT_BYTES == 0
        assert offsets[first] + lives[first].size_bytes <= end
        for second in lives:
            if first != second and (keep or lives[first].meets(lives[second])):
                assert not _overlap(lives, offsets, first, second)


def test_a_chain_takes_the_two_largest_neighbours():
    lives = {step: Life(800 if step % 2 else 400, step, step + 1) for step in range(10)}
    assert allocate(lives)[1] == 1200
    assert allocate(lives, keep=True)[1] == 5 * 1200


def test_a_step_that_uses_both_separates_them():
    """An operand that is needed last where the result is made first must not be its place."""
    assert allocate({"operand": Life(8, 0, 1), "result": Life(8, 1, 2)})[1] == 16
    assert allocate({"operand": Life(8, 0, 1), "later": Life(8, 2, 2)})[1] == 8
