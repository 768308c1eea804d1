#include <string.h>

#include "depthwise.h"

#define COLUMNS GLUECHIP_ARRAY_COLUMNS

/* How the coprocessor does the layer: for each output a row of weights in which `width` channels of
 * the input have a place, all but one of them 0. */
typedef struct {
    uint32_t width;
    uint32_t row_bytes;
    uint32_t jobs; /* for each image: 1, or one for each channel of the input */
} plan_t;

static plan_t plan_of(const gluechip_nn_dims_t *input, const gluechip_nn_dims_t *filter)
{
    const uint32_t channels = (uint32_t)input->c;
    const uint32_t taps = (uint32_t)filter->h * (uint32_t)filter->w;
    if (channels <= COLUMNS)
        return (plan_t){channels, limited((uint64_t)taps * channels), 1};
    if (filter->c == input->c && taps <= GLUECHIP_MATMUL_SINGLE_PASS_BYTES / COLUMNS)
        return (plan_t){COLUMNS, taps * COLUMNS, 1};
    return (plan_t){1, taps, channels};
}

static uint64_t buffer_bytes(const plan_t *plan, const gluechip_nn_dims_t *output)
{
    return (uint64_t)plan->row_bytes * (uint32_t)output->c;
}

static bool is_legal(const gluechip_nn_dw_conv_params_t *params, const window_t *window)
{
    return windows_fit(window, true) && are_sizes(window->filter) && window->filter->n == 1 &&
           window->filter->c == window->output->c && is_size(params->ch_mult) &&
           (int64_t)window->input->c * params->ch_mult == window->output->c &&
           params->dilation.h == 1 && params->dilation.w == 1;
}

/* Writes the rows of weights for the coprocessor. */
static void spread(int8_t *rows, const plan_t *plan, const int8_t *filter, uint32_t taps,
                   uint32_t outputs, uint32_t ch_mult)
{
    if (plan->width > 1)
        memset(rows, 0, plan->row_bytes * outputs);
    uint32_t place = 0, of_channel = 0; /* of the channel among `width`, of the output in it */
    for (uint32_t output = 0; output < outputs; output++, rows += plan->row_bytes) {
        const int8_t *from = filter + output;
        int8_t *to = rows + place;
        for (uint32_t tap = 0; tap < taps; tap++, from += outputs, to += plan->width)
            *to = *from;
        if (++of_channel == ch_mult) {
            of_channel = 0;
            if (++place == plan->width)
                place = 0;
        }
    }
}

/* Runs the layer for one image as a job for each channel of the input. */
static gluechip_status_t run_channels(gluechip_backend_t backend, gluechip_matmul_job_t job,
                                      uint32_t channels)
{
    gluechip_patch_t patch = *job.patch;
    gluechip_status_t status = GLUECHIP_OK;
    job.patch = &patch;
    for (uint32_t channel = 0; channel < channels && status == GLUECHIP_OK; channel++) {
        status = gluechip_matmul(backend, &job);
        job.a = (const int8_t *)job.a + 1;
        job.b = (const int8_t *)job.b + job.n * job.k;
        job.c = (int8_t *)job.c + job.n;
        job.bias = job.bias != NULL ? job.bias + job.n : NULL;
        job.multiplier += job.n;
        job.shift += job.n;
        patch.line_bytes--; /* a line ends where it ended */
    }
    return status;
}

static gluechip_status_t run(gluechip_backend_t backend, gluechip_matmul_job_t job,
                             const plan_t *plan, int32_t images, uint32_t a_bytes, uint32_t c_bytes)
{
    if (plan->jobs == 1)
        return run_jobs(backend, job, images, a_bytes, c_bytes);
    gluechip_status_t status = GLUECHIP_OK;
    job.n /= plan->jobs;
    for (int32_t i = 0; i < images && status == GLUECHIP_OK; i++) {
        status = run_channels(backend, job, plan->jobs);
        job.a = (const int8_t *)job.a + a_bytes;
        job.c = (int8_t *)job.c + c_bytes;
    }
    return status;
}

gluechip_status_t gluechip_depthwise_conv2d_s8(
    gluechip_backend_t backend, const gluechip_nn_context_t *ctx,
    const gluechip_nn_dw_conv_params_t *dw_conv_params,
    const gluechip_nn_per_channel_quant_params_t *quant_params,
    const gluechip_nn_dims_t *input_dims, const int8_t *input_data,
    const gluechip_nn_dims_t *filter_dims, const int8_t *filter_data,
    const gluechip_nn_dims_t *bias_dims, const int32_t *bias_data,
    const gluechip_nn_dims_t *output_dims, int8_t *output_data)
{
    if (!is_backend(backend) || dw_conv_params == NULL || quant_params == NULL ||
        quant_params->multiplier == NULL || quant_params->shift == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    const window_t window = {input_dims, filter_dims, output_dims, &dw_conv_params->stride,
                             &dw_conv_params->padding};
    if (!is_legal(dw_conv_params, &window) || !is_bias(bias_dims, output_dims->c) ||
        filter_data == NULL || filter_data == output_data)
        return GLUECHIP_ERROR_ARGUMENT;

    const bool on_core = backend == GLUECHIP_BACKEND_CPU;
    const plan_t plan = plan_of(input_dims, filter_dims);
    const bool side_by_side = plan.width == (uint32_t)input_dims->c; /* pixels under the kernel */
    gluechip_patch_t patch =
        side_by_side ? patch_of(&window, (uint32_t)filter_dims->w * plan.width, 1)
                     : patch_of(&window, plan.width, (uint32_t)filter_dims->w);
    patch.column_step = !side_by_side && plan.width == COLUMNS ? COLUMNS : 0;
    gluechip_matmul_job_t job =
        layer_job(ctx, dw_conv_params->input_offset, dw_conv_params->output_offset,
                  &dw_conv_params->activation);
    job.a = input_data;
    job.b = on_core ? filter_data : ctx != NULL ? ctx->buf : NULL;
    job.c = output_data;
    job.bias = bias_data;
    job.multiplier = quant_params->multiplier;
    job.shift = quant_params->shift;
    job.patch = &patch;
    job.m = (uint32_t)output_dims->h * (uint32_t)output_dims->w;
    job.n = (uint32_t)output_dims->c;
    job.k = plan.row_bytes;
    job.a_stride = patch.line_bytes;
    job.c_stride = job.n;
    const gluechip_status_t status = gluechip_matmul_check(&job);
    if (status != GLUECHIP_OK)
        return status;

    if (on_core) {
        for (int32_t i = 0; i < input_dims->n; i++) {
            depthwise_cpu(&job, &window, filter_data);
            job.a = (const int8_t *)job.a + image_bytes(input_dims);
            job.c = (int8_t *)job.c + image_bytes(output_dims);
        }
        return GLUECHIP_OK;
    }
    if (ctx->size < 0 || (uint32_t)ctx->size < buffer_bytes(&plan, output_dims))
        return GLUECHIP_ERROR_ARGUMENT;
    if (!ctx->buf_is_filled)
        spread(ctx->buf, &plan, filter_data, (uint32_t)filter_dims->h * (uint32_t)filter_dims->w,
               job.n, (uint32_t)dw_conv_params->ch_mult);
    return run(backend, job, &plan, input_dims->n, image_bytes(input_dims),
               image_bytes(output_dims));
}

int32_t gluechip_depthwise_conv2d_s8_get_buffer_size(
    gluechip_backend_t backend, const gluechip_nn_dw_conv_params_t *dw_conv_params,
    const gluechip_nn_dims_t *input_dims, const gluechip_nn_dims_t *filter_dims,
    const gluechip_nn_dims_t *output_dims)
{
    if (backend != GLUECHIP_BACKEND_COPROCESSOR || dw_conv_params == NULL ||
        !is_legal(dw_conv_params, &(window_t){input_dims, filter_dims, output_dims,
                                              &dw_conv_params->stride, &dw_conv_params->padding}))
        return 0;
    const plan_t plan = plan_of(input_dims, filter_dims);
    const uint64_t bytes = buffer_bytes(&plan, output_dims);
    return bytes <= INT32_MAX ? (int32_t)bytes : 0;
}
