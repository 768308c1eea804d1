#include "layer.h"

#define ROW_LIMIT 512 /* the variance times its square fits in 32 bits */
#define EPSILON_LIMIT 65535
#define SCALE_BITS 14 /* below the 17 bits of an inverse root */
#define ROOT_BITS 15

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

static void normalize(int8_t *to, const int8_t *row, int32_t size,
                      const gluechip_nn_layer_norm_params_t *params, const limits_t *limits)
{
    int32_t sum = 0, sum_of_squares = 0, multiplier, shift;
    for (int32_t i = 0; i < size; i++) {
        sum += row[i];
        sum_of_squares += row[i] * row[i];
    }
    gluechip_layer_norm_scale(size, sum, sum_of_squares, params->epsilon, &multiplier, &shift);
    const scale_t scale = scale_of(multiplier, shift);
    const limits_t whole = limits_of(0, -128, 127);
    for (int32_t i = 0; i < size; i++) {
        const int8_t normal = (int8_t)clamp(scale_single(size * row[i] - sum, &scale), &whole);
        const scale_t of_channel = scale_of(params->scale.multiplier[i], params->scale.shift[i]);
        to[i] = (int8_t)clamp(scale_single(GLUECHIP_LAYER_NORM_UNIT * normal + params->bias[i],
                                           &of_channel), limits);
    }
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
    for (int32_t i = 0; i < num_rows; i++, input += row_size, output += row_size)
        normalize(output, input, row_size, params, &limits);
    return GLUECHIP_OK;
}
