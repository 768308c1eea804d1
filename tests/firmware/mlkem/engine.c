/* The Keccak coprocessor for this machine: it does no job before somebody waits for it. Can be told
 * to refuse a job, or to hang in one. */
#include <gluechip/keccak.h>

#define QUEUE 4

uint32_t engine_submitted, engine_ended, engine_aborts;
uint32_t engine_longest; /* output of a job, in bytes */

static gluechip_keccak_job_t jobs[QUEUE];
static uint32_t refused_job, hanging_job; /* counted from 1; 0 for none */

void engine_reset(uint32_t refuse, uint32_t hang)
{
    engine_submitted = engine_ended = engine_aborts = engine_longest = 0;
    refused_job = refuse;
    hanging_job = hang;
}

gluechip_status_t gluechip_keccak_submit(gluechip_backend_t backend,
                                         const gluechip_keccak_job_t *job,
                                         const gluechip_ticket_t *after, gluechip_ticket_t *ticket)
{
    (void)backend, (void)after;
    if (engine_submitted + 1 == refused_job || engine_submitted - engine_ended == QUEUE)
        return GLUECHIP_ERROR_QUEUE_FULL;
    const gluechip_status_t status = gluechip_keccak_check(job);
    if (status != GLUECHIP_OK)
        return status;
    if (job->output_length > engine_longest)
        engine_longest = job->output_length;
    jobs[engine_submitted++ % QUEUE] = *job;
    *ticket = (gluechip_ticket_t){GLUECHIP_COPROCESSOR_KECCAK, (uint16_t)engine_submitted};
    return GLUECHIP_OK;
}

gluechip_status_t gluechip_wait(const gluechip_ticket_t *ticket, uint32_t timeout_cycles)
{
    (void)timeout_cycles;
    while (engine_ended < ticket->job) {
        if (engine_ended + 1 == hanging_job)
            return GLUECHIP_ERROR_TIMEOUT;
        gluechip_keccak_cpu(&jobs[engine_ended++ % QUEUE]);
    }
    return GLUECHIP_OK;
}

gluechip_status_t gluechip_abort(gluechip_coprocessor_t coprocessor)
{
    (void)coprocessor;
    engine_aborts++;
    engine_ended = engine_submitted;
    return GLUECHIP_OK;
}

gluechip_keccak_job_t gluechip_sha3_256_job(const void *source, uint32_t length, void *destination)
{
    return (gluechip_keccak_job_t){.source = source, .length = length, .destination = destination,
                                   .output_length = 32, .rate_bytes = 136,
                                   .domain = GLUECHIP_DOMAIN_SHA3, .rounds = 24};
}

gluechip_keccak_job_t gluechip_shake128_job(const void *source, uint32_t length, void *destination,
                                            uint32_t output_length)
{
    return (gluechip_keccak_job_t){.source = source, .length = length, .destination = destination,
                                   .output_length = output_length, .rate_bytes = 168,
                                   .domain = GLUECHIP_DOMAIN_SHAKE, .rounds = 24};
}
