"""Matmul: a systolic array with a hardware tiler and exact requantisation."""
