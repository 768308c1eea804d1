"""Sums, multipliers and shifts at which a requantizer can err: on and beside ties, at the ends."""

import itertools

__all__ = ["INT32_MAX", "INT32_MIN", "extremes", "ties"]

INT32_MIN, INT32_MAX = -2**31, 2**31 - 1

SHIFTS = range(-31, 31)


def ties(odd_limit):
    """(sum, multiplier, shift): all ties near 0, and their neighbours, of each shift.

    The scaled sum is an odd number of halves, up to ``odd_limit`` of both signs, before it is
    rounded; with each multiplier that has few bits, so that sums lie exactly there.
    """
    multipliers = {1 << 30: 1, 3 << 29: 3, 5 << 28: 5}  # {multiplier: its odd factor}
    for (multiplier, factor), shift in itertools.product(multipliers.items(), SHIFTS):
        # sum * multiplier / 2**31 * 2**shift = odd / 2, for odd multiples of the factor
        exponent = 30 - shift - (multiplier // factor).bit_length() + 1
        if exponent < 0:
            continue
        for odd in range(-odd_limit | 1, odd_limit + 1, 2):
            for beside in (-2, -1, 0, 1, 2):
                total = (odd << exponent) + beside
                if INT32_MIN <= total << max(shift, 0) <= INT32_MAX:
                    yield total, multiplier, shift


def extremes():
    """(sum, multiplier, shift): the ends of all three, with each shift."""
    sums = (INT32_MIN, INT32_MIN + 1, -(1 << 30), -2, -1, 0, 1, 2, 1 << 30, INT32_MAX - 1,
            INT32_MAX)
    multipliers = (0, 1 << 30, (1 << 30) + 1, INT32_MAX - 1, INT32_MAX)
    return itertools.product(sums, multipliers, SHIFTS)
