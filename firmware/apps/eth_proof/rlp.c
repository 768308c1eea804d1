#include "rlp.h"

/* First bytes: a byte below STRING stands for itself; those from STRING and LIST on tell a length
 * of up to SHORT, and behind that how many bytes tell it. */
#define STRING 0x80
#define LIST 0xc0
#define SHORT 55

/* The length that the `bytes` bytes at `at` tell, which must be minimal and more than SHORT. */
static fault_t long_length(const uint8_t *at, uint32_t bytes, uint32_t *length)
{
    if (at[0] == 0)
        return FAULT_RLP_LENGTH_ZEROS;
    if (bytes > sizeof *length)
        return FAULT_RLP_SHORT; /* memory has not so much */
    *length = 0;
    for (uint32_t i = 0; i < bytes; i++)
        *length = *length << 8 | at[i];
    return *length > SHORT ? FAULT_NONE : FAULT_RLP_LONG_FORM;
}

fault_t rlp_next(span_t *rest, rlp_item_t *item)
{
    const uint8_t *const at = rest->at;
    if (rest->length == 0)
        return FAULT_RLP_SHORT;
    const uint8_t first = at[0];
    uint32_t header = 0, length = 1; /* of a byte that stands for itself */
    if (first >= STRING) {
        header = 1;
        length = first - (first < LIST ? STRING : LIST);
        if (length > SHORT) {
            const uint32_t bytes = length - SHORT;
            if (bytes > rest->length - 1)
                return FAULT_RLP_SHORT;
            const fault_t fault = long_length(at + 1, bytes, &length);
            if (fault != FAULT_NONE)
                return fault;
            header += bytes;
        }
        if (length > rest->length - header)
            return FAULT_RLP_SHORT;
        if (first == STRING + 1 && at[1] < STRING)
            return FAULT_RLP_SINGLE_BYTE;
    }
    *item = (rlp_item_t){
        .whole = {at, header + length},
        .payload = {at + header, length},
        .is_list = first >= LIST,
    };
    *rest = (span_t){at + header + length, rest->length - header - length};
    return FAULT_NONE;
}

static fault_t check_field(const rlp_field_t *field, const rlp_item_t *item)
{
    const uint32_t length = item->payload.length;
    if (item->is_list)
        return FAULT_RLP_STRING_WANTED;
    if (!field->is_integer)
        return field->bytes == 0 || length == field->bytes ? FAULT_NONE : FAULT_RLP_SIZE;
    if (length != 0 && item->payload.at[0] == 0)
        return FAULT_RLP_INTEGER_ZEROS;
    return length <= field->bytes ? FAULT_NONE : FAULT_RLP_INTEGER_SIZE;
}

fault_t rlp_fields(span_t *rest, const rlp_field_t *fields, unsigned count, span_t *values)
{
    for (unsigned i = 0; i < count; i++) {
        rlp_item_t item;
        fault_t fault = rest->length == 0 ? FAULT_RLP_ITEMS : rlp_next(rest, &item);
        if (fault == FAULT_NONE)
            fault = check_field(&fields[i], &item);
        if (fault != FAULT_NONE)
            return fault;
        values[i] = item.payload;
    }
    return FAULT_NONE;
}

fault_t rlp_list(span_t input, span_t *items)
{
    rlp_item_t item;
    const fault_t fault = rlp_next(&input, &item);
    if (fault != FAULT_NONE)
        return fault;
    if (input.length != 0)
        return FAULT_RLP_TRAILING;
    *items = item.payload;
    return item.is_list ? FAULT_NONE : FAULT_RLP_LIST_WANTED;
}

fault_t rlp_check(span_t input)
{
    const uint8_t *ends[RLP_DEPTH]; /* of what lies around the list that `rest` is of */
    unsigned depth = 0;
    span_t rest = input;
    do {
        rlp_item_t item;
        const fault_t fault = rlp_next(&rest, &item);
        if (fault != FAULT_NONE)
            return fault;
        if (depth == 0 && rest.length != 0)
            return FAULT_RLP_TRAILING;
        if (item.is_list) {
            if (depth == RLP_DEPTH)
                return FAULT_RLP_DEPTH;
            ends[depth++] = rest.at + rest.length;
            rest = item.payload;
        }
        while (depth != 0 && rest.length == 0) {
            depth--;
            rest.length = (uint32_t)(ends[depth] - rest.at);
        }
    } while (rest.length != 0);
    return FAULT_NONE;
}
