#include <gluechip/keccak.h>

#include <stddef.h>
#include <string.h>

#include "coprocessor.h"

static uint32_t messages(const gluechip_keccak_job_t *job)
{
    return job->count == 0 ? 1 : job->count;
}

/* Whether `count` messages and outputs, and the state, lie in memory. */
static inline bool is_reachable(const gluechip_keccak_job_t *job, uint32_t count,
                                uint32_t source_stride, uint32_t destination_stride)
{
    return (job->length == 0 || in_memory(job->source, job->length, count, source_stride)) &&
           (job->output_length == 0 ||
            in_memory(job->destination, job->output_length, count, destination_stride)) &&
           (!(job->load_state || job->store_state) ||
            in_memory(job->state, GLUECHIP_KECCAK_STATE_BYTES, 1, 0));
}

/* A call that waits for its job. While it waits, handlers of interrupts may run jobs too, as many
 * as use up the record of this one: then they have noted how it ended. */
typedef struct waiter {
    struct waiter *outer; /* whom the handler has interrupted */
    gluechip_ticket_t ticket;
    bool noted;
    int8_t status;
} waiter_t;

static waiter_t *innermost;

/* Writes the descriptor and starts the job. Interrupts are held. */
static gluechip_status_t start(const gluechip_keccak_job_t *job, const gluechip_ticket_t *after,
                               gluechip_ticket_t *ticket)
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
    return start_job(GLUECHIP_COPROCESSOR_KECCAK, false, after, ticket);
}

/* What the coprocessor cannot know or would tell late: GLUECHIP_OK, _ARGUMENT or _ADDRESS. */
static gluechip_status_t check(const gluechip_keccak_job_t *job)
{
    const gluechip_status_t status = gluechip_keccak_check(job);
    if (status != GLUECHIP_OK)
        return status;
    /* For a single message the compiler leaves the products out. */
    const bool reachable =
        job->count > 1 ? is_reachable(job, job->count, job->source_stride, job->destination_stride)
                       : is_reachable(job, 1, 0, 0);
    return reachable ? GLUECHIP_OK : GLUECHIP_ERROR_ADDRESS;
}

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
    gluechip_status_t status = check(job);
    if (status == GLUECHIP_OK) {
        const uint32_t before = hold_interrupts();
        status = start(job, after, ticket);
        release_interrupts(before);
    }
    return status;
}

/* Notes how the jobs of the interrupted calls ended, all of which were in front of one that has
 * ended. */
static void note_outcomes(waiter_t *waiter)
{
    for (; waiter != NULL && !waiter->noted; waiter = waiter->outer) {
        waiter->status = (int8_t)outcome(&waiter->ticket);
        waiter->noted = true;
    }
}

/* Zeroes what the job writes: it may be there in part. */
static void forget(const gluechip_keccak_job_t *job)
{
    for (uint32_t i = 0; i < messages(job); i++)
        memset((uint8_t *)job->destination + i * job->destination_stride, 0, job->output_length);
    if (job->store_state)
        memset(job->state, 0, GLUECHIP_KECCAK_STATE_BYTES);
}

gluechip_status_t gluechip_keccak(gluechip_backend_t backend, const gluechip_keccak_job_t *job)
{
    if (backend == GLUECHIP_BACKEND_CPU)
        return gluechip_keccak_cpu(job);
    gluechip_status_t status = check(job);
    if (status != GLUECHIP_OK)
        return status;
    waiter_t self = {.outer = innermost};
    const uint32_t before = hold_interrupts();
    status = start(job, NULL, &self.ticket);
    if (status == GLUECHIP_OK)
        innermost = &self;
    release_interrupts(before);
    if (status != GLUECHIP_OK)
        return status;
    /* A permutation and its transfers take some 60 cycles for each 8 bytes at the smallest rate. */
    const uint64_t cycles =
        10000 + 100 * messages(job) * ((uint64_t)job->length + job->output_length);
    status = finish_job(&self.ticket, cycles < GLUECHIP_WAIT_DEFAULT_CYCLES
                                          ? (uint32_t)cycles
                                          : GLUECHIP_WAIT_DEFAULT_CYCLES);
    innermost = self.outer;
    if (status == GLUECHIP_ERROR_UNKNOWN && self.noted)
        status = (gluechip_status_t)self.status;
    note_outcomes(self.outer);
    if (status == GLUECHIP_ERROR_ABORTED || status == GLUECHIP_ERROR_TIMEOUT)
        forget(job);
    return status;
}
