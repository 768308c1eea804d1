"""All proofs."""

from tests.formal import (
    dma_writer, guard, job_queue, range_check, requantizer, small_fifo, tile_walker,
)

__all__ = ["PROOFS"]


PROOFS = tuple(proof for module in (
    small_fifo, job_queue, guard, range_check, dma_writer, tile_walker, requantizer)
    for proof in module.PROOFS)
