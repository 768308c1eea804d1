/* Freivalds' check: C = A B' if A (B' r) = C r for a random r, in some m k + n k + m n steps.
 *
 * All is computed modulo P = 2^61 - 1, which is prime. Each r[j] is uniform among 2^60 numbers. If
 * C is wrong, a row of C - A B' has an element d that is not 0; whatever the other elements of r
 * are, at most one number in the place of that element's r makes the row times r 0 modulo P, for 0
 * < |d| < 2^32 < P has an inverse. So a wrong C passes with probability 2^-60 at most.
 *
 * Most of the work are bytes times field elements. An element lies in memory as words of 31 and 30
 * bits, whose halves are its limbs, of 16, 15, 16 and 14 bits: a byte times a limb is one multiply,
 * and 128 such products have room in a word.
 */
#include <stddef.h>

#include <gluechip/secret.h>
#include <gluechip/untrusted.h>

#include "matmul_plain.h"

#define P ((INT64_C(1) << 61) - 1)
#define LIMBS 4
#define LANES 3   /* values that are multiplied by one limb while it is in a register */
#define CHUNK 128 /* products of a value and a limb that one word can sum */
#define INLINE static inline __attribute__((always_inline))
/* What such a function has in registers no other one saves on the stack. */
#define NOINLINE static __attribute__((noinline))

_Static_assert(INT64_C(255) * 65535 * CHUNK <= INT32_MAX, "a chunk has room in a word");

typedef union {
    uint32_t word[2];
    uint16_t limb[LIMBS];
} element_t;

_Static_assert(GLUECHIP_MATMUL_VERIFY_BYTES(1, 0) == sizeof(element_t), "r and B' r");

/* A number from -4 to 2^61 + 2 that is congruent to `x`: 2^61 is 1. */
INLINE int64_t fold(int64_t x)
{
    return (x & P) + (x >> 61);
}

/* The number from 0 to P - 1 that is congruent to `x`. */
NOINLINE int64_t canonical(int64_t x)
{
    x = fold(x);
    x = fold(x + (P & x >> 63));
    return (x + ((x + 1) >> 61)) & P; /* P is 0 */
}

/* What sums of products by the words of elements come to, folded. */
NOINLINE int64_t weigh_words(int64_t low, int64_t high)
{
    const uint64_t turned = (uint64_t)canonical(high);
    return fold(canonical(low) + (int64_t)((turned << 31 & P) | turned >> 30));
}

/* The same by the limbs. The last sum is cut: its weight and 14 bits are 2^61. */
INLINE int64_t weigh_limbs(const uint32_t sums[LIMBS])
{
    const int64_t s0 = (int32_t)sums[0], s1 = (int32_t)sums[1], s2 = (int32_t)sums[2];
    const int64_t low = sums[3] & 0x3fff, high = (int32_t)sums[3] >> 14;
    return fold(s0 + s1 * (INT64_C(1) << 16) + s2 * (INT64_C(1) << 31) + (low << 47) + high);
}

NOINLINE element_t element_of(int64_t x)
{
    const int64_t y = canonical(x);
    return (element_t){{(uint32_t)y & 0x7fffffff, (uint32_t)(y >> 31)}};
}

/* Makes the compiler have these values now, lest it begin with all products and run out of
 * registers. No instruction comes of it. */
#define KEEP(a, b, c) __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c))

/* Writes to sums[x] the products of the values of lane x, `step` bytes apart, by `count` of the
 * elements. */
INLINE void sum_products(uint32_t sums[LANES][LIMBS], const uint8_t *const lanes[LANES],
                         uint32_t step, const element_t *elements, uint32_t count,
                         bool is_unsigned)
{
    const uint8_t *a = lanes[0], *b = lanes[1], *c = lanes[2];
    uint32_t s[LANES][LIMBS] = {{0}};
    /* Every load and product is named before its use, which hides their latency of one cycle. */
    for (const element_t *const end = elements + count; elements != end; elements++) {
        uint32_t limb = elements->limb[0];
        const int32_t x = is_unsigned ? *a : (int8_t)*a, y = is_unsigned ? *b : (int8_t)*b;
        const int32_t z = is_unsigned ? *c : (int8_t)*c;
#pragma GCC unroll 4
        for (unsigned i = 0; i < LIMBS; i++) {
            uint32_t p = (uint32_t)x * limb, q = (uint32_t)y * limb, r = (uint32_t)z * limb;
            KEEP(p, q, r);
            if (i + 1 < LIMBS)
                limb = elements->limb[i + 1];
            s[0][i] += p, s[1][i] += q, s[2][i] += r;
            KEEP(s[0][i], s[1][i], s[2][i]);
        }
        a += step, b += step, c += step;
    }
    for (unsigned x = 0; x < LANES; x++)
        for (unsigned i = 0; i < LIMBS; i++)
            sums[x][i] = s[x][i];
}

NOINLINE void sum_signed(uint32_t sums[LANES][LIMBS], const uint8_t *const lanes[LANES],
                         uint32_t step, const element_t *elements, uint32_t count)
{
    sum_products(sums, lanes, step, elements, count, false);
}

NOINLINE void sum_unsigned(uint32_t sums[LANES][LIMBS], const uint8_t *const lanes[LANES],
                           uint32_t step, const element_t *elements, uint32_t count)
{
    sum_products(sums, lanes, step, elements, count, true);
}

/* Bytes of a matrix as they are multiplied by a vector: `count` sums of `length` products. */
typedef struct {
    const uint8_t *start;
    uint32_t count, lane_step; /* bytes from a sum's first value to the next sum's */
    uint32_t length, step;     /* bytes from a sum's value to its next one */
    bool is_unsigned;
    int32_t zero;
} bytes_t;

/* What the zero point takes from each sum of products by `length` elements. */
NOINLINE int64_t zero_share(const element_t *elements, uint32_t length, int32_t zero)
{
    int64_t low = 0, high = 0;
    for (const element_t *const end = elements + length; elements != end; elements++)
        low += elements->word[0], high += elements->word[1];
    return weigh_words(zero * low, zero * high);
}

/* The LANES sums from number `first` on; in the place of those behind the last, that one again. */
NOINLINE void multiply(int64_t results[LANES], const bytes_t *bytes, uint32_t first,
                       const element_t *elements, int64_t share)
{
    const uint8_t *lanes[LANES];
    for (uint32_t x = 0; x < LANES; x++) {
        const uint32_t number = first + x < bytes->count ? first + x : bytes->count - 1;
        lanes[x] = bytes->start + number * bytes->lane_step;
        results[x] = -share;
    }
    for (uint32_t done = 0; done < bytes->length; done += CHUNK) {
        const uint32_t left = bytes->length - done, count = left < CHUNK ? left : CHUNK;
        uint32_t sums[LANES][LIMBS];
        (bytes->is_unsigned ? sum_unsigned : sum_signed)(sums, lanes, bytes->step,
                                                         elements + done, count);
        for (unsigned x = 0; x < LANES; x++) {
            results[x] = fold(results[x] + weigh_limbs(sums[x]));
            lanes[x] += CHUNK * bytes->step;
        }
    }
}

/* Adds a row of C times the vector to `result`. Returns whether all are within `bound`, the largest
 * magnitude that a right one can have; else `result` is of no use. */
NOINLINE bool multiply_row(int64_t *result, const int32_t *row, const element_t *elements,
                           uint32_t n, uint32_t bound)
{
    const uint32_t chunk = UINT32_MAX / bound; /* products below 2^31 * bound, in 63 bits */
    bool within = true;
    while (n != 0) {
        const uint32_t count = n < chunk ? n : chunk;
        uint64_t low = 0, high = 0; /* these may overflow when something is not within */
        for (const int32_t *const end = row + count; row != end; row++, elements++) {
            low += (uint64_t)((int64_t)*row * elements->word[0]);
            high += (uint64_t)((int64_t)*row * elements->word[1]);
            within &= (uint32_t)*row + bound <= 2 * bound;
        }
        *result = fold(*result + weigh_words((int64_t)low, (int64_t)high));
        n -= count;
    }
    return within;
}

/* Whether A (B' r) = C r, with B' r in `y`. */
NOINLINE bool rows_agree(const gluechip_matmul_job_t *job, const element_t *r, const element_t *y)
{
    const uint32_t stride = job->a_stride ? job->a_stride : job->k;
    const bytes_t rows = {job->a, job->m, stride, job->k, 1, job->a_unsigned, job->a_zero};
    const int64_t share = zero_share(y, job->k, job->a_zero);
    const int32_t *c = job->c;
    int64_t differences = 0;
    bool within = true;
    for (uint32_t i = 0; i < job->m; i += LANES) {
        int64_t results[LANES];
        multiply(results, &rows, i, y, share);
        for (uint32_t x = 0; x < LANES && i + x < job->m; x++, c += job->n) {
            int64_t right = 0;
            within &= multiply_row(&right, c, r, job->n, 255 * 255 * job->k);
            differences |= canonical(results[x] - right);
        }
    }
    return within & (differences == 0);
}

/* B' r to `y`. */
NOINLINE void multiply_b(const gluechip_matmul_job_t *job, const element_t *r, element_t *y)
{
    const uint32_t stride = job->b_stride ? job->b_stride : job->k;
    const bytes_t columns = {job->b, job->k, 1, job->n, stride, job->b_unsigned, job->b_zero};
    const int64_t share = zero_share(r, job->n, job->b_zero);
    for (uint32_t l = 0; l < job->k; l += LANES) {
        int64_t results[LANES];
        multiply(results, &columns, l, r, share);
        for (uint32_t x = 0; x < LANES && l + x < job->k; x++)
            y[l + x] = element_of(results[x]);
    }
}

gluechip_status_t gluechip_matmul_verify(const gluechip_matmul_job_t *job,
                                         const gluechip_random_t *random, void *workspace)
{
    if (!is_plain(job) || job->k > GLUECHIP_MATMUL_CHECKED_MAXIMUM_K ||
        !is_workspace(workspace) || random == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    element_t *const r = workspace, *const y = r + job->n;
    gluechip_status_t status =
        random->draw(random->context, r, job->n * (uint32_t)sizeof(element_t));
    if (status == GLUECHIP_OK) {
        for (uint32_t j = 0; j < job->n; j++)
            r[j].word[0] &= 0x7fffffff, r[j].word[1] &= 0x1fffffff;
        multiply_b(job, r, y);
        status = rows_agree(job, r, y) ? GLUECHIP_OK : GLUECHIP_ERROR_WRONG_RESULT;
        wipe_frames();
    }
    gluechip_wipe(workspace, GLUECHIP_MATMUL_VERIFY_BYTES(job->n, job->k));
    return status;
}
