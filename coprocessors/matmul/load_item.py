"""What the requester of operands tells the receiver about each transfer."""

from amaranth.lib import data, enum

from coprocessors.matmul.job_plan import MAX_SLOTS
from coprocessors.matmul.operand_buffer import HALF_WORDS
from coprocessors.matmul.table import PASS_BYTES

__all__ = ["LoadItem", "LoadKind"]


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
    last_row: range(PASS_BYTES)
    spreads: 1  # each row holds what all rows of the strip have at one k
    completes: 1  # the last one of a column's parameters
