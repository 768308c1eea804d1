/* Looks up a path in a Merkle-Patricia trie of which only the nodes along the path are there.
 *
 * Source: Ethereum yellow paper, appendices C and D.
 */
#ifndef TRIE_H
#define TRIE_H

#include <stdint.h>

#include "fault.h"
#include "hashes.h"
#include "rlp.h"

/* Keccak-256 of the RLP of an empty string: the root of a trie that holds nothing. */
extern const uint8_t trie_empty_root[HASH_BYTES];

/* Follows the `nodes` next pieces of `hashes` along `path`, from the node whose hash is `root`.
 *
 * On FAULT_NONE `value` is what the trie holds there; its `at` is NULL where it holds nothing,
 * which the nodes then prove. Each of them has been needed for that. An empty trie has no nodes, or
 * the one that is an empty string. On a fault of a node `node` is its number.
 */
fault_t trie_lookup(hashes_t *hashes, const uint8_t *root, span_t path, uint32_t nodes,
                    span_t *value, uint32_t *node);

#endif
