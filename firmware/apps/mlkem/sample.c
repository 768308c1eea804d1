#include "sample.h"

/* Takes `x` when it is below q. Always stores, and then moves on or not: as fast as a branch. */
INLINE uint16_t *take(uint16_t *to, uint32_t x)
{
    *to = (uint16_t)x;
    return to + (x < Q);
}

unsigned sample_ntt(poly_t *f, const uint32_t *random, unsigned bytes)
{
    const uint32_t mask = 0xfff, *const end = random + bytes / 4;
    uint16_t *to = f->at, *const limit = f->at + N;
    for (; random != end && to <= limit - 8; random += 3) {
        const uint32_t a = random[0], b = random[1], c = random[2];
        to = take(to, a & mask);
        to = take(to, a >> 12 & mask);
        to = take(to, (a >> 24 | b << 8) & mask);
        to = take(to, b >> 4 & mask);
        to = take(to, b >> 16 & mask);
        to = take(to, (b >> 28 | c << 4) & mask);
        to = take(to, c >> 8 & mask);
        to = take(to, c >> 20);
    }
    const uint8_t *p = (const uint8_t *)random;
    for (; p != (const uint8_t *)end && to != limit; p += 3) {
        to = take(to, p[0] | (p[1] & 15u) << 8);
        if (to != limit)
            to = take(to, p[1] >> 4 | (uint32_t)p[2] << 4);
    }
    return (unsigned)(to - f->at);
}

void sample_cbd(poly_t *f, const uint32_t random[32])
{
    for (int i = 0; i < 32; i++) {
        /* Sums of two bits, in fields of two; their differences plus 4, in fields of four. */
        const uint32_t sums = (random[i] & 0x55555555) + (random[i] >> 1 & 0x55555555);
        const uint32_t differences =
            (sums & 0x33333333) + 0x44444444 - (sums >> 2 & 0x33333333);
        for (int j = 0; j < 8; j++)
            f->at[8 * i + j] = (uint16_t)(Q - 4 + (differences >> 4 * j & 15));
    }
}
