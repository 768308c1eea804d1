/* One step after the other. */
#include "steps.h"

#define BLOCK_VALUES (BLOCK_ROWS * EMBEDDING)

static gluechip_status_t do_job(unsigned job)
{
    TRY(submit(job));
    return wait_for(pipeline.submitted);
}

#define ADD(number, first, second, sum)                                                            \
    ON_CORE(SUM_ON_CORE,                                                                           \
            gluechip_add_table_s8(sum_##number##_tables, SUM_##number##_FRACTION_BITS,             \
                                  (first)[0], (second)[0], (sum)[0], -128, 127, BLOCK_VALUES))

#define NORMALIZE(number, zero, sum, output)                                                       \
    do {                                                                                           \
        static const gluechip_nn_layer_norm_params_t norm = {                                      \
            EPSILON, norm_##number##_bias,                                                         \
            {norm_##number##_multipliers, norm_##number##_shifts}, zero, {-128, 127}};             \
        ON_CORE(NORM_ON_CORE,                                                                      \
                gluechip_layer_norm_s8(&norm, (sum)[0], BLOCK_ROWS, EMBEDDING, (output)[0]));      \
    } while (0)

static gluechip_status_t block_in_turn(int block)
{
    const int slot = block % SLOTS;
    second_operands_t *const second = &transformer_second[slot];
    TRY(do_job(job_of(block, JOB_QUERY)));
    for (int head = 0; head < HEADS; head++) {
        TRY(do_job(job_of(block, JOB_SCORES + head)));
        TRY(softmax_rows(block, head, 0, BLOCK_ROWS));
        TRY(do_job(job_of(block, JOB_ATTENDED + head)));
    }
    TRY(do_job(job_of(block, JOB_PROJECTION)));
    ADD(1, transformer_first.x[block], transformer_first.projected[slot], transformer_sum_1[slot]);
    NORMALIZE(1, Y_ZERO, transformer_sum_1[slot], second->y);
    TRY(do_job(job_of(block, JOB_FIRST)));
    TRY(do_job(job_of(block, JOB_SECOND)));
    ADD(2, second->y, second->second, transformer_sum_2[slot]);
    NORMALIZE(2, OUT_ZERO, transformer_sum_2[slot], transformer_out[block]);
    return GLUECHIP_OK;
}

gluechip_status_t block_run_in_turn(gluechip_backend_t backend, times_t *times)
{
    begin(backend, times);
    const uint32_t start = gluechip_cycles();
    for (unsigned head = 0; head < HEADS; head++)
        TRY(do_job(JOB_KEY + head));
    TRY(do_job(JOB_VALUE));
    for (int block = 0; block < BLOCKS; block++)
        TRY(block_in_turn(block));
    times->total = gluechip_cycles() - start;
    return GLUECHIP_OK;
}
