#include <stddef.h>

#include <gluechip/hardware.h>
#include <gluechip/pipeline.h>

#include "coprocessor.h"

gluechip_status_t gluechip_pipeline_submit(gluechip_pipeline_t *pipeline,
                                           const gluechip_matmul_prepared_t *job,
                                           uint32_t *cycles)
{
    if (pipeline->submitted - pipeline->ended == GLUECHIP_PIPELINE_DEPTH) {
        const gluechip_status_t status = gluechip_pipeline_wait(pipeline, pipeline->ended + 1);
        if (status != GLUECHIP_OK)
            return status;
    }
    const unsigned slot = pipeline->submitted % GLUECHIP_PIPELINE_DEPTH;
    const unsigned before = (pipeline->submitted - 1) % GLUECHIP_PIPELINE_DEPTH;
    const uint32_t start = gluechip_cycles();
    const gluechip_status_t status =
        gluechip_matmul_submit_prepared(
            pipeline->backend, job, pipeline->submitted == 0 ? NULL : &pipeline->tickets[before],
            &pipeline->tickets[slot]);
    if (status != GLUECHIP_OK)
        return status;
    if (pipeline->backend == GLUECHIP_BACKEND_CPU)
        *cycles += gluechip_cycles() - start;
    pipeline->cycles[slot] = cycles;
    pipeline->submitted++;
    return GLUECHIP_OK;
}

/* Counts the oldest job, which has ended. */
static gluechip_status_t count_end(gluechip_pipeline_t *pipeline)
{
    const unsigned slot = pipeline->ended % GLUECHIP_PIPELINE_DEPTH;
    if (pipeline->backend != GLUECHIP_BACKEND_CPU) {
        uint32_t cycles;
        const gluechip_status_t status = outcome_and_cycles(&pipeline->tickets[slot], &cycles);
        if (status != GLUECHIP_OK)
            return status;
        *pipeline->cycles[slot] += cycles;
    }
    pipeline->ended++;
    return GLUECHIP_OK;
}

gluechip_status_t gluechip_pipeline_look(gluechip_pipeline_t *pipeline)
{
    const uint32_t completed = GLUECHIP_MATMUL->completed;
    gluechip_status_t status = GLUECHIP_OK;
    while (status == GLUECHIP_OK && pipeline->ended < pipeline->submitted &&
           (pipeline->backend == GLUECHIP_BACKEND_CPU ||
            (int16_t)(completed -
                      pipeline->tickets[pipeline->ended % GLUECHIP_PIPELINE_DEPTH].job) >= 0))
        status = count_end(pipeline);
    return status;
}

gluechip_status_t gluechip_pipeline_wait(gluechip_pipeline_t *pipeline, unsigned jobs)
{
    if (jobs > pipeline->submitted)
        return GLUECHIP_ERROR_ARGUMENT;
    gluechip_status_t status = gluechip_pipeline_look(pipeline);
    while (status == GLUECHIP_OK && pipeline->ended < jobs) {
        status = gluechip_wait(&pipeline->tickets[pipeline->ended % GLUECHIP_PIPELINE_DEPTH],
                               GLUECHIP_WAIT_DEFAULT_CYCLES);
        if (status == GLUECHIP_OK)
            status = gluechip_pipeline_look(pipeline);
    }
    return status;
}
