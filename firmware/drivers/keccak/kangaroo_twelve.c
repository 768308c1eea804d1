/* Source: RFC 9861 3.2 (KT128) and 3.4 (KT256). */
#include <gluechip/kangaroo_twelve.h>

#include "encode.h"
#include "pieces.h"
#include "tree_hash.h"

#define CHUNK_BYTES 8192

/* What stands behind the message and its first 1 of the padding: of a message of one chunk, of a
 * leaf, of the root. */
#define DOMAIN_SINGLE 0x07
#define DOMAIN_LEAF 0x0b
#define DOMAIN_ROOT 0x06

static gluechip_status_t init(gluechip_tree_hash_t *hash, gluechip_backend_t backend,
                              gluechip_function_t function, gluechip_function_t leaf_function,
                              unsigned chaining_bytes)
{
    if (hash == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    begin_leaves(hash, leaf_function, CHUNK_BYTES, chaining_bytes);
    hash->root_bytes = CHUNK_BYTES;
    return gluechip_sponge_init(&hash->root, backend, function);
}

gluechip_status_t gluechip_kt128_init(gluechip_tree_hash_t *hash, gluechip_backend_t backend)
{
    return init(hash, backend, GLUECHIP_TURBOSHAKE128(DOMAIN_SINGLE),
                GLUECHIP_TURBOSHAKE128(DOMAIN_LEAF), 32);
}

gluechip_status_t gluechip_kt256_init(gluechip_tree_hash_t *hash, gluechip_backend_t backend)
{
    return init(hash, backend, GLUECHIP_TURBOSHAKE256(DOMAIN_SINGLE),
                GLUECHIP_TURBOSHAKE256(DOMAIN_LEAF), 64);
}

gluechip_status_t gluechip_kt_update(gluechip_tree_hash_t *hash, const void *source,
                                     uint32_t length)
{
    static const uint8_t before_leaves[] = {3, 0, 0, 0, 0, 0, 0, 0};
    if (hash == NULL)
        return GLUECHIP_ERROR_ARGUMENT;
    const uint32_t bytes = least(length, hash->root_bytes);
    if (gluechip_sponge_update(&hash->root, source, bytes) != GLUECHIP_OK || bytes == length) {
        hash->root_bytes -= bytes;
        return (gluechip_status_t)hash->root.status;
    }
    hash->root_bytes = 0;
    if (hash->root.function.domain == DOMAIN_SINGLE) {
        hash->root.function.domain = DOMAIN_ROOT;
        gluechip_sponge_update(&hash->root, before_leaves, sizeof before_leaves);
    }
    return update_leaves(hash, (const uint8_t *)source + bytes, length - bytes);
}

/* length_encode of a number of bytes, as a piece of the message. */
static void update_length(gluechip_tree_hash_t *hash, uint32_t bytes)
{
    const length_text_t text = length_encoded(bytes);
    gluechip_kt_update(hash, text.bytes, text.length);
}

gluechip_status_t gluechip_kt_final(gluechip_tree_hash_t *hash, gluechip_bytes_t customization,
                                    void *output, uint32_t output_length)
{
    static const uint8_t behind_leaves[] = {0xff, 0xff};
    if (hash == NULL)
        return zero_unless_ok(GLUECHIP_ERROR_ARGUMENT, output, output_length);
    gluechip_kt_update(hash, customization.data, customization.length);
    update_length(hash, customization.length);
    if (hash->root.function.domain == DOMAIN_ROOT) {
        end_leaves(hash);
        const length_text_t text = length_encoded(hash->leaves);
        gluechip_sponge_update(&hash->root, text.bytes, text.length);
        gluechip_sponge_update(&hash->root, behind_leaves, sizeof behind_leaves);
    }
    return gluechip_sponge_final(&hash->root, output, output_length);
}

/* The whole function; `hash` has begun. */
static gluechip_status_t at_once(gluechip_tree_hash_t *hash, const void *source, uint32_t length,
                                 gluechip_bytes_t customization, void *output,
                                 uint32_t output_length)
{
    gluechip_kt_update(hash, source, length);
    if (output_length == 0)
        refuse(&hash->root);
    const gluechip_status_t status =
        gluechip_kt_final(hash, customization, output, output_length);
    gluechip_tree_hash_wipe(hash);
    return status;
}

gluechip_status_t gluechip_kt128(gluechip_backend_t backend, const void *source, uint32_t length,
                                 gluechip_bytes_t customization, void *output,
                                 uint32_t output_length)
{
    gluechip_tree_hash_t hash;
    gluechip_kt128_init(&hash, backend);
    return at_once(&hash, source, length, customization, output, output_length);
}

gluechip_status_t gluechip_kt256(gluechip_backend_t backend, const void *source, uint32_t length,
                                 gluechip_bytes_t customization, void *output,
                                 uint32_t output_length)
{
    gluechip_tree_hash_t hash;
    gluechip_kt256_init(&hash, backend);
    return at_once(&hash, source, length, customization, output, output_length);
}
