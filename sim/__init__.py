"""Simulation: the cocotb harness, models of the outside world, instruction-set model, fast runner."""
