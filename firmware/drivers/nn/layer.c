#include "layer.h"

int16_t narrow(int64_t value)
{
    return (int16_t)(value < -1024 ? -1024 : value > 1024 ? 1024 : value);
}

uint32_t limited(uint64_t size)
{
    return size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
}

bool is_backend(gluechip_backend_t backend)
{
    return backend == GLUECHIP_BACKEND_CPU || backend == GLUECHIP_BACKEND_COPROCESSOR;
}

gluechip_matmul_job_t layer_job(const gluechip_nn_context_t *ctx, int32_t input_offset,
                                int32_t output_offset, const gluechip_nn_activation_t *activation)
{
    return (gluechip_matmul_job_t){
        .a_zero = narrow(-(int64_t)input_offset),
        .c_zero = narrow(output_offset),
        .output = GLUECHIP_OUTPUT_INT8,
        .rounding = rounding_of(ctx),
        .clamp_minimum = narrow(activation->min),
        .clamp_maximum = narrow(activation->max),
    };
}

gluechip_status_t run_jobs(gluechip_backend_t backend, gluechip_matmul_job_t job, int32_t count,
                           uint32_t a_bytes, uint32_t c_bytes)
{
    gluechip_status_t status = GLUECHIP_OK;
    for (int32_t i = 0; i < count && status == GLUECHIP_OK; i++) {
        status = gluechip_matmul(backend, &job);
        job.a = (const int8_t *)job.a + a_bytes;
        job.c = (int8_t *)job.c + c_bytes;
    }
    return status;
}

static bool places_fit(int32_t size, int32_t window, int32_t stride, int32_t padding,
                       int32_t places, bool padded_behind)
{
    if (!is_size(window) || !is_size(stride) || !is_between(padding, 0, SIZE_LIMIT))
        return false;
    const int64_t last = (int64_t)(places - 1) * stride - padding;
    return padded_behind ? last < size + padding : last < size && padding < window;
}

bool windows_fit(const window_t *window, bool padded_behind)
{
    return are_sizes(window->input) && are_sizes(window->output) && window->filter != NULL &&
           window->input->n == window->output->n &&
           places_fit(window->input->h, window->filter->h, window->stride->h, window->padding->h,
                      window->output->h, padded_behind) &&
           places_fit(window->input->w, window->filter->w, window->stride->w, window->padding->w,
                      window->output->w, padded_behind);
}

gluechip_patch_t patch_of(const window_t *window, uint32_t piece_bytes, uint32_t pieces)
{
    const uint32_t pixel_bytes = (uint32_t)window->input->c;
    return (gluechip_patch_t){
        .piece_bytes = piece_bytes,
        .pieces = pieces,
        .piece_step = pieces > 1 ? pixel_bytes : 0,
        .line_bytes = (uint32_t)window->input->w * pixel_bytes,
        .lines = (uint32_t)window->input->h,
        .outputs_per_line = (uint32_t)window->output->w,
        .output_step = (uint32_t)window->stride->w * pixel_bytes,
        .line_step = (uint32_t)window->stride->h,
        .padding_left = (uint32_t)window->padding->w * pixel_bytes,
        .padding_top = (uint32_t)window->padding->h,
    };
}
