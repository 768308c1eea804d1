"""What all coprocessors share: registers, job queue, DMA, guard, interrupt, counters."""
