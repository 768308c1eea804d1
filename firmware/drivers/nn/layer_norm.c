#include "layer.h"

#define ROW_LIMIT 512 /* the variance times its square fits in 32 bits */
#define EPSILON_LIMIT 65535
#define SCALE_BITS 14 /* below the 17 bits of an inverse root */
#define ROOT_BITS 15
#define AT_ONCE 4 /* values whose steps are mixed, lest each wait for the one before */

/* floor(sqrt(value)), a bit a step, of `value` from 2^30 on. */
static uint32_t square_root(uint32_t value)
{
    uint32_t root = 1u << 15;
    value -= 1u << 30;
#pragma GCC unroll 15
    for (int bit = 14; bit >= 0; bit--) {
        const uint32_t step = (2 * root + (1u << bit)) << bit;
        const uint32_t fits = -(uint32_t)(value >= step);
        value -= step & fits;
        root += (1u << bit) & fits;
    }
    return root;
}

void gluechip_layer_norm_scale(int32_t row_size, int32_t sum, int32_t sum_of_squares,
                               int32_t epsilon, int32_t *multiplier, int32_t *shift)
{
    const uint32_t variance = (uint32_t)row_size * (uint32_t)sum_of_squares -
                              (uint32_t)sum * (uint32_t)sum + (uint32_t)epsilon;
    const int pairs = __builtin_clz(variance) / 2;
    const uint32_t root = square_root(variance << 2 * pairs);
    *multiplier = (int32_t)(UINT32_MAX / root << SCALE_BITS);
    *shift = pairs + GLUECHIP_LAYER_NORM_FRACTION_BITS - ROOT_BITS;
}

/* Whether scale_single() shifts `value` to the right only, from the upper half of the product. */
INLINE bool is_plain(int32_t shift)
{
    return is_between(shift, -31, -2);
}

/* scale_single() by a plain scale. */
INLINE int32_t scale_plainly(int32_t value, int32_t multiplier, int32_t shift)
{
    return (((int32_t)(((int64_t)value * multiplier) >> 32) >> (-shift - 2)) + 1) >> 1;
}

INLINE int32_t scaled_by(int32_t value, int32_t multiplier, int32_t shift)
{
    const scale_t scale = scale_of(multiplier, shift);
    return scale_single(value, &scale);
}

/* A row by its sum and its scale. `plain`: this and all scales of channels are. */
INLINE void scale_row(int8_t *to, const int8_t *row, int32_t size, int32_t sum, int32_t multiplier,
                      int32_t shift, const gluechip_nn_layer_norm_params_t *params,
                      const limits_t *limits, bool plain)
{
    /* Copies, which no store to `to` can change. */
    const int32_t *const bias = params->bias;
    const int32_t *const multipliers = params->scale.multiplier;
    const int32_t *const shifts = params->scale.shift;
    const limits_t within = *limits, whole = limits_of(0, -128, 127);
    const scale_t scale = scale_of(multiplier, shift);
#define NORMAL(j)                                                                                  \
    (int8_t)clamp(plain ? scale_plainly(size * row[j] - sum, multiplier, shift)                    \
                        : scale_single(size * row[j] - sum, &scale), &whole)
#define VALUE(normal, j) (GLUECHIP_LAYER_NORM_UNIT * (normal) + bias[j])
#define RESULT(value, j)                                                                           \
    (int8_t)clamp(plain ? scale_plainly(value, multipliers[j], shifts[j])                          \
                        : scaled_by(value, multipliers[j], shifts[j]), &within)
    int32_t i = 0;
    for (; plain && i + AT_ONCE <= size; i += AT_ONCE) {
        const int32_t z0 = NORMAL(i), z1 = NORMAL(i + 1), z2 = NORMAL(i + 2), z3 = NORMAL(i + 3);
        const int32_t v0 = VALUE(z0, i), v1 = VALUE(z1, i + 1);
        const int32_t v2 = VALUE(z2, i + 2), v3 = VALUE(z3, i + 3);
        const int8_t y0 = RESULT(v0, i), y1 = RESULT(v1, i + 1);
        const int8_t y2 = RESULT(v2, i + 2), y3 = RESULT(v3, i + 3);
        to[i] = y0;
        to[i + 1] = y1;
        to[i + 2] = y2;
        to[i + 3] = y3;
    }
    for (; i < size; i++)
        to[i] = RESULT(VALUE(NORMAL(i), i), i);
#undef NORMAL
#undef VALUE
#undef RESULT
}

static void normalize(int8_t *to, const int8_t *row, int32_t size,
                      const gluechip_nn_layer_norm_params_t *params, const limits_t *limits,
                      bool plain_channels)
{
    int32_t sum = 0, sum_of_squares = 0, multiplier, shift;
    int32_t i = 0;
    for (; i + AT_ONCE <= size; i += AT_ONCE) {
        const int32_t x0 = row[i], x1 = row[i + 1], x2 = row[i + 2], x3 = row[i + 3];
        sum += x0 + x1 + x2 + x3;
        sum_of_squares += x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3;
    }
    for (; i < size; i++) {
        sum += row[i];
        sum_of_squares += row[i] * row[i];
    }
    gluechip_layer_norm_scale(size, sum, sum_of_squares, params->epsilon, &multiplier, &shift);
    if (plain_channels && is_plain(shift))
        scale_row(to, row, size, sum, multiplier, shift, params, limits, true);
    else
        scale_row(to, row, size, sum, multiplier, shift, params, limits, false);
}

static bool all_plain(const gluechip_nn_per_channel_quant_params_t *scale, int32_t size)
{
    bool plain = true;
    for (int32_t i = 0; i < size; i++)
        plain = plain && scale->multiplier[i] >= 0 && is_plain(scale->shift[i]);
    return plain;
}

gluechip_status_t gluechip_layer_norm_s8(const gluechip_nn_layer_norm_params_t *params,
                                         const int8_t *input, int32_t num_rows, int32_t row_size,
                                         int8_t *output)
{
    if (params == NULL || params->bias == NULL || params->scale.multiplier == NULL ||
        params->scale.shift == NULL || input == NULL || output == NULL || num_rows < 1 ||
        !is_between(row_size, 1, ROW_LIMIT) || !is_between(params->epsilon, 1, EPSILON_LIMIT) ||
        !is_output(params->output_offset, params->activation.min, params->activation.max))
        return GLUECHIP_ERROR_ARGUMENT;
    const limits_t limits =
        limits_of(params->output_offset, params->activation.min, params->activation.max);
    const bool plain = all_plain(&params->scale, row_size);
    for (int32_t i = 0; i < num_rows; i++, input += row_size, output += row_size)
        normalize(output, input, row_size, params, &limits, plain);
    return GLUECHIP_OK;
}
