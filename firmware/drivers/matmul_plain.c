#include "matmul_plain.h"

#include <gluechip/secret.h>

#define FRAMES_BYTES 512 /* more than those functions take together */

bool is_plain(const gluechip_matmul_job_t *job)
{
    return gluechip_matmul_check(job) == GLUECHIP_OK && job->output == GLUECHIP_OUTPUT_INT32 &&
           job->bias == NULL && job->addend == NULL && job->patch == NULL && !job->a_transposed &&
           !job->b_transposed && !job->keep_a && !job->keep_b && ((uintptr_t)job->c & 7) == 0 &&
           (job->c_stride == 0 || job->c_stride == 4 * job->n);
}

void forget_result(const gluechip_matmul_job_t *job)
{
    gluechip_wipe(job->c, 4 * job->m * job->n);
}

void wipe_frames(void)
{
    uint32_t frames[FRAMES_BYTES / 4];
    gluechip_wipe(frames, sizeof frames);
}
