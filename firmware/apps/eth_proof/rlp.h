/* RLP, read strictly: what a correct encoder would not have written is a fault.
 *
 * Source: Ethereum yellow paper, appendix B.
 */
#ifndef RLP_H
#define RLP_H

#include <stdbool.h>
#include <stdint.h>

#include "fault.h"

/* Lists in lists that rlp_check() follows. No node of a trie nests more than four. */
#define RLP_DEPTH 16

typedef struct {
    const uint8_t *at;
    uint32_t length;
} span_t;

typedef struct {
    span_t whole;   /* with the bytes that tell its length */
    span_t payload; /* of a string its bytes, of a list its items */
    bool is_list;
} rlp_item_t;

/* Takes the first item from `rest`. What is in a list is not looked at. On a fault `rest` stays.
 * Faults: FAULT_RLP_SHORT (also of an empty `rest`), _SINGLE_BYTE, _LENGTH_ZEROS, _LONG_FORM. */
fault_t rlp_next(span_t *rest, rlp_item_t *item);

/* The items of the list that `input` must be, with nothing behind. */
fault_t rlp_list(span_t input, span_t *items);

/* What a list must hold: a string of so many bytes, or of any number for 0; or an integer of so
 * many bytes at most, the largest first. */
typedef struct {
    uint16_t bytes;
    bool is_integer;
} rlp_field_t;

/* Reads one field, or `count` of them into `values`, from the beginning of `rest`. Faults: those of
 * rlp_next(), FAULT_RLP_ITEMS, _STRING_WANTED, _SIZE, _INTEGER_ZEROS, _INTEGER_SIZE. */
fault_t rlp_fields(span_t *rest, const rlp_field_t *fields, unsigned count, span_t *values);

/* FAULT_NONE when `input` is one item, and all in it is well-formed. */
fault_t rlp_check(span_t input);

#endif
