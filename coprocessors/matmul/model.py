"""What the matmul coprocessor computes, in numpy: the reference for gateware and firmware."""

import math

import numpy as np

__all__ = ["gather", "matmul", "quantize_multiplier", "requantize"]


def _wrap32(values):
    """``values`` modulo 2**32, as signed numbers."""
    return (np.asarray(values, dtype=np.int64) + 2**31) % 2**32 - 2**31


def quantize_multiplier(real):
    """(multiplier, shift) so that ``real`` is about multiplier / 2**31 * 2**shift.

    Source: QuantizeMultiplier of TensorFlow Lite. Raises: ValueError unless 0 <= real < 2**30.
    """
    if not 0 <= real < 2**30:
        raise ValueError(f"Real multiplier must be from 0 to below 2**30, not {real}")
    mantissa, shift = math.frexp(real)
    multiplier = math.floor(mantissa * 2**31 + 0.5)
    if multiplier == 2**31:
        multiplier //= 2
        shift += 1
    return (0, 0) if real == 0 or shift < -31 else (multiplier, shift)


def requantize(accumulators, multiplier, shift, *, rounding="double"):
    """``accumulators`` * multiplier / 2**31 * 2**shift, rounded as TensorFlow Lite does.

    Parameters:
        accumulators : int32 values.
        multiplier   : 0, or from 2**30 to 2**31 - 1; one, or an array that broadcasts.
        shift        : from -31 to 30, likewise. Where it is positive and the shifted accumulator
                       leaves the range of int32, which C leaves undefined, it saturates.
        rounding     : "double" is gemmlowp's: first to a multiple of 2**31, ties up, then to a
                       multiple of 2**-shift, ties away from zero. "single" rounds once, ties up.
    Returns: int64 array of values in the range of int32.
    Source: MultiplyByQuantizedMultiplier, without and with TFLITE_SINGLE_ROUNDING.
    """
    if rounding not in ("double", "single"):
        raise ValueError(f"rounding must be 'double' or 'single', not {rounding!r}")
    accumulators, multiplier, shift = np.broadcast_arrays(
        *(np.asarray(v, dtype=np.int64) for v in (accumulators, multiplier, shift)))
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    product = np.clip(accumulators << left, -2**31, 2**31 - 1) * multiplier
    if rounding == "single":
        return (product + (1 << (30 + right))) >> (31 + right)
    high = (product + 2**30) >> 31
    mask = (1 << right) - 1
    threshold = (mask >> 1) + (high < 0)
    return (high >> right) + ((high & mask) > threshold)


def matmul(a, b, *, a_zero=0, b_zero=0, bias=None, multiplier=None, shift=None, c_zero=0,
           minimum=-128, maximum=127, rounding="double"):
    """C[m][n] = sum over k of (A[m][k] - a_zero) * (B[n][k] - b_zero), plus bias[n].

    Parameters:
        a, b : int8 or uint8 arrays of shapes (M, K) and (N, K).
        bias : None, or N int32 values.
        multiplier, shift : None for the int32 result, else requantize: one each, or N values.
        c_zero, minimum, maximum, rounding : of the requantised result.
    Returns: int32 array (M, N); with ``multiplier`` int8, or uint8 where ``maximum`` exceeds 127.
    Source: reference_integer_ops::FullyConnected of TensorFlow Lite; sums wrap as in int32.
    """
    accumulators = _wrap32((a.astype(np.int64) - a_zero) @ (b.astype(np.int64) - b_zero).T)
    if bias is not None:
        accumulators = _wrap32(accumulators + np.asarray(bias, dtype=np.int64))
    if multiplier is None:
        return accumulators.astype(np.int32)
    result = requantize(accumulators, multiplier, shift, rounding=rounding) + c_zero
    return np.clip(result, minimum, maximum).astype(np.uint8 if maximum > 127 else np.int8)


def gather(image, *, m, k, piece_bytes, pieces=1, piece_step=0, line_step=1, per_line=1, step=0,
           left=0, top=0, column_offset=0, padding=0):
    """A: the rows of bytes that lie under a kernel, as a job with ``patch`` gathers them.

    Parameters:
        image : int8 or uint8 array (lines, bytes of a line).
        m, k  : rows of the result, and bytes of each.
        others: the fields of the descriptor's registers, see `table`; ``column_offset`` is the
                column_step times the number of the tile of columns.
        padding : what stands for bytes beside the image.
    Returns: array (m, k) of the type of ``image``.
    """
    lines, line_bytes = image.shape
    place = np.arange(k)
    in_piece, piece = place % piece_bytes, place // piece_bytes
    output = np.arange(m)[:, None]
    x = (output % per_line * step - left + column_offset
         + (piece % pieces * piece_step + in_piece)[None])
    y = output // per_line * line_step - top + (piece // pieces)[None]
    inside = (x >= 0) & (x < line_bytes) & (y >= 0) & (y < lines)
    found = image[np.clip(y, 0, lines - 1), np.clip(x, 0, line_bytes - 1)]
    return np.where(inside, found, padding).astype(image.dtype)
