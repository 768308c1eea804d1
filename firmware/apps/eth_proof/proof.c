#include "proof.h"

#include <string.h>

#include "trie.h"

#define BLOOM_BYTES 256
#define ADDRESS_BYTES 20
#define HEADER_NONCE_BYTES 8

/* Keccak-256 of nothing: the code hash of an account without code. */
const uint8_t proof_empty_code_hash[HASH_BYTES] = {
    0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
    0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
};

static bool is_zero(const uint8_t *word)
{
    static const uint8_t zero[WORD_BYTES];
    return same_word(word, zero);
}

/* Whether `digits`, at most WORD_BYTES and without leading zeros, are those of `word`. */
static bool is_integer(span_t digits, const uint8_t *word)
{
    uint8_t padded[WORD_BYTES] = {0};
    memcpy(padded + WORD_BYTES - digits.length, digits.at, digits.length);
    return same_word(padded, word);
}

/* A header: the fields that all forks have. Later ones put strings behind. */
enum { STATE_ROOT = 3, NUMBER = 8, HEADER_FIELDS = 15 };

static const rlp_field_t header_fields[HEADER_FIELDS] = {
    {HASH_BYTES, false},    /* parent */
    {HASH_BYTES, false},    /* ommers */
    {ADDRESS_BYTES, false}, /* beneficiary */
    [STATE_ROOT] = {HASH_BYTES, false},
    {HASH_BYTES, false},  /* transactions */
    {HASH_BYTES, false},  /* receipts */
    {BLOOM_BYTES, false}, /* logs */
    {WORD_BYTES, true},   /* difficulty */
    [NUMBER] = {sizeof(uint64_t), true},
    {sizeof(uint64_t), true}, /* gas limit */
    {sizeof(uint64_t), true}, /* gas used */
    {sizeof(uint64_t), true}, /* time */
    {0, false},               /* extra data */
    {HASH_BYTES, false},      /* mix hash or randomness */
    {HEADER_NONCE_BYTES, false},
};

enum { NONCE, BALANCE, STORAGE_HASH, CODE_HASH, ACCOUNT_FIELDS };

static const rlp_field_t account_fields[ACCOUNT_FIELDS] = {
    [NONCE] = {sizeof(uint64_t), true},
    [BALANCE] = {WORD_BYTES, true},
    [STORAGE_HASH] = {HASH_BYTES, false},
    [CODE_HASH] = {HASH_BYTES, false},
};

/* Reads the state root and the number out of a header. */
static fault_t read_header(span_t header, const uint8_t **state_root, uint64_t *number)
{
    static const rlp_field_t any;
    span_t rest, values[HEADER_FIELDS], more;
    fault_t fault = rlp_list(header, &rest);
    if (fault == FAULT_NONE)
        fault = rlp_fields(&rest, header_fields, HEADER_FIELDS, values);
    while (fault == FAULT_NONE && rest.length != 0)
        fault = rlp_fields(&rest, &any, 1, &more);
    if (fault != FAULT_NONE)
        return fault;
    *state_root = values[STATE_ROOT].at;
    *number = 0;
    for (uint32_t i = 0; i < values[NUMBER].length; i++)
        *number = *number << 8 | values[NUMBER].at[i];
    return FAULT_NONE;
}

static fault_t check_header(const request_t *request, hashes_t *hashes, const uint8_t **state_root,
                            uint64_t *number)
{
    span_t header;
    fault_t fault = hashes_next(hashes, &header);
    if (fault != FAULT_NONE)
        return fault;
    const fault_t parsed = read_header(header, state_root, number);
    fault = hashes_compare(hashes, request->block_hash);
    if (fault == FAULT_NODE_HASH)
        return FAULT_HEADER_HASH;
    return fault != FAULT_NONE ? fault : parsed;
}

/* Looks up what a key leads to, which is the next piece, along its hash. */
static fault_t look_up(hashes_t *hashes, const uint8_t *root, uint32_t nodes, span_t *value,
                       uint32_t *node)
{
    span_t key;
    const uint8_t *digest;
    uint8_t path[HASH_BYTES];
    fault_t fault = hashes_next(hashes, &key);
    if (fault == FAULT_NONE)
        fault = hashes_digest(hashes, &digest);
    if (fault != FAULT_NONE)
        return fault;
    memcpy(path, digest, sizeof path);
    return trie_lookup(hashes, root, (span_t){path, sizeof path}, nodes, value, node);
}

/* Compares the account that the trie holds with the claims. */
static fault_t check_account(const account_t *claims, span_t account, const uint8_t **storage_root)
{
    span_t rest, values[ACCOUNT_FIELDS];
    fault_t fault = rlp_list(account, &rest);
    if (fault == FAULT_NONE)
        fault = rlp_fields(&rest, account_fields, ACCOUNT_FIELDS, values);
    if (fault != FAULT_NONE)
        return fault;
    if (rest.length != 0)
        return FAULT_RLP_ITEMS;
    if (!is_integer(values[NONCE], claims->nonce))
        return FAULT_NONCE;
    if (!is_integer(values[BALANCE], claims->balance))
        return FAULT_BALANCE;
    if (!same_word(values[STORAGE_HASH].at, claims->storage_hash))
        return FAULT_STORAGE_HASH;
    if (!same_word(values[CODE_HASH].at, claims->code_hash))
        return FAULT_CODE_HASH;
    *storage_root = values[STORAGE_HASH].at;
    return FAULT_NONE;
}

/* Whether nothing is claimed. The hashes of what is not there are 0, or those of nothing. */
static bool claims_nothing(const account_t *claims)
{
    return is_zero(claims->nonce) && is_zero(claims->balance) &&
           (is_zero(claims->storage_hash) || same_word(claims->storage_hash, trie_empty_root)) &&
           (is_zero(claims->code_hash) || same_word(claims->code_hash, proof_empty_code_hash));
}

static fault_t check_slot(const slot_t *slot, span_t value)
{
    if (value.at == NULL)
        return is_zero(slot->value) ? FAULT_NONE : FAULT_SLOT;
    static const rlp_field_t word = {WORD_BYTES, true};
    span_t digits;
    const fault_t fault = rlp_fields(&value, &word, 1, &digits);
    if (fault != FAULT_NONE)
        return fault;
    if (value.length != 0)
        return FAULT_RLP_TRAILING;
    if (digits.length == 0)
        return FAULT_ZERO;
    return is_integer(digits, slot->value) ? FAULT_NONE : FAULT_SLOT;
}

static void check(const request_t *request, hashes_t *hashes, verdict_t *verdict)
{
    const uint8_t *state_root = NULL, *storage_root = trie_empty_root;
    span_t value;
    verdict->fault = check_header(request, hashes, &state_root, &verdict->number);
    if (verdict->fault != FAULT_NONE)
        return;
    verdict->part = PART_ACCOUNT;
    verdict->fault = look_up(hashes, state_root, request->account_nodes, &value, &verdict->node);
    if (verdict->fault != FAULT_NONE)
        return;
    verdict->node = NO_NODE;
    verdict->present = value.at != NULL;
    if (verdict->present)
        verdict->fault = check_account(&request->account, value, &storage_root);
    else if (!claims_nothing(&request->account))
        verdict->fault = FAULT_ACCOUNT_ABSENT;
    if (verdict->fault != FAULT_NONE)
        return;
    verdict->part = PART_SLOT;
    for (verdict->slot = 0; verdict->slot < request->slot_count; verdict->slot++) {
        const slot_t *const slot = &request->slots[verdict->slot];
        verdict->fault = look_up(hashes, storage_root, slot->nodes, &value, &verdict->node);
        if (verdict->fault != FAULT_NONE)
            return;
        verdict->node = NO_NODE;
        verdict->fault = check_slot(slot, value);
        if (verdict->fault != FAULT_NONE)
            return;
    }
}

verdict_t proof_check(const request_t *request, hashes_t *hashes)
{
    verdict_t verdict = {.part = PART_HEADER, .node = NO_NODE};
    check(request, hashes, &verdict);
    hashes_end(hashes);
    return verdict;
}
