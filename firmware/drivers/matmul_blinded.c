/* A product of which the array sees A only as A + M modulo 2^32, with uniform M: a one-time pad.
 *
 * The array multiplies bytes: of A + M it gets the four limbs, each as a matrix of uint8, below
 * each other. The core puts the four products together, sum of limb i times B times 2^(8 i), and
 * takes M times B away: all modulo 2^32, as the array's accumulators count.
 */
#include <stddef.h>

#include <gluechip/secret.h>
#include <gluechip/untrusted.h>

#include "matmul_confined.h"
#include "matmul_plain.h"

#define INLINE static inline __attribute__((always_inline))
/* What such a function has in registers no other one saves on the stack. */
#define NOINLINE static __attribute__((noinline))
#define LIMBS 4
#define COLUMNS 4 /* of the corrections, that use a word while it is in a register */

/* Whether `job` can be blinded. */
static bool can_blind(const gluechip_matmul_job_t *job)
{
    return is_plain(job) && job->m <= GLUECHIP_MATMUL_BLINDED_MAXIMUM_M;
}

static uint32_t b_stride(const gluechip_matmul_job_t *job)
{
    return job->b_stride ? job->b_stride : job->k;
}

/* Makes the compiler have these values now, lest it mix the steps of a loop that it has unrolled.
 * No instruction comes of it. */
#define KEEP(a, b, c, d) __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d))

/* The sums of `k` words by the values of rows of B, and of the words alone. */
INLINE uint32_t sum_products(uint32_t sums[COLUMNS], const uint32_t *words,
                             const uint8_t *const rows[COLUMNS], uint32_t k, bool is_unsigned)
{
    const uint8_t *b0 = rows[0], *b1 = rows[1], *b2 = rows[2], *b3 = rows[3];
    uint32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0, sum = 0;
#define VALUE(p) (is_unsigned ? (uint32_t)*(p)++ : (uint32_t)(int8_t)*(p)++)
#pragma GCC unroll 4
    for (const uint32_t *const end = words + k; words != end;) {
        const uint32_t word = *words++;
        const uint32_t y0 = VALUE(b0), y1 = VALUE(b1), y2 = VALUE(b2), y3 = VALUE(b3);
        s0 += word * y0, s1 += word * y1, s2 += word * y2, s3 += word * y3;
        sum += word;
        KEEP(s0, s1, s2, s3);
    }
#undef VALUE
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
    return sum;
}

typedef uint32_t sum_products_t(uint32_t sums[COLUMNS], const uint32_t *words,
                                const uint8_t *const rows[COLUMNS], uint32_t k);

NOINLINE uint32_t by_signed(uint32_t sums[COLUMNS], const uint32_t *words,
                            const uint8_t *const rows[COLUMNS], uint32_t k)
{
    return sum_products(sums, words, rows, k, false);
}

NOINLINE uint32_t by_unsigned(uint32_t sums[COLUMNS], const uint32_t *words,
                              const uint8_t *const rows[COLUMNS], uint32_t k)
{
    return sum_products(sums, words, rows, k, true);
}

/* The words times B, less its zero point. */
NOINLINE void compute_corrections(const gluechip_matmul_job_t *job, const gluechip_masks_t *masks)
{
    sum_products_t *const multiply = job->b_unsigned ? by_unsigned : by_signed;
    const uint32_t n = job->n, k = job->k, zero = (uint32_t)job->b_zero;
    for (uint32_t j = 0; j < n; j += COLUMNS) {
        const uint32_t columns = n - j < COLUMNS ? n - j : COLUMNS;
        const uint8_t *rows[COLUMNS];
        for (uint32_t x = 0; x < COLUMNS; x++)
            rows[x] = (const uint8_t *)job->b + (j + (x < columns ? x : 0)) * b_stride(job);
        for (uint32_t i = 0; i < job->m; i++) {
            uint32_t sums[COLUMNS];
            const uint32_t sum = multiply(sums, masks->words + i * k, rows, k);
            for (uint32_t x = 0; x < columns; x++)
                masks->corrections[i * n + j + x] = sums[x] - zero * sum;
        }
    }
}

gluechip_status_t gluechip_matmul_draw_masks(const gluechip_matmul_job_t *job,
                                             const gluechip_random_t *random,
                                             gluechip_masks_t *masks)
{
    if (masks == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    masks->fresh = false;
    if (!can_blind(job) || random == NULL || masks->words == NULL || masks->corrections == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    const gluechip_status_t status =
        random->draw(random->context, masks->words, 4 * job->m * job->k);
    if (status != GLUECHIP_OK)
        return status;
    compute_corrections(job, masks);
    wipe_frames();
    masks->job = *job;
    masks->fresh = true;
    return GLUECHIP_OK;
}

/* Whether the masks can hide the A of `job`. */
static bool are_for(const gluechip_masks_t *masks, const gluechip_matmul_job_t *job)
{
    const gluechip_matmul_job_t *const other = &masks->job;
    return masks->fresh && other->m == job->m && other->n == job->n && other->k == job->k &&
           other->b == job->b && b_stride(other) == b_stride(job) &&
           other->b_unsigned == job->b_unsigned && other->b_zero == job->b_zero;
}

/* The limbs of A, less its zero point, plus the words: four matrices, of the lowest bytes first. */
NOINLINE void blind(const gluechip_matmul_job_t *job, const uint32_t *words, uint8_t *limbs)
{
    /* A signed byte is what it reads as an unsigned one with its highest bit turned, less 128. */
    const uint32_t flip = job->a_unsigned ? 0 : 128, zero = flip + (uint32_t)job->a_zero;
    const uint32_t stride = job->a_stride ? job->a_stride : job->k, plane = job->m * job->k;
    uint8_t *l0 = limbs, *l1 = l0 + plane, *l2 = l1 + plane, *l3 = l2 + plane;
    for (uint32_t i = 0; i < job->m; i++) {
        const uint8_t *a = (const uint8_t *)job->a + i * stride;
#pragma GCC unroll 4
        for (const uint8_t *const end = a + job->k; a != end;) {
            const uint32_t word = *words++ + (*a++ ^ flip) - zero;
            *l0++ = (uint8_t)word, *l1++ = (uint8_t)(word >> 8);
            *l2++ = (uint8_t)(word >> 16), *l3++ = (uint8_t)(word >> 24);
        }
    }
}

/* C from the four products and the corrections. */
NOINLINE void unblind(const gluechip_matmul_job_t *job, const uint32_t *products,
                      const uint32_t *corrections)
{
    const uint32_t plane = job->m * job->n;
    const uint32_t *p0 = products, *p1 = p0 + plane, *p2 = p1 + plane, *p3 = p2 + plane;
    uint32_t *c = job->c;
#pragma GCC unroll 4
    for (uint32_t *const end = c + plane; c != end;)
        *c++ = *p0++ + (*p1++ << 8) + (*p2++ << 16) + (*p3++ << 24) - *corrections++;
}

gluechip_status_t gluechip_matmul_blinded(gluechip_backend_t backend,
                                          const gluechip_matmul_job_t *job,
                                          gluechip_masks_t *masks, void *workspace)
{
    if (!can_blind(job) || masks == NULL || !are_for(masks, job) || !is_workspace(workspace))
        return GLUECHIP_ERROR_ARGUMENT;
    const uint32_t m = job->m, n = job->n, k = job->k, products_bytes = LIMBS * 4 * m * n;
    uint32_t *const products = workspace;
    uint8_t *const limbs = (uint8_t *)workspace + products_bytes;
    const gluechip_matmul_job_t hidden = {
        .a = limbs, .a_unsigned = true, .b = job->b, .b_stride = job->b_stride,
        .b_unsigned = job->b_unsigned, .b_zero = job->b_zero, .c = products,
        .m = LIMBS * m, .n = n, .k = k, .output = GLUECHIP_OUTPUT_INT32};
    gluechip_status_t status = GLUECHIP_OK;
    if (backend == GLUECHIP_BACKEND_CPU) {
        status = gluechip_matmul_cpu(job);
    } else {
        status = check_confined(&hidden);
        if (status != GLUECHIP_OK)
            return status;
        blind(job, masks->words, limbs);
        status = run_confined(&hidden);
        if (status == GLUECHIP_OK)
            unblind(job, products, masks->corrections);
        else
            forget_result(job);
        gluechip_wipe(workspace, GLUECHIP_MATMUL_BLINDED_BYTES(m, n, k));
    }
    masks->fresh = false;
    gluechip_wipe(masks->words, 4 * m * k);
    gluechip_wipe(masks->corrections, 4 * m * n);
    return status;
}

gluechip_status_t gluechip_matmul_blinded_checked(gluechip_backend_t backend,
                                                  const gluechip_matmul_job_t *job,
                                                  gluechip_masks_t *masks,
                                                  const gluechip_random_t *random,
                                                  void *workspace)
{
    if (job->k > GLUECHIP_MATMUL_CHECKED_MAXIMUM_K || random == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    gluechip_status_t status = gluechip_matmul_blinded(backend, job, masks, workspace);
    if (status != GLUECHIP_OK || backend == GLUECHIP_BACKEND_CPU)
        return status;
    status = gluechip_matmul_verify(job, random, workspace);
    if (status != GLUECHIP_OK)
        forget_result(job);
    return status;
}
