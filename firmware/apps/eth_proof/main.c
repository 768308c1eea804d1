/* Proves what an account of Ethereum and slots of its storage hold, from the hash of a block that
 * is trusted, out of an answer to eth_getProof that is not. Three times with the same verdict: all
 * on the core, with each hash waited for, and with hashes under way while nodes are read.
 *
 * SOFTWARE: 0 leaves out the first, which takes most of the time.
 */
#include <stdio.h>

#include <gluechip/hardware.h>

#include "hashes.h"
#include "proof.h"
#include "report.h"

#ifndef SOFTWARE
#define SOFTWARE 1
#endif

extern const request_t request;

static hashes_t hashes;

/* Checks the request in one of the ways. */
static verdict_t run(gluechip_backend_t backend, bool overlaps, bool adds_up, times_t *times)
{
    hashes_begin(&hashes, request.pieces, request.piece_count, backend, overlaps, adds_up);
    const uint32_t start = gluechip_cycles();
    const verdict_t verdict = proof_check(&request, &hashes);
    times->total = gluechip_cycles() - start;
    times->waiting = hashes.waiting_cycles, times->busy = hashes.busy_cycles;
    return verdict;
}

/* The same on the coprocessor, once to see what it counts and once for the time. */
static verdict_t run_offloaded(bool overlaps, times_t *times)
{
    times_t counted;
    run(GLUECHIP_BACKEND_COPROCESSOR, overlaps, true, &counted);
    const verdict_t verdict = run(GLUECHIP_BACKEND_COPROCESSOR, overlaps, false, times);
    times->busy = counted.busy;
    return verdict;
}

static bool differ(const verdict_t *a, const verdict_t *b)
{
    return a->fault != b->fault || a->part != b->part || a->slot != b->slot || a->node != b->node ||
           a->number != b->number || a->present != b->present;
}

int main(void)
{
    times_t software, in_turn, together;

    printf("Gluechip eth_proof (%s): header of %u bytes, nodes of the account: %u, slots: %u\n",
           GLUECHIP_CONFIGURATION, (unsigned)request.pieces[PIECE_HEADER].length,
           (unsigned)request.account_nodes, (unsigned)request.slot_count);
    const verdict_t verdict = run_offloaded(true, &together);
    report_verdict(&request, &verdict, hashes.status);
    const verdict_t second = run_offloaded(false, &in_turn);
    bool wrong = differ(&verdict, &second);
    if (SOFTWARE) {
        const verdict_t third = run(GLUECHIP_BACKEND_CPU, false, false, &software);
        wrong |= differ(&verdict, &third);
    }
    if (wrong) {
        puts("Core and coprocessor differ.");
        return 1;
    }
    if (verdict.fault != FAULT_NONE)
        return 1;

    report_hashes(&request);
    printf("%-30s %9s  of time\n", "", "cycles");
    report_times("Each hash is waited for", &in_turn);
    report_times("Nodes are read during hashes", &together);
    if (SOFTWARE) {
        printf("All on the core: %u cycles\n", (unsigned)software.total);
        report_gain("Hashes on the coprocessor", software.total, in_turn.total);
        report_gain("Nodes read meanwhile", software.total, together.total);
    }
    return 0;
}
