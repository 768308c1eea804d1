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
    /* For a single message the compiler leaves the products out. */
    if (job->count > 1
            ? !is_reachable(job, job->count, job->source_stride, job->destination_stride)
            : !is_reachable(job, 1, 0, 0))
        return GLUECHIP_ERROR_ADDRESS;
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
    gluechip_ticket_t ticket;
    gluechip_status_t status = gluechip_keccak_submit(backend, job, NULL, &ticket);
    if (status != GLUECHIP_OK)
        return status;
    /* A permutation and its transfers take some 60 cycles for each 8 bytes at the smallest rate. */
    const uint64_t cycles =
        10000 + 100 * messages(job) * ((uint64_t)job->length + job->output_length);
    status = finish_job(&ticket, cycles < GLUECHIP_WAIT_DEFAULT_CYCLES
                                     ? (uint32_t)cycles
                                     : GLUECHIP_WAIT_DEFAULT_CYCLES);
    if (status == GLUECHIP_ERROR_ABORTED || status == GLUECHIP_ERROR_TIMEOUT)
        forget(job);
    return status;
}

static gluechip_keccak_job_t sponge(const void *source, uint32_t length, void *destination,
                                    uint32_t output_length, unsigned capacity_bytes,
                                    unsigned domain)
{
    return (gluechip_keccak_job_t){
        .source = source,
        .length = length,
        .destination = destination,
        .output_length = output_length,
        .rate_bytes = (uint8_t)(GLUECHIP_KECCAK_STATE_BYTES - capacity_bytes),
        .domain = (uint8_t)domain,
        .rounds = 24,
    };
}

gluechip_keccak_job_t gluechip_sha3_256_job(const void *source, uint32_t length, void *destination)
{
    return sponge(source, length, destination, 32, 64, GLUECHIP_DOMAIN_SHA3);
}

gluechip_keccak_job_t gluechip_keccak_256_job(const void *source, uint32_t length,
                                              void *destination)
{
    return sponge(source, length, destination, 32, 64, GLUECHIP_DOMAIN_KECCAK);
}

gluechip_keccak_job_t gluechip_shake128_job(const void *source, uint32_t length, void *destination,
                                            uint32_t output_length)
{
    return sponge(source, length, destination, output_length, 32, GLUECHIP_DOMAIN_SHAKE);
}

/* FIPS 202 6.1: the capacity of a fixed-length function is twice its digest. */
static gluechip_status_t fixed(gluechip_backend_t backend, const void *source, uint32_t length,
                               void *digest, unsigned digest_bytes, unsigned domain)
{
    const gluechip_keccak_job_t job =
        sponge(source, length, digest, digest_bytes, 2 * digest_bytes, domain);
    return gluechip_keccak(backend, &job);
}

gluechip_status_t gluechip_sha3_224(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest)
{
    return fixed(backend, source, length, digest, 28, GLUECHIP_DOMAIN_SHA3);
}

gluechip_status_t gluechip_sha3_256(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest)
{
    return fixed(backend, source, length, digest, 32, GLUECHIP_DOMAIN_SHA3);
}

gluechip_status_t gluechip_sha3_384(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest)
{
    return fixed(backend, source, length, digest, 48, GLUECHIP_DOMAIN_SHA3);
}

gluechip_status_t gluechip_sha3_512(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest)
{
    return fixed(backend, source, length, digest, 64, GLUECHIP_DOMAIN_SHA3);
}

gluechip_status_t gluechip_keccak_256(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest)
{
    return fixed(backend, source, length, digest, 32, GLUECHIP_DOMAIN_KECCAK);
}

gluechip_status_t gluechip_shake128(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *output, uint32_t output_length)
{
    const gluechip_keccak_job_t job =
        gluechip_shake128_job(source, length, output, output_length);
    return gluechip_keccak(backend, &job);
}

gluechip_status_t gluechip_shake256(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *output, uint32_t output_length)
{
    const gluechip_keccak_job_t job =
        sponge(source, length, output, output_length, 64, GLUECHIP_DOMAIN_SHAKE);
    return gluechip_keccak(backend, &job);
}
