"""What the requester of operands tells the receiver about each transfer."""

from amaranth.lib import data, enum

from coprocessors.matmul.job_plan import MAX_SLOTS
from coprocessors.matmul.operand_buffer import HALF_WORDS
from coprocessors.matmul.table import PASS_BYTES

__all__ = ["LoadItem", "LoadKind", "PLAIN_BITS", "PLAIN_ROW_BITS"]


class LoadKind(enum.IntEnum, shape=3):
    """What a transfer brings; the parameters in the order of `Parameter`."""

    B = 0
    A = 1
    BIAS = 2
    MULTIPLIER = 3
    SHIFT = 4
    ADDEND = 5


class LoadItem(data.Struct):
    """A transfer under way: where its beats go."""

    kind: LoadKind
    slot: range(MAX_SLOTS)
    first_word: range(HALF_WORDS)  # in the slot
    completes: 1  # the last one of a column's parameters
    last_row: range(PASS_BYTES)  # of a transposed strip; of others the low PLAIN_ROW_BITS
    spreads: 1  # each row holds what all rows of the strip have at one k


PLAIN_ROW_BITS = 4
"""Bits of the number of a row of a strip, or tile."""
PLAIN_BITS = data.Layout.cast(LoadItem)["last_row"].offset + PLAIN_ROW_BITS
"""Bits of an item, from the lowest on, that are used where no strip is transposed."""
