/* A row of matmul jobs, each of which uses the result of the one before.
 *
 * They are submitted ahead as far as the queue reaches. The core waits only when it is full, or for
 * results that it needs itself.
 */
#ifndef GLUECHIP_PIPELINE_H
#define GLUECHIP_PIPELINE_H

#include <stdint.h>

#include <gluechip/coprocessor.h>
#include <gluechip/matmul.h>
#include <gluechip/status.h>

#define GLUECHIP_PIPELINE_DEPTH 4 /* jobs whose records are kept */

/* Zero it, but for the backend, before the first job. */
typedef struct {
    gluechip_backend_t backend;
    unsigned submitted, ended; /* jobs so far */
    gluechip_ticket_t tickets[GLUECHIP_PIPELINE_DEPTH];
    uint32_t *cycles[GLUECHIP_PIPELINE_DEPTH];
} gluechip_pipeline_t;

/* Submits `job` behind those that were submitted before, after a wait where four are under way.
 *
 * cycles : the job's busy cycles are added to it at its end; with the CPU backend those of the core.
 * Returns GLUECHIP_OK; what gluechip_matmul_submit() returns; the error of an older job.
 */
gluechip_status_t gluechip_pipeline_submit(gluechip_pipeline_t *pipeline,
                                           const gluechip_matmul_prepared_t *job,
                                           uint32_t *cycles);

/* Counts in `ended` the jobs that have ended. No wait. Returns GLUECHIP_OK, or the error of the first
 * that failed, which is not counted. */
gluechip_status_t gluechip_pipeline_look(gluechip_pipeline_t *pipeline);

/* Waits for the first `jobs` jobs. Returns GLUECHIP_OK; _ARGUMENT where fewer were submitted; or the
 * error of the first that failed, and then some may be under way. Wait: as gluechip_wait() with GLUECHIP_WAIT_DEFAULT_CYCLES. */
gluechip_status_t gluechip_pipeline_wait(gluechip_pipeline_t *pipeline, unsigned jobs);

#endif
