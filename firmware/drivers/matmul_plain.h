/* The jobs of gluechip/untrusted.h. */
#ifndef GLUECHIP_DRIVERS_MATMUL_PLAIN_H
#define GLUECHIP_DRIVERS_MATMUL_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gluechip/matmul.h>
#include <gluechip/secret.h>

/* Whether `job` is legal, and a product and nothing else, with a dense C at a multiple of 8. */
static inline bool is_plain(const gluechip_matmul_job_t *job)
{
    return gluechip_matmul_check(job) == GLUECHIP_OK && job->output == GLUECHIP_OUTPUT_INT32 &&
           job->bias == NULL && job->addend == NULL && job->patch == NULL && !job->a_transposed &&
           !job->b_transposed && !job->keep_a && !job->keep_b && ((uintptr_t)job->c & 7) == 0 &&
           (job->c_stride == 0 || job->c_stride == 4 * job->n);
}

static inline bool is_workspace(const void *workspace)
{
    return workspace != NULL && ((uintptr_t)workspace & 7) == 0;
}

/* Zeroes C. */
static inline void forget_result(const gluechip_matmul_job_t *job)
{
    gluechip_wipe(job->c, 4 * job->m * job->n);
}

#define FRAMES_BYTES 512 /* more than the functions take that compute with secrets */

/* Overwrites what they have left below the stack pointer. To be called from where they were. */
static __attribute__((noinline)) void wipe_frames(void)
{
    uint32_t frames[FRAMES_BYTES / 4];
    gluechip_wipe(frames, sizeof frames);
}

#endif
