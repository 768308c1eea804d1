/* Whether a job is legal. */
#ifndef GLUECHIP_DRIVERS_KECCAK_CHECK_H
#define GLUECHIP_DRIVERS_KECCAK_CHECK_H

#include <stddef.h>

#include <gluechip/keccak.h>

static inline __attribute__((always_inline)) gluechip_status_t
check_keccak_job(const gluechip_keccak_job_t *job)
{
    const bool uses_state = job->load_state || job->store_state;
    const bool has_output = job->output_length != 0;
    if ((job->source == NULL && job->length != 0) || (job->destination == NULL && has_output) ||
        (!has_output && !job->store_state) || job->rate_bytes == 0 || job->rate_bytes % 8 != 0 ||
        job->rate_bytes > GLUECHIP_KECCAK_MAXIMUM_RATE_BYTES ||
        (!job->no_padding && (job->domain == 0 || job->domain > 127)) ||
        (job->rounds != 24 && job->rounds != 12) || (uses_state && job->state == NULL) ||
        (job->count > 1 && (uses_state || job->destination_stride < job->output_length)))
        return GLUECHIP_ERROR_ARGUMENT;
    return GLUECHIP_OK;
}

#endif
