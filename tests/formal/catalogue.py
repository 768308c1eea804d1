"""All proofs, the longest first."""

from tests.formal import (
    absorber, arbiter, chaining, csrs, decoder, divider, dma_reader, dma_writer, drainer, guard,
    instructions, job_queue, keccak_progress, keccak_round, load_store, locks, memory, multiplier,
    no_interference, pmp, range_check, requantizer, silence, silent_coprocessors, small_fifo,
    tile_walker, uart, zeroized,
)

__all__ = ["PROOFS"]


PROOFS = tuple(proof for module in (
    keccak_progress, uart, instructions, silence, zeroized, requantizer, range_check,
    silent_coprocessors, no_interference, keccak_round, guard, memory, dma_reader, dma_writer,
    divider, decoder, csrs, pmp, absorber, drainer, tile_walker, load_store, job_queue, multiplier,
    chaining, locks, arbiter, small_fifo)
    for proof in module.PROOFS)
