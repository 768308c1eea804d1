"""Keccak: sponge functions over DMA."""
