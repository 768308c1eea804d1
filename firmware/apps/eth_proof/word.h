/* Words of 32 bytes: hashes, and integers with the largest byte first. */
#ifndef WORD_H
#define WORD_H

#include <stdbool.h>
#include <stdint.h>

#define WORD_BYTES 32

/* Whether two are the same. They may lie at any address; a cycle is saved where the compiler sees
 * that they are aligned. */
static inline __attribute__((always_inline)) bool same_word(const void *a, const void *b)
{
    uint32_t differences = 0;
#pragma GCC unroll 8
    for (unsigned i = 0; i < WORD_BYTES; i += sizeof(uint32_t)) {
        uint32_t x, y;
        __builtin_memcpy(&x, (const uint8_t *)a + i, sizeof x);
        __builtin_memcpy(&y, (const uint8_t *)b + i, sizeof y);
        differences |= x ^ y;
    }
    return differences == 0;
}

#endif
