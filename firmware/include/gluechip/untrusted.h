/* Matrix products on an array that need not be trusted.
 *
 *   gluechip_matmul_checked          the result is right, whatever the array does
 *   gluechip_matmul_blinded          the array learns nothing about A
 *   gluechip_matmul_blinded_checked  both
 *
 * Trusted are the core and the shell of the coprocessor: its guard, DMA and job queue. What is
 * claimed, from what it follows, and what it costs: docs/untrusted.md.
 *
 * A job of these calls is a plain product of 8-bit integers,
 *   C[i][j] = sum over l of (A[i][l] - a_zero) * (B[j][l] - b_zero),
 * with GLUECHIP_OUTPUT_INT32 and without bias, addend, patch, transposed or kept operands. C lies
 * at a multiple of 8, its rows close together, and has no byte in common with A and B. The bytes
 * behind it up to a multiple of 8 belong to it: the array may write them. So it may read those
 * around A and B. Bias, scale and clamp are the core's to add, after the check.
 *
 * Each call takes the guard windows of the array for itself, and leaves all of them closed: whoever
 * trusts the array with a plain job afterwards opens them by gluechip_guard_set(). No handler may
 * use the array meanwhile. The runtime opens all of RAM at start: a program that does not trust the
 * array begins with gluechip_guard_close().
 */
#ifndef GLUECHIP_UNTRUSTED_H
#define GLUECHIP_UNTRUSTED_H

#include <stdbool.h>
#include <stdint.h>

#include <gluechip/matmul.h>
#include <gluechip/random.h>
#include <gluechip/status.h>

/* Products in a sum, at most, so that it fits in 32 bits whatever the operands: the sum's magnitude
 * is at most this times 255 * 255. */
#define GLUECHIP_MATMUL_CHECKED_MAXIMUM_K (INT32_MAX / (255 * 255))

/* Rows of A that can be blinded: each is four rows of limbs. */
#define GLUECHIP_MATMUL_BLINDED_MAXIMUM_M (65535 / 4)

/* Bytes of workspace of a check. It may lie anywhere in RAM, at a multiple of 8. */
#define GLUECHIP_MATMUL_VERIFY_BYTES(n, k) (8u * ((n) + (k)))

/* Bytes of workspace of a blinded product, at a multiple of 8; the array sees them. */
#define GLUECHIP_MATMUL_BLINDED_BYTES(m, n, k) ((4u * (m) * (k) + 7u) / 8u * 8u + 16u * (m) * (n))

/* Whether C is the product, whoever has made it; A, B and C must be final. Freivalds' check over
 * the integers modulo 2^61 - 1, with 60 random bits for each column: a C that is wrong passes with
 * probability 2^-60 at most, whatever it depends on but those bits.
 *
 * The time depends on m, n and k only.
 * Returns GLUECHIP_OK; _ARGUMENT; _WRONG_RESULT; an error of `random`. On _ARGUMENT the workspace is
 * untouched, else zeroed.
 */
gluechip_status_t gluechip_matmul_verify(const gluechip_matmul_job_t *job,
                                         const gluechip_random_t *random, void *workspace);

/* Runs `job`, of which the array can reach A, B and C and nothing else; when it has ended and the
 * array can write C no more, draws from `random` and checks C.
 *
 * workspace : GLUECHIP_MATMUL_VERIFY_BYTES(n, k).
 * With the CPU backend the core computes C, and there is nothing to check.
 * Returns GLUECHIP_OK; _ARGUMENT, also for k above GLUECHIP_MATMUL_CHECKED_MAXIMUM_K; _ADDRESS;
 * _QUEUE_FULL while the array has other jobs: C is untouched. _WRONG_RESULT; _WINDOW, also where a
 * locked window is open; _DESCRIPTOR, _ABORTED, _TIMEOUT; an error of `random`: C is zeroed.
 * Wait: that of gluechip_matmul() and of `random`.
 */
gluechip_status_t gluechip_matmul_checked(gluechip_backend_t backend,
                                          const gluechip_matmul_job_t *job,
                                          const gluechip_random_t *random, void *workspace);

/* What hides one A, once. The caller gives `words` and `corrections`, outside of what the array may
 * read; the other members are the library's. */
typedef struct {
    uint32_t *words;           /* m * k */
    uint32_t *corrections;     /* m * n: the words times B */
    gluechip_matmul_job_t job; /* the product that they are for */
    bool fresh;                /* drawn, and not used yet */
} gluechip_masks_t;

/* Draws the masks of a product by `job`'s B, and computes the corrections on the core, which takes
 * as long as the product itself: in advance, when there is time. A need not be known, nor C.
 *
 * Returns GLUECHIP_OK; _ARGUMENT, also for m above GLUECHIP_MATMUL_BLINDED_MAXIMUM_M; an error of
 * `random`. On an error the masks cannot be used.
 */
gluechip_status_t gluechip_matmul_draw_masks(const gluechip_matmul_job_t *job,
                                             const gluechip_random_t *random,
                                             gluechip_masks_t *masks);

/* Runs `job` so that the array sees, of A, 4 m k independent uniform bytes. B it sees as it is.
 *
 * masks     : drawn for this m, n, k and B, with the same zero point and type of B; used up.
 * workspace : GLUECHIP_MATMUL_BLINDED_BYTES(m, n, k).
 * C is exact modulo 2^32 if the array computes rightly; that is not checked.
 * Returns as gluechip_matmul_checked(), but _WRONG_RESULT; _ARGUMENT also for masks of another
 * product, or used up. Masks, corrections and workspace are zeroed whenever C is not untouched.
 */
gluechip_status_t gluechip_matmul_blinded(gluechip_backend_t backend,
                                          const gluechip_matmul_job_t *job,
                                          gluechip_masks_t *masks, void *workspace);

/* gluechip_matmul_blinded() and then gluechip_matmul_verify() of C. The workspace is the larger of
 * theirs. Returns as both. */
gluechip_status_t gluechip_matmul_blinded_checked(gluechip_backend_t backend,
                                                  const gluechip_matmul_job_t *job,
                                                  gluechip_masks_t *masks,
                                                  const gluechip_random_t *random,
                                                  void *workspace);

#endif
