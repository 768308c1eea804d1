/* The functions by name. */
#ifndef SHA3SUM_ALGORITHMS_H
#define SHA3SUM_ALGORITHMS_H

#include <stdbool.h>
#include <stdint.h>

#include <gluechip/sponge.h>

/* What is hashed, and how. A function takes what it knows of. */
typedef struct {
    gluechip_backend_t backend;
    const gluechip_bytes_t *pieces; /* of the message; the elements of a tuple */
    uint32_t piece_count;
    gluechip_bytes_t key, customization;
    uint32_t block_bytes; /* of ParallelHash */
    uint8_t domain;       /* of TurboSHAKE */
} request_t;

typedef struct {
    const char *name;
    uint8_t digest_bytes; /* unless told otherwise */
    bool is_fixed;        /* it cannot be told otherwise */
    gluechip_status_t (*hash)(const request_t *request, void *digest, uint32_t digest_bytes);
} algorithm_t;

extern const algorithm_t algorithms[];
extern const uint32_t algorithm_count;

#endif
