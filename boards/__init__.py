"""Boards: pins, clock and reset of each board, bitstream build and its report."""
