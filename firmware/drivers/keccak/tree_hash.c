#include "tree_hash.h"

#include <gluechip/secret.h>

#include "pieces.h"

#define MAXIMUM_CHAINING_BYTES 64
#define LEAVES_A_JOB 8

void begin_leaves(gluechip_tree_hash_t *hash, gluechip_function_t function, uint32_t leaf_bytes,
                  unsigned chaining_bytes)
{
    hash->leaf_function = function;
    hash->leaf_bytes = leaf_bytes;
    hash->chaining_bytes = (uint8_t)chaining_bytes;
    hash->in_leaf = 0;
    hash->root_bytes = 0;
    hash->leaves = 0;
}

/* Whether the root may go on; it keeps the errors of the leaves as well. */
static bool may_go_on(gluechip_tree_hash_t *hash, gluechip_status_t status)
{
    if (hash->root.status == GLUECHIP_OK)
        hash->root.status = (int8_t)status;
    return hash->root.status == GLUECHIP_OK;
}

/* Adds a piece to the leaf that has begun or begins now, and gives it to the root when it is
 * full. */
static void update_leaf(gluechip_tree_hash_t *hash, const uint8_t *source, uint32_t length)
{
    if (hash->in_leaf == 0)
        gluechip_sponge_init(&hash->leaf, (gluechip_backend_t)hash->root.backend,
                             hash->leaf_function);
    const gluechip_status_t status = gluechip_sponge_update(&hash->leaf, source, length);
    hash->in_leaf += length;
    if (may_go_on(hash, status) && hash->in_leaf == hash->leaf_bytes)
        end_leaves(hash);
}

/* Hashes `count` whole leaves, and gives them to the root. */
static void update_whole_leaves(gluechip_tree_hash_t *hash, const uint8_t *source, uint32_t count)
{
    uint8_t chaining_values[LEAVES_A_JOB * MAXIMUM_CHAINING_BYTES];
    gluechip_keccak_job_t job = gluechip_hash_job(hash->leaf_function, source, hash->leaf_bytes,
                                                  chaining_values, hash->chaining_bytes);
    job.count = (uint16_t)count;
    job.source_stride = hash->leaf_bytes;
    job.destination_stride = hash->chaining_bytes;
    if (may_go_on(hash, gluechip_keccak((gluechip_backend_t)hash->root.backend, &job)))
        gluechip_sponge_update(&hash->root, chaining_values, count * hash->chaining_bytes);
    hash->leaves += count;
    gluechip_wipe(chaining_values, sizeof chaining_values);
}

gluechip_status_t update_leaves(gluechip_tree_hash_t *hash, const void *source, uint32_t length)
{
    /* The root tells whether the call is legal. */
    if (gluechip_sponge_update(&hash->root, source, source == NULL ? length : 0) != GLUECHIP_OK)
        return (gluechip_status_t)hash->root.status;
    const uint8_t *from = source;
    while (length != 0 && hash->root.status == GLUECHIP_OK) {
        uint32_t bytes = least(length, hash->leaf_bytes - hash->in_leaf);
        if (bytes == hash->leaf_bytes) {
            const uint32_t count = least(length / hash->leaf_bytes, LEAVES_A_JOB);
            update_whole_leaves(hash, from, count);
            bytes = count * hash->leaf_bytes;
        } else {
            update_leaf(hash, from, bytes);
        }
        from += bytes;
        length -= bytes;
    }
    return (gluechip_status_t)hash->root.status;
}

gluechip_status_t end_leaves(gluechip_tree_hash_t *hash)
{
    if (hash->in_leaf != 0) {
        uint8_t chaining_value[MAXIMUM_CHAINING_BYTES];
        hash->in_leaf = 0;
        hash->leaves++;
        if (may_go_on(hash, gluechip_sponge_final(&hash->leaf, chaining_value,
                                                  hash->chaining_bytes)))
            gluechip_sponge_update(&hash->root, chaining_value, hash->chaining_bytes);
        gluechip_wipe(chaining_value, sizeof chaining_value);
    }
    return (gluechip_status_t)hash->root.status;
}

gluechip_status_t gluechip_tree_hash_squeeze(gluechip_tree_hash_t *hash, void *output,
                                             uint32_t length)
{
    return gluechip_sponge_squeeze(hash == NULL ? NULL : &hash->root, output, length);
}

void gluechip_tree_hash_wipe(gluechip_tree_hash_t *hash)
{
    if (hash != NULL)
        gluechip_wipe(hash, sizeof *hash);
}
