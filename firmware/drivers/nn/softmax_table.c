#include "fixed_point.h"
#include "layer.h"

#define SUM_INTEGER_BITS 12
#define ROW_LIMIT 8191

/* Nothing here depends on the values but what is computed: no branch, no number of turns. */
static void softmax(int8_t *to, const int8_t *row, int32_t size, const int32_t *exponentials)
{
    int32_t largest = -128;
    for (int32_t i = 0; i < size; i++) {
        const int32_t below = largest - row[i];
        largest -= below & (below >> 31);
    }
    uint32_t total = 0;
    for (int32_t i = 0; i < size; i++)
        total += ((uint32_t)exponentials[largest - row[i]] + (1u << (SUM_INTEGER_BITS - 1))) >>
               SUM_INTEGER_BITS;
    /* GetReciprocal of TensorFlow Lite: the sum, which is at least 2^19, as 2^bits times 1 to 2 */
    const int leading_zeros = __builtin_clz(total);
    const int32_t factor = one_over_one_plus((int32_t)((total << leading_zeros) - 0x80000000u));
    /* Of the bits to drop, 23 to 35, no more than 31 at a time: the first 4 decide nothing. */
    const int right = SUM_INTEGER_BITS - leading_zeros + 31 - 8 - 4;
    const int32_t half = 1 << (right - 1);
    for (int32_t i = 0; i < size; i++) {
        const int32_t product = multiply_high(factor, exponentials[largest - row[i]]);
        const int32_t quotient = ((product >> 4) + half) >> right; /* 0 to 256 */
        to[i] = (int8_t)(quotient - (quotient >> 8) - 128);
    }
}

gluechip_status_t gluechip_softmax_table_s8(const int32_t *exponentials, const int8_t *input,
                                            int32_t num_rows, int32_t row_size, int8_t *output)
{
    if (exponentials == NULL || input == NULL || output == NULL || num_rows < 1 ||
        !is_between(row_size, 1, ROW_LIMIT))
        return GLUECHIP_ERROR_ARGUMENT;
    for (int32_t i = 0; i < num_rows; i++, input += row_size, output += row_size)
        softmax(output, input, row_size, exponentials);
    return GLUECHIP_OK;
}
