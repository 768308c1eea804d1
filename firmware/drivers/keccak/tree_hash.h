/* The leaves of ParallelHash and KangarooTwelve. */
#ifndef GLUECHIP_DRIVERS_KECCAK_TREE_HASH_H
#define GLUECHIP_DRIVERS_KECCAK_TREE_HASH_H

#include <gluechip/tree_hash.h>

/* Sets what concerns the leaves. The root is a sponge that has begun its message. */
void begin_leaves(gluechip_tree_hash_t *hash, gluechip_function_t function, uint32_t leaf_bytes,
                  unsigned chaining_bytes);

/* Takes a piece of the message; the root gets the chaining value of each leaf that is full. */
gluechip_status_t update_leaves(gluechip_tree_hash_t *hash, const void *source, uint32_t length);

/* Ends a leaf that has begun. */
gluechip_status_t end_leaves(gluechip_tree_hash_t *hash);

#endif
