/* The jobs of the block. */
#ifndef JOBS_H
#define JOBS_H

#include <gluechip/matmul.h>

#include "activations.h"
#include "block.h"

/* Those of each block of rows, and behind them those that are the same for all blocks which use the
 * same slot. */
enum {
    JOB_QUERY,
    JOB_SCORES,
    JOB_ATTENDED = JOB_SCORES + HEADS,
    JOB_SUM_1 = JOB_ATTENDED + HEADS,
    JOB_CHANNELS_2,
    JOBS_OF_BLOCK,
    JOB_PROJECTION = JOBS_OF_BLOCK,
    JOB_STATISTICS_1,
    JOB_CENTRE_1,
    JOB_CHANNELS_1,
    JOB_FIRST,
    JOB_SECOND,
    JOB_SUM_2,
    JOB_STATISTICS_2,
    JOB_CENTRE_2,
    JOBS_OF_ALL,
    JOBS_OF_SLOT = JOBS_OF_ALL - JOBS_OF_BLOCK,
};

/* And those of all rows: the keys head by head, so that the core soon has scores. */
#define JOB_VALUE (BLOCKS * JOBS_OF_BLOCK + SLOTS * JOBS_OF_SLOT)
#define JOB_KEY (JOB_VALUE + 1)
#define JOBS (JOB_KEY + HEADS)

/* The number of a job, of JOBS. */
static inline unsigned job_of(int block, int job)
{
    return (unsigned)(job < JOBS_OF_BLOCK ? block * JOBS_OF_BLOCK + job
                                          : BLOCKS * JOBS_OF_BLOCK + block % SLOTS * JOBS_OF_SLOT +
                                                job - JOBS_OF_BLOCK);
}

/* What the last job of statistics has found, and the scales of rows that come of it. */
extern int32_t statistics[BLOCK_ROWS][BLOCK_ROWS + 1];
extern int32_t row_multipliers[BLOCK_ROWS], row_shifts[BLOCK_ROWS];

extern gluechip_matmul_prepared_t prepared[JOBS];

/* What each job counts as, and its products. */
extern uint8_t job_kinds[JOBS];
extern uint32_t job_products[JOBS];

/* Makes and checks all jobs: to be called once, first. */
gluechip_status_t prepare_jobs(void);

#endif
