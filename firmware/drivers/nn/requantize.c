#include "table.h"

typedef struct {
    int32_t offset;
    scale_t scale;
    limits_t limits;
    gluechip_rounding_t rounding;
} parameters_t;

INLINE int8_t of_value(int8_t value, const void *parameters)
{
    const parameters_t *const p = parameters;
    return (int8_t)clamp(scaled(value + p->offset, &p->scale, p->rounding), &p->limits);
}

gluechip_status_t gluechip_requantize_s8(const gluechip_nn_context_t *ctx, const int8_t *input,
                                         int32_t input_offset,
                                         const gluechip_nn_per_tensor_quant_params_t *quant_params,
                                         int8_t *output, int32_t output_offset,
                                         const gluechip_nn_activation_t *activation, int32_t size)
{
    if (input == NULL || quant_params == NULL || output == NULL || activation == NULL ||
        size < 1 || !is_rounding(rounding_of(ctx)) || !is_input_offset(input_offset) ||
        !is_scale(quant_params->multiplier, quant_params->shift) ||
        !is_output(output_offset, activation->min, activation->max))
        return GLUECHIP_ERROR_ARGUMENT;
    const parameters_t parameters = {
        input_offset, scale_of(quant_params->multiplier, quant_params->shift),
        limits_of(output_offset, activation->min, activation->max), rounding_of(ctx)};
    map(of_value, &parameters, input, output, size);
    return GLUECHIP_OK;
}
