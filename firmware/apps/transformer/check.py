"""Compares the activations of the transformer app with those of the numpy model, bit for bit."""

import numpy as np

from firmware.apps.transformer.generate import BLOCK_ROWS
from firmware.apps.transformer.model import evaluate_block
from firmware.apps.transformer.parameters import Sizes, block

__all__ = ["SYMBOLS", "check"]


_ACTIVATIONS = ("query", "key", "value", "probabilities", "attended", "first", "sum_1", "second",
                "hidden", "sum_2", "out")

SYMBOLS = ("transformer_sizes", *(f"transformer_{name}" for name in _ACTIVATIONS))
"""Variables of the program that `check` wants the contents of."""


def _by_blocks(values, slots):
    """``values`` (sequence, ...) as (slots, rows, ...): the blocks that are still there."""
    blocks = values.reshape(-1, BLOCK_ROWS, *values.shape[1:])
    last = len(blocks) - slots
    return np.stack([blocks[last + (slot - last) % slots] for slot in range(slots)])


def _expected(sizes, slots, score_slots):
    """{name: array} as the program has them in memory."""
    t = evaluate_block(block(sizes))
    of_blocks = {name: _by_blocks(t[name], slots) for name in
                 ("query", "attended", "projected", "sum_1", "y", "second", "hidden", "sum_2")}
    ones = np.ones((slots, 1, sizes.embedding), np.int8)
    probabilities = _by_blocks(t["probabilities"].swapaxes(0, 1), score_slots)
    return {
        "query": of_blocks["query"], "key": t["key"], "value": t["value"].T,
        "probabilities": probabilities.swapaxes(1, 2), "attended": of_blocks["attended"],
        "first": np.concatenate([block(sizes).x, *of_blocks["projected"]]),
        "sum_1": np.concatenate([of_blocks["sum_1"], ones], axis=1),
        "second": np.stack([of_blocks["y"], of_blocks["second"]], axis=1),
        "hidden": of_blocks["hidden"],
        "sum_2": np.concatenate([of_blocks["sum_2"], ones], axis=1), "out": t["out"]}


def check(text, symbols):
    """Compares what the program left in memory with what the model computes.

    Parameters:
        text    : str, what the program printed.
        symbols : dict of {name: bytes} for `SYMBOLS`.
    Returns: list of str, one line for each check that passed.
    Raises: ValueError that says what differs.
    """
    *numbers, slots, score_slots = np.frombuffer(symbols["transformer_sizes"], "<u4").tolist()
    values = 0
    for name, expected in _expected(Sizes(*numbers), slots, score_slots).items():
        found = np.frombuffer(symbols[f"transformer_{name}"], np.int8).reshape(expected.shape)
        wrong = np.argwhere(found != expected)
        if len(wrong):
            place = tuple(wrong[0].tolist())
            raise ValueError(f"{len(wrong)} of {expected.size} values of {name} differ from the "
                             f"model's: {list(place)} must be {expected[place]}, "
                             f"not {found[place]}")
        values += expected.size
    blocks = numbers[0] // BLOCK_ROWS
    line = f"check: {values:,} values of activations equal numpy's, bit for bit"
    if slots < blocks:
        line += (f"; RAM has room for {slots} of {blocks} blocks of rows: of the others only keys, "
                 "values and results were compared")
    return [line]
