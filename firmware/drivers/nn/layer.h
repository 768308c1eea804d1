/* What the layers share: checks of arguments, and jobs. */
#ifndef GLUECHIP_DRIVERS_NN_LAYER_H
#define GLUECHIP_DRIVERS_NN_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gluechip/nn.h>

#include "../requantize.h"

#define SIZE_LIMIT 65535

static inline bool is_between(int32_t value, int32_t least, int32_t most)
{
    return value >= least && value <= most;
}

static inline bool is_size(int32_t value)
{
    return is_between(value, 1, SIZE_LIMIT);
}

static inline bool are_sizes(const gluechip_nn_dims_t *dims)
{
    return dims != NULL && is_size(dims->n) && is_size(dims->h) && is_size(dims->w) &&
           is_size(dims->c);
}

/* An offset that is added to inputs: a negative zero point. */
static inline bool is_input_offset(int32_t offset)
{
    return is_between(offset, -127, 128);
}

static inline bool is_scale(int32_t multiplier, int32_t shift)
{
    return multiplier >= 0 && is_between(shift, -31, 30);
}

/* Whether results can be moved and cut off like this. */
static inline bool is_output(int32_t offset, int32_t minimum, int32_t maximum)
{
    return is_between(offset, -128, 127) && is_between(minimum, -128, maximum) && maximum <= 127;
}

static inline gluechip_rounding_t rounding_of(const gluechip_nn_context_t *ctx)
{
    return ctx != NULL ? ctx->rounding : GLUECHIP_ROUNDING_DOUBLE;
}

static inline bool is_rounding(gluechip_rounding_t rounding)
{
    return (unsigned)rounding <= GLUECHIP_ROUNDING_SINGLE;
}

/* `value` where it may be of use to a job, else one that gluechip_matmul_check() refuses. */
int16_t narrow(int64_t value);
uint32_t limited(uint64_t size);

static inline uint32_t image_bytes(const gluechip_nn_dims_t *dims)
{
    return limited((uint64_t)((uint32_t)dims->h * (uint32_t)dims->w) * (uint32_t)dims->c);
}

/* A job of int8 with what all layers give it. */
gluechip_matmul_job_t layer_job(const gluechip_nn_context_t *ctx, int32_t input_offset,
                                int32_t output_offset, const gluechip_nn_activation_t *activation);

/* Runs the job `count` times, A and C moved on by so many bytes each time. */
gluechip_status_t run_jobs(gluechip_backend_t backend, gluechip_matmul_job_t job, int32_t count,
                           uint32_t a_bytes, uint32_t c_bytes);

bool is_backend(gluechip_backend_t backend);

/* What two-dimensional windows of any kind have, and how they fit. */
typedef struct {
    const gluechip_nn_dims_t *input, *filter, *output;
    const gluechip_nn_tile_t *stride, *padding;
} window_t;

/* Whether all numbers are in their ranges, and the last windows begin at most `behind` (the padding,
 * or 0) beyond the image. */
bool windows_fit(const window_t *window, bool padded_behind);

/* Whether `bias` dimensions are those of `channels`, or left out. */
static inline bool is_bias(const gluechip_nn_dims_t *dims, int32_t channels)
{
    return dims == NULL || dims->c == channels;
}

/* The patch of a convolution whose pieces are `piece_bytes` of `pieces` pixels. */
gluechip_patch_t patch_of(const window_t *window, uint32_t piece_bytes, uint32_t pieces);

#endif
