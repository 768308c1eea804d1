/* Source: SP 800-185 3. */
#include "cshake.h"

static gluechip_status_t init(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                              gluechip_function_t function, gluechip_bytes_t name,
                              gluechip_bytes_t customization)
{
    if (name.length == 0 && customization.length == 0)
        return gluechip_sponge_init(sponge, backend, function);
    function.domain = GLUECHIP_DOMAIN_CSHAKE;
    if (gluechip_sponge_init(sponge, backend, function) != GLUECHIP_OK)
        return GLUECHIP_ERROR_ARGUMENT;
    begin_bytepad(sponge);
    update_string(sponge, name);
    update_string(sponge, customization);
    return end_block(sponge);
}

gluechip_status_t gluechip_cshake128_init(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                                          gluechip_bytes_t name, gluechip_bytes_t customization)
{
    return init(sponge, backend, GLUECHIP_SHAKE128, name, customization);
}

gluechip_status_t gluechip_cshake256_init(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                                          gluechip_bytes_t name, gluechip_bytes_t customization)
{
    return init(sponge, backend, GLUECHIP_SHAKE256, name, customization);
}

/* Ends the message and wipes the sponge. */
static gluechip_status_t finish(gluechip_sponge_t *sponge, void *output, uint32_t output_length)
{
    if (output_length == 0)
        refuse(sponge);
    const gluechip_status_t status = gluechip_sponge_final(sponge, output, output_length);
    gluechip_sponge_wipe(sponge);
    return status;
}

gluechip_status_t end_fixed(gluechip_sponge_t *sponge, void *output, uint32_t output_length)
{
    update_right_encoded(sponge, bits(output_length));
    return finish(sponge, output, output_length);
}

gluechip_status_t end_xof(gluechip_sponge_t *sponge, void *output, uint32_t output_length)
{
    update_right_encoded(sponge, 0);
    return gluechip_sponge_final(sponge, output, output_length);
}

gluechip_status_t end_xof_at_once(gluechip_sponge_t *sponge, void *output, uint32_t output_length)
{
    update_right_encoded(sponge, 0);
    return finish(sponge, output, output_length);
}

static gluechip_status_t at_once(gluechip_backend_t backend, gluechip_function_t function,
                                 gluechip_bytes_t name, gluechip_bytes_t customization,
                                 const void *source, uint32_t length, void *output,
                                 uint32_t output_length)
{
    gluechip_sponge_t sponge;
    init(&sponge, backend, function, name, customization);
    gluechip_sponge_update(&sponge, source, length);
    return finish(&sponge, output, output_length);
}

gluechip_status_t gluechip_cshake128(gluechip_backend_t backend, gluechip_bytes_t name,
                                     gluechip_bytes_t customization, const void *source,
                                     uint32_t length, void *output, uint32_t output_length)
{
    return at_once(backend, GLUECHIP_SHAKE128, name, customization, source, length, output,
                   output_length);
}

gluechip_status_t gluechip_cshake256(gluechip_backend_t backend, gluechip_bytes_t name,
                                     gluechip_bytes_t customization, const void *source,
                                     uint32_t length, void *output, uint32_t output_length)
{
    return at_once(backend, GLUECHIP_SHAKE256, name, customization, source, length, output,
                   output_length);
}
