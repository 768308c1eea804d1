/* output:
every layer equal on both backends
exit: 0
*/
#include <stdio.h>
#include <string.h>

#include <gluechip/nn.h>

#define CHANNELS 9
#define PIXELS (11 * 6)
#define TAPS (10 * 4)
#define OUTPUT_BYTES (2 * 4 * 5 * CHANNELS + 8)

static int8_t image[2 * PIXELS * CHANNELS], weights[CHANNELS * TAPS * CHANNELS];
static int8_t core[OUTPUT_BYTES], unit[OUTPUT_BYTES];
static int32_t bias[CHANNELS], multipliers[CHANNELS], shifts[CHANNELS];
static uint32_t buffer[CHANNELS * TAPS * CHANNELS / 4 + 1];

static uint32_t next_random(void)
{
    static uint32_t state = 1;
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static int32_t between(int32_t least, int32_t most)
{
    return least + (int32_t)(next_random() % (uint32_t)(most - least + 1));
}

static void randomize(void *to, unsigned bytes)
{
    for (uint8_t *p = to; bytes != 0; bytes--)
        *p++ = (uint8_t)next_random();
}

static bool differs(const char *what, gluechip_status_t first, gluechip_status_t second)
{
    if (first == GLUECHIP_OK && second == GLUECHIP_OK && memcmp(core, unit, sizeof core) == 0)
        return false;
    printf("%s differs: %d %d", what, first, second);
    return true;
}

typedef struct {
    int32_t channels, height, width, stride, padding;
    bool depthwise;
} case_t;

static gluechip_status_t run(gluechip_backend_t backend, const case_t *c, int32_t offset,
                             gluechip_rounding_t rounding, int8_t *output)
{
    const gluechip_nn_context_t context = {buffer, sizeof buffer, rounding, false};
    const gluechip_nn_per_channel_quant_params_t scales = {multipliers, shifts};
    const gluechip_nn_tile_t stride = {c->stride, c->stride}, padding = {c->padding, c->padding};
    const gluechip_nn_activation_t all = {-128, 127};
    /* What is large must not take too long. */
    const int32_t outputs = c->depthwise ? c->channels : c->height > 3 ? 1 : CHANNELS;
    const int32_t images = c->height > 1 ? 1 : 2;
    const gluechip_nn_dims_t in = {images, c->height + 1, c->width + 2, c->channels};
    const gluechip_nn_dims_t out = {images, (2 * c->padding + 1) / c->stride + 1,
                                    (2 * c->padding + 2) / c->stride + 1, outputs};
    const gluechip_nn_dims_t of_bias = {1, 1, 1, outputs};
    memset(output, 0x55, sizeof core);
    if (c->depthwise) {
        const gluechip_nn_dims_t filter = {1, c->height, c->width, outputs};
        const gluechip_nn_dw_conv_params_t params = {offset, -3, 1, stride, padding, {1, 1}, all};
        return gluechip_depthwise_conv2d_s8(backend, &context, &params, &scales, &in, image, &filter,
                                            weights, &of_bias, bias, &out, output);
    }
    const gluechip_nn_dims_t filter = {outputs, c->height, c->width, c->channels};
    const gluechip_nn_conv_params_t params = {offset, -3, stride, padding, {1, 1}, all};
    return gluechip_conv2d_s8(backend, &context, &params, &scales, &in, image, &filter, weights,
                              &of_bias, bias, &out, output);
}

static bool convolution_differs(const case_t *c)
{
    const int32_t offset = between(-127, 128);
    const gluechip_rounding_t rounding = (gluechip_rounding_t)between(0, 1);
    if (!differs(c->depthwise ? "depthwise_conv2d" : "conv2d",
                 run(GLUECHIP_BACKEND_CPU, c, offset, rounding, core),
                 run(GLUECHIP_BACKEND_COPROCESSOR, c, offset, rounding, unit)))
        return false;
    printf(", %d channels, kernel %dx%d, stride %d, padding %d\n", (int)c->channels,
           (int)c->height, (int)c->width, (int)c->stride, (int)c->padding);
    return true;
}

static bool fully_connected_differs(int32_t batch, int32_t inputs, int32_t outputs)
{
    const gluechip_nn_fc_params_t params = {between(-127, 128), between(-127, 128), 5, {-128, 127}};
    const gluechip_nn_per_tensor_quant_params_t scale = {multipliers[0], shifts[0]};
    const gluechip_nn_dims_t in = {batch, 1, 1, inputs}, filter = {inputs, 1, 1, outputs};
    const gluechip_nn_dims_t out = {batch, 1, 1, outputs};
    gluechip_status_t status[2];
    for (int i = 0; i < 2; i++) {
        int8_t *const output = i == 0 ? core : unit;
        memset(output, 0x55, sizeof core);
        status[i] = gluechip_fully_connected_s8(
            i == 0 ? GLUECHIP_BACKEND_CPU : GLUECHIP_BACKEND_COPROCESSOR, NULL, &params, &scale, &in,
            image, &filter, weights, NULL, bias, &out, output);
    }
    if (!differs("fully_connected", status[0], status[1]))
        return false;
    printf(", %d rows, %d inputs, %d outputs\n", (int)batch, (int)inputs, (int)outputs);
    return true;
}

int main(void)
{
    static const int8_t kernels[][2] = {{1, 1}, {3, 3}, {10, 4}}, channels[] = {1, 7, 8, 9};
    randomize(image, sizeof image);
    randomize(weights, sizeof weights);
    for (int i = 0; i < CHANNELS; i++) {
        bias[i] = between(-5000, 5000);
        multipliers[i] = between(0x40000000, 0x7fffffff);
        shifts[i] = between(-11, -7);
    }
    for (unsigned kernel = 0; kernel < 3; kernel++) {
        for (unsigned i = 0; i < sizeof channels; i++) {
            for (unsigned way = 0; way < 8; way++) {
                const case_t c = {channels[i], kernels[kernel][0], kernels[kernel][1],
                                  1 + (way & 1), way >> 1 & 1, way >> 2};
                if (convolution_differs(&c))
                    return 1;
            }
        }
    }
    for (int32_t batch = 1; batch <= 9; batch += 8)
        for (int32_t inputs = 1; inputs <= 65; inputs += 32)
            if (fully_connected_differs(batch, inputs, CHANNELS))
                return 1;
    puts("every layer equal on both backends");
    return 0;
}
