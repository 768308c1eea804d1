#include "hash.h"

static gluechip_keccak_job_t sponge(const void *source, uint32_t length, void *output,
                                    uint32_t output_length, uint8_t rate_bytes, uint8_t domain)
{
    return (gluechip_keccak_job_t){
        .source = source,
        .length = length,
        .destination = output,
        .output_length = output_length,
        .rate_bytes = rate_bytes,
        .domain = domain,
        .rounds = 24,
    };
}

gluechip_keccak_job_t hash_h(const void *source, uint32_t length, uint8_t digest[32])
{
    return gluechip_sha3_256_job(source, length, digest);
}

gluechip_keccak_job_t hash_g(const void *source, uint32_t length, uint8_t digest[64])
{
    return sponge(source, length, digest, 64, 72, GLUECHIP_DOMAIN_SHA3);
}

gluechip_keccak_job_t hash_shake256(const void *source, uint32_t length, void *output,
                                    uint32_t output_length)
{
    return sponge(source, length, output, output_length, 136, GLUECHIP_DOMAIN_SHAKE);
}

gluechip_status_t hash_start(mlkem_work_t *work, gluechip_keccak_job_t job)
{
    gluechip_ticket_t *const ticket = &work->now.tickets[work->now.started % 2];
    const gluechip_status_t status =
        gluechip_keccak_submit(work->now.backend, &job, NULL, ticket);
    work->now.started += status == GLUECHIP_OK;
    book(work, MLKEM_HASHING);
    return status;
}

gluechip_status_t hash_wait(mlkem_work_t *work, uint32_t number)
{
    gluechip_status_t first = GLUECHIP_OK;
    for (; work->now.ended < number; work->now.ended++) {
        const gluechip_status_t status = gluechip_wait(&work->now.tickets[work->now.ended % 2],
                                                       GLUECHIP_WAIT_DEFAULT_CYCLES);
        if (status == GLUECHIP_ERROR_TIMEOUT)
            gluechip_abort(GLUECHIP_COPROCESSOR_KECCAK); /* lest it writes to memory later on */
        first = first == GLUECHIP_OK ? status : first;
    }
    book(work, MLKEM_HASHING);
    return first;
}

gluechip_status_t hash_now(mlkem_work_t *work, gluechip_keccak_job_t job)
{
    const gluechip_status_t status = hash_start(work, job);
    return status == GLUECHIP_OK ? hash_wait(work, work->now.started) : status;
}
