#include "tree.h"

#include <string.h>

#include <gluechip/keccak.h>

#define NODE_BYTES (2 * DIGEST_BYTES)
#define QUEUE_JOBS 4 /* as many as the coprocessor queues */

/* Jobs under way, each of which uses what the one before it makes. */
typedef struct {
    gluechip_ticket_t tickets[QUEUE_JOBS];
    unsigned submitted;
} chain_t;

/* Submits a job behind those of the chain. At most QUEUE_JOBS are under way. */
static gluechip_status_t submit(chain_t *chain, gluechip_backend_t backend,
                                const gluechip_keccak_job_t *job)
{
    gluechip_ticket_t *const place = &chain->tickets[chain->submitted % QUEUE_JOBS];
    const gluechip_ticket_t *const before =
        chain->submitted == 0 ? NULL : &chain->tickets[(chain->submitted - 1) % QUEUE_JOBS];
    if (chain->submitted >= QUEUE_JOBS) {
        const gluechip_status_t status = gluechip_wait(place, GLUECHIP_WAIT_DEFAULT_CYCLES);
        if (status != GLUECHIP_OK)
            return status;
    }
    const gluechip_status_t status = gluechip_keccak_submit(backend, job, before, place);
    chain->submitted += status == GLUECHIP_OK;
    return status;
}

/* Waits for all jobs of the chain, whatever `status` says; returns it, or their error. */
static gluechip_status_t finish(const chain_t *chain, gluechip_status_t status)
{
    if (chain->submitted == 0)
        return status;
    const gluechip_ticket_t *const last = &chain->tickets[(chain->submitted - 1) % QUEUE_JOBS];
    const gluechip_status_t outcome = gluechip_wait(last, GLUECHIP_WAIT_DEFAULT_CYCLES);
    return status != GLUECHIP_OK ? status : outcome;
}

/* Hashes `count` messages of `bytes` bytes, which lie one behind the other; the batches of a chain
 * are only submitted. */
static gluechip_status_t hash_all(way_t way, chain_t *chain, const void *messages, uint32_t bytes,
                                  uint32_t count, digest_t *digests)
{
    const gluechip_backend_t backend =
        way == ON_CORE ? GLUECHIP_BACKEND_CPU : GLUECHIP_BACKEND_COPROCESSOR;
    if (way != ONE_BY_ONE) {
        gluechip_keccak_job_t job = gluechip_keccak_256_job(messages, bytes, digests);
        job.count = (uint16_t)count;
        job.source_stride = bytes;
        job.destination_stride = DIGEST_BYTES;
        return submit(chain, backend, &job);
    }
    gluechip_status_t status = GLUECHIP_OK;
    for (; count != 0 && status == GLUECHIP_OK; count--) {
        status = gluechip_keccak_256(backend, messages, bytes, *digests++);
        messages = (const uint8_t *)messages + bytes;
    }
    return status;
}

/* Hashes level after level, from `count` nodes on, each behind the one below. */
static gluechip_status_t hash_levels(way_t way, chain_t *chain, digest_t *nodes, uint32_t count)
{
    gluechip_status_t status = GLUECHIP_OK;
    for (; count > 1 && status == GLUECHIP_OK; count /= 2) {
        status = hash_all(way, chain, nodes, NODE_BYTES, count / 2, nodes + count);
        nodes += count;
    }
    return finish(chain, status);
}

/* Makes the leaves of a piece, and hashes all its levels. */
static gluechip_status_t hash_piece(tree_t *tree, uint32_t number)
{
    for (uint32_t i = 0; i < PIECE_LEAVES; i++)
        tree->make_leaf(number * PIECE_LEAVES + i, tree->leaves[i]);
    chain_t chain = {.submitted = 0};
    const gluechip_status_t status =
        hash_all(tree->way, &chain, tree->leaves, LEAF_BYTES, PIECE_LEAVES, tree->piece);
    return status != GLUECHIP_OK ? status
                                 : hash_levels(tree->way, &chain, tree->piece, PIECE_LEAVES);
}

gluechip_status_t tree_commit(tree_t *tree, make_leaf_t *make_leaf, way_t way, unsigned levels,
                              digest_t root)
{
    memset(root, 0, DIGEST_BYTES);
    if (levels < PIECE_LEVELS || levels > PIECE_LEVELS + PIECES_LEVELS || (unsigned)way > ON_CORE)
        return GLUECHIP_ERROR_ARGUMENT;
    tree->make_leaf = make_leaf;
    tree->way = way;
    tree->levels = levels;
    const uint32_t pieces = 1u << (levels - PIECE_LEVELS);
    gluechip_status_t status = GLUECHIP_OK;
    for (uint32_t i = 0; i < pieces && status == GLUECHIP_OK; i++) {
        status = hash_piece(tree, i);
        memcpy(tree->upper[i], tree->piece[2 * PIECE_LEAVES - 2], DIGEST_BYTES);
    }
    chain_t chain = {.submitted = 0};
    if (status == GLUECHIP_OK)
        status = hash_levels(way, &chain, tree->upper, pieces);
    if (status == GLUECHIP_OK)
        memcpy(root, tree->upper[2 * pieces - 2], DIGEST_BYTES);
    return status;
}

/* Copies what stands beside node `number` and its ancestors, in the levels that begin with `count`
 * nodes and end with one; returns where the path goes on. */
static digest_t *copy_siblings(digest_t *path, const digest_t *nodes, uint32_t count,
                               uint32_t number)
{
    for (; count > 1; count /= 2, number /= 2) {
        memcpy(*path++, nodes[number ^ 1], DIGEST_BYTES);
        nodes += count;
    }
    return path;
}

gluechip_status_t tree_open(tree_t *tree, uint32_t number, uint8_t leaf[LEAF_BYTES],
                            digest_t path[])
{
    const uint32_t piece = number / PIECE_LEAVES, in_piece = number % PIECE_LEAVES;
    const uint32_t pieces = 1u << (tree->levels - PIECE_LEVELS);
    if (piece >= pieces)
        return GLUECHIP_ERROR_ARGUMENT;
    const gluechip_status_t status = hash_piece(tree, piece);
    if (status != GLUECHIP_OK)
        return status;
    memcpy(leaf, tree->leaves[in_piece], LEAF_BYTES);
    path = copy_siblings(path, tree->piece, PIECE_LEAVES, in_piece);
    copy_siblings(path, tree->upper, pieces, piece);
    return GLUECHIP_OK;
}

gluechip_status_t tree_check(gluechip_backend_t backend, const digest_t root, unsigned levels,
                             uint32_t number, const uint8_t leaf[LEAF_BYTES],
                             const digest_t path[], bool *is_right)
{
    digest_t node, children[2];
    *is_right = false;
    if (levels >= MAXIMUM_LEVELS || number >> levels != 0)
        return GLUECHIP_ERROR_ARGUMENT;
    gluechip_status_t status = gluechip_keccak_256(backend, leaf, LEAF_BYTES, node);
    for (; levels != 0 && status == GLUECHIP_OK; levels--, number /= 2) {
        memcpy(children[number % 2], node, DIGEST_BYTES);
        memcpy(children[1 - number % 2], *path++, DIGEST_BYTES);
        status = gluechip_keccak_256(backend, children, NODE_BYTES, node);
    }
    *is_right = status == GLUECHIP_OK && memcmp(node, root, DIGEST_BYTES) == 0;
    return status;
}
