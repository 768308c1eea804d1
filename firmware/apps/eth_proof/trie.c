#include "trie.h"

#include <stdbool.h>
#include <stddef.h>

#define CHILDREN 16
#define RLP_OF_HASH (0x80 + HASH_BYTES) /* the first byte */
#define RLP_OF_NOTHING 0x80

/* Flags of a hex-prefix path. */
#define ODD 1u
#define LEAF 2u

const uint8_t trie_empty_root[HASH_BYTES] = {
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
    0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
};

/* Where the way down the trie is. */
typedef struct {
    const uint8_t *path;
    uint32_t at, end;       /* nibbles of it that are behind, and all */
    bool branch_wanted;     /* the node above is an extension */
    const uint8_t *hash;    /* of the next node; NULL when it stands in the one above, */
    span_t embedded;        /* as this, and NULL here too when there is none: */
    span_t value;           /* what was found then, or NULL */
} way_t;

static uint32_t nibble(const uint8_t *path, uint32_t at)
{
    return at % 2 == 0 ? path[at / 2] >> 4 : path[at / 2] & 15;
}

/* How many nibbles are the same in `a` from `a_at` on and in `b` from `b_at` on, of `limit`. */
static uint32_t same_nibbles(const uint8_t *a, uint32_t a_at, const uint8_t *b, uint32_t b_at,
                             uint32_t limit)
{
    uint32_t same = 0;
    if ((a_at ^ b_at) % 2 == 0) {
        /* Byte by byte; a nibble that is not the same makes its byte another, too. */
        if (a_at % 2 != 0 && limit != 0 && nibble(a, a_at) == nibble(b, b_at))
            same = 1;
        while (same + 2 <= limit && a[(a_at + same) / 2] == b[(b_at + same) / 2])
            same += 2;
    }
    while (same < limit && nibble(a, a_at + same) == nibble(b, b_at + same))
        same++;
    return same;
}

/* The next item of a node, which must be there. */
static fault_t node_item(span_t *rest, rlp_item_t *item)
{
    return rest->length == 0 ? FAULT_NODE_ITEMS : rlp_next(rest, item);
}

/* Goes on to the child that `item` tells of. */
static fault_t enter(const rlp_item_t *item, way_t *way)
{
    if (!item->is_list && item->payload.length == HASH_BYTES) {
        way->hash = item->payload.at;
        return FAULT_NONE;
    }
    if (!item->is_list || item->whole.length >= HASH_BYTES)
        return FAULT_NODE_CHILD;
    way->embedded = item->whole;
    return rlp_check(item->whole);
}

/* An extension or a leaf: a path, and a child or a value. */
static fault_t short_node(const rlp_item_t *prefix, const rlp_item_t *item, way_t *way)
{
    if (way->branch_wanted)
        return FAULT_NODE_EXTENSION;
    if (prefix->is_list)
        return FAULT_RLP_STRING_WANTED;
    const span_t nibbles = prefix->payload;
    if (nibbles.length == 0)
        return FAULT_NODE_PATH;
    const uint32_t flags = nibbles.at[0] >> 4;
    if (flags > (ODD | LEAF))
        return FAULT_NODE_FLAGS;
    if (!(flags & ODD) && (nibbles.at[0] & 15) != 0)
        return FAULT_NODE_PADDING;
    const uint32_t first = flags & ODD ? 1 : 2, count = 2 * nibbles.length - first;
    const uint32_t left = way->end - way->at;
    const uint32_t same =
        same_nibbles(nibbles.at, first, way->path, way->at, count < left ? count : left);
    if (flags & LEAF) {
        if (item->is_list)
            return FAULT_RLP_STRING_WANTED;
        if (item->payload.length == 0)
            return FAULT_NODE_VALUE;
        if (same == count && way->at + same == way->end)
            way->value = item->payload;
        return FAULT_NONE;
    }
    if (count == 0)
        return FAULT_NODE_PATH;
    way->branch_wanted = true;
    const fault_t fault = enter(item, way);
    way->at += same;
    if (same != count)
        way->hash = way->embedded.at = NULL; /* the path leads elsewhere */
    return fault;
}

/* Takes `count` children of a branch from `rest` that the path does not lead to, and adds those
 * that there are to `used`. */
static fault_t pass_children(span_t *rest, uint32_t count, uint32_t *used)
{
    const uint8_t *at = rest->at, *const end = at + rest->length;
    for (; count != 0; count--) {
        if (end - at > HASH_BYTES && *at == RLP_OF_HASH) {
            at += 1 + HASH_BYTES;
            ++*used;
        } else if (at != end && *at == RLP_OF_NOTHING) {
            at++;
        } else {
            span_t left = {at, (uint32_t)(end - at)};
            rlp_item_t item;
            way_t other;
            fault_t fault = node_item(&left, &item);
            if (fault == FAULT_NONE)
                fault = enter(&item, &other);
            if (fault != FAULT_NONE)
                return fault;
            at = left.at;
            ++*used;
        }
    }
    *rest = (span_t){at, (uint32_t)(end - at)};
    return FAULT_NONE;
}

/* Takes the child that the path leads to. */
static fault_t take_child(span_t *rest, uint32_t *used, way_t *way)
{
    rlp_item_t item;
    const fault_t fault = node_item(rest, &item);
    if (fault != FAULT_NONE)
        return fault;
    if (!item.is_list && item.payload.length == 0)
        return FAULT_NONE;
    ++*used;
    return enter(&item, way);
}

/* A branch: 16 children and a value. All are looked at. */
static fault_t branch(span_t rest, way_t *way)
{
    const bool ends = way->at == way->end;
    const uint32_t wanted = ends ? CHILDREN : nibble(way->path, way->at++);
    uint32_t used = 0;
    rlp_item_t value;
    way->branch_wanted = false;
    fault_t fault = pass_children(&rest, wanted, &used);
    if (fault == FAULT_NONE && !ends)
        fault = take_child(&rest, &used, way);
    if (fault == FAULT_NONE && !ends)
        fault = pass_children(&rest, CHILDREN - 1 - wanted, &used);
    if (fault == FAULT_NONE)
        fault = node_item(&rest, &value);
    if (fault != FAULT_NONE)
        return fault;
    if (value.is_list)
        return FAULT_RLP_STRING_WANTED;
    if (rest.length != 0)
        return FAULT_NODE_ITEMS;
    if (used + (value.payload.length != 0) < 2)
        return FAULT_NODE_SPARSE;
    if (ends && value.payload.length != 0)
        way->value = value.payload;
    return FAULT_NONE;
}

/* Whether these are the items of a branch with 16 hashes and no value, as most nodes near the root
 * are: they take a tenth of the time of others. */
static bool is_full(span_t items)
{
    if (items.length != CHILDREN * (1 + HASH_BYTES) + 1)
        return false;
    uint32_t differences = items.at[CHILDREN * (1 + HASH_BYTES)] ^ RLP_OF_NOTHING;
#pragma GCC unroll 16
    for (uint32_t child = 0; child < CHILDREN; child++)
        differences |= items.at[child * (1 + HASH_BYTES)] ^ RLP_OF_HASH;
    return differences == 0;
}

/* Goes to what the items of a node lead to. */
static fault_t enter_node(span_t items, way_t *way)
{
    if (is_full(items) && way->at != way->end) {
        way->hash = items.at + nibble(way->path, way->at++) * (1 + HASH_BYTES) + 1;
        way->branch_wanted = false;
        return FAULT_NONE;
    }
    span_t rest = items;
    rlp_item_t first, second;
    fault_t fault = node_item(&rest, &first);
    if (fault == FAULT_NONE)
        fault = node_item(&rest, &second);
    if (fault != FAULT_NONE)
        return fault;
    return rest.length == 0 ? short_node(&first, &second, way) : branch(items, way);
}

/* Goes through a node to the next one that stands by its hash, or to the end of the way. */
static fault_t pass(span_t node, way_t *way)
{
    way->hash = NULL;
    do {
        span_t items;
        fault_t fault = rlp_list(node, &items);
        way->embedded.at = NULL;
        if (fault == FAULT_NONE)
            fault = enter_node(items, way);
        if (fault != FAULT_NONE)
            return fault;
        node = way->embedded; /* which is shorter */
    } while (node.at != NULL);
    return FAULT_NONE;
}

fault_t trie_lookup(hashes_t *hashes, const uint8_t *root, span_t path, uint32_t nodes,
                    span_t *value, uint32_t *node)
{
    way_t way = {.path = path.at, .end = 2 * path.length, .hash = root};
    *value = (span_t){NULL, 0};
    for (*node = 0; *node < nodes; ++*node) {
        span_t piece;
        const uint8_t *const expected = way.hash;
        if (expected == NULL)
            return FAULT_PROOF_LONG; /* not taken, so that hashes_end() waits for its hash */
        fault_t fault = hashes_next(hashes, &piece);
        if (fault != FAULT_NONE)
            return fault;
        fault_t parsed = FAULT_NONE;
        if (*node == 0 && piece.length == 1 && piece.at[0] == RLP_OF_NOTHING)
            way.hash = NULL;
        else
            parsed = pass(piece, &way);
        fault = hashes_compare(hashes, expected);
        if (fault != FAULT_NONE)
            return fault;
        if (parsed != FAULT_NONE)
            return parsed;
        if (*node != 0 && piece.length < HASH_BYTES)
            return FAULT_NODE_SMALL;
    }
    *value = way.value;
    const bool is_empty = nodes == 0 && same_word(root, trie_empty_root);
    return way.hash == NULL || is_empty ? FAULT_NONE : FAULT_PROOF_SHORT;
}
