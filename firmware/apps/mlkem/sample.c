#include "sample.h"

#define MASK 0xfffu

unsigned sample_ntt(poly_t *f, const uint32_t *random, unsigned bytes)
{
    const uint8_t *p = (const uint8_t *)random;
    unsigned found = 0;
    for (unsigned i = 0; i < bytes; i += 3, p += 3) {
        const uint32_t a = p[0] | (p[1] & 15u) << 8, b = p[1] >> 4 | (uint32_t)p[2] << 4;
        if (a < Q && found < N)
            f->at[found++] = (uint16_t)a;
        if (b < Q && found < N)
            f->at[found++] = (uint16_t)b;
    }
    return found;
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
