"""All proofs, the longest first."""

from tests.formal import (
    dma_writer, drainer, guard, job_queue, keccak_round, range_check, requantizer, silence,
    small_fifo, tile_walker,
)

__all__ = ["PROOFS"]


PROOFS = tuple(proof for module in (
    silence, requantizer, range_check, guard, dma_writer, drainer, keccak_round, tile_walker,
    job_queue, small_fifo)
    for proof in module.PROOFS)
