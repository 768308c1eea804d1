/* Array and core side by side.
 *
 * The work of the array is one line of tasks, which the core feeds whenever it looks: jobs, and
 * between them the scales of rows, which the core makes of the statistics before. */
#include "steps.h"

#define ROWS_BETWEEN_LOOKS 8 /* of softmax, before the core sees whether the array wants a job */

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
    if (tasks_listed == 0)
        list_all();
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
