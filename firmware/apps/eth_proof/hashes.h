/* Keccak-256 of the pieces of a proof, in the order in which they are needed. */
#ifndef HASHES_H
#define HASHES_H

#include <stdbool.h>
#include <stdint.h>

#include <gluechip/keccak.h>

#include "fault.h"
#include "rlp.h"
#include "word.h"

#define HASH_BYTES WORD_BYTES

/* Jobs under way and waiting: as many as have a record each. */
#define HASHES_AHEAD 4

typedef struct {
    const span_t *pieces;
    uint32_t count;
    gluechip_backend_t backend;
    bool overlaps;      /* hashes go on while the core works on */
    bool adds_up;       /* busy cycles are wanted, which takes time of its own */
    uint32_t submitted; /* pieces whose hash has been started, */
    uint32_t taken;     /* and those that hashes_next() has given away */
    uint32_t waiting_cycles, busy_cycles;
    gluechip_status_t status; /* behind FAULT_HASHING */
    gluechip_ticket_t tickets[HASHES_AHEAD];
    gluechip_keccak_job_t job; /* the last one */
    uint32_t digests[HASHES_AHEAD][HASH_BYTES / 4] __attribute__((aligned(8)));
} hashes_t;

/* Makes `hashes` ready for `count` pieces. */
void hashes_begin(hashes_t *hashes, const span_t *pieces, uint32_t count,
                  gluechip_backend_t backend, bool overlaps, bool adds_up);

/* Gives the next piece, and sees to it that its hash is under way; without `overlaps` done.
 * Faults: FAULT_PROOF_SHORT when there is no piece left, FAULT_HASHING. */
fault_t hashes_next(hashes_t *hashes, span_t *piece);

/* The hash of the piece that hashes_next() gave last; it stays until the next piece is asked
 * for. Faults: FAULT_HASHING. */
fault_t hashes_digest(hashes_t *hashes, const uint8_t **digest);

/* FAULT_NONE when it is `expected`, FAULT_NODE_HASH when it is another. */
fault_t hashes_compare(hashes_t *hashes, const uint8_t *expected);

/* Waits until nothing is under way any more. The hash of each piece that hashes_next() gave has been
 * asked for. */
void hashes_end(hashes_t *hashes);

#endif
