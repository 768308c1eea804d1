"""All proofs, the longest first."""

from tests.formal import (
    absorber, dma_writer, drainer, guard, job_queue, keccak_round, range_check, requantizer,
    silence, small_fifo, tile_walker,
)

__all__ = ["PROOFS"]


PROOFS = tuple(proof for module in (
    silence, requantizer, range_check, keccak_round, guard, dma_writer, absorber, drainer,
    tile_walker, job_queue, small_fifo)
    for proof in module.PROOFS)
