#include "fixed_point.h"
#include "layer.h"

#define INTEGER_BITS 5      /* of differences */
#define SUM_INTEGER_BITS 12 /* of sums of exponentials */
#define ROW_LIMIT 8191

/* exp(difference) in Q0.31, of a difference from the largest that is at least diff_min. */
INLINE int32_t exponential(int32_t difference, const scale_t *scale)
{
    return exp_on_negative_values(scale_double(difference, scale), INTEGER_BITS);
}

static void softmax(int8_t *to, const int8_t *row, int32_t size, const scale_t *scale,
                    int32_t diff_min)
{
    int32_t largest = row[0];
    for (int32_t i = 1; i < size; i++)
        largest = row[i] > largest ? row[i] : largest;
    uint32_t sum = 0;
    for (int32_t i = 0; i < size; i++)
        if (row[i] - largest >= diff_min)
            sum += (uint32_t)divide_by_power(exponential(row[i] - largest, scale),
                                             SUM_INTEGER_BITS);
    /* GetReciprocal of TensorFlow Lite: the sum, which is not 0, as 2^bits times 1 to 2 */
    const int leading_zeros = __builtin_clz(sum);
    const int32_t factor = one_over_one_plus((int32_t)((sum << leading_zeros) - 0x80000000u));
    const int right = SUM_INTEGER_BITS - leading_zeros + 31 - 8;
    for (int32_t i = 0; i < size; i++) {
        int32_t quotient = 0;
        if (row[i] - largest >= diff_min && right <= 31) /* else all are below 1/512 */
            quotient = divide_by_power(multiply_high(factor, exponential(row[i] - largest, scale)),
                                       right);
        to[i] = (int8_t)(quotient > 255 ? 127 : quotient - 128);
    }
}

gluechip_status_t gluechip_softmax_s8(const int8_t *input, int32_t num_rows, int32_t row_size,
                                      int32_t mult, int32_t shift, int32_t diff_min,
                                      int8_t *output)
{
    if (input == NULL || output == NULL || num_rows < 1 || !is_between(row_size, 1, ROW_LIMIT) ||
        !is_scale(mult, shift) || shift < 0 || diff_min > 0)
        return GLUECHIP_ERROR_ARGUMENT;
    const scale_t scale = scale_of(mult, shift);
    for (int32_t i = 0; i < num_rows; i++, input += row_size, output += row_size)
        softmax(output, input, row_size, &scale, diff_min);
    return GLUECHIP_OK;
}
