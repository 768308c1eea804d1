#include <stddef.h>

#include <gluechip/hardware.h>
#include <gluechip/pipeline.h>

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

gluechip_status_t gluechip_pipeline_wait(gluechip_pipeline_t *pipeline, unsigned jobs)
{
    while (pipeline->ended < jobs) {
        const unsigned slot = pipeline->ended % GLUECHIP_PIPELINE_DEPTH;
        gluechip_job_record_t record;
        gluechip_status_t status =
            gluechip_wait(&pipeline->tickets[slot], GLUECHIP_WAIT_DEFAULT_CYCLES);
        if (status == GLUECHIP_OK)
            status = gluechip_job_record(&pipeline->tickets[slot], &record);
        if (status != GLUECHIP_OK)
            return status;
        *pipeline->cycles[slot] += record.busy_cycles;
        pipeline->ended++;
    }
    return GLUECHIP_OK;
}
