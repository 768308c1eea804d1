"""All proofs, the longest first."""

from tests.formal import (
    absorber, arbiter, chaining, dma_reader, dma_writer, drainer, guard, job_queue, keccak_round,
    load_store, locks, no_interference, pmp, range_check, requantizer, silence,
    silent_coprocessors, small_fifo, tile_walker, zeroized,
)

__all__ = ["PROOFS"]


PROOFS = tuple(proof for module in (
    silence, zeroized, requantizer, range_check, silent_coprocessors, no_interference,
    keccak_round, guard, dma_reader, dma_writer, absorber, drainer, tile_walker, pmp, job_queue,
    load_store, chaining, locks, arbiter, small_fifo)
    for proof in module.PROOFS)
