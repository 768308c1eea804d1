/* On a machine without the chip the array is the core's twin, which keeps what it is shown. */
#include <string.h>

#include <gluechip/keccak.h>
#include <gluechip/matmul.h>

#include "matmul_confined.h"

uint8_t seen[1 << 16]; /* A of the last job */
gluechip_status_t confined_status; /* what jobs shall end with */

gluechip_status_t check_confined(const gluechip_matmul_job_t *job)
{
    (void)job;
    return GLUECHIP_OK;
}

gluechip_status_t run_confined(const gluechip_matmul_job_t *job)
{
    if (job->m * job->k <= sizeof seen)
        memcpy(seen, job->a, job->m * job->k);
    const gluechip_status_t status = gluechip_matmul_cpu(job);
    return status == GLUECHIP_OK ? confined_status : status;
}

gluechip_status_t gluechip_shake128(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *output, uint32_t output_length)
{
    (void)backend;
    const gluechip_keccak_job_t job =
        gluechip_hash_job(GLUECHIP_SHAKE128, source, length, output, output_length);
    return gluechip_keccak_cpu(&job);
}
