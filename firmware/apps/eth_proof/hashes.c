#include "hashes.h"

#include <stddef.h>

#include <gluechip/hardware.h>

#define AWAIT_LOOKS 65536u

void hashes_begin(hashes_t *hashes, const span_t *pieces, uint32_t count,
                  gluechip_backend_t backend, bool overlaps, bool adds_up)
{
    *hashes = (hashes_t){
        .pieces = pieces, .count = count, .backend = backend, .overlaps = overlaps,
        .adds_up = adds_up, .job = gluechip_keccak_256_job(NULL, 0, NULL),
    };
}

static fault_t failed(hashes_t *hashes, gluechip_status_t status)
{
    hashes->status = status;
    return FAULT_HASHING;
}

static fault_t submit(hashes_t *hashes)
{
    const uint32_t slot = hashes->submitted % HASHES_AHEAD;
    const span_t *const piece = &hashes->pieces[hashes->submitted];
    hashes->job.source = piece->at;
    hashes->job.length = piece->length;
    hashes->job.destination = hashes->digests[slot];
    const gluechip_status_t status =
        gluechip_keccak_submit(hashes->backend, &hashes->job, NULL, &hashes->tickets[slot]);
    if (status != GLUECHIP_OK)
        return failed(hashes, status);
    hashes->submitted++;
    return FAULT_NONE;
}

/* Waits for the end of a job; returns the cycles that this took. The bound is of looks, each of
 * some cycles: what then has not ended is for gluechip_wait(). */
static uint32_t await_end(const gluechip_ticket_t *ticket)
{
    const uint32_t start = gluechip_cycles();
    for (uint32_t looks = AWAIT_LOOKS; looks != 0; looks--)
        if ((int16_t)(GLUECHIP_KECCAK->completed - ticket->job) >= 0)
            return looks == AWAIT_LOOKS ? 0 : gluechip_cycles() - start;
    return gluechip_cycles() - start;
}

/* Sees to it that the hash of a piece is there. */
static fault_t finish(hashes_t *hashes, uint32_t piece)
{
    const gluechip_ticket_t *const ticket = &hashes->tickets[piece % HASHES_AHEAD];
    if (hashes->backend == GLUECHIP_BACKEND_CPU)
        return FAULT_NONE; /* done when it was submitted */
    hashes->waiting_cycles += await_end(ticket);
    gluechip_status_t status = gluechip_wait(ticket, GLUECHIP_WAIT_DEFAULT_CYCLES);
    if (status == GLUECHIP_OK && hashes->adds_up) {
        gluechip_job_record_t record;
        status = gluechip_job_record(ticket, &record);
        hashes->busy_cycles += record.busy_cycles;
    }
    return status == GLUECHIP_OK ? FAULT_NONE : failed(hashes, status);
}

fault_t hashes_next(hashes_t *hashes, span_t *piece)
{
    if (hashes->taken == hashes->count)
        return FAULT_PROOF_SHORT;
    const uint32_t left = hashes->count - hashes->taken;
    const uint32_t ahead = !hashes->overlaps ? 1 : left < HASHES_AHEAD ? left : HASHES_AHEAD;
    while (hashes->submitted < hashes->taken + ahead) {
        const fault_t fault = submit(hashes);
        if (fault != FAULT_NONE)
            return fault;
    }
    *piece = hashes->pieces[hashes->taken++];
    return hashes->overlaps ? FAULT_NONE : finish(hashes, hashes->taken - 1);
}

fault_t hashes_digest(hashes_t *hashes, const uint8_t **digest)
{
    *digest = (const uint8_t *)hashes->digests[(hashes->taken - 1) % HASHES_AHEAD];
    return hashes->overlaps ? finish(hashes, hashes->taken - 1) : FAULT_NONE;
}

fault_t hashes_compare(hashes_t *hashes, const uint8_t *expected)
{
    const uint32_t *const digest = hashes->digests[(hashes->taken - 1) % HASHES_AHEAD];
    const fault_t fault = hashes->overlaps ? finish(hashes, hashes->taken - 1) : FAULT_NONE;
    if (fault != FAULT_NONE)
        return fault;
    return same_word(__builtin_assume_aligned(digest, 4), expected) ? FAULT_NONE : FAULT_NODE_HASH;
}

void hashes_end(hashes_t *hashes)
{
    for (; hashes->taken < hashes->submitted; hashes->taken++)
        finish(hashes, hashes->taken);
}
