"""Simulation: the cocotb harness, outside-world and instruction-set models, runner."""
