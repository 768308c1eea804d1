#include "fixed_point.h"

#include "../requantize.h"

/* exp(a) in Q0.31 of `a` in Q0.31 from -1/4 to 0: a Taylor series about -1/8. */
static int32_t exp_of_quarter(int32_t a)
{
    const int32_t at_center = 1895147668; /* exp(-1/8) */
    const int32_t third = 715827883;
    const int32_t x = a + (1 << 28);
    const int32_t square = multiply_high(x, x);
    const int32_t fourth_over_4 = divide_by_power(multiply_high(square, square), 2);
    const int32_t tail =
        multiply_high(fourth_over_4 + multiply_high(square, x), third) + square;
    return at_center + multiply_high(at_center, x + divide_by_power(tail, 1));
}

int32_t exp_on_negative_values(int32_t a, int integer_bits)
{
    /* exp(-1/4), exp(-1/2), exp(-1), ... exp(-16) in Q0.31 */
    static const int32_t powers[] = {1672461947, 1302514674, 790015084, 290630308,
                                     39332535,   720401,     242};
    if (a == 0)
        return INT32_MAX;
    const int32_t quarter = 1 << (29 - integer_bits);
    const int32_t in_quarter = (a & (quarter - 1)) - quarter;
    int32_t result = exp_of_quarter(shift_left(in_quarter, integer_bits));
    const uint32_t quarters = ((uint32_t)in_quarter - (uint32_t)a) >> (29 - integer_bits);
    for (int i = 0; i < integer_bits + 2; i++)
        if (quarters >> i & 1)
            result = multiply_high(result, powers[i]);
    return result;
}

/* multiply_high() of `a` from 0 on and `b` from -2^30 to 2^30 - 1: with both doubled, the upper half
 * of the product has one bit behind the point. */
INLINE int32_t multiply_high_by_small(int32_t a, int32_t b)
{
    const int64_t product = (int64_t)(2 * b) * (int64_t)(uint64_t)(2 * (uint32_t)a);
    return ((int32_t)(product >> 32) + 1) >> 1;
}

/* The same of `a` and `b` from 0 on. */
INLINE int32_t multiply_high_positive(int32_t a, int32_t b)
{
    const uint64_t product = (uint64_t)(2 * (uint32_t)a) * (2 * (uint32_t)b);
    return (int32_t)(((uint32_t)(product >> 32) + 1) >> 1);
}

int32_t one_over_one_plus(int32_t a)
{
    const int32_t half_denominator = (int32_t)(((uint32_t)a + INT32_MAX + 1u) >> 1);
    /* 48/17 - 32/17 times the denominator in Q2.29, then three steps of Newton and Raphson */
    int32_t x = 1515870810 + multiply_high_by_small(half_denominator, -1010580540);
    for (int i = 0; i < 3; i++) {
        const int32_t error = (1 << 29) - multiply_high_positive(half_denominator, x);
        x += shift_left(multiply_high_by_small(x, error), 2);
    }
    return shift_left(x, 1);
}
