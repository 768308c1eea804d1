/* The named function that tests on this machine need, whatever the backend. */
#include <gluechip/keccak.h>

gluechip_status_t gluechip_keccak_256(gluechip_backend_t backend, const void *source,
                                      uint32_t length, void *digest)
{
    (void)backend;
    const gluechip_keccak_job_t job = {
        .source = source, .length = length, .destination = digest, .output_length = 32,
        .rate_bytes = 136, .domain = GLUECHIP_DOMAIN_KECCAK, .rounds = 24};
    return gluechip_keccak_cpu(&job);
}
