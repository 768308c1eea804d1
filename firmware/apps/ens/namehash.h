/* Names of the Ethereum Name Service, and their hashes.
 *
 * Source: ENSIP-1 (EIP-137). Of the normalisation, ENSIP-15, there is what ASCII needs: capitals
 * become small letters. What would need more is refused, since another hash than that of the
 * normalised name would be that of somebody else's.
 */
#ifndef NAMEHASH_H
#define NAMEHASH_H

#include <stdint.h>

#include <gluechip/keccak.h>

#define NODE_BYTES 32

typedef enum {
    NAME_OK,
    NAME_EMPTY_LABEL, /* nothing between two dots, or before the first or behind the last */
    NAME_UNDERSCORE,  /* behind another character of its label */
    NAME_HYPHENS,     /* as the third and fourth character of a label */
    NAME_CHARACTER,   /* neither letter, digit, hyphen nor underscore of ASCII */
    NAME_FAULTS,
} name_fault_t;

/* Makes `name` small letters. On a fault `at` is where it is, and the name not to be used. The
 * empty name is one. */
name_fault_t name_normalize(char *name, uint32_t length, uint32_t *at);

/* A few words for `fault`; never NULL. */
const char *name_fault_text(name_fault_t fault);

/* The node of a normalised name. Returns GLUECHIP_OK, or what gluechip_keccak_256() returns. */
gluechip_status_t name_hash(gluechip_backend_t backend, const char *name, uint32_t length,
                            uint8_t node[NODE_BYTES]);

#endif
