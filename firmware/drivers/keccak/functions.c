/* The functions that are one job; keccak.c has those that are called most with short messages. */
#include <gluechip/keccak.h>

gluechip_keccak_job_t gluechip_sha3_256_job(const void *source, uint32_t length, void *destination)
{
    return gluechip_hash_job(GLUECHIP_SHA3_256, source, length, destination, 32);
}

gluechip_keccak_job_t gluechip_keccak_256_job(const void *source, uint32_t length,
                                              void *destination)
{
    return gluechip_hash_job(GLUECHIP_KECCAK_256, source, length, destination, 32);
}

gluechip_keccak_job_t gluechip_shake128_job(const void *source, uint32_t length, void *destination,
                                            uint32_t output_length)
{
    return gluechip_hash_job(GLUECHIP_SHAKE128, source, length, destination, output_length);
}

gluechip_status_t gluechip_hash(gluechip_backend_t backend, gluechip_function_t function,
                                const void *source, uint32_t length, void *output,
                                uint32_t output_length)
{
    const gluechip_keccak_job_t job =
        gluechip_hash_job(function, source, length, output, output_length);
    return gluechip_keccak(backend, &job);
}

gluechip_status_t gluechip_sha3_224(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest)
{
    return gluechip_hash(backend, GLUECHIP_SHA3_224, source, length, digest, 28);
}

gluechip_status_t gluechip_sha3_384(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest)
{
    return gluechip_hash(backend, GLUECHIP_SHA3_384, source, length, digest, 48);
}

gluechip_status_t gluechip_sha3_512(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *digest)
{
    return gluechip_hash(backend, GLUECHIP_SHA3_512, source, length, digest, 64);
}

gluechip_status_t gluechip_keccak_224(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest)
{
    return gluechip_hash(backend, GLUECHIP_KECCAK_224, source, length, digest, 28);
}

gluechip_status_t gluechip_keccak_384(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest)
{
    return gluechip_hash(backend, GLUECHIP_KECCAK_384, source, length, digest, 48);
}

gluechip_status_t gluechip_keccak_512(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest)
{
    return gluechip_hash(backend, GLUECHIP_KECCAK_512, source, length, digest, 64);
}

gluechip_status_t gluechip_shake128(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *output, uint32_t output_length)
{
    return gluechip_hash(backend, GLUECHIP_SHAKE128, source, length, output, output_length);
}

gluechip_status_t gluechip_shake256(gluechip_backend_t backend, const void *source,
                                    uint32_t length, void *output, uint32_t output_length)
{
    return gluechip_hash(backend, GLUECHIP_SHAKE256, source, length, output, output_length);
}

gluechip_status_t gluechip_turboshake128(gluechip_backend_t backend, uint8_t domain,
                                         const void *source, uint32_t length, void *output,
                                         uint32_t output_length)
{
    return gluechip_hash(backend, GLUECHIP_TURBOSHAKE128(domain), source, length, output,
                         output_length);
}

gluechip_status_t gluechip_turboshake256(gluechip_backend_t backend, uint8_t domain,
                                         const void *source, uint32_t length, void *output,
                                         uint32_t output_length)
{
    return gluechip_hash(backend, GLUECHIP_TURBOSHAKE256(domain), source, length, output,
                         output_length);
}

gluechip_status_t gluechip_keccak_f1600(gluechip_backend_t backend, void *state, unsigned rounds)
{
    /* An empty message without padding is a block of zeros, of whatever size. */
    const gluechip_keccak_job_t job = {
        .rate_bytes = 8,
        .rounds = rounds == 12 ? 12 : rounds == 24 ? 24 : 0,
        .no_padding = true,
        .load_state = true,
        .store_state = true,
        .state = state,
    };
    return gluechip_keccak(backend, &job);
}
