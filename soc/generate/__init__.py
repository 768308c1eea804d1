"""Everything that is written from the memory map: C header, linker scripts, JSON, SVD, manual."""
