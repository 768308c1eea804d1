#include "max_words.h"

#include "layer.h"

#define BYTES_A_WORD 4

/* The larger ones of the four int8 in each word, with no branch. */
INLINE uint32_t larger(uint32_t a, uint32_t b)
{
    const uint32_t signs = 0x80808080u;
    /* In the upper bit of each byte: the lower seven bits of a are not below those of b. */
    const uint32_t lower = (a | signs) - (b & ~signs);
    const uint32_t wins = ((b & ~a) | (lower & ~(a ^ b))) & signs;
    const uint32_t mask = (wins - (wins >> 7)) | wins; /* 0xff where a wins */
    return b ^ ((a ^ b) & mask);
}

/* One window for all channels: `words` words a pixel, `gap` words from the end of its row to the
 * next. */
INLINE void fold_words(uint32_t *to, const uint32_t *from, uint32_t words, int32_t rows,
                       int32_t columns, uint32_t gap)
{
    for (const uint32_t *const end = to + words; to != end; to++, from++) {
        const uint32_t *tap = from;
        uint32_t largest = *tap;
        for (int32_t row = 0; row < rows; row++, tap += gap)
            for (int32_t column = 0; column < columns; column++, tap += words)
                largest = larger(largest, *tap);
        *to = largest;
    }
}

bool are_words(const void *to, const void *from, int32_t channels)
{
    return (((uint32_t)(uintptr_t)to | (uint32_t)(uintptr_t)from | (uint32_t)channels) &
            (BYTES_A_WORD - 1)) == 0;
}

void largest_words(void *to, const void *from, int32_t channels, int32_t rows, int32_t columns,
                   int32_t gap)
{
    const uint32_t words = (uint32_t)channels / BYTES_A_WORD;
    const uint32_t gap_words = (uint32_t)gap / BYTES_A_WORD;
    if (rows == 2 && columns == 2)
        fold_words(to, from, words, 2, 2, gap_words);
    else
        fold_words(to, from, words, rows, columns, gap_words);
}
