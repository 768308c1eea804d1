/* Source: SP 800-185 5. */
#include "cshake.h"

gluechip_status_t gluechip_tuple_hash128_init(gluechip_sponge_t *sponge,
                                              gluechip_backend_t backend,
                                              gluechip_bytes_t customization)
{
    return gluechip_cshake128_init(sponge, backend, NAME("TupleHash"), customization);
}

gluechip_status_t gluechip_tuple_hash256_init(gluechip_sponge_t *sponge,
                                              gluechip_backend_t backend,
                                              gluechip_bytes_t customization)
{
    return gluechip_cshake256_init(sponge, backend, NAME("TupleHash"), customization);
}

gluechip_status_t gluechip_tuple_hash_add(gluechip_sponge_t *sponge, gluechip_bytes_t element)
{
    return update_string(sponge, element);
}

gluechip_status_t gluechip_tuple_hash_final(gluechip_sponge_t *sponge, void *digest,
                                            uint32_t digest_length)
{
    return end_fixed(sponge, digest, digest_length);
}

gluechip_status_t gluechip_tuple_hash_xof_final(gluechip_sponge_t *sponge, void *output,
                                                uint32_t output_length)
{
    return end_xof(sponge, output, output_length);
}

static void add_all(gluechip_sponge_t *sponge, const gluechip_bytes_t *tuple, uint32_t count)
{
    if (tuple == NULL && count != 0)
        refuse(sponge);
    else
        for (; count != 0; count--)
            update_string(sponge, *tuple++);
}

gluechip_status_t gluechip_tuple_hash128(gluechip_backend_t backend,
                                         gluechip_bytes_t customization,
                                         const gluechip_bytes_t *tuple, uint32_t count,
                                         void *digest, uint32_t digest_length)
{
    gluechip_sponge_t sponge;
    gluechip_tuple_hash128_init(&sponge, backend, customization);
    add_all(&sponge, tuple, count);
    return end_fixed(&sponge, digest, digest_length);
}

gluechip_status_t gluechip_tuple_hash256(gluechip_backend_t backend,
                                         gluechip_bytes_t customization,
                                         const gluechip_bytes_t *tuple, uint32_t count,
                                         void *digest, uint32_t digest_length)
{
    gluechip_sponge_t sponge;
    gluechip_tuple_hash256_init(&sponge, backend, customization);
    add_all(&sponge, tuple, count);
    return end_fixed(&sponge, digest, digest_length);
}

gluechip_status_t gluechip_tuple_hash_xof128(gluechip_backend_t backend,
                                             gluechip_bytes_t customization,
                                             const gluechip_bytes_t *tuple, uint32_t count,
                                             void *output, uint32_t output_length)
{
    gluechip_sponge_t sponge;
    gluechip_tuple_hash128_init(&sponge, backend, customization);
    add_all(&sponge, tuple, count);
    return end_xof_at_once(&sponge, output, output_length);
}

gluechip_status_t gluechip_tuple_hash_xof256(gluechip_backend_t backend,
                                             gluechip_bytes_t customization,
                                             const gluechip_bytes_t *tuple, uint32_t count,
                                             void *output, uint32_t output_length)
{
    gluechip_sponge_t sponge;
    gluechip_tuple_hash256_init(&sponge, backend, customization);
    add_all(&sponge, tuple, count);
    return end_xof_at_once(&sponge, output, output_length);
}
