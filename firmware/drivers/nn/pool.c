#include "fold.h"
#include "max_words.h"

/* A quotient, halves away from zero. */
INLINE int32_t average(int32_t sum, int32_t count)
{
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

/* Where the part of a window that lies in the image begins, and its length. */
INLINE int32_t cut(int32_t start, int32_t window, int32_t size, int32_t *count)
{
    const int32_t first = start > 0 ? start : 0;
    const int32_t end = start + window < size ? start + window : size;
    *count = end - first;
    return first;
}

/* One window, for all channels. */
INLINE void fold_pixel(int8_t *to, const int8_t *from, int32_t rows, int32_t columns,
                       const gluechip_nn_dims_t *in, gluechip_nn_activation_t activation,
                       fold_t fold)
{
    const int32_t channels = in->c, gap = (in->w - columns) * channels;
    int32_t results[FOLD_CHANNELS];
    for (int32_t c = 0; c < channels;) {
        int count = FOLD_CHANNELS;
        if (channels < FOLD_CHANNELS) {
            count = 1;
            fold_window(results, from + c, rows, columns, channels, gap, 1, fold);
        } else {
            if (c + FOLD_CHANNELS > channels) /* the last ones compute some again */
                c = channels - FOLD_CHANNELS;
            fold_window(results, from + c, rows, columns, channels, gap, FOLD_CHANNELS, fold);
        }
        for (int i = 0; i < count; i++, c++) {
            const int32_t value = fold == SUM ? average(results[i], rows * columns) : results[i];
            const int32_t raised = value > activation.min ? value : activation.min;
            to[c] = (int8_t)(raised < activation.max ? raised : activation.max);
        }
    }
}

INLINE gluechip_status_t pool(const gluechip_nn_pool_params_t *params,
                              const gluechip_nn_dims_t *in, const int8_t *from,
                              const gluechip_nn_dims_t *filter, const gluechip_nn_dims_t *out,
                              int8_t *to, fold_t fold)
{
    if (params == NULL || from == NULL || to == NULL || from == to ||
        !windows_fit(&(window_t){in, filter, out, &params->stride, &params->padding}, false) ||
        in->c != out->c || !is_output(0, params->activation.min, params->activation.max))
        return GLUECHIP_ERROR_ARGUMENT;
    const bool by_words = fold == LARGEST && params->activation.min == -128 &&
                          params->activation.max == 127 && are_words(to, from, in->c);
    for (int32_t n = 0; n < in->n; n++, from += image_bytes(in)) {
        for (int32_t row = 0; row < out->h; row++) {
            int32_t rows, columns;
            const int32_t y = cut(row * params->stride.h - params->padding.h, filter->h, in->h,
                                  &rows);
            for (int32_t column = 0; column < out->w; column++, to += out->c) {
                const int32_t x = cut(column * params->stride.w - params->padding.w, filter->w,
                                      in->w, &columns);
                const int8_t *const pixel = from + (y * in->w + x) * in->c;
                if (by_words)
                    largest_words(to, pixel, in->c, rows, columns, (in->w - columns) * in->c);
                else
                    fold_pixel(to, pixel, rows, columns, in, params->activation, fold);
            }
        }
    }
    return GLUECHIP_OK;
}

gluechip_status_t gluechip_max_pool_s8(const gluechip_nn_context_t *ctx,
                                       const gluechip_nn_pool_params_t *pool_params,
                                       const gluechip_nn_dims_t *input_dims,
                                       const int8_t *input_data,
                                       const gluechip_nn_dims_t *filter_dims,
                                       const gluechip_nn_dims_t *output_dims, int8_t *output_data)
{
    (void)ctx;
    return pool(pool_params, input_dims, input_data, filter_dims, output_dims, output_data,
                LARGEST);
}

gluechip_status_t gluechip_avg_pool_s8(const gluechip_nn_context_t *ctx,
                                       const gluechip_nn_pool_params_t *pool_params,
                                       const gluechip_nn_dims_t *input_dims,
                                       const int8_t *input_data,
                                       const gluechip_nn_dims_t *filter_dims,
                                       const gluechip_nn_dims_t *output_dims, int8_t *output_data)
{
    (void)ctx;
    return pool(pool_params, input_dims, input_data, filter_dims, output_dims, output_data, SUM);
}
