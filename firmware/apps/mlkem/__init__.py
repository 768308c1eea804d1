"""ML-KEM-768 of FIPS 203: hashes on the Keccak coprocessor, the lattice on the core."""
