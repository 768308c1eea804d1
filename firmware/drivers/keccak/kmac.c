/* Source: SP 800-185 4. */
#include "cshake.h"

static gluechip_status_t init(gluechip_sponge_t *sponge, cshake_init_t *cshake_init,
                              gluechip_backend_t backend, gluechip_bytes_t key,
                              gluechip_bytes_t customization)
{
    const gluechip_status_t status =
        cshake_init(sponge, backend, NAME("KMAC"), customization);
    if (status != GLUECHIP_OK)
        return status;
    begin_bytepad(sponge);
    update_string(sponge, key);
    return end_block(sponge);
}

gluechip_status_t gluechip_kmac128_init(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                                        gluechip_bytes_t key, gluechip_bytes_t customization)
{
    return init(sponge, gluechip_cshake128_init, backend, key, customization);
}

gluechip_status_t gluechip_kmac256_init(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                                        gluechip_bytes_t key, gluechip_bytes_t customization)
{
    return init(sponge, gluechip_cshake256_init, backend, key, customization);
}

gluechip_status_t gluechip_kmac_final(gluechip_sponge_t *sponge, void *code, uint32_t code_length)
{
    return end_fixed(sponge, code, code_length);
}

gluechip_status_t gluechip_kmacxof_final(gluechip_sponge_t *sponge, void *output,
                                         uint32_t output_length)
{
    return end_xof(sponge, output, output_length);
}

gluechip_status_t gluechip_kmac128(gluechip_backend_t backend, gluechip_bytes_t key,
                                   gluechip_bytes_t customization, const void *source,
                                   uint32_t length, void *code, uint32_t code_length)
{
    gluechip_sponge_t sponge;
    gluechip_kmac128_init(&sponge, backend, key, customization);
    gluechip_sponge_update(&sponge, source, length);
    return end_fixed(&sponge, code, code_length);
}

gluechip_status_t gluechip_kmac256(gluechip_backend_t backend, gluechip_bytes_t key,
                                   gluechip_bytes_t customization, const void *source,
                                   uint32_t length, void *code, uint32_t code_length)
{
    gluechip_sponge_t sponge;
    gluechip_kmac256_init(&sponge, backend, key, customization);
    gluechip_sponge_update(&sponge, source, length);
    return end_fixed(&sponge, code, code_length);
}

gluechip_status_t gluechip_kmacxof128(gluechip_backend_t backend, gluechip_bytes_t key,
                                      gluechip_bytes_t customization, const void *source,
                                      uint32_t length, void *output, uint32_t output_length)
{
    gluechip_sponge_t sponge;
    gluechip_kmac128_init(&sponge, backend, key, customization);
    gluechip_sponge_update(&sponge, source, length);
    return end_xof_at_once(&sponge, output, output_length);
}

gluechip_status_t gluechip_kmacxof256(gluechip_backend_t backend, gluechip_bytes_t key,
                                      gluechip_bytes_t customization, const void *source,
                                      uint32_t length, void *output, uint32_t output_length)
{
    gluechip_sponge_t sponge;
    gluechip_kmac256_init(&sponge, backend, key, customization);
    gluechip_sponge_update(&sponge, source, length);
    return end_xof_at_once(&sponge, output, output_length);
}
