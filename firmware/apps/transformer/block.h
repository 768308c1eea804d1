/* A transformer block in int8, its products on the array. See docs/transformer.md. */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <gluechip/coprocessor.h>
#include <gluechip/status.h>

/* What is counted for itself: first the kinds of jobs, then the work of the core. */
typedef enum {
    QUERY_KEY_VALUE,
    SCORES,
    ATTENDED,
    PROJECTION,
    FIRST,
    SECOND,
    SUM,
    STATISTICS,
    CENTRE,
    CHANNELS,
    JOB_KINDS,
    SOFTMAX = JOB_KINDS,
    SUM_ON_CORE,
    NORM_ON_CORE,
    ROW_SCALES,
    STEPS,
} step_t;

/* Times of one run, in cycles. */
typedef struct {
    uint32_t total;
    uint32_t waiting;       /* of the core, for jobs */
    uint32_t cycles[STEPS]; /* in which the array was busy with it, or the core */
    uint32_t products[JOB_KINDS];
} times_t;

/* One step after the other: sums and normalisation are calls on the core. With the CPU backend the
 * products are too. */
gluechip_status_t block_run_in_turn(gluechip_backend_t backend, times_t *times);

/* The same bits with array and core side by side, and as little work for the core as can be. */
gluechip_status_t block_run_side_by_side(times_t *times);

/* Forgets all activations but the input. */
void block_clear(void);

/* A sum over the result, to compare runs by. */
uint32_t block_checksum(void);

#endif
