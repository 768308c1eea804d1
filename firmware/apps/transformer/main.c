/* A transformer block in int8, three times with the same result: step after step, with array and
 * core side by side, and all on the core. Tells where the cycles go.
 *
 * SEQUENCE, EMBEDDING, HEADS, HIDDEN: its sizes, 64, 128, 4, 512 unless defined.
 * SOFTWARE: 0 leaves out the run on the core alone, which takes most of the time.
 */
#include <stdio.h>
#include <string.h>

#include <gluechip/hardware.h>

#include "activations.h"
#include "block.h"
#include "jobs.h"

#ifndef SOFTWARE
#define SOFTWARE 1
#endif

#define PEAK (GLUECHIP_ARRAY_ROWS * GLUECHIP_ARRAY_COLUMNS)

#define SMALL static __attribute__((cold, noinline))

/* For the host, which compares the activations with its own. */
uint32_t transformer_sizes[6];

static const char *const names[STEPS] = {
    [QUERY_KEY_VALUE] = "query, key, value",
    [SCORES] = "scores",
    [ATTENDED] = "attended values",
    [PROJECTION] = "projection",
    [FIRST] = "first layer",
    [SECOND] = "second layer",
    [SUM] = "residual sums",
    [STATISTICS] = "statistics of rows",
    [CENTRE] = "normalise rows",
    [CHANNELS] = "scale channels",
    [SOFTMAX] = "softmax",
    [SUM_ON_CORE] = "residual sums",
    [NORM_ON_CORE] = "layer norm",
    [ROW_SCALES] = "scales of rows",
};

/* Parts in a thousand. */
SMALL unsigned permille(uint32_t part, uint32_t whole)
{
    return whole == 0 ? 0 : (unsigned)((1000ull * part + whole / 2) / whole);
}

SMALL void print_share(uint32_t part, uint32_t whole)
{
    const unsigned share = permille(part, whole);
    printf(" %5u.%u %%", share / 10, share % 10);
}

SMALL void print_row(const char *name, const char *where, uint32_t cycles, uint32_t total)
{
    printf("%-20s %-6s %9u ", name, where, (unsigned)cycles);
    print_share(cycles, total);
}

SMALL uint32_t sum_of(const times_t *times, int first, int end)
{
    uint32_t sum = 0;
    for (int step = first; step < end; step++)
        sum += times->cycles[step];
    return sum;
}

SMALL void print_steps(const times_t *times)
{
    printf("step                 on        cycles  of time    products  of peak\n");
    for (int step = 0; step < STEPS; step++) {
        const uint32_t cycles = times->cycles[step];
        if (cycles == 0)
            continue;
        print_row(names[step], step < JOB_KINDS ? "array" : "core", cycles, times->total);
        if (step < JOB_KINDS) {
            printf(" %11u", (unsigned)times->products[step]);
            print_share(times->products[step], cycles * PEAK);
        }
        printf("\n");
    }
}

/* While the core waits the array is busy. What it is busy beyond that goes on beside the core. */
SMALL void print_split(const times_t *times)
{
    const uint32_t array = sum_of(times, 0, JOB_KINDS);
    const uint32_t core = times->total - times->waiting;
    const uint32_t only_array = times->waiting < array ? times->waiting : array;
    print_row("starting jobs", "core", core - sum_of(times, JOB_KINDS, STEPS), times->total);
    printf("\n");
    print_row("only the core works", "", times->total - array, times->total);
    printf("\n");
    print_row("only the array works", "", only_array, times->total);
    printf("\n");
    print_row("both work", "", array - only_array, times->total);
    printf("\n");
    print_row("all", "", times->total, times->total);
    printf("\n");
}

/* What the core spends most on, and what would be left of the time without it. */
SMALL void print_remedy(const times_t *times)
{
    const uint32_t array = sum_of(times, 0, JOB_KINDS);
    int most = SOFTMAX;
    for (int step = SOFTMAX; step < STEPS; step++)
        if (times->cycles[step] > times->cycles[most])
            most = step;
    const uint32_t rest = times->total - times->cycles[most];
    printf("Most of the glue: %s, %u of %u cycles of the core. Without it the block would take %u "
           "cycles%s.\n",
           names[most], (unsigned)times->cycles[most], (unsigned)(times->total - times->waiting),
           (unsigned)(rest > array ? rest : array),
           rest > array ? "" : ", those of the array, or more");
}

SMALL int report(const char *title, gluechip_status_t status, const times_t *times)
{
    printf("\n%s\n", title);
    if (status != GLUECHIP_OK) {
        printf("The block ended with: %s\n", gluechip_status_text(status));
        return 1;
    }
    print_steps(times);
    print_split(times);
    return 0;
}

SMALL void print_software(const times_t *times)
{
    uint32_t products = 0;
    for (int kind = 0; kind < JOB_KINDS; kind++)
        products += times->products[kind];
    printf("\nAll on the core: %u cycles, %u of them for %u products\n", (unsigned)times->total,
           (unsigned)sum_of(times, 0, JOB_KINDS), (unsigned)products);
}

SMALL void print_gain(const char *what, uint32_t before, uint32_t after)
{
    const unsigned tenths = (unsigned)((10ull * before + after / 2) / after);
    printf("%s: %u.%u x\n", what, tenths / 10, tenths % 10);
}

int main(void)
{
    times_t in_turn, side_by_side, software;

    printf("Gluechip transformer (%s): %d tokens of %d, %d heads, hidden layer of %d, int8\n",
           GLUECHIP_CONFIGURATION, SEQUENCE, EMBEDDING, HEADS, HIDDEN);
    memcpy(transformer_sizes,
           (const uint32_t[]){SEQUENCE, EMBEDDING, HEADS, HIDDEN, SLOTS, SCORE_SLOTS},
           sizeof transformer_sizes);
    gluechip_status_t status = prepare_jobs();
    uint32_t checksums[3] = {0};
    if (status == GLUECHIP_OK && SOFTWARE) {
        block_clear();
        status = block_run_in_turn(GLUECHIP_BACKEND_CPU, &software);
        checksums[2] = block_checksum();
    }
    if (status == GLUECHIP_OK) {
        block_clear();
        status = block_run_in_turn(GLUECHIP_BACKEND_COPROCESSOR, &in_turn);
        checksums[1] = block_checksum();
    }
    if (report("Step after step", status, &in_turn))
        return 1;
    print_remedy(&in_turn);
    block_clear();
    status = block_run_side_by_side(&side_by_side);
    checksums[0] = block_checksum();
    if (report("Side by side", status, &side_by_side))
        return 1;
    print_remedy(&side_by_side);
    if (SOFTWARE)
        print_software(&software);
    printf("\n");
    print_gain("Side by side against step after step", in_turn.total, side_by_side.total);
    if (SOFTWARE)
        print_gain("Side by side against the core alone", software.total, side_by_side.total);
    if (checksums[1] != checksums[0] || (SOFTWARE && checksums[2] != checksums[0])) {
        puts("The runs differ.");
        return 1;
    }
    return 0;
}
