/* What becomes of the values of a window, channel by channel: their largest, or their sum. */
#ifndef GLUECHIP_DRIVERS_NN_FOLD_H
#define GLUECHIP_DRIVERS_NN_FOLD_H

#include "layer.h"

#define FOLD_CHANNELS 4

typedef enum { LARGEST, SUM } fold_t;

INLINE int32_t fold_two(int32_t a, int32_t b, fold_t fold)
{
    return fold == SUM ? a + b : a > b ? a : b;
}

/* Folds `rows` x `columns` pixels of `channels` (1 or FOLD_CHANNELS) channels from `from` on, all
 * rows and columns at least 1. `step`: bytes of a pixel; `gap`: from the end of a row to the next. */
INLINE void fold_window(int32_t results[FOLD_CHANNELS], const int8_t *from, int32_t rows,
                        int32_t columns, int32_t step, int32_t gap, int channels, fold_t fold)
{
    const int32_t none = fold == SUM ? 0 : -128;
    int32_t r0 = none, r1 = none, r2 = none, r3 = none;
    for (; rows != 0; rows--, from += gap) {
        for (const int8_t *const end = from + columns * step; from != end; from += step) {
            r0 = fold_two(r0, from[0], fold);
            if (channels > 1) {
                r1 = fold_two(r1, from[1], fold);
                r2 = fold_two(r2, from[2], fold);
                r3 = fold_two(r3, from[3], fold);
            }
        }
    }
    results[0] = r0;
    if (channels > 1)
        results[1] = r1, results[2] = r2, results[3] = r3;
}

#endif
