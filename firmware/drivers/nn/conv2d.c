#include "layer.h"

/* Whether each output sees one pixel and the next the next: the image is A as it lies there. */
static bool is_plain(const window_t *window)
{
    return window->filter->h == 1 && window->filter->w == 1 && window->stride->h == 1 &&
           window->stride->w == 1 && window->padding->h == 0 && window->padding->w == 0 &&
           window->input->h == window->output->h && window->input->w == window->output->w;
}

gluechip_status_t gluechip_conv2d_s8(
    gluechip_backend_t backend, const gluechip_nn_context_t *ctx,
    const gluechip_nn_conv_params_t *conv_params,
    const gluechip_nn_per_channel_quant_params_t *quant_params,
    const gluechip_nn_dims_t *input_dims, const int8_t *input_data,
    const gluechip_nn_dims_t *filter_dims, const int8_t *filter_data,
    const gluechip_nn_dims_t *bias_dims, const int32_t *bias_data,
    const gluechip_nn_dims_t *output_dims, int8_t *output_data)
{
    if (!is_backend(backend) || conv_params == NULL || quant_params == NULL ||
        quant_params->multiplier == NULL || quant_params->shift == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    const window_t window = {input_dims, filter_dims, output_dims, &conv_params->stride,
                             &conv_params->padding};
    if (!windows_fit(&window, true) || !are_sizes(filter_dims) ||
        filter_dims->c != input_dims->c || filter_dims->n != output_dims->c ||
        !is_bias(bias_dims, output_dims->c) || conv_params->dilation.h != 1 ||
        conv_params->dilation.w != 1)
        return GLUECHIP_ERROR_ARGUMENT;

    const uint32_t line_bytes = (uint32_t)filter_dims->w * (uint32_t)filter_dims->c;
    const gluechip_patch_t patch = patch_of(&window, line_bytes, 1);
    gluechip_matmul_job_t job = layer_job(ctx, conv_params->input_offset,
                                          conv_params->output_offset, &conv_params->activation);
    job.a = input_data;
    job.b = filter_data;
    job.c = output_data;
    job.bias = bias_data;
    job.multiplier = quant_params->multiplier;
    job.shift = quant_params->shift;
    job.patch = is_plain(&window) ? NULL : &patch;
    job.m = (uint32_t)output_dims->h * (uint32_t)output_dims->w;
    job.n = (uint32_t)output_dims->c;
    job.k = limited((uint64_t)line_bytes * (uint32_t)filter_dims->h);
    const gluechip_status_t status = gluechip_matmul_check(&job);
    if (status != GLUECHIP_OK)
        return status;
    return run_jobs(backend, job, input_dims->n, image_bytes(input_dims),
                    image_bytes(output_dims));
}

int32_t gluechip_conv2d_s8_get_buffer_size(gluechip_backend_t backend,
                                           const gluechip_nn_conv_params_t *conv_params,
                                           const gluechip_nn_dims_t *input_dims,
                                           const gluechip_nn_dims_t *filter_dims,
                                           const gluechip_nn_dims_t *output_dims)
{
    (void)backend, (void)conv_params, (void)input_dims, (void)filter_dims, (void)output_dims;
    return 0;
}
