#include <string.h>

#include "keccak/engine.h"

gluechip_status_t gluechip_keccak_submit(gluechip_backend_t backend,
                                         const gluechip_keccak_job_t *job,
                                         const gluechip_ticket_t *after,
                                         gluechip_ticket_t *ticket)
{
    if (backend == GLUECHIP_BACKEND_CPU) {
        gluechip_status_t status = gluechip_keccak_check(job);
        if (status == GLUECHIP_OK)
            status = begin_on_core(after, ticket);
        return status == GLUECHIP_OK ? gluechip_keccak_cpu(job) : status;
    }
    gluechip_status_t status = check_for_engine(job);
    if (status == GLUECHIP_OK) {
        const uint32_t held = hold_interrupts();
        write_descriptor(job);
        status = start_job(GLUECHIP_COPROCESSOR_KECCAK, false, after, ticket);
        release_interrupts(held);
    }
    return status;
}

/* Zeroes what the job writes: it may be there in part. */
void forget_outputs(const gluechip_keccak_job_t *job)
{
    for (uint32_t i = 0; i < messages(job); i++)
        memset((uint8_t *)job->destination + i * job->destination_stride, 0, job->output_length);
    if (job->store_state)
        memset(job->state, 0, GLUECHIP_KECCAK_STATE_BYTES);
}

gluechip_status_t gluechip_keccak(gluechip_backend_t backend, const gluechip_keccak_job_t *job)
{
    return backend == GLUECHIP_BACKEND_CPU ? gluechip_keccak_cpu(job) : run_on_engine(job);
}
