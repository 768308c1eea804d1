/* A Merkle tree over more leaves than memory holds.
 *
 * A leaf is LEAF_BYTES bytes. Its digest is their Keccak-256; the digest of a node is Keccak-256 of
 * the digests of its two children, one behind the other. So what is hashed for a leaf has 32 bytes
 * and what is hashed for a node has 64: neither can be passed off as the other, and no prefix keeps
 * the children of a level from being hashed where they lie.
 *
 * Stored are the digests of the upper levels, from the roots of pieces of the tree on. What lies
 * below comes from the leaves again, a piece at a time.
 */
#ifndef MERKLE_TREE_H
#define MERKLE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include <gluechip/status.h>

#define LEAF_BYTES 32
#define DIGEST_BYTES 32
#define MAXIMUM_LEVELS 32
#define PIECE_LEVELS 6
#define PIECES_LEVELS 6 /* above the pieces, at most */
#define PIECE_LEAVES (1u << PIECE_LEVELS)
#define PIECES (1u << PIECES_LEVELS)

typedef uint8_t digest_t[DIGEST_BYTES];

/* How a level is hashed. */
typedef enum {
    BY_BATCH,   /* in one job, and the next level's behind it */
    ONE_BY_ONE, /* in a job for each node */
    ON_CORE,
} way_t;

/* Writes the leaf of this number. */
typedef void make_leaf_t(uint32_t number, uint8_t leaf[LEAF_BYTES]);

typedef struct {
    make_leaf_t *make_leaf;
    way_t way;
    unsigned levels; /* from PIECE_LEVELS to PIECE_LEVELS + PIECES_LEVELS */
    uint8_t leaves[PIECE_LEAVES][LEAF_BYTES];
    digest_t piece[2 * PIECE_LEAVES - 1]; /* level after level, the leaves' first */
    digest_t upper[2 * PIECES - 1];       /* likewise, from the roots of the pieces on */
} tree_t;

/* Commits to 2^levels leaves: their root is in `root`.
 * Returns GLUECHIP_OK; _ARGUMENT for an illegal number of levels or way; an error of
 * gluechip_keccak(). On an error the root is zeroed. */
gluechip_status_t tree_commit(tree_t *tree, make_leaf_t *make_leaf, way_t way, unsigned levels,
                              digest_t root);

/* Gives the path of a leaf of a tree that has been committed to: the digests beside its own and
 * beside each of its ancestors, `levels` of them, and the leaf itself.
 * Returns GLUECHIP_OK; _ARGUMENT when there is no such leaf; an error of gluechip_keccak(). */
gluechip_status_t tree_open(tree_t *tree, uint32_t number, uint8_t leaf[LEAF_BYTES],
                            digest_t path[]);

/* Whether the leaf is that of this number, in the tree of 2^levels leaves with this root.
 * Returns GLUECHIP_OK with the answer in `is_right`; _ARGUMENT when there is no such leaf; an error
 * of gluechip_keccak(). On an error the answer is no. */
gluechip_status_t tree_check(gluechip_backend_t backend, const digest_t root, unsigned levels,
                             uint32_t number, const uint8_t leaf[LEAF_BYTES],
                             const digest_t path[], bool *is_right);

#endif
