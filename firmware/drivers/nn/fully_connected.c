#include "layer.h"

/* The layer as a job without a scale. What does not match makes it illegal. */
static gluechip_matmul_job_t job_of(
    const gluechip_nn_context_t *ctx, const gluechip_nn_fc_params_t *fc_params,
    const gluechip_nn_dims_t *input_dims, const int8_t *input_data,
    const gluechip_nn_dims_t *filter_dims, const int8_t *filter_data,
    const gluechip_nn_dims_t *bias_dims, const int32_t *bias_data,
    const gluechip_nn_dims_t *output_dims, int8_t *output_data)
{
    if (fc_params == NULL || !are_sizes(input_dims) || filter_dims == NULL ||
        output_dims == NULL || !is_size(filter_dims->n) || !is_size(filter_dims->c) ||
        image_bytes(input_dims) != (uint32_t)filter_dims->n ||
        input_dims->n != output_dims->n || filter_dims->c != output_dims->c ||
        !is_bias(bias_dims, output_dims->c))
        return (gluechip_matmul_job_t){0};
    gluechip_matmul_job_t job = layer_job(ctx, fc_params->input_offset, fc_params->output_offset,
                                          &fc_params->activation);
    job.a = input_data;
    job.b = filter_data;
    job.c = output_data;
    job.bias = bias_data;
    job.b_zero = narrow(-(int64_t)fc_params->filter_offset);
    job.m = (uint32_t)input_dims->n;
    job.n = (uint32_t)filter_dims->c;
    job.k = (uint32_t)filter_dims->n;
    return job;
}

gluechip_status_t gluechip_fully_connected_s8(
    gluechip_backend_t backend, const gluechip_nn_context_t *ctx,
    const gluechip_nn_fc_params_t *fc_params,
    const gluechip_nn_per_tensor_quant_params_t *quant_params,
    const gluechip_nn_dims_t *input_dims, const int8_t *input_data,
    const gluechip_nn_dims_t *filter_dims, const int8_t *filter_data,
    const gluechip_nn_dims_t *bias_dims, const int32_t *bias_data,
    const gluechip_nn_dims_t *output_dims, int8_t *output_data)
{
    if (!is_backend(backend) || quant_params == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    gluechip_matmul_job_t job = job_of(ctx, fc_params, input_dims, input_data, filter_dims,
                                       filter_data, bias_dims, bias_data, output_dims, output_data);
    job.scale_multiplier = quant_params->multiplier;
    job.scale_shift = quant_params->shift;
    return gluechip_matmul(backend, &job);
}

gluechip_status_t gluechip_fully_connected_per_channel_s8(
    gluechip_backend_t backend, const gluechip_nn_context_t *ctx,
    const gluechip_nn_fc_params_t *fc_params,
    const gluechip_nn_per_channel_quant_params_t *quant_params,
    const gluechip_nn_dims_t *input_dims, const int8_t *input_data,
    const gluechip_nn_dims_t *filter_dims, const int8_t *filter_data,
    const gluechip_nn_dims_t *bias_dims, const int32_t *bias_data,
    const gluechip_nn_dims_t *output_dims, int8_t *output_data)
{
    if (!is_backend(backend) || quant_params == NULL || quant_params->multiplier == NULL ||
        quant_params->shift == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    gluechip_matmul_job_t job = job_of(ctx, fc_params, input_dims, input_data, filter_dims,
                                       filter_data, bias_dims, bias_data, output_dims, output_data);
    job.multiplier = quant_params->multiplier;
    job.shift = quant_params->shift;
    return gluechip_matmul(backend, &job);
}

int32_t gluechip_fully_connected_s8_get_buffer_size(gluechip_backend_t backend,
                                                    const gluechip_nn_dims_t *filter_dims)
{
    (void)backend, (void)filter_dims;
    return 0;
}
