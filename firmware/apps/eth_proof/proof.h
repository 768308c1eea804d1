/* Checks an answer to eth_getProof (EIP-1186) against the hash of a block. */
#ifndef PROOF_H
#define PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "hashes.h"
#include "rlp.h"
#include "word.h"

/* What is claimed of an account. Of one that is not there: 0, or the hashes of nothing. */
typedef struct {
    uint8_t nonce[WORD_BYTES], balance[WORD_BYTES], storage_hash[HASH_BYTES], code_hash[HASH_BYTES];
} account_t;

/* A claimed value, 0 for a slot that is not there, and the nodes of its proof. */
typedef struct {
    uint8_t value[WORD_BYTES];
    uint32_t nodes;
} slot_t;

/* What is to be proved. */
typedef struct {
    uint8_t block_hash[HASH_BYTES]; /* which is trusted */
    account_t account;
    uint32_t account_nodes;
    const slot_t *slots;
    uint32_t slot_count;
    /* What is hashed: the RLP of the header, the address, the account's nodes, then for each slot
     * its key and its nodes. */
    const span_t *pieces;
    uint32_t piece_count;
} request_t;

#define PIECE_HEADER 0
#define PIECE_ADDRESS 1

typedef enum { PART_HEADER, PART_ACCOUNT, PART_SLOT } part_t;

/* NODE of a fault that is about no node. */
#define NO_NODE UINT32_MAX

typedef struct {
    fault_t fault; /* FAULT_NONE: all that was claimed is proved */
    part_t part;   /* where the fault is: */
    uint32_t slot, node;
    uint64_t number; /* of the block */
    bool present;    /* there is such an account */
} verdict_t;

/* Checks `request`, with the hashes of `hashes`, whose pieces are those of the request and of which
 * none has been taken. Nothing is under way on return. */
verdict_t proof_check(const request_t *request, hashes_t *hashes);

#endif
