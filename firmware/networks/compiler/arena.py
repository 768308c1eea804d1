"""Gives each activation its place in one array, so that those that live at the same time do not
overlap."""

from dataclasses import dataclass

__all__ = ["ALIGNMENT_BYTES", "Life", "allocate"]

ALIGNMENT_BYTES = 8
"""What the DMA reads in one cycle."""


@dataclass(frozen=True)
class Life:
    """An activation: its size, and the first and the last step in which it is used."""

    size_bytes: int
    first: int
    last: int

    def meets(self, other):
        """There is a step that uses both."""
        return self.first <= other.last and other.first <= self.last


def allocate(lives, *, keep=False):
    """({key: offset}, bytes in all) for ``lives``, a dict of {key: Life}.

    The largest are placed first, each at the lowest offset where it meets nobody. With ``keep`` no
    two share a byte.
    """
    offsets, end = {}, 0
    order = lives if keep else sorted(lives, key=lambda key: -lives[key].size_bytes)
    for key in order:
        life = lives[key]
        size = -(-life.size_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
        taken = sorted((offsets[other], offsets[other] + lives[other].size_bytes)
                       for other in offsets if keep or life.meets(lives[other]))
        offset = 0
        for start, stop in taken:
            if offset + size <= start:
                break
            offset = max(offset, -(-stop // ALIGNMENT_BYTES) * ALIGNMENT_BYTES)
        offsets[key] = offset
        end = max(end, offset + size)
    return offsets, end
