/* Hashes of one level of leaves below a root: ParallelHash and KangarooTwelve, in pieces. */
#ifndef GLUECHIP_TREE_HASH_H
#define GLUECHIP_TREE_HASH_H

#include <stdint.h>

#include <gluechip/sponge.h>

/* The members are the library's. */
typedef struct {
    gluechip_sponge_t root, leaf;
    gluechip_function_t leaf_function;
    uint8_t chaining_bytes; /* of a leaf, for the root */
    uint32_t leaf_bytes;
    uint32_t in_leaf;    /* bytes of the leaf that has begun */
    uint32_t root_bytes; /* of the message, that go to the root before the first leaf */
    uint64_t leaves;
} gluechip_tree_hash_t;

/* Gives more output after a final of any length; as gluechip_sponge_squeeze(). */
gluechip_status_t gluechip_tree_hash_squeeze(gluechip_tree_hash_t *hash, void *output,
                                             uint32_t length);

/* Overwrites all of it with zeros. */
void gluechip_tree_hash_wipe(gluechip_tree_hash_t *hash);

#endif
