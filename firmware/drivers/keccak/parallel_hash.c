/* Source: SP 800-185 6. */
#include "cshake.h"
#include "tree_hash.h"

static gluechip_status_t init(gluechip_tree_hash_t *hash, cshake_init_t *cshake_init,
                              gluechip_function_t leaf_function, unsigned chaining_bytes,
                              gluechip_backend_t backend, uint32_t block_bytes,
                              gluechip_bytes_t customization)
{
    if (hash == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    begin_leaves(hash, leaf_function, block_bytes, chaining_bytes);
    cshake_init(&hash->root, backend, NAME("ParallelHash"), customization);
    if (block_bytes == 0)
        return refuse(&hash->root);
    return update_left_encoded(&hash->root, block_bytes);
}

gluechip_status_t gluechip_parallel_hash128_init(gluechip_tree_hash_t *hash,
                                                 gluechip_backend_t backend, uint32_t block_bytes,
                                                 gluechip_bytes_t customization)
{
    return init(hash, gluechip_cshake128_init, GLUECHIP_SHAKE128, 32, backend, block_bytes,
                customization);
}

gluechip_status_t gluechip_parallel_hash256_init(gluechip_tree_hash_t *hash,
                                                 gluechip_backend_t backend, uint32_t block_bytes,
                                                 gluechip_bytes_t customization)
{
    return init(hash, gluechip_cshake256_init, GLUECHIP_SHAKE256, 64, backend, block_bytes,
                customization);
}

gluechip_status_t gluechip_parallel_hash_update(gluechip_tree_hash_t *hash, const void *source,
                                                uint32_t length)
{
    return hash == NULL ? GLUECHIP_ERROR_ARGUMENT : update_leaves(hash, source, length);
}

/* Ends the last block, and the blocks with their number. Returns the root, which NULL has none
 * of. */
static gluechip_sponge_t *end_blocks(gluechip_tree_hash_t *hash)
{
    if (hash == NULL)
        return NULL;
    end_leaves(hash);
    update_right_encoded(&hash->root, hash->leaves);
    return &hash->root;
}

gluechip_status_t gluechip_parallel_hash_final(gluechip_tree_hash_t *hash, void *digest,
                                               uint32_t digest_length)
{
    const gluechip_status_t status = end_fixed(end_blocks(hash), digest, digest_length);
    gluechip_tree_hash_wipe(hash);
    return status;
}

gluechip_status_t gluechip_parallel_hash_xof_final(gluechip_tree_hash_t *hash, void *output,
                                                   uint32_t output_length)
{
    return end_xof(end_blocks(hash), output, output_length);
}

gluechip_status_t gluechip_parallel_hash128(gluechip_backend_t backend, uint32_t block_bytes,
                                            gluechip_bytes_t customization, const void *source,
                                            uint32_t length, void *digest,
                                            uint32_t digest_length)
{
    gluechip_tree_hash_t hash;
    gluechip_parallel_hash128_init(&hash, backend, block_bytes, customization);
    update_leaves(&hash, source, length);
    return gluechip_parallel_hash_final(&hash, digest, digest_length);
}

gluechip_status_t gluechip_parallel_hash256(gluechip_backend_t backend, uint32_t block_bytes,
                                            gluechip_bytes_t customization, const void *source,
                                            uint32_t length, void *digest,
                                            uint32_t digest_length)
{
    gluechip_tree_hash_t hash;
    gluechip_parallel_hash256_init(&hash, backend, block_bytes, customization);
    update_leaves(&hash, source, length);
    return gluechip_parallel_hash_final(&hash, digest, digest_length);
}

static gluechip_status_t end_xof_and_wipe(gluechip_tree_hash_t *hash, void *output,
                                          uint32_t output_length)
{
    const gluechip_status_t status = end_xof_at_once(end_blocks(hash), output, output_length);
    gluechip_tree_hash_wipe(hash);
    return status;
}

gluechip_status_t gluechip_parallel_hash_xof128(gluechip_backend_t backend, uint32_t block_bytes,
                                                gluechip_bytes_t customization,
                                                const void *source, uint32_t length, void *output,
                                                uint32_t output_length)
{
    gluechip_tree_hash_t hash;
    gluechip_parallel_hash128_init(&hash, backend, block_bytes, customization);
    update_leaves(&hash, source, length);
    return end_xof_and_wipe(&hash, output, output_length);
}

gluechip_status_t gluechip_parallel_hash_xof256(gluechip_backend_t backend, uint32_t block_bytes,
                                                gluechip_bytes_t customization,
                                                const void *source, uint32_t length, void *output,
                                                uint32_t output_length)
{
    gluechip_tree_hash_t hash;
    gluechip_parallel_hash256_init(&hash, backend, block_bytes, customization);
    update_leaves(&hash, source, length);
    return end_xof_and_wipe(&hash, output, output_length);
}
