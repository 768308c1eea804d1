"""Pearson's test: whether bytes look as if each value were as likely as any other."""

import numpy as np

__all__ = ["is_uniform", "look_alike"]

_FREEDOM = 255
_LIMIT = _FREEDOM + 6 * (2 * _FREEDOM) ** 0.5
"""Six standard deviations above the mean: uniform bytes exceed it once in a million times or so."""


def _histogram(values):
    counts = np.bincount(np.frombuffer(bytes(values), np.uint8), minlength=256)
    assert counts.sum() >= 5 * 256, "too few bytes for the test to mean anything"
    return counts


def is_uniform(values):
    """Whether the bytes ``values`` could be uniform and independent."""
    counts = _histogram(values)
    expected = counts.sum() / 256
    return ((counts - expected) ** 2 / expected).sum() < _LIMIT


def look_alike(first, second):
    """Whether two lots of bytes, equally many, could come from one distribution."""
    x, y = _histogram(first), _histogram(second)
    assert x.sum() == y.sum()
    either = x + y > 0
    return ((x - y)[either] ** 2 / (x + y)[either]).sum() < _LIMIT
