/* Jobs on the coprocessor; all in line, so that what a caller knows of its job is not asked again. */
#ifndef GLUECHIP_DRIVERS_KECCAK_ENGINE_H
#define GLUECHIP_DRIVERS_KECCAK_ENGINE_H

#include "../coprocessor.h"
#include "check.h"

IN_LINE uint32_t messages(const gluechip_keccak_job_t *job)
{
    return job->count == 0 ? 1 : job->count;
}

/* Whether `count` messages and outputs, and the state, lie in memory. */
IN_LINE bool are_in_memory(const gluechip_keccak_job_t *job, uint32_t count,
                                 uint32_t source_stride, uint32_t destination_stride)
{
    return (job->length == 0 || in_memory(job->source, job->length, count, source_stride)) &&
           (job->output_length == 0 ||
            in_memory(job->destination, job->output_length, count, destination_stride)) &&
           (!(job->load_state || job->store_state) ||
            in_memory(job->state, GLUECHIP_KECCAK_STATE_BYTES, 1, 0));
}

IN_LINE bool is_reachable(const gluechip_keccak_job_t *job)
{
    /* For a single message the compiler leaves the products out. */
    return job->count > 1
               ? are_in_memory(job, job->count, job->source_stride, job->destination_stride)
               : are_in_memory(job, 1, 0, 0);
}

IN_LINE void write_descriptor(const gluechip_keccak_job_t *job)
{
    gluechip_keccak_t *const registers = GLUECHIP_KECCAK;
    registers->source = (uint32_t)(uintptr_t)job->source;
    registers->length = job->length;
    registers->destination = (uint32_t)(uintptr_t)job->destination;
    registers->output_length = job->output_length;
    registers->mode = GLUECHIP_PUT(KECCAK_MODE_RATE_LANES, job->rate_bytes / 8) |
                      GLUECHIP_PUT(KECCAK_MODE_DOMAIN, job->domain) |
                      GLUECHIP_PUT(KECCAK_MODE_ROUNDS12, job->rounds == 12) |
                      GLUECHIP_PUT(KECCAK_MODE_NO_PAD, job->no_padding) |
                      GLUECHIP_PUT(KECCAK_MODE_LOAD_STATE, job->load_state) |
                      GLUECHIP_PUT(KECCAK_MODE_STORE_STATE, job->store_state);
    registers->state = (uint32_t)(uintptr_t)job->state;
    registers->count = job->count;
    if (job->count > 1) {
        registers->source_stride = job->source_stride;
        registers->destination_stride = job->destination_stride;
    }
}

/* What the coprocessor cannot know or would tell late: GLUECHIP_OK, _ARGUMENT or _ADDRESS. */
IN_LINE gluechip_status_t check_for_engine(const gluechip_keccak_job_t *job)
{
    const gluechip_status_t status = check_keccak_job(job);
    if (status != GLUECHIP_OK)
        return status;
    return is_reachable(job) ? GLUECHIP_OK : GLUECHIP_ERROR_ADDRESS;
}

/* Zeroes what the job writes: it may be there in part. */
void forget_outputs(const gluechip_keccak_job_t *job);

/* Runs a job and waits for its end, as gluechip_keccak() does. */
IN_LINE gluechip_status_t run_on_engine(const gluechip_keccak_job_t *job)
{
    gluechip_status_t status = check_for_engine(job);
    if (status != GLUECHIP_OK)
        return status;
    const uint32_t held = hold_interrupts();
    write_descriptor(job);
    /* A permutation and its transfers take some 60 cycles for each 8 bytes at the smallest rate. */
    const uint64_t cycles =
        10000 + 100 * messages(job) * ((uint64_t)job->length + job->output_length);
    status = run_job(GLUECHIP_COPROCESSOR_KECCAK, held,
                     cycles < GLUECHIP_WAIT_DEFAULT_CYCLES ? (uint32_t)cycles
                                                           : GLUECHIP_WAIT_DEFAULT_CYCLES);
    if (status == GLUECHIP_ERROR_ABORTED || status == GLUECHIP_ERROR_TIMEOUT) {
        const gluechip_keccak_job_t copy = *job; /* else the job itself must lie in memory */
        forget_outputs(&copy);
    }
    return status;
}

#endif
