/* On a machine without the chip the coprocessor is the core's twin; its jobs can be seen, and one
 * of them can be made to fail. */
#include <string.h>

#include <gluechip/kangaroo_twelve.h>
#include <gluechip/keccak.h>

unsigned host_jobs;
unsigned host_messages_in_batches;
const void *host_last_source;
unsigned host_failing_job; /* its number, from 1 on; 0 for none */

const unsigned host_sponge_bytes = sizeof(gluechip_sponge_t);
const unsigned host_tree_hash_bytes = sizeof(gluechip_tree_hash_t);

gluechip_status_t gluechip_keccak(gluechip_backend_t backend, const gluechip_keccak_job_t *job)
{
    (void)backend;
    host_last_source = job->source;
    host_messages_in_batches += job->count > 1 ? job->count : 0;
    if (++host_jobs == host_failing_job) {
        memset(job->destination, 0, job->output_length);
        if (job->store_state)
            memset(job->state, 0, GLUECHIP_KECCAK_STATE_BYTES);
        return GLUECHIP_ERROR_TIMEOUT;
    }
    return gluechip_keccak_cpu(job);
}

gluechip_status_t gluechip_sha3_256(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest)
{
    return gluechip_hash(backend, GLUECHIP_SHA3_256, source, length, digest, 32);
}

gluechip_status_t gluechip_keccak_256(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest)
{
    return gluechip_hash(backend, GLUECHIP_KECCAK_256, source, length, digest, 32);
}

gluechip_status_t gluechip_keccak_submit(gluechip_backend_t backend,
                                         const gluechip_keccak_job_t *job,
                                         const gluechip_ticket_t *after,
                                         gluechip_ticket_t *ticket)
{
    (void)after;
    *ticket = (gluechip_ticket_t){GLUECHIP_COPROCESSOR_NONE, 0};
    return gluechip_keccak(backend, job);
}

gluechip_status_t gluechip_wait(const gluechip_ticket_t *ticket, uint32_t timeout_cycles)
{
    (void)timeout_cycles;
    return ticket->coprocessor == GLUECHIP_COPROCESSOR_NONE ? GLUECHIP_OK
                                                            : GLUECHIP_ERROR_ARGUMENT;
}
