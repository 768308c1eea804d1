#include "fixed_point.h"
#include "table.h"

#define INTEGER_BITS 4

typedef struct {
    int32_t offset, radius;
    scale_t scale;
} parameters_t;

/* logistic() of gemmlowp, to Q0.31. */
static int32_t logistic(int32_t a)
{
    if (a == 0)
        return 1 << 30;
    const int32_t positive =
        one_over_one_plus(exp_on_negative_values(a < 0 ? a : -a, INTEGER_BITS));
    return a > 0 ? positive : INT32_MAX - positive;
}

INLINE int8_t of_value(int8_t value, const void *parameters)
{
    const parameters_t *const p = parameters;
    const int32_t input = value + p->offset;
    if (input <= -p->radius)
        return -128;
    if (input >= p->radius)
        return 127;
    const int32_t result = divide_by_power(logistic(scale_double(input, &p->scale)), 31 - 8);
    return (int8_t)(result > 255 ? 127 : result - 128);
}

gluechip_status_t gluechip_logistic_s8(const int8_t *input, int32_t input_offset,
                                       int32_t input_radius, int32_t input_mult,
                                       int32_t input_shift, int8_t *output, int32_t size)
{
    if (input == NULL || output == NULL || size < 1 || !is_input_offset(input_offset) ||
        input_radius < 1 || !is_scale(input_mult, input_shift))
        return GLUECHIP_ERROR_ARGUMENT;
    const parameters_t parameters = {input_offset, input_radius,
                                     scale_of(input_mult, input_shift)};
    map(of_value, &parameters, input, output, size);
    return GLUECHIP_OK;
}
