#include "fixed_point.h"
#include "layer.h"

#define SUM_INTEGER_BITS 12
#define ROW_LIMIT 8191
#define SHORT_ROW 511 /* whose sum has at least 4 bits to spare */

#define AT_ONCE 8

INLINE int32_t larger(int32_t a, int32_t b)
{
#ifdef __riscv_zbb
    return a > b ? a : b;
#else
    const int32_t below = a - b;
    return a - (below & (below >> 31));
#endif
}

INLINE uint32_t at_most(uint32_t value, uint32_t most)
{
#ifdef __riscv_zbb
    return value < most ? value : most;
#else
    const int32_t above = (int32_t)(value - most);
    return most + (uint32_t)(above & (above >> 31));
#endif
}

static int32_t largest_of(const int8_t *p, int32_t size)
{
    int32_t first = -128, second = -128;
    const int8_t *const end = p + size;
    for (; end - p >= AT_ONCE; p += AT_ONCE) {
        const int32_t x0 = p[0], x1 = p[1], x2 = p[2], x3 = p[3];
        const int32_t x4 = p[4], x5 = p[5], x6 = p[6], x7 = p[7];
        first = larger(larger(larger(larger(first, x0), x2), x4), x6);
        second = larger(larger(larger(larger(second, x1), x3), x5), x7);
    }
    for (; p != end; p++)
        first = larger(first, *p);
    return larger(first, second);
}

static uint32_t sum_of(const int8_t *p, int32_t size, const uint32_t *table)
{
    uint32_t sum = 0;
    const int8_t *const end = p + size;
    for (; end - p >= AT_ONCE; p += AT_ONCE) {
        const int32_t x0 = p[0], x1 = p[1], x2 = p[2], x3 = p[3];
        const int32_t x4 = p[4], x5 = p[5], x6 = p[6], x7 = p[7];
        const uint32_t y0 = table[x0], y1 = table[x1], y2 = table[x2], y3 = table[x3];
        const uint32_t y4 = table[x4], y5 = table[x5], y6 = table[x6], y7 = table[x7];
        sum += y0 + y1 + y2 + y3;
        sum += y4 + y5 + y6 + y7;
    }
    for (; p != end; p++)
        sum += table[*p];
    return sum;
}

/* factor * exponential / 2^31, rounded, / 2^(right + 1), rounded, 0 to 255, less 128; where both are
 * doubled, so that the upper half of their product has one bit behind the point. */
INLINE int8_t probability(uint32_t product, int first, int right)
{
    /* 256 becomes 255 before the last half is added */
    const uint32_t with_half = at_most((product + 1) >> first >> right, 510);
    return (int8_t)((int32_t)(with_half - 255) >> 1);
}

INLINE void divide(int8_t *to, const int8_t *p, int32_t size, const uint32_t *table,
                   uint32_t factor, int first, int right)
{
#define PRODUCT(x) (uint32_t)(((uint64_t)table[x] * factor) >> 32)
    const int8_t *const end = p + size;
    for (; end - p >= AT_ONCE; p += AT_ONCE, to += AT_ONCE) {
        const int32_t x0 = p[0], x1 = p[1], x2 = p[2], x3 = p[3];
        const int32_t x4 = p[4], x5 = p[5], x6 = p[6], x7 = p[7];
        const uint32_t y0 = PRODUCT(x0), y1 = PRODUCT(x1), y2 = PRODUCT(x2), y3 = PRODUCT(x3);
        const uint32_t y4 = PRODUCT(x4), y5 = PRODUCT(x5), y6 = PRODUCT(x6), y7 = PRODUCT(x7);
        to[0] = probability(y0, first, right);
        to[1] = probability(y1, first, right);
        to[2] = probability(y2, first, right);
        to[3] = probability(y3, first, right);
        to[4] = probability(y4, first, right);
        to[5] = probability(y5, first, right);
        to[6] = probability(y6, first, right);
        to[7] = probability(y7, first, right);
    }
    for (; p != end; p++, to++)
        *to = probability(PRODUCT(*p), first, right);
#undef PRODUCT
}

/* Nothing here depends on the values but what is computed: no branch, no number of turns. */
static void softmax(int8_t *to, const int8_t *row, int32_t size, const uint32_t *exponentials)
{
    const uint32_t *const of_row = exponentials + (255 - largest_of(row, size));
    const uint32_t total = sum_of(row, size, of_row + 256);
    /* GetReciprocal of TensorFlow Lite: the sum, which is at least 2^19, as 2^bits times 1 to 2 */
    const int leading_zeros = __builtin_clz(total);
    const uint32_t factor =
        2 * (uint32_t)one_over_one_plus((int32_t)((total << leading_zeros) - 0x80000000u));
    const int right = SUM_INTEGER_BITS - leading_zeros + 31 - 8;
    if (size <= SHORT_ROW)
        divide(to, row, size, of_row, factor, 0, right);
    else /* of the bits to drop, 23 to 35, no more than 31 at a time */
        divide(to, row, size, of_row, factor, 4, right - 4);
}

gluechip_status_t gluechip_softmax_table_s8(const uint32_t *exponentials, const int8_t *input,
                                            int32_t num_rows, int32_t row_size, int8_t *output)
{
    if (exponentials == NULL || input == NULL || output == NULL || num_rows < 1 ||
        !is_between(row_size, 1, ROW_LIMIT))
        return GLUECHIP_ERROR_ARGUMENT;
    for (int32_t i = 0; i < num_rows; i++, input += row_size, output += row_size)
        softmax(output, input, row_size, exponentials);
    return GLUECHIP_OK;
}
