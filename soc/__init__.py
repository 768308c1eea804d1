"""The system on chip: top level, memory map, memories, peripherals, presets and generators."""
