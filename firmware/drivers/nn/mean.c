#include "fold.h"

gluechip_status_t gluechip_mean_s8(const gluechip_nn_context_t *ctx, int32_t input_offset,
                                   int32_t output_offset,
                                   const gluechip_nn_per_tensor_quant_params_t *quant_params,
                                   const gluechip_nn_dims_t *input_dims, const int8_t *input_data,
                                   int8_t *output_data)
{
    if (quant_params == NULL || !are_sizes(input_dims) || input_data == NULL ||
        output_data == NULL || input_data == output_data || !is_rounding(rounding_of(ctx)) ||
        !is_input_offset(input_offset) || !is_output(output_offset, -128, 127) ||
        !is_scale(quant_params->multiplier, quant_params->shift))
        return GLUECHIP_ERROR_ARGUMENT;
    const scale_t scale = scale_of(quant_params->multiplier, quant_params->shift);
    const limits_t limits = limits_of(output_offset, -128, 127);
    const int32_t channels = input_dims->c, pixels = input_dims->h * input_dims->w;
    const uint32_t offsets = (uint32_t)pixels * (uint32_t)input_offset;
    for (int32_t n = 0; n < input_dims->n; n++, input_data += image_bytes(input_dims)) {
        for (int32_t c = 0; c < channels;) {
            int32_t sums[FOLD_CHANNELS];
            int count = channels - c < FOLD_CHANNELS ? 1 : FOLD_CHANNELS;
            if (count > 1)
                fold_window(sums, input_data + c, 1, pixels, channels, 0, FOLD_CHANNELS, SUM);
            else
                fold_window(sums, input_data + c, 1, pixels, channels, 0, 1, SUM);
            for (int i = 0; i < count; i++, c++)
                *output_data++ = (int8_t)clamp(
                    scaled((int32_t)((uint32_t)sums[i] + offsets), &scale, rounding_of(ctx)),
                    &limits);
        }
    }
    return GLUECHIP_OK;
}
