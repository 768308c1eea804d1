#include "namehash.h"

#include <stdbool.h>
#include <string.h>

static bool is_between(char character, char first, char last)
{
    return character >= first && character <= last;
}

/* The fault of the character at `at`, of a label that begins at `start`. */
static name_fault_t check_character(const char *name, uint32_t start, uint32_t at)
{
    const char character = name[at];
    if (is_between(character, 'a', 'z') || is_between(character, '0', '9'))
        return NAME_OK;
    if (character == '_')
        return at == start || name[at - 1] == '_' ? NAME_OK : NAME_UNDERSCORE;
    if (character == '-')
        return at == start + 3 && name[at - 1] == '-' ? NAME_HYPHENS : NAME_OK;
    return NAME_CHARACTER;
}

name_fault_t name_normalize(char *name, uint32_t length, uint32_t *at)
{
    uint32_t start = 0;
    for (*at = 0; *at < length; ++*at) {
        if (is_between(name[*at], 'A', 'Z'))
            name[*at] += 'a' - 'A';
        if (name[*at] == '.') {
            if (*at == start)
                return NAME_EMPTY_LABEL;
            start = *at + 1;
            continue;
        }
        const name_fault_t fault = check_character(name, start, *at);
        if (fault != NAME_OK)
            return fault;
    }
    return length != 0 && start == length ? NAME_EMPTY_LABEL : NAME_OK;
}

const char *name_fault_text(name_fault_t fault)
{
    static const char *const texts[NAME_FAULTS] = {
        [NAME_OK] = "no fault",
        [NAME_EMPTY_LABEL] = "a label must not be empty",
        [NAME_UNDERSCORE] = "an underscore must be at the beginning of a label",
        [NAME_HYPHENS] = "the third and fourth character of a label must not both be hyphens",
        [NAME_CHARACTER] = "it is not of a-z, 0-9, - and _: normalise the name first (ENSIP-15)",
    };
    return (unsigned)fault < NAME_FAULTS ? texts[fault] : "unknown fault";
}

gluechip_status_t name_hash(gluechip_backend_t backend, const char *name, uint32_t length,
                            uint8_t node[NODE_BYTES])
{
    uint8_t pair[2 * NODE_BYTES] = {0}; /* node of the labels behind, and hash of the label */
    for (uint32_t end = length; end != 0;) {
        uint32_t start = end;
        while (start != 0 && name[start - 1] != '.')
            start--;
        gluechip_status_t status =
            gluechip_keccak_256(backend, name + start, end - start, pair + NODE_BYTES);
        if (status == GLUECHIP_OK)
            status = gluechip_keccak_256(backend, pair, sizeof pair, node);
        if (status != GLUECHIP_OK)
            return status;
        memcpy(pair, node, NODE_BYTES);
        end = start == 0 ? 0 : start - 1;
    }
    memcpy(node, pair, NODE_BYTES);
    return GLUECHIP_OK;
}
