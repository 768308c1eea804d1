#include "layer.h"

/* Below, filling the tables takes longer than they save. */
#define WORTH_TABLES 700
#define TABLE_BYTES (2 * 256 * (int32_t)sizeof(int32_t))

/* The way of an input to the sum, as at all of its values. */
typedef struct {
    int32_t offset;
    int left_shift;
    scale_t scale;
} input_t;

INLINE int32_t summand(int8_t value, const input_t *input, gluechip_rounding_t rounding)
{
    return scaled((int32_t)((uint32_t)(value + input->offset) << input->left_shift),
                  &input->scale, rounding);
}

/* Doubled summands by value, so that the sum's high product comes from the upper half of 64 bits.
 * Returns whether all of them can be doubled, and their sums too. */
static bool fill(int32_t *table, const input_t *input, gluechip_rounding_t rounding)
{
    bool fits = true;
    for (int32_t value = -128; value < 128; value++) {
        const int32_t entry = summand((int8_t)value, input, rounding);
        fits = fits && entry < 1 << 28 && entry >= -(1 << 28);
        *table++ = (int32_t)((uint32_t)entry * 2);
    }
    return fits;
}

/* Sums of doubled summands that fit in 30 bits, scaled to the right by 1 or more. */
static void add_by_tables(int8_t *to, const int8_t *first, const int8_t *second, uint32_t size,
                          const int32_t *table, const scale_t *scale, const limits_t *between)
{
    /* Copies, which no store to `to` can change. */
    const uint32_t multiplier = (uint32_t)scale->multiplier * 2;
    const int right = scale->right;
    const limits_t limits = *between;
    const int32_t *const firsts = table + 128, *const seconds = table + 256 + 128;
    for (const int8_t *const end = to + size; to != end;) {
        const int32_t sum = firsts[*first++] + seconds[*second++];
        /* (sum / 2 * multiplier / 2 / 2^31), halves upwards */
        const int32_t high =
            ((int32_t)(((int64_t)sum * (int64_t)(uint64_t)multiplier) >> 32) + 1) >> 1;
        *to++ = (int8_t)clamp(divide_by_power(high, right), &limits);
    }
}

gluechip_status_t gluechip_elementwise_add_s8(
    const gluechip_nn_context_t *ctx, const int8_t *input_1_vect, const int8_t *input_2_vect,
    int32_t input_1_offset, int32_t input_1_mult, int32_t input_1_shift, int32_t input_2_offset,
    int32_t input_2_mult, int32_t input_2_shift, int32_t left_shift, int8_t *output,
    int32_t out_offset, int32_t out_mult, int32_t out_shift, int32_t out_activation_min,
    int32_t out_activation_max, int32_t block_size)
{
    const gluechip_rounding_t rounding = rounding_of(ctx);
    if (input_1_vect == NULL || input_2_vect == NULL || output == NULL || block_size < 1 ||
        !is_rounding(rounding) || !is_input_offset(input_1_offset) ||
        !is_input_offset(input_2_offset) || !is_scale(input_1_mult, input_1_shift) ||
        !is_scale(input_2_mult, input_2_shift) || !is_scale(out_mult, out_shift) ||
        !is_between(left_shift, 0, 22) ||
        !is_output(out_offset, out_activation_min, out_activation_max))
        return GLUECHIP_ERROR_ARGUMENT;
    const input_t inputs[2] = {
        {input_1_offset, left_shift, scale_of(input_1_mult, input_1_shift)},
        {input_2_offset, left_shift, scale_of(input_2_mult, input_2_shift)},
    };
    const scale_t scale = scale_of(out_mult, out_shift);
    const limits_t limits = limits_of(out_offset, out_activation_min, out_activation_max);
    if (ctx != NULL && ctx->buf != NULL && ctx->size >= TABLE_BYTES &&
        block_size >= WORTH_TABLES && rounding == GLUECHIP_ROUNDING_DOUBLE && scale.right != 0) {
        int32_t *const table = ctx->buf;
        if (fill(table, &inputs[0], rounding) && fill(table + 256, &inputs[1], rounding)) {
            add_by_tables(output, input_1_vect, input_2_vect, (uint32_t)block_size, table, &scale,
                          &limits);
            return GLUECHIP_OK;
        }
    }
    for (int32_t i = 0; i < block_size; i++) {
        const uint32_t sum = (uint32_t)summand(input_1_vect[i], &inputs[0], rounding) +
                             (uint32_t)summand(input_2_vect[i], &inputs[1], rounding);
        output[i] = (int8_t)clamp(scaled((int32_t)sum, &scale, rounding), &limits);
    }
    return GLUECHIP_OK;
}

int32_t gluechip_elementwise_add_s8_get_buffer_size(int32_t block_size)
{
    return block_size >= WORTH_TABLES ? TABLE_BYTES : 0;
}
