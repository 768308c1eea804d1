"""All proofs, the longest first."""

from tests.formal import (
    absorber, csrs, decoder, divider, dma_writer, drainer, guard, instructions, job_queue,
    keccak_round, memory, multiplier, range_check, requantizer, silence, small_fifo, tile_walker,
)

__all__ = ["PROOFS"]


PROOFS = tuple(proof for module in (
    instructions, silence, requantizer, range_check, keccak_round, guard, memory, dma_writer,
    divider, decoder, csrs, absorber, drainer, tile_walker, job_queue, multiplier, small_fifo)
    for proof in module.PROOFS)
