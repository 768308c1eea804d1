/* The Keccak coprocessor for this machine: as lazy as it may be, or failing where it is told to. */
#include <string.h>

#include <gluechip/keccak.h>

#define QUEUE 4

uint32_t engine_submitted;         /* jobs since the library was loaded or this was set to 0 */
uint32_t engine_refuse;            /* number of the job that is refused, from 1 on; 0 for none */
uint32_t engine_fail;              /* number of the job that fails */
uint32_t engine_aborts;
uint32_t engine_bytes[64];         /* output lengths of the jobs */

static gluechip_keccak_job_t jobs[QUEUE];
static uint32_t ended;

/* Runs the oldest job: no sooner than somebody waits for it. */
static void run(void)
{
    const gluechip_keccak_job_t *const job = &jobs[ended++ % QUEUE];
    gluechip_keccak_cpu(job);
}

uint32_t engine_under_way(void)
{
    return engine_submitted - ended;
}

void engine_reset(void)
{
    engine_submitted = ended = engine_refuse = engine_fail = engine_aborts = 0;
}

gluechip_status_t gluechip_keccak_submit(gluechip_backend_t backend,
                                         const gluechip_keccak_job_t *job,
                                         const gluechip_ticket_t *after, gluechip_ticket_t *ticket)
{
    (void)backend, (void)after;
    if (engine_submitted + 1 == engine_refuse || engine_submitted - ended == QUEUE)
        return GLUECHIP_ERROR_QUEUE_FULL;
    engine_bytes[engine_submitted % 64] = job->output_length;
    jobs[engine_submitted++ % QUEUE] = *job;
    *ticket = (gluechip_ticket_t){GLUECHIP_COPROCESSOR_KECCAK, (uint16_t)engine_submitted};
    return gluechip_keccak_check(job);
}

gluechip_status_t gluechip_wait(const gluechip_ticket_t *ticket, uint32_t timeout_cycles)
{
    (void)timeout_cycles;
    while (ended < ticket->job)
        run();
    return ticket->job == engine_fail ? GLUECHIP_ERROR_TIMEOUT : GLUECHIP_OK;
}

gluechip_status_t gluechip_abort(gluechip_coprocessor_t coprocessor)
{
    (void)coprocessor;
    engine_aborts++;
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

/* What the tests cannot know by themselves. */
#include "mlkem.h"
uint32_t engine_work_bytes(void) { return sizeof(mlkem_work_t); }
