/* The square root, in whole numbers: two bits of the operand a step. */
#include <math.h>
#include <stdint.h>

#define FRACTION_BITS 52
#define HIDDEN_ONE (1ull << FRACTION_BITS)
#define BIAS 1023
#define INFINITE 2047 /* as exponent: infinite or not a number */

typedef union {
    double value;
    uint64_t bits;
} double_bits_t;

double sqrt(double value)
{
    double_bits_t number = {.value = value};
    int exponent = (int)(number.bits >> FRACTION_BITS & INFINITE);
    uint64_t fraction = number.bits & (HIDDEN_ONE - 1);
    if (number.bits << 1 == 0)
        return value; /* 0 keeps its sign */
    if (exponent == INFINITE && (fraction != 0 || number.bits >> 63 == 0))
        return value;
    if (number.bits >> 63 != 0) {
        number.bits = (uint64_t)INFINITE << FRACTION_BITS | HIDDEN_ONE >> 1; /* a quiet NaN */
        return number.value;
    }
    if (exponent == 0) {
        for (exponent = 1; fraction < HIDDEN_ONE; exponent--)
            fraction <<= 1;
    }
    exponent -= BIAS;
    fraction |= HIDDEN_ONE;
    if (exponent & 1) {
        fraction <<= 1;
        exponent--;
    }
    /* 53 bits of the root and one more, of 108 bits: the fraction of 54, then as many zeros. */
    uint64_t root = 0, rest = 0;
    for (int i = 0; i < FRACTION_BITS + 2; i++) {
        rest = rest << 2 | (fraction >> FRACTION_BITS & 3);
        fraction = (fraction & (HIDDEN_ONE - 1)) << 2;
        const uint64_t trial = root << 2 | 1;
        root <<= 1;
        if (rest >= trial) {
            rest -= trial;
            root |= 1;
        }
    }
    /* No root lies midway between two doubles, so the last bit alone decides. */
    root = (root >> 1) + (root & 1);
    number.bits = ((uint64_t)(exponent / 2 + BIAS) << FRACTION_BITS) + (root - HIDDEN_ONE);
    return number.value;
}
