#include <string.h>

#include "keccak/engine.h"

gluechip_status_t gluechip_keccak_submit(gluechip_backend_t backend,
                                         const gluechip_keccak_job_t *job,
                                         const gluechip_ticket_t *after,
                                         gluechip_ticket_t *ticket)
{
    gluechip_status_t status = gluechip_keccak_check(job);
    if (backend == GLUECHIP_BACKEND_CPU) {
        if (status == GLUECHIP_OK)
            status = begin_on_core(after, ticket);
        return status == GLUECHIP_OK ? gluechip_keccak_cpu(job) : status;
    }
    if (status == GLUECHIP_OK && !is_reachable(job))
        status = GLUECHIP_ERROR_ADDRESS;
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

/* gluechip_hash() in line, for what is called most with short messages. */
static inline __attribute__((always_inline)) gluechip_status_t
hash_here(gluechip_backend_t backend, gluechip_function_t function, const void *source,
          uint32_t length, void *digest, uint32_t digest_bytes)
{
    if (backend == GLUECHIP_BACKEND_CPU)
        return gluechip_hash(backend, function, source, length, digest, digest_bytes);
    const gluechip_keccak_job_t job =
        gluechip_hash_job(function, source, length, digest, digest_bytes);
    return run_on_engine(&job);
}

gluechip_status_t gluechip_sha3_256(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest)
{
    return hash_here(backend, GLUECHIP_SHA3_256, source, length, digest, 32);
}

gluechip_status_t gluechip_keccak_256(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest)
{
    return hash_here(backend, GLUECHIP_KECCAK_256, source, length, digest, 32);
}
