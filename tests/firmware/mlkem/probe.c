/* What the tests cannot reach by themselves. */
#include "parameters.h"

uint32_t probe_work_bytes(void)
{
    return sizeof(mlkem_work_t);
}

/* For each z below q: how many of `numbers` times() multiplies by it to anything else than the
 * product modulo q, below q. */
uint32_t probe_times(const uint32_t *numbers, uint32_t count)
{
    uint32_t wrong = 0;
    for (uint32_t z = 0; z < Q; z++)
        for (uint32_t i = 0; i < count; i++)
            wrong += times(numbers[i], FACTOR(z)) != (uint32_t)((uint64_t)numbers[i] * z % Q);
    return wrong;
}

/* How many numbers below `end` are wrong after canonical(). */
uint32_t probe_canonical(uint32_t end)
{
    uint32_t wrong = 0;
    for (uint32_t x = 0; x < end; x++)
        wrong += canonical(x) != x % Q;
    return wrong;
}

/* How many of every `step`-th number of 32 bits, counted from the largest, are wrong after
 * reduce(). */
uint32_t probe_reduce(uint32_t step)
{
    uint32_t wrong = 0;
    for (uint64_t x = 0xffffffff; x < 1ull << 32; x -= step) {
        const uint32_t y = reduce((uint32_t)x);
        wrong += y >= 2 * Q || y % Q != x % Q;
    }
    return wrong;
}
