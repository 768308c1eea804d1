#include <string.h>

#include "layer.h"

static bool is_pad(const gluechip_nn_dims_t *dims)
{
    return dims != NULL && is_between(dims->n, 0, SIZE_LIMIT) &&
           is_between(dims->h, 0, SIZE_LIMIT) && is_between(dims->w, 0, SIZE_LIMIT) &&
           is_between(dims->c, 0, SIZE_LIMIT);
}

static int8_t *fill(int8_t *to, int8_t value, uint32_t size)
{
    memset(to, value, size);
    return to + size;
}

gluechip_status_t gluechip_pad_s8(const int8_t *input, int8_t *output, int8_t pad_value,
                                  const gluechip_nn_dims_t *input_size,
                                  const gluechip_nn_dims_t *pre_pad,
                                  const gluechip_nn_dims_t *post_pad)
{
    if (input == NULL || output == NULL || input == output || !are_sizes(input_size) ||
        !is_pad(pre_pad) || !is_pad(post_pad))
        return GLUECHIP_ERROR_ARGUMENT;
    const uint32_t channels = (uint32_t)input_size->c;
    const uint32_t before = (uint32_t)pre_pad->c, behind = (uint32_t)post_pad->c;
    const uint32_t pixel = before + channels + behind;
    const uint32_t line = pixel * (uint32_t)(pre_pad->w + input_size->w + post_pad->w);
    const uint32_t image = line * (uint32_t)(pre_pad->h + input_size->h + post_pad->h);

    output = fill(output, pad_value, image * (uint32_t)pre_pad->n);
    for (int32_t n = 0; n < input_size->n; n++) {
        output = fill(output, pad_value, line * (uint32_t)pre_pad->h);
        for (int32_t h = 0; h < input_size->h; h++) {
            output = fill(output, pad_value, pixel * (uint32_t)pre_pad->w);
            if (pixel == channels) { /* nothing between the pixels of a line */
                const uint32_t size = channels * (uint32_t)input_size->w;
                memcpy(output, input, size);
                input += size, output += size;
            } else {
                for (int32_t w = 0; w < input_size->w; w++, input += channels) {
                    output = fill(output, pad_value, before);
                    memcpy(output, input, channels);
                    output = fill(output + channels, pad_value, behind);
                }
            }
            output = fill(output, pad_value, pixel * (uint32_t)post_pad->w);
        }
        output = fill(output, pad_value, line * (uint32_t)post_pad->h);
    }
    fill(output, pad_value, image * (uint32_t)post_pad->n);
    return GLUECHIP_OK;
}
