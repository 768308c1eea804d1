/* Layers of int8 networks, quantised as TensorFlow Lite does it, bit by bit.
 *
 * Names, order and signs of parameters are those of CMSIS-NN, so that code for arm_convolve_s8() and
 * so on is easily moved. What multiplies takes a backend first: the coprocessor, or plain C on the
 * core, which gives the same bytes. The others run on the core.
 *
 * Arrays are dense, in the order of n, h, w, c. All calls wait until the result is there. They return
 *   GLUECHIP_OK;
 *   GLUECHIP_ERROR_ARGUMENT for NULL or anything outside its range, with the output untouched: a
 *     dimension or stride below 1, channels that do not match, an offset that is not of int8, a
 *     buffer that is too small, or a layer that is no legal job of gluechip_matmul() for either
 *     backend, such as one with k above 65535;
 *   with the coprocessor also what gluechip_matmul() returns, and then some of the output may have
 *     been written: GLUECHIP_ERROR_ADDRESS unless input, weights, bias, multipliers, shifts, output
 *     and the context's buffer lie in RAM.
 *
 * No output may overlap an input, unless a call says so.
 */
#ifndef GLUECHIP_NN_H
#define GLUECHIP_NN_H

#include <stdbool.h>
#include <stdint.h>

#include <gluechip/matmul.h>
#include <gluechip/status.h>

/* What a call may use. Zero all fields first. Where a context may be NULL, it is as one of zeros. */
typedef struct {
    void *buf;     /* a multiple of 4; the content means nothing before or after */
    int32_t size;  /* of buf, in bytes: at least what ..._get_buffer_size() gives */
    gluechip_rounding_t rounding; /* double, as CMSIS-NN and TensorFlow Lite have it unless built with
                                   * CMSIS_NN_USE_SINGLE_ROUNDING or TFLITE_SINGLE_ROUNDING */
    bool buf_is_filled; /* buf is as the last call for this very layer has left it, which spares
                         * the work of filling it again */
} gluechip_nn_context_t;

typedef struct {
    int32_t w, h;
} gluechip_nn_tile_t;

typedef struct {
    int32_t n, h, w, c;
} gluechip_nn_dims_t;

typedef struct {
    int32_t min, max; /* -128 to 127, min <= max */
} gluechip_nn_activation_t;

/* One for each channel of the output. See gluechip_matmul_job_t for what is not checked. */
typedef struct {
    const int32_t *multiplier;
    const int32_t *shift;
} gluechip_nn_per_channel_quant_params_t;

typedef struct {
    int32_t multiplier; /* 0 to 2^31 - 1 */
    int32_t shift;      /* -31 to 30, positive to the left */
} gluechip_nn_per_tensor_quant_params_t;

typedef struct {
    int32_t input_offset;  /* the negative zero point of the input, -127 to 128 */
    int32_t output_offset; /* the zero point of the output, -128 to 127 */
    gluechip_nn_tile_t stride;
    gluechip_nn_tile_t padding;  /* on the left and above; that on the other sides follows from the
                                  * size of the output */
    gluechip_nn_tile_t dilation; /* 1 */
    gluechip_nn_activation_t activation;
} gluechip_nn_conv_params_t;

typedef struct {
    int32_t input_offset;
    int32_t output_offset;
    int32_t ch_mult; /* channels of the output for each one of the input */
    gluechip_nn_tile_t stride;
    gluechip_nn_tile_t padding;
    gluechip_nn_tile_t dilation;
    gluechip_nn_activation_t activation;
} gluechip_nn_dw_conv_params_t;

typedef struct {
    int32_t input_offset;
    int32_t filter_offset; /* the negative zero point of the weights, -127 to 128 */
    int32_t output_offset;
    gluechip_nn_activation_t activation;
} gluechip_nn_fc_params_t;

typedef struct {
    gluechip_nn_tile_t stride;
    gluechip_nn_tile_t padding;
    gluechip_nn_activation_t activation;
} gluechip_nn_pool_params_t;

/* Products of matrices, one for each n and h: of `lhs`, w rows of c values, with `rhs`, w rows of c
 * values, of which each gives a column of the output: w rows (of lhs) of c values (rows of rhs).
 *
 * n and h of lhs and rhs are those of the output, or 1: the same matrix again.
 * As arm_batch_matmul_s8(), without the flags, which it does not use. `ctx` may be NULL.
 */
gluechip_status_t gluechip_matmul_s8(
    gluechip_backend_t backend, const gluechip_nn_context_t *ctx,
    const gluechip_nn_fc_params_t *fc_params,
    const gluechip_nn_per_tensor_quant_params_t *quant_params,
    const gluechip_nn_dims_t *lhs_dims, const int8_t *lhs_data,
    const gluechip_nn_dims_t *rhs_dims, const int8_t *rhs_data,
    const gluechip_nn_dims_t *output_dims, int8_t *output_data);

/* A layer where each output sees all of the input.
 *
 * input_dims  : n images of h * w * c values.
 * filter_dims : n values for each output, h * w * c of the input; c outputs. The others are not used.
 * bias_dims   : NULL, or c as that of the filter. bias_data may be NULL.
 * output_dims : n, c. The others are not used.
 * As arm_fully_connected_s8(). `ctx` may be NULL.
 */
gluechip_status_t gluechip_fully_connected_s8(
    gluechip_backend_t backend, const gluechip_nn_context_t *ctx,
    const gluechip_nn_fc_params_t *fc_params,
    const gluechip_nn_per_tensor_quant_params_t *quant_params,
    const gluechip_nn_dims_t *input_dims, const int8_t *input_data,
    const gluechip_nn_dims_t *filter_dims, const int8_t *filter_data,
    const gluechip_nn_dims_t *bias_dims, const int32_t *bias_data,
    const gluechip_nn_dims_t *output_dims, int8_t *output_data);

/* The same with a scale for each output. */
gluechip_status_t gluechip_fully_connected_per_channel_s8(
    gluechip_backend_t backend, const gluechip_nn_context_t *ctx,
    const gluechip_nn_fc_params_t *fc_params,
    const gluechip_nn_per_channel_quant_params_t *quant_params,
    const gluechip_nn_dims_t *input_dims, const int8_t *input_data,
    const gluechip_nn_dims_t *filter_dims, const int8_t *filter_data,
    const gluechip_nn_dims_t *bias_dims, const int32_t *bias_data,
    const gluechip_nn_dims_t *output_dims, int8_t *output_data);

/* Bytes of the buffer: 0, so far. */
int32_t gluechip_fully_connected_s8_get_buffer_size(gluechip_backend_t backend,
                                                    const gluechip_nn_dims_t *filter_dims);

/* A convolution: one job of the coprocessor for each image.
 *
 * filter_dims : n channels of the output, h, w, c channels of the input.
 * bias_dims   : NULL, or c as that of the output. bias_data may be NULL.
 * Beside the ranges of gluechip_patch_t: the windows of the last row and column of the output begin
 * inside the image or in as much padding behind it as there is in front of it.
 * As arm_convolve_s8(), without groups and upscaling. `ctx` may be NULL.
 */
gluechip_status_t gluechip_conv2d_s8(
    gluechip_backend_t backend, const gluechip_nn_context_t *ctx,
    const gluechip_nn_conv_params_t *conv_params,
    const gluechip_nn_per_channel_quant_params_t *quant_params,
    const gluechip_nn_dims_t *input_dims, const int8_t *input_data,
    const gluechip_nn_dims_t *filter_dims, const int8_t *filter_data,
    const gluechip_nn_dims_t *bias_dims, const int32_t *bias_data,
    const gluechip_nn_dims_t *output_dims, int8_t *output_data);

/* Bytes of the buffer: 0, so far. */
int32_t gluechip_conv2d_s8_get_buffer_size(gluechip_backend_t backend,
                                           const gluechip_nn_conv_params_t *conv_params,
                                           const gluechip_nn_dims_t *input_dims,
                                           const gluechip_nn_dims_t *filter_dims,
                                           const gluechip_nn_dims_t *output_dims);

/* A convolution of each channel by itself; channel c of the output sees channel c / ch_mult.
 *
 * filter_dims : n is 1, h, w, c as that of the output.
 * The coprocessor has the weights of all channels that it computes at a time in one matrix, which is
 * 0 but where channels meet their own weights. It is made in the context's buffer, and is worth
 * keeping, see buf_is_filled. One job for each image; one for each image and channel of the input
 * where there are more channels than columns of the array and either ch_mult is above 1 or
 * h * w * GLUECHIP_ARRAY_COLUMNS above GLUECHIP_MATMUL_SINGLE_PASS_BYTES.
 * Otherwise as gluechip_conv2d_s8(); as arm_depthwise_conv_s8(). `ctx` may be NULL for the core.
 */
gluechip_status_t gluechip_depthwise_conv2d_s8(
    gluechip_backend_t backend, const gluechip_nn_context_t *ctx,
    const gluechip_nn_dw_conv_params_t *dw_conv_params,
    const gluechip_nn_per_channel_quant_params_t *quant_params,
    const gluechip_nn_dims_t *input_dims, const int8_t *input_data,
    const gluechip_nn_dims_t *filter_dims, const int8_t *filter_data,
    const gluechip_nn_dims_t *bias_dims, const int32_t *bias_data,
    const gluechip_nn_dims_t *output_dims, int8_t *output_data);

/* Bytes of the buffer: 0 for the core. 0 also where the call refuses the dimensions. */
int32_t gluechip_depthwise_conv2d_s8_get_buffer_size(
    gluechip_backend_t backend, const gluechip_nn_dw_conv_params_t *dw_conv_params,
    const gluechip_nn_dims_t *input_dims, const gluechip_nn_dims_t *filter_dims,
    const gluechip_nn_dims_t *output_dims);

/* The largest value, or the average, of the part of each window that lies in the image; no window
 * may lie beside it. Averages are rounded, halves away from zero.
 *
 * filter_dims : h, w. The others are not used.
 * As arm_max_pool_s8(), arm_avgpool_s8(). `ctx` may be NULL.
 */
gluechip_status_t gluechip_max_pool_s8(const gluechip_nn_context_t *ctx,
                                       const gluechip_nn_pool_params_t *pool_params,
                                       const gluechip_nn_dims_t *input_dims,
                                       const int8_t *input_data,
                                       const gluechip_nn_dims_t *filter_dims,
                                       const gluechip_nn_dims_t *output_dims, int8_t *output_data);

gluechip_status_t gluechip_avg_pool_s8(const gluechip_nn_context_t *ctx,
                                       const gluechip_nn_pool_params_t *pool_params,
                                       const gluechip_nn_dims_t *input_dims,
                                       const int8_t *input_data,
                                       const gluechip_nn_dims_t *filter_dims,
                                       const gluechip_nn_dims_t *output_dims, int8_t *output_data);

/* The mean over h and w: n rows of c values. The scale holds the division by h * w, as that which
 * TensorFlow Lite derives for MEAN, so its multiplier may be below 2^30. `ctx` may be NULL. */
gluechip_status_t gluechip_mean_s8(const gluechip_nn_context_t *ctx, int32_t input_offset,
                                   int32_t output_offset,
                                   const gluechip_nn_per_tensor_quant_params_t *quant_params,
                                   const gluechip_nn_dims_t *input_dims, const int8_t *input_data,
                                   int8_t *output_data);

/* Sums of two arrays of block_size values. The output may be one of them.
 *
 * Both inputs, with their offsets added, are shifted to the left by left_shift, 0 to 22 (TensorFlow
 * Lite: 20), and scaled; their sum is scaled again.
 * As arm_elementwise_add_s8(). `ctx` may be NULL: the buffer is only for speed. With it a value
 * takes half the time, but to fill it takes as long as 500 values.
 */
gluechip_status_t gluechip_elementwise_add_s8(
    const gluechip_nn_context_t *ctx, const int8_t *input_1_vect, const int8_t *input_2_vect,
    int32_t input_1_offset, int32_t input_1_mult, int32_t input_1_shift, int32_t input_2_offset,
    int32_t input_2_mult, int32_t input_2_shift, int32_t left_shift, int8_t *output,
    int32_t out_offset, int32_t out_mult, int32_t out_shift, int32_t out_activation_min,
    int32_t out_activation_max, int32_t block_size);

/* Bytes of the buffer that makes a sum of so many values faster; 0 when none does. */
int32_t gluechip_elementwise_add_s8_get_buffer_size(int32_t block_size);

/* Sums by two tables made beforehand: what each value of either input, x, adds to the output, with
 * `fraction_bits` bits behind the point, at tables[128 + x] and tables[256 + 128 + x]. The output is
 * their sum, rounded down and cut off. The output may be one of the inputs. */
gluechip_status_t gluechip_add_table_s8(const int32_t *tables, int32_t fraction_bits,
                                        const int8_t *input_1, const int8_t *input_2,
                                        int8_t *output, int32_t activation_min,
                                        int32_t activation_max, int32_t size);

/* Rows of probabilities, to scale 1/256 and zero point -128. The output may be the input.
 *
 * num_rows : from 1. row_size : 1 to 8191; sums of more would leave 32 bits.
 * mult, shift : from a difference of inputs to Q5.26; shift is 0 to 30.
 * diff_min : at most 0; what is further below the largest of its row counts nothing.
 * As arm_softmax_s8().
 */
gluechip_status_t gluechip_softmax_s8(const int8_t *input, int32_t num_rows, int32_t row_size,
                                      int32_t mult, int32_t shift, int32_t diff_min,
                                      int8_t *output);

/* The same from a table of exponentials, which takes a fraction of the time, and for all values the
 * same. Of values that lie d, 0 to 255, below the largest of their row, with e = exp(-d) in Q0.31, 0
 * where they count nothing and 2^31 - 1 where d is 0:
 *   exponentials[255 - d] is 2e, exponentials[511 - d] is e / 2^12, rounded. */
gluechip_status_t gluechip_softmax_table_s8(const uint32_t *exponentials, const int8_t *input,
                                            int32_t num_rows, int32_t row_size, int8_t *output);

/* Layer normalisation: each row gets mean 0 and variance 1, then each channel a scale and a bias.
 *
 * For a row x of N values, rounded once at each step, halves upwards:
 *   d[j] = N x[j] - sum x
 *   z[j] = d[j] * row scale, clamped to int8, with GLUECHIP_LAYER_NORM_FRACTION_BITS behind the point
 *   y[j] = (GLUECHIP_LAYER_NORM_UNIT * z[j] + bias[j]) * scale[j] + output_offset, clamped
 * The row scale comes of the variance, see gluechip_layer_norm_scale(). The input's scale and zero
 * point have no part in it. Each step is also a matmul job, see docs/transformer.md.
 */
#define GLUECHIP_LAYER_NORM_FRACTION_BITS 5
#define GLUECHIP_LAYER_NORM_UNIT 64

typedef struct {
    int32_t epsilon; /* added to the variance, 1 to 65535 in units of (input scale / N)^2 */
    const int32_t *bias;                          /* row_size values */
    gluechip_nn_per_channel_quant_params_t scale; /* row_size values each */
    int32_t output_offset;
    gluechip_nn_activation_t activation;
} gluechip_nn_layer_norm_params_t;

/* num_rows : from 1. row_size : 1 to 512. The output may be the input. */
gluechip_status_t gluechip_layer_norm_s8(const gluechip_nn_layer_norm_params_t *params,
                                         const int8_t *input, int32_t num_rows, int32_t row_size,
                                         int8_t *output);

/* The row scale: about 2^GLUECHIP_LAYER_NORM_FRACTION_BITS / sqrt(v) with
 * v = row_size * sum_of_squares - sum^2 + epsilon. `multiplier` and `shift` are as those of a job;
 * the multiplier is floor((2^32 - 1) / floor(sqrt(v * 4^h))) * 2^14, where h is the largest number
 * that keeps v * 4^h below 2^32. Nothing is checked: the sums must be those of a row of up to 512
 * int8 values. The time is the same for all. */
void gluechip_layer_norm_scale(int32_t row_size, int32_t sum, int32_t sum_of_squares,
                               int32_t epsilon, int32_t *multiplier, int32_t *shift);

/* The logistic function, to scale 1/256 and zero point -128, in integers as TensorFlow Lite for
 * microcontrollers computes it. The output may be the input.
 *
 * input_offset : the negative zero point of the input.
 * input_radius : from 1; beyond it, either way, the result is 0 or 1.
 * input_mult, input_shift : from an input with its offset to Q4.27; shift is -31 to 30.
 */
gluechip_status_t gluechip_logistic_s8(const int8_t *input, int32_t input_offset,
                                       int32_t input_radius, int32_t input_mult,
                                       int32_t input_shift, int8_t *output, int32_t size);

/* table[128 + x] for each x of the input: any function of one value, such as those that TensorFlow
 * Lite computes in floating point beforehand. The output may be the input. */
gluechip_status_t gluechip_lookup_s8(const int8_t *table, const int8_t *input, int8_t *output,
                                     int32_t size);

/* Another scale and zero point, and a clamp: QUANTIZE of int8, RELU. The output may be the input.
 * `ctx` may be NULL. */
gluechip_status_t gluechip_requantize_s8(const gluechip_nn_context_t *ctx, const int8_t *input,
                                         int32_t input_offset,
                                         const gluechip_nn_per_tensor_quant_params_t *quant_params,
                                         int8_t *output, int32_t output_offset,
                                         const gluechip_nn_activation_t *activation, int32_t size);

/* `pad_value` around an array: as many along each dimension before and after it as pre_pad and
 * post_pad say, which are from 0. As arm_pad_s8(). */
gluechip_status_t gluechip_pad_s8(const int8_t *input, int8_t *output, int8_t pad_value,
                                  const gluechip_nn_dims_t *input_size,
                                  const gluechip_nn_dims_t *pre_pad,
                                  const gluechip_nn_dims_t *post_pad);

#endif
