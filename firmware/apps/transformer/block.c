#include "block.h"

#include <string.h>

#include <gluechip/hardware.h>
#include <gluechip/nn.h>
#include <gluechip/pipeline.h>

#include "jobs.h"

#define BLOCK_VALUES (BLOCK_ROWS * EMBEDDING)
#define ROWS_BETWEEN_LOOKS 8 /* of softmax, before the core sees whether the array wants a job */

rows_t transformer_query[SLOTS] ALIGNED;
int8_t transformer_key[SEQUENCE][EMBEDDING] ALIGNED;
int8_t transformer_value[EMBEDDING][SEQUENCE] ALIGNED;
int8_t transformer_probabilities[SCORE_SLOTS][HEADS][BLOCK_ROWS][SEQUENCE] ALIGNED;
rows_t transformer_attended[SLOTS] ALIGNED;
summed_t transformer_sum_1[SLOTS] ALIGNED;
second_operands_t transformer_second[SLOTS] ALIGNED;
int8_t transformer_hidden[SLOTS][BLOCK_ROWS][HIDDEN] ALIGNED;
summed_t transformer_sum_2[SLOTS] ALIGNED;
rows_t transformer_out[BLOCKS] ALIGNED;

static gluechip_pipeline_t pipeline;
static times_t *now; /* of the run under way */

#define TRY(call)                                                                                  \
    do {                                                                                           \
        const gluechip_status_t tried = call;                                                      \
        if (tried != GLUECHIP_OK)                                                                  \
            return tried;                                                                          \
    } while (0)

/* Does `call` on the core as part of `step`. */
#define ON_CORE(step, call)                                                                        \
    do {                                                                                           \
        const uint32_t start = gluechip_cycles();                                                  \
        TRY(call);                                                                                 \
        now->cycles[step] += gluechip_cycles() - start;                                            \
    } while (0)

static void begin(gluechip_backend_t backend, times_t *times)
{
    memset(times, 0, sizeof *times);
    pipeline = (gluechip_pipeline_t){.backend = backend};
    now = times;
}

static gluechip_status_t submit(unsigned job)
{
    const unsigned kind = job_kinds[job];
    now->products[kind] += job_products[job];
    return gluechip_pipeline_submit(&pipeline, &prepared[job], &now->cycles[kind]);
}

static gluechip_status_t wait_for(unsigned submitted)
{
    const uint32_t start = gluechip_cycles();
    TRY(gluechip_pipeline_wait(&pipeline, submitted));
    now->waiting += gluechip_cycles() - start;
    return GLUECHIP_OK;
}

static gluechip_status_t softmax_rows(int block, int head, int row, int rows)
{
    int8_t *const scores = transformer_probabilities[block % SCORE_SLOTS][head][row];
    ON_CORE(SOFTMAX, gluechip_softmax_table_s8(exponentials, scores, rows, SEQUENCE, scores));
    return GLUECHIP_OK;
}

/* One step after the other. */

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

/* Side by side. The work of the array is one line of tasks, which the core feeds whenever it looks:
 * jobs, and between them the scales of rows, which the core makes of the statistics before. */

typedef struct {
    int16_t job;     /* or ROW_SCALES_TASK */
    int16_t softmax; /* heads of blocks whose probabilities must be there */
} task_t;

#define ROW_SCALES_TASK (-1)
#define TASKS (1 + HEADS + BLOCKS * (JOBS_OF_ALL + 2))

static task_t tasks[TASKS];
static unsigned tasks_listed;
static unsigned scored[BLOCKS][HEADS]; /* tasks until the scores are there */

static unsigned tasks_done; /* done, or submitted as a job */
static int softmaxes_done;

static void list(int job, int softmaxes)
{
    tasks[tasks_listed++] = (task_t){(int16_t)job, (int16_t)softmaxes};
}

static void list_scores(int block)
{
    if (block >= BLOCKS)
        return;
    list((int)job_of(block, JOB_QUERY), 0);
    for (int head = 0; head < HEADS; head++) {
        if (block == 0)
            list(JOB_KEY + head, 0);
        list((int)job_of(block, JOB_SCORES + head), 0);
        scored[block][head] = tasks_listed;
    }
}

static void list_all(void)
{
    static const int8_t behind_attention[] = {
        JOB_PROJECTION, JOB_SUM_1, JOB_STATISTICS_1, ROW_SCALES_TASK, JOB_CENTRE_1,
        JOB_CHANNELS_1, JOB_FIRST, JOB_SECOND, JOB_SUM_2, JOB_STATISTICS_2, ROW_SCALES_TASK,
        JOB_CENTRE_2, JOB_CHANNELS_2,
    };
    list_scores(0);
    list(JOB_VALUE, 0);
    list_scores(1);
    for (int block = 0; block < BLOCKS; block++) {
        for (int head = 0; head < HEADS; head++)
            list((int)job_of(block, JOB_ATTENDED + head), block * HEADS + head + 1);
        list_scores(block + 2); /* in the place of those that have just been used */
        for (unsigned i = 0; i < sizeof behind_attention; i++) {
            const int job = behind_attention[i];
            list(job == ROW_SCALES_TASK ? ROW_SCALES_TASK : (int)job_of(block, job), 0);
        }
    }
}

static gluechip_status_t scale_rows(void)
{
    const uint32_t start = gluechip_cycles();
    for (int row = 0; row < BLOCK_ROWS; row++)
        gluechip_layer_norm_scale(EMBEDDING, statistics[row][BLOCK_ROWS], statistics[row][row],
                                  EPSILON, &row_multipliers[row], &row_shifts[row]);
    GLUECHIP_BARRIER();
    now->cycles[ROW_SCALES] += gluechip_cycles() - start;
    return GLUECHIP_OK;
}

/* Does the next tasks, as far as that goes without a wait. */
static gluechip_status_t feed(void)
{
    TRY(gluechip_pipeline_look(&pipeline));
    while (tasks_done < TASKS && tasks[tasks_done].softmax <= softmaxes_done) {
        const int job = tasks[tasks_done].job;
        const unsigned under_way = pipeline.submitted - pipeline.ended;
        if (under_way >= (job == ROW_SCALES_TASK ? 1 : GLUECHIP_PIPELINE_DEPTH))
            return GLUECHIP_OK;
        TRY(job == ROW_SCALES_TASK ? scale_rows() : submit((unsigned)job));
        tasks_done++;
    }
    return GLUECHIP_OK;
}

/* Waits until the first `count` tasks are done, and their jobs ended. */
static gluechip_status_t finish(unsigned count)
{
    TRY(feed());
    while (tasks_done < count) {
        TRY(wait_for(pipeline.ended + 1));
        TRY(feed());
    }
    unsigned behind = 0; /* jobs that are under way but not asked for */
    for (unsigned task = count; task < tasks_done; task++)
        behind += tasks[task].job != ROW_SCALES_TASK;
    return wait_for(pipeline.submitted - behind);
}

gluechip_status_t block_run_side_by_side(times_t *times)
{
    begin(GLUECHIP_BACKEND_COPROCESSOR, times);
    tasks_done = 0;
    softmaxes_done = 0;
    const uint32_t start = gluechip_cycles();
    for (int block = 0; block < BLOCKS; block++) {
        for (int head = 0; head < HEADS; head++) {
            TRY(finish(scored[block][head]));
            for (int row = 0; row < BLOCK_ROWS; row += ROWS_BETWEEN_LOOKS) {
                TRY(softmax_rows(block, head, row, ROWS_BETWEEN_LOOKS));
                softmaxes_done += row + ROWS_BETWEEN_LOOKS == BLOCK_ROWS;
                TRY(feed());
            }
        }
    }
    TRY(finish(TASKS));
    times->total = gluechip_cycles() - start;
    return GLUECHIP_OK;
}

gluechip_status_t block_prepare(void)
{
    tasks_listed = 0;
    list_all();
    return prepare_jobs();
}

void block_clear(void)
{
    memset(transformer_first.projected, 0, sizeof transformer_first.projected);
    memset(transformer_query, 0, sizeof transformer_query);
    memset(transformer_key, 0, sizeof transformer_key);
    memset(transformer_value, 0, sizeof transformer_value);
    memset(transformer_probabilities, 0, sizeof transformer_probabilities);
    memset(transformer_attended, 0, sizeof transformer_attended);
    memset(transformer_second, 0, sizeof transformer_second);
    memset(transformer_hidden, 0, sizeof transformer_hidden);
    memset(transformer_out, 0, sizeof transformer_out);
    for (int slot = 0; slot < SLOTS; slot++) {
        memset(transformer_sum_1[slot], 0, sizeof transformer_sum_1[slot] - EMBEDDING);
        memset(transformer_sum_2[slot], 0, sizeof transformer_sum_2[slot] - EMBEDDING);
        memset(transformer_sum_1[slot][BLOCK_ROWS], 1, EMBEDDING);
        memset(transformer_sum_2[slot][BLOCK_ROWS], 1, EMBEDDING);
    }
}

uint32_t block_checksum(void)
{
    uint32_t sum = 0x811c9dc5;
    for (const uint8_t *byte = (const uint8_t *)transformer_out,
                       *const end = byte + sizeof transformer_out; byte != end; byte++)
        sum = (sum ^ *byte) * 0x01000193;
    return sum;
}
