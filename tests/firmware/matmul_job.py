"""Structures of gluechip/matmul.h."""

import ctypes

__all__ = ["MatmulJob", "Patch"]


class Patch(ctypes.Structure):
    """gluechip_patch_t."""

    _fields_ = [(name, ctypes.c_uint32) for name in (
        "piece_bytes", "pieces", "piece_step", "line_bytes", "lines", "outputs_per_line",
        "output_step", "line_step", "padding_left", "padding_top", "column_step")]


class MatmulJob(ctypes.Structure):
    """gluechip_matmul_job_t."""

    _fields_ = [
        *((name, ctypes.c_void_p)
          for name in ("a", "b", "c", "bias", "addend", "multiplier", "shift")),
        ("patch", ctypes.POINTER(Patch)),
        *((name, ctypes.c_uint32) for name in ("m", "n", "k", "a_stride", "b_stride", "c_stride",
                                               "addend_stride")),
        *((name, ctypes.c_int16) for name in ("a_zero", "b_zero", "c_zero")),
        ("a_unsigned", ctypes.c_bool), ("b_unsigned", ctypes.c_bool),
        ("output", ctypes.c_int), ("rounding", ctypes.c_int),
        ("clamp_minimum", ctypes.c_int16), ("clamp_maximum", ctypes.c_int16),
        ("scale_multiplier", ctypes.c_int32), ("scale_shift", ctypes.c_int32),
        *((name, ctypes.c_bool) for name in ("a_transposed", "b_transposed", "keep_a", "keep_b",
                                               "overlaps")),
    ]
