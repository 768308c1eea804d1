"""Sizes and paddings of windows that move over images."""

from firmware.networks.network import Padding

__all__ = ["output_size", "same_or_valid"]


def output_size(size, window, stride, *, same):
    """How many places a window has along one dimension.

    Source: ComputeOutSize of TensorFlow Lite (kernels/padding.h), dilation 1.
    """
    return (size + stride - 1) // stride if same else (size + stride - window) // stride


def _before_and_after(size, window, stride, places):
    """Padding before and after; the odd one goes after. Source: ComputePaddingWithOffset."""
    total = max((places - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def same_or_valid(size, window, stride, *, same):
    """((output height, output width), Padding) of a window over an image.

    Parameters: size, window, stride : pairs of positive int, vertical first; same : bool, padded so
        that the stride alone decides the output size ("SAME"), else not at all ("VALID").
    Source: ComputePaddingHeightWidth (kernels/padding.h).
    """
    places = tuple(output_size(*sizes, same=same) for sizes in zip(size, window, stride))
    vertical, horizontal = (_before_and_after(*sizes) for sizes in
                            zip(size, window, stride, places))
    return places, Padding(*vertical, *horizontal)
