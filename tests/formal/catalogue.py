"""All proofs, the longest first."""

from tests.formal import (
    dma_writer, drainer, guard, job_queue, range_check, requantizer, silence, silent_coprocessors,
    small_fifo, tile_walker,
)

__all__ = ["PROOFS"]


PROOFS = tuple(proof for module in (
    silence, silent_coprocessors, requantizer, range_check, guard, dma_writer, drainer,
    tile_walker, job_queue, small_fifo)
    for proof in module.PROOFS)
