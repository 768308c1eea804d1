/* What the parts of eth_proof need to run on this machine: hashes, done by the twin when they are
 * asked for, and calls that suit ctypes. */
#include <string.h>

#include "hashes.h"
#include "proof.h"
#include "rlp.h"
#include "trie.h"

void hashes_begin(hashes_t *hashes, const span_t *pieces, uint32_t count,
                  gluechip_backend_t backend, bool overlaps, bool adds_up)
{
    *hashes = (hashes_t){.pieces = pieces, .count = count, .backend = backend,
                         .overlaps = overlaps, .adds_up = adds_up};
}

fault_t hashes_next(hashes_t *hashes, span_t *piece)
{
    if (hashes->taken == hashes->count)
        return FAULT_PROOF_SHORT;
    *piece = hashes->pieces[hashes->taken++];
    return FAULT_NONE;
}

fault_t hashes_digest(hashes_t *hashes, const uint8_t **digest)
{
    const span_t piece = hashes->pieces[hashes->taken - 1];
    *digest = (const uint8_t *)hashes->digests[0];
    return gluechip_keccak_256(GLUECHIP_BACKEND_CPU, piece.at, piece.length, hashes->digests[0]) ==
                   GLUECHIP_OK
               ? FAULT_NONE
               : FAULT_HASHING;
}

fault_t hashes_compare(hashes_t *hashes, const uint8_t *expected)
{
    const uint8_t *digest;
    const fault_t fault = hashes_digest(hashes, &digest);
    if (fault != FAULT_NONE)
        return fault;
    return same_word(digest, expected) ? FAULT_NONE : FAULT_NODE_HASH;
}

void hashes_end(hashes_t *hashes)
{
    hashes->taken = hashes->count;
}

fault_t host_rlp_check(const uint8_t *input, uint32_t length)
{
    return rlp_check((span_t){input, length});
}

fault_t host_rlp_integer(const uint8_t *input, uint32_t length, uint32_t maximum_bytes,
                         span_t *digits)
{
    const rlp_field_t field = {(uint16_t)maximum_bytes, true};
    span_t rest = {input, length};
    return rlp_fields(&rest, &field, 1, digits);
}

fault_t host_lookup(const uint8_t *root, const uint8_t *path, uint32_t path_bytes,
                    const span_t *nodes, uint32_t count, span_t *value, uint32_t *node)
{
    hashes_t hashes;
    hashes_begin(&hashes, nodes, count, GLUECHIP_BACKEND_CPU, false, false);
    return trie_lookup(&hashes, root, (span_t){path, path_bytes}, count, value, node);
}

void host_check(const request_t *request, verdict_t *verdict)
{
    hashes_t hashes;
    hashes_begin(&hashes, request->pieces, request->piece_count, GLUECHIP_BACKEND_CPU, false,
                 false);
    *verdict = proof_check(request, &hashes);
}
