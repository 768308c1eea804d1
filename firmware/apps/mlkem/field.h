/* Numbers modulo q = 3329, kept as non-negative ones that need not be below q.
 *
 * Each function tells how large its numbers may be. None divides, branches on a number or looks one
 * up.
 */
#ifndef MLKEM_FIELD_H
#define MLKEM_FIELD_H

#include <stdint.h>

#define Q 3329u

/* A loop over numbers is half counting unless it does several of them a turn. */
#define UNROLLED _Pragma("GCC unroll 8")

#define INLINE static inline __attribute__((always_inline))

/* High word of a product. */
INLINE uint32_t high(uint32_t a, uint32_t b)
{
    return (uint32_t)((uint64_t)a * b >> 32);
}

/* The constant z as a factor of times(): z / q in units of 2^-32, rounded up. */
#define FACTOR(z) ((uint32_t)((((uint64_t)(z) << 32) + Q - 1) / Q))

/* x z mod q, below q, of the factor of z, for x up to 2^32 / q = 1,290,167.
 *
 * x FACTOR(z) is 2^32 x z / q + e with 0 <= e < x. Its low word is the fraction of x z / q, in
 * units of 2^-32, plus e; that times q is x z mod q plus e q / 2^32, which is below 1.
 */
INLINE uint32_t times(uint32_t x, uint32_t factor)
{
    return high(x * factor, Q);
}

/* x mod q, below q, for x as in times(). */
INLINE uint32_t canonical(uint32_t x)
{
    return times(x, FACTOR(1));
}

/* x mod q, below 2q, for any x: the quotient is at most one too small. */
INLINE uint32_t reduce(uint32_t x)
{
    return x - high(x, (uint32_t)((1ull << 32) / Q)) * Q;
}

#endif
