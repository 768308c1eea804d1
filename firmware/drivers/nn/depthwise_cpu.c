/* Depthwise convolution in plain C, as fast as we can write it.
 *
 * The inner loop works on 4 channels of 2 outputs, one below the other, which share the weights.
 * Windows are cut to the part that lies in the image, so that nothing is padded, and the zero point
 * is taken out of the products by sum (a - za) w = sum aw - za sum w.
 */
#include "depthwise.h"

#define CHANNELS 4

/* The part of a window that lies in the image. */
typedef struct {
    int32_t rows, columns;
    int32_t image_step, image_gap;   /* bytes from tap to tap, and from the end of a row on */
    int32_t weights_step, weights_gap;
} taps_t;

/* Adds products of `channels` (1 or 4) channels; with `outputs` of 2 those of a second window. */
INLINE void add_products(uint32_t sums[2][CHANNELS], const int8_t *a, const int8_t *below,
                         const int8_t *weights, const taps_t *taps, int channels, int outputs)
{
    uint32_t s00 = sums[0][0], s01 = sums[0][1], s02 = sums[0][2], s03 = sums[0][3];
    uint32_t s10 = sums[1][0], s11 = sums[1][1], s12 = sums[1][2], s13 = sums[1][3];
    const int32_t image_step = taps->image_step, weights_step = taps->weights_step;
    const int32_t image_gap = taps->image_gap, weights_gap = taps->weights_gap;
    const int32_t row_bytes = taps->columns * weights_step;

    for (int32_t rows = taps->rows; rows != 0; rows--) {
        for (const int8_t *const end = weights + row_bytes; weights != end;) {
            const int32_t w0 = weights[0], a0 = a[0];
            const int32_t b0 = outputs > 1 ? below[0] : 0;
            if (channels > 1) {
                const int32_t w1 = weights[1], w2 = weights[2], w3 = weights[3];
                const int32_t a1 = a[1], a2 = a[2], a3 = a[3];
                s01 += (uint32_t)(a1 * w1);
                s02 += (uint32_t)(a2 * w2);
                s03 += (uint32_t)(a3 * w3);
                if (outputs > 1) {
                    const int32_t b1 = below[1], b2 = below[2], b3 = below[3];
                    s11 += (uint32_t)(b1 * w1);
                    s12 += (uint32_t)(b2 * w2);
                    s13 += (uint32_t)(b3 * w3);
                }
            }
            s00 += (uint32_t)(a0 * w0);
            if (outputs > 1)
                s10 += (uint32_t)(b0 * w0);
            weights += weights_step, a += image_step, below += image_step;
        }
        weights += weights_gap, a += image_gap, below += image_gap;
    }
    sums[0][0] = s00, sums[0][1] = s01, sums[0][2] = s02, sums[0][3] = s03;
    sums[1][0] = s10, sums[1][1] = s11, sums[1][2] = s12, sums[1][3] = s13;
}

/* Functions of their own, so that their sums and pointers stay in registers. */
typedef void add_products_t(uint32_t sums[2][CHANNELS], const int8_t *a, const int8_t *below,
                            const int8_t *weights, const taps_t *taps);

#define ADD_PRODUCTS(name, channels, outputs)                                                      \
    static __attribute__((noinline)) void name(uint32_t sums[2][CHANNELS], const int8_t *a,        \
                                               const int8_t *below, const int8_t *weights,         \
                                               const taps_t *taps)                                 \
    {                                                                                              \
        add_products(sums, a, below, weights, taps, channels, outputs);                            \
    }
ADD_PRODUCTS(four_of_one, CHANNELS, 1)
ADD_PRODUCTS(four_of_two, CHANNELS, 2)
ADD_PRODUCTS(one_of_one, 1, 1)
ADD_PRODUCTS(one_of_two, 1, 2)
#undef ADD_PRODUCTS

/* What the sums of some channels begin with: bias, less the zero point times the weights' sum. */
static __attribute__((noinline)) void start_sums(uint32_t *starts,
                                                 const gluechip_matmul_job_t *job, int32_t channel,
                                                 const int8_t *weights, const taps_t *taps,
                                                 int channels)
{
    const int32_t row_bytes = taps->columns * taps->weights_step;
    for (int c = 0; c < channels; c++) {
        uint32_t sum = 0;
        const int8_t *from = weights + c;
        if (job->a_zero != 0)
            for (int32_t rows = taps->rows; rows != 0; rows--, from += taps->weights_gap)
                for (const int8_t *const end = from + row_bytes; from != end;
                     from += taps->weights_step)
                    sum += (uint32_t)(int32_t)*from;
        starts[c] = (job->bias != NULL ? (uint32_t)job->bias[channel + c] : 0) -
                    sum * (uint32_t)(int32_t)job->a_zero;
    }
}

/* How sums become results. */
typedef struct {
    scale_t scales[CHANNELS];
    limits_t limits;
    gluechip_rounding_t rounding;
} finish_t;

/* Results of `outputs` (1 or 2) rows of sums, at `to` and `below`. */
INLINE void finish_rounded(int8_t *to, int8_t *below, const uint32_t sums[2][CHANNELS],
                           const finish_t *how, int channels, int outputs,
                           gluechip_rounding_t rounding)
{
    const limits_t limits = how->limits;
    const scale_t *scale = how->scales;
    for (const uint32_t *sum = sums[0], *const end = sum + channels; sum != end; sum++, scale++) {
        const int32_t upper = scaled((int32_t)sum[0], scale, rounding);
        if (outputs > 1)
            *below++ = (int8_t)clamp(scaled((int32_t)sum[CHANNELS], scale, rounding), &limits);
        *to++ = (int8_t)clamp(upper, &limits);
    }
}

static __attribute__((noinline)) void finish(int8_t *to, int8_t *below,
                                             const uint32_t sums[2][CHANNELS], const finish_t *how,
                                             int channels)
{
    const bool two = below != NULL;
    if (how->rounding == GLUECHIP_ROUNDING_SINGLE)
        finish_rounded(to, two ? below : to, sums, how, channels, 2, GLUECHIP_ROUNDING_SINGLE);
    else if (two)
        finish_rounded(to, below, sums, how, channels, 2, GLUECHIP_ROUNDING_DOUBLE);
    else
        finish_rounded(to, NULL, sums, how, channels, 1, GLUECHIP_ROUNDING_DOUBLE);
}

/* First tap in the image along one dimension, and how many there are. */
static int32_t inside(int32_t start, int32_t window, int32_t size, int32_t *count)
{
    const int32_t first = start < 0 ? -start : 0;
    const int32_t end = size - start < window ? size - start : window;
    *count = first < end ? end - first : 0;
    return *count > 0 ? first : 0;
}

/* `channels` (1 or 4) channels of all outputs, from number `channel` of the output on, which see
 * those of the image from `seen` on. */
static void do_channels(const gluechip_matmul_job_t *job, const window_t *window,
                        const int8_t *filter, int32_t channel, int32_t seen, int channels)
{
    add_products_t *const add_one = channels > 1 ? four_of_one : one_of_one;
    add_products_t *const add_two = channels > 1 ? four_of_two : one_of_two;
    const gluechip_nn_dims_t *const in = window->input, *const out = window->output;
    const int32_t height = window->filter->h, width = window->filter->w;
    const int32_t stride = window->stride->h, line_bytes = in->w * in->c;
    const int32_t line = out->w * out->c; /* of the output */
    finish_t how = {.limits = limits_of(job->c_zero, job->clamp_minimum, job->clamp_maximum),
                    .rounding = job->rounding};
    for (int c = 0; c < channels; c++)
        how.scales[c] = scale_of(job->multiplier[channel + c], job->shift[channel + c]);

    for (int32_t column = 0; column < out->w; column++) {
        taps_t taps = {.image_step = in->c, .weights_step = out->c};
        const int32_t x = column * window->stride->w - window->padding->w;
        const int32_t left = inside(x, width, in->w, &taps.columns);
        taps.image_gap = line_bytes - taps.columns * in->c;
        taps.weights_gap = (width - taps.columns) * out->c;
        const int8_t *const weights = filter + left * out->c + channel;
        /* Of windows that are cut at their sides only. */
        uint32_t starts[CHANNELS];
        taps.rows = height;
        start_sums(starts, job, channel, weights, &taps, channels);

        int8_t *to = (int8_t *)job->c + column * out->c + channel;
        int32_t y = -window->padding->h;
        for (int32_t row = 0; row < out->h; row++, y += stride, to += line) {
            uint32_t sums[2][CHANNELS] = {{0}};
            const int32_t top = inside(y, height, in->h, &taps.rows);
            const int8_t *const a = (const int8_t *)job->a +
                                    (taps.rows > 0 ? (y + top) * line_bytes : 0) +
                                    (taps.columns > 0 ? (x + left) * in->c : 0) + seen;
            const int8_t *const cut_weights = weights + top * width * out->c;
            if (taps.rows != height) {
                start_sums(sums[0], job, channel, cut_weights, &taps, channels);
            } else {
                for (int c = 0; c < channels; c++)
                    sums[0][c] = sums[1][c] = starts[c];
                if (row + 1 < out->h && y + stride + height <= in->h) {
                    add_two(sums, a, a + stride * line_bytes, weights, &taps);
                    finish(to, to + line, sums, &how, channels);
                    row++, y += stride, to += line;
                    continue;
                }
            }
            add_one(sums, a, a, cut_weights, &taps);
            finish(to, NULL, sums, &how, channels);
        }
    }
}

void depthwise_cpu(const gluechip_matmul_job_t *job, const window_t *window, const int8_t *filter)
{
    const int32_t channels = window->output->c;
    if (window->input->c == channels && channels >= CHANNELS) {
        for (int32_t c = 0; c < channels; c += CHANNELS) {
            /* The last block computes some channels again. */
            const int32_t first = c + CHANNELS <= channels ? c : channels - CHANNELS;
            do_channels(job, window, filter, first, first, CHANNELS);
        }
        return;
    }
    const int32_t multiple = channels / window->input->c;
    for (int32_t c = 0; c < channels; c++)
        do_channels(job, window, filter, c, c / multiple, 1);
}
