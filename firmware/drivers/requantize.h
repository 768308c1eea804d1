/* From 32-bit sums to 8-bit results, as TensorFlow Lite and the coprocessor do it. */
#ifndef GLUECHIP_DRIVERS_REQUANTIZE_H
#define GLUECHIP_DRIVERS_REQUANTIZE_H

#include <stdint.h>

#include <gluechip/matmul.h>

#define INLINE static inline __attribute__((always_inline))

typedef struct {
    int32_t multiplier;
    int left, right; /* shifts; one of them is 0 */
} scale_t;

/* A scale with as many bits as the coprocessor has. */
INLINE scale_t scale_of(int32_t multiplier, int32_t shift)
{
    const bool shifts_right = (shift & 32) != 0;
    return (scale_t){
        .multiplier = multiplier & 0x7fffffff,
        .left = shifts_right ? 0 : (int)(shift & 31),
        .right = shifts_right ? (int)(-(uint32_t)shift & 31) : 0,
    };
}

/* `sum` times 2^left, saturated. */
INLINE int32_t shift_left(int32_t sum, int left)
{
    const int32_t shifted = (int32_t)((uint32_t)sum << left);
    return shifted >> left == sum ? shifted : sum < 0 ? INT32_MIN : INT32_MAX;
}

/* `a` times b / 2^31, halves upwards. The product must not be that of two INT32_MIN. */
INLINE int32_t multiply_high(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* `value` / 2^exponent, halves away from zero: half a unit is added after a shift that leaves one
 * bit behind the point, below 0 to what is a little less. `exponent` is 1 to 31, `value` not
 * INT32_MIN. */
INLINE int32_t divide_by_power(int32_t value, int exponent)
{
    return (((value + (value >> 31)) >> (exponent - 1)) + 1) >> 1;
}

/* Rounding halves away from zero after a first rounding to 31 bits (gemmlowp, TensorFlow Lite). */
INLINE int32_t scale_double(int32_t sum, const scale_t *scale)
{
    if (scale->right != 0) /* a multiplier is not negative, so the high product is not INT32_MIN */
        return divide_by_power(multiply_high(sum, scale->multiplier), scale->right);
    return multiply_high(shift_left(sum, scale->left), scale->multiplier);
}

/* One rounding, halves upwards (TFLITE_SINGLE_ROUNDING): half a unit is added after a shift that
 * leaves one bit behind the point, which for most scales needs the upper half of the product only.
 */
INLINE int32_t scale_single(int32_t sum, const scale_t *scale)
{
    if (scale->right >= 2)
        return (((int32_t)(((int64_t)sum * scale->multiplier) >> 32) >> (scale->right - 2)) + 1) >>
               1;
    const int64_t product = (int64_t)shift_left(sum, scale->left) * scale->multiplier;
    return (int32_t)(((product >> (30 + scale->right)) + 1) >> 1);
}

INLINE int32_t scaled(int32_t sum, const scale_t *scale, gluechip_rounding_t rounding)
{
    return rounding == GLUECHIP_ROUNDING_DOUBLE ? scale_double(sum, scale)
                                                : scale_single(sum, scale);
}

/* Where results are cut off. The zero point is added behind the clamp, to bounds that lie as much
 * lower: no sum leaves 32 bits. */
typedef struct {
    int32_t zero, low, high;
} limits_t;

INLINE limits_t limits_of(int32_t zero, int32_t minimum, int32_t maximum)
{
    return (limits_t){zero, minimum - zero, maximum - zero};
}

INLINE uint8_t clamp(int32_t value, const limits_t *limits)
{
    const int32_t raised = value > limits->low ? value : limits->low;
    return (uint8_t)((raised < limits->high ? raised : limits->high) + limits->zero);
}

#endif
