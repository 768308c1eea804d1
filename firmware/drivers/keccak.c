#include <gluechip/keccak.h>

#include <stddef.h>
#include <string.h>

#include "coprocessor.h"

gluechip_status_t gluechip_keccak_submit(gluechip_backend_t backend,
                                         const gluechip_keccak_job_t *job,
                                         const gluechip_ticket_t *after,
                                         gluechip_ticket_t *ticket)
{
    gluechip_status_t status = gluechip_keccak_check(job);
    if (status != GLUECHIP_OK)
        return status;
    if (backend == GLUECHIP_BACKEND_CPU) {
        status = begin_on_core(after, ticket);
        return status == GLUECHIP_OK ? gluechip_keccak_cpu(job) : status;
    }
    if ((job->length != 0 && !in_memory(job->source, job->length, 1, 0)) ||
        !in_memory(job->destination, job->output_length, 1, 0))
        return GLUECHIP_ERROR_ADDRESS;
    gluechip_keccak_t *const registers = GLUECHIP_KECCAK;
    registers->source = (uint32_t)(uintptr_t)job->source;
    registers->length = job->length;
    registers->destination = (uint32_t)(uintptr_t)job->destination;
    registers->output_length = job->output_length;
    registers->mode = GLUECHIP_PUT(KECCAK_MODE_RATE_LANES, job->rate_bytes / 8) |
                      GLUECHIP_PUT(KECCAK_MODE_DOMAIN, job->domain) |
                      GLUECHIP_PUT(KECCAK_MODE_ROUNDS12, job->rounds == 12);
    return start_job(GLUECHIP_COPROCESSOR_KECCAK, false, after, ticket);
}

gluechip_status_t gluechip_keccak(gluechip_backend_t backend, const gluechip_keccak_job_t *job)
{
    gluechip_ticket_t ticket;
    gluechip_status_t status = gluechip_keccak_submit(backend, job, NULL, &ticket);
    if (status != GLUECHIP_OK)
        return status;
    /* A permutation and its transfers take some 60 cycles for each 8 bytes at the smallest rate. */
    const uint64_t cycles = 10000 + 100 * ((uint64_t)job->length + job->output_length);
    status = finish_job(&ticket, cycles < GLUECHIP_WAIT_DEFAULT_CYCLES
                                     ? (uint32_t)cycles
                                     : GLUECHIP_WAIT_DEFAULT_CYCLES);
    if (status == GLUECHIP_ERROR_ABORTED || status == GLUECHIP_ERROR_TIMEOUT)
        memset(job->destination, 0, job->output_length);
    return status;
}
