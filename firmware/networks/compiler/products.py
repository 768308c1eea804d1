"""Layers with weights, as jobs of the matmul coprocessor."""

import numpy as np

from coprocessors.matmul.table import PASS_BYTES
from firmware.networks.compiler.plan import Job, Patch

__all__ = ["convolution", "depthwise", "fully_connected", "scale_fields"]

MAX_SIZE, MAX_COUNT = 65535, 255
"""The largest numbers in a descriptor: of bytes, rows and lines; of pieces, steps and padding."""


def scale_fields(site, multipliers, shifts):
    """The members of a Job that scale its columns: one scale for all where they are equal.

    The coprocessor then reads a third of what it reads otherwise beside B.
    """
    if (multipliers == multipliers[0]).all() and (shifts == shifts[0]).all():
        return {"scale_multiplier": int(multipliers[0]), "scale_shift": int(shifts[0])}
    return {"multiplier": site.constant("multipliers", multipliers.astype(np.int32)),
            "shift": site.constant("shifts", shifts.astype(np.int32))}


def _column_fields(site, weights_zero=0):
    """What all layers with weights have in common."""
    layer, result = site.layer, site.result
    multipliers, shifts, rounding = layer.scaling(site.rounding)
    bias = None if layer.bias is None else site.constant(
        "bias", site.tensors[layer.bias].data.astype(np.int32))
    return {"bias": bias, "a_zero": site.data.zero_point, "b_zero": weights_zero,
            "c_zero": result.zero_point, "clamp_minimum": layer.minimum,
            "clamp_maximum": layer.maximum, "rounding": rounding,
            **scale_fields(site, multipliers, shifts)}


def fully_connected(site):
    """FULLY_CONNECTED: one job."""
    weights = site.tensors[site.layer.weights]
    outputs, inputs = weights.shape
    rows = site.data.elements // inputs
    return [Job(site.input(), site.constant("weights", weights.data), site.output(),
                rows, outputs, inputs, rows * inputs, rows * outputs,
                **_column_fields(site, weights.zero_points[0]))]


def _window_patch(site, window, pieces, piece_bytes, column_step=0):
    """The Patch under a window of a convolution, of ``pieces`` pieces on a line."""
    _, height, width, channels = site.data.shape
    layer = site.layer
    return Patch(
        piece_bytes=piece_bytes, pieces=pieces, piece_step=channels if pieces > 1 else 0,
        line_bytes=width * channels, lines=height, line_step=layer.stride[0],
        outputs_per_line=site.result.shape[2], output_step=layer.stride[1] * channels,
        padding_left=layer.padding.left * channels, padding_top=layer.padding.top,
        column_step=column_step)


def jobs_of_images(site, b, k, patch, **fields):
    """One job for each image of the input's batch."""
    batch, *image = site.data.shape
    _, height, width, channels = site.result.shape
    image_bytes, result_bytes = int(np.prod(image)), height * width * channels
    return [Job(site.input() + i * image_bytes, b, site.output() + i * result_bytes,
                height * width, channels, k, image_bytes, result_bytes,
                a_stride=patch.line_bytes, patch=patch, **fields) for i in range(batch)]


def convolution(site):
    """CONV_2D: rows of the image as they are where the window is one pixel, else gathered."""
    layer, weights = site.layer, site.tensors[site.layer.weights]
    outputs, height, width, channels = weights.shape
    if (height, width) == layer.stride == (1, 1):
        pixels = site.data.elements // channels
        return [Job(site.input(), site.constant("weights", weights.data), site.output(), pixels,
                    outputs, channels, pixels * channels, pixels * outputs,
                    **_column_fields(site))]
    return _gathered(site, weights.data)


def _gathered(site, weights):
    """Jobs of a convolution with dense ``weights``: an array (outputs, height, width, channels)."""
    _, height, width, channels = weights.shape
    patch = _window_patch(site, (height, width), 1, width * channels)
    return jobs_of_images(site, site.constant("weights", weights), height * width * channels,
                          patch, **_column_fields(site))


def depthwise(site):
    """DEPTHWISE_CONV_2D: in groups of as many channels as the array has columns.

    Each group is a convolution whose weights are zero but for a channel's own. Where a group would
    hold all channels or have too long a window, and where several channels see the same one of the
    input, all channels are one group.
    """
    layer, group = site.layer, site.columns
    weights = site.tensors[layer.weights].data[0]  # height, width, output channels
    height, width, outputs = weights.shape
    channels = site.data.shape[3]
    in_groups = (layer.depth_multiplier == 1 and channels > group and width <= MAX_COUNT
                 and height * width * group <= PASS_BYTES)
    if not in_groups:
        group = channels
    output = np.arange(outputs)
    blocks = np.zeros((outputs, height, width, group), np.int8)
    blocks[output, :, :, output // layer.depth_multiplier % group] = weights.transpose(2, 0, 1)
    if not in_groups:
        return _gathered(site, blocks)
    patch = _window_patch(site, (height, width), width, group, column_step=group)
    return jobs_of_images(site, site.constant("weights", blocks), height * width * group, patch,
                          **_column_fields(site))
