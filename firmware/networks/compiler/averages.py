"""Averages as jobs of the matmul coprocessor: products with ones."""

import numpy as np

from coprocessors.matmul.table import PASS_BYTES
from firmware.networks.compiler.plan import Job, Patch
from firmware.networks.compiler.products import MAX_COUNT, MAX_SIZE

__all__ = ["average_pool", "count_multiplier", "mean"]


def count_multiplier(count):
    """(multiplier, shift) that divide a sum of ``count`` bytes by it when rounding once.

    The multiplier is the next above the quotient, so that halves go away from zero, as AVERAGE_POOL
    demands, on both sides. It is off by less than 2**-30 of the sum, whereas what is no half is off
    a half by 1 / (2 * count) or more.
    """
    right = (count - 1).bit_length() - 1
    return 2**(31 + right) // count + 1, -right


def _ones(site, group, rows, k):
    """(Place, stride) of ``rows`` rows of ``k`` bytes.

    Row j has a 1 at j and each ``group``-th byte from there on. Each row is the one before, begun
    ``group`` - 1 bytes later.
    """
    stride = group - 1
    text = np.zeros(stride * (rows - 1) + k, np.int8)
    text[::group] = 1
    return site.constant("ones", text), stride


def _whole_image(site, **fields):
    """Jobs for the sum over all pixels of an image: each row of C is a group of channels. None
    for an image that is too large."""
    batch, height, width, channels = site.data.shape
    group = max(g for g in range(1, site.columns + 1) if channels % g == 0)
    k, image_bytes = height * width * group, height * width * channels
    if width > MAX_COUNT or max(k, width * channels) > MAX_SIZE:
        return None
    ones, stride = _ones(site, group, group, k)
    patch = Patch(piece_bytes=group, pieces=width, piece_step=channels,
                  line_bytes=width * channels, lines=height,
                  outputs_per_line=channels // group, output_step=group)
    return [Job(site.input() + i * image_bytes, ones, site.output() + i * channels,
                channels // group, group, k, image_bytes, channels, a_stride=width * channels,
                b_stride=stride, patch=patch, **fields) for i in range(batch)]


def _windows(site, **fields):
    """Jobs for the sums under a window: a convolution in groups of channels."""
    layer = site.layer
    batch, lines, width, channels = site.data.shape
    _, places_high, places_wide, _ = site.result.shape
    height, across = layer.filter
    group = min(site.columns, channels)
    ones, stride = _ones(site, group, channels, height * across * group)
    patch = Patch(piece_bytes=group, pieces=across, piece_step=channels,
                  line_bytes=width * channels, lines=lines, line_step=layer.stride[0],
                  outputs_per_line=places_wide, output_step=layer.stride[1] * channels,
                  column_step=group if channels > group else 0)
    image_bytes, places = lines * width * channels, places_high * places_wide
    return [Job(site.input() + i * image_bytes, ones, site.output() + i * places * channels, places,
                channels, height * across * group, image_bytes, places * channels,
                a_stride=width * channels, b_stride=stride, patch=patch, **fields)
            for i in range(batch)]


def average_pool(site):
    """AVERAGE_POOL_2D whose windows all lie in the image; None for another, which the core does."""
    layer, padding = site.layer, site.layer.padding
    height, width = layer.filter
    if any((padding.top, padding.bottom, padding.left, padding.right)):
        return None
    multiplier, shift = count_multiplier(height * width)
    fields = {"rounding": "single", "scale_multiplier": multiplier, "scale_shift": shift,
              "clamp_minimum": layer.minimum, "clamp_maximum": layer.maximum}
    if (height, width) == site.data.shape[1:3]:
        return _whole_image(site, **fields)
    _, _, image_width, channels = site.data.shape
    _, places_high, places_wide, _ = site.result.shape
    if (width > MAX_COUNT or height * width * min(site.columns, channels) > PASS_BYTES
            or max(places_high * places_wide, image_width * channels) > MAX_SIZE):
        return None
    return _windows(site, **fields)


def mean(site):
    """MEAN; None for images that are too large."""
    layer = site.layer
    return _whole_image(site, a_zero=site.data.zero_point, c_zero=site.result.zero_point,
                        rounding=site.rounding, scale_multiplier=layer.multiplier,
                        scale_shift=layer.shift)
