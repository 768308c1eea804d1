"""A region of the address space."""

from dataclasses import dataclass

__all__ = ["Region"]


@dataclass(frozen=True)
class Region:
    """``size`` bytes from ``base`` on, called ``name``. Both are multiples of 4096.

    The map is decided in the core by comparing high address bits, so ``base`` must be a multiple
    of ``size`` rounded up to a power of two.
    """

    name: str
    base: int
    size: int

    def __post_init__(self):
        if self.size < 4096 or self.size % 4096:
            raise ValueError(f"Size of region {self.name} must be a positive multiple of 4096 "
                             f"bytes, not {self.size:#x}")
        alignment = 1 << (self.size - 1).bit_length()
        if self.base % alignment or not 0 <= self.base <= 2**32 - self.size:
            raise ValueError(f"Base of region {self.name} must be a multiple of {alignment:#x} "
                             f"below 4 GiB, not {self.base:#x}")

    @property
    def end(self):
        """First address behind the region."""
        return self.base + self.size

    def __contains__(self, address):
        return self.base <= address < self.end
