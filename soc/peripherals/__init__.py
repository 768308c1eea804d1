"""Peripherals on the register bus: system block, timer, UART, GPIO."""
