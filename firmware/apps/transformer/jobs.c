#include "jobs.h"

#define COLUMNS GLUECHIP_ARRAY_COLUMNS

int32_t statistics[BLOCK_ROWS][BLOCK_ROWS + 1];
int32_t row_multipliers[BLOCK_ROWS], row_shifts[BLOCK_ROWS];
gluechip_matmul_prepared_t prepared[JOBS];
uint8_t job_kinds[JOBS];
uint32_t job_products[JOBS];

static gluechip_matmul_job_t jobs[JOBS];
static gluechip_patch_t operands[BLOCKS + 1]; /* of the sums of each block, and of the second sum */
static int8_t normal[EMBEDDING][BLOCK_ROWS] ALIGNED; /* a row for each channel */

/* What all jobs with int8 results have. */
#define TO_INT8                                                                                    \
    .output = GLUECHIP_OUTPUT_INT8, .rounding = GLUECHIP_ROUNDING_SINGLE, .clamp_minimum = -128,   \
    .clamp_maximum = 127

#define PER_CHANNEL(name)                                                                          \
    .bias = name##_bias, .multiplier = name##_multipliers, .shift = name##_shifts

#define SCALED(name) .scale_multiplier = name##_MULTIPLIER, .scale_shift = name##_SHIFT

static gluechip_matmul_job_t *new_job(unsigned number, step_t kind)
{
    job_kinds[number] = (uint8_t)kind;
    return &jobs[number];
}

/* Two operands of a sum: groups of as many channels as the array has columns, first of the one,
 * then of the other, which lies behind it. */
static const gluechip_patch_t *operand_pair(gluechip_patch_t *patch, const void *first,
                                            const void *second)
{
    const uint32_t distance = (uint32_t)((const int8_t *)second - (const int8_t *)first);
    *patch = (gluechip_patch_t){
        .piece_bytes = COLUMNS, .pieces = 2, .piece_step = distance,
        .line_bytes = distance + EMBEDDING, .lines = BLOCK_ROWS, .outputs_per_line = 1,
        .line_step = 1, .column_step = COLUMNS,
    };
    return patch;
}

static gluechip_matmul_job_t statistics_of(const summed_t *sum)
{
    return (gluechip_matmul_job_t){
        .a = *sum, .b = *sum, .c = statistics, .m = BLOCK_ROWS, .n = BLOCK_ROWS + 1,
        .k = EMBEDDING, .output = GLUECHIP_OUTPUT_INT32};
}

/* Less the mean, by the scale of the row, which is a column of C. */
static gluechip_matmul_job_t centred(const summed_t *sum)
{
    return (gluechip_matmul_job_t){
        .a = centre_weights, .b = *sum, .c = normal, .m = EMBEDDING, .n = BLOCK_ROWS,
        .k = EMBEDDING, .multiplier = row_multipliers, .shift = row_shifts, TO_INT8};
}

static void make_attention(int block, int head)
{
    int8_t *const scores = &transformer_probabilities[block % SCORE_SLOTS][head][0][0];
    *new_job(job_of(block, JOB_SCORES + head), SCORES) = (gluechip_matmul_job_t){
        .a = transformer_query[block % SLOTS][0] + head * HEAD,
        .b = transformer_key[0] + head * HEAD, .c = scores, .m = BLOCK_ROWS, .n = SEQUENCE,
        .k = HEAD, .a_stride = EMBEDDING, .b_stride = EMBEDDING, SCALED(SCORES), TO_INT8};
    *new_job(job_of(block, JOB_ATTENDED + head), ATTENDED) = (gluechip_matmul_job_t){
        .a = scores, .b = transformer_value[head * HEAD],
        .c = transformer_attended[block % SLOTS][0] + head * HEAD, .m = BLOCK_ROWS, .n = HEAD,
        .k = SEQUENCE, .c_stride = EMBEDDING, .a_zero = -128, SCALED(ATTENDED), TO_INT8};
}

static void make_block(int block)
{
    const int slot = block % SLOTS;
    int8_t *const x = transformer_first.x[block][0];
    *new_job(job_of(block, JOB_QUERY), QUERY_KEY_VALUE) = (gluechip_matmul_job_t){
        .a = x, .b = query_weights, .c = transformer_query[slot], .m = BLOCK_ROWS,
        .n = EMBEDDING, .k = EMBEDDING, .a_zero = INPUT_ZERO, PER_CHANNEL(query), TO_INT8};
    for (int head = 0; head < HEADS; head++)
        make_attention(block, head);
    *new_job(job_of(block, JOB_SUM_1), SUM) = (gluechip_matmul_job_t){
        .a = x, .b = sum_1_weights, .c = transformer_sum_1[slot], .bias = sum_1_bias,
        .patch = operand_pair(&operands[block], x, transformer_first.projected[slot]),
        .a_stride = EMBEDDING, .m = BLOCK_ROWS, .n = EMBEDDING, .k = 2 * COLUMNS,
        .c_zero = SUM_1_ZERO, SCALED(SUM_1), TO_INT8};
    *new_job(job_of(block, JOB_CHANNELS_2), CHANNELS) = (gluechip_matmul_job_t){
        .a = unit_weights, .b = normal, .c = transformer_out[block], .m = BLOCK_ROWS,
        .n = EMBEDDING, .k = BLOCK_ROWS, .c_zero = OUT_ZERO, PER_CHANNEL(norm_2), TO_INT8};
}

static void make_slot(int slot)
{
    second_operands_t *const second = &transformer_second[slot];
    *new_job(job_of(slot, JOB_PROJECTION), PROJECTION) = (gluechip_matmul_job_t){
        .a = transformer_attended[slot], .b = projection_weights,
        .c = transformer_first.projected[slot], .m = BLOCK_ROWS, .n = EMBEDDING, .k = EMBEDDING,
        PER_CHANNEL(projection), TO_INT8};
    *new_job(job_of(slot, JOB_STATISTICS_1), STATISTICS) = statistics_of(&transformer_sum_1[slot]);
    *new_job(job_of(slot, JOB_CENTRE_1), CENTRE) = centred(&transformer_sum_1[slot]);
    *new_job(job_of(slot, JOB_CHANNELS_1), CHANNELS) = (gluechip_matmul_job_t){
        .a = unit_weights, .b = normal, .c = second->y, .m = BLOCK_ROWS, .n = EMBEDDING,
        .k = BLOCK_ROWS, .c_zero = Y_ZERO, PER_CHANNEL(norm_1), TO_INT8};
    /* The clamp at the zero point is the ReLU. */
    *new_job(job_of(slot, JOB_FIRST), FIRST) = (gluechip_matmul_job_t){
        .a = second->y, .b = first_weights, .c = transformer_hidden[slot], .m = BLOCK_ROWS,
        .n = HIDDEN, .k = EMBEDDING, .a_zero = Y_ZERO, .c_zero = HIDDEN_ZERO, PER_CHANNEL(first),
        TO_INT8};
    *new_job(job_of(slot, JOB_SECOND), SECOND) = (gluechip_matmul_job_t){
        .a = transformer_hidden[slot], .b = second_weights, .c = second->second, .m = BLOCK_ROWS,
        .n = EMBEDDING, .k = HIDDEN, .a_zero = HIDDEN_ZERO, PER_CHANNEL(second), TO_INT8};
    *new_job(job_of(slot, JOB_SUM_2), SUM) = (gluechip_matmul_job_t){
        .a = second->y, .b = sum_2_weights, .c = transformer_sum_2[slot], .bias = sum_2_bias,
        .patch = operand_pair(&operands[BLOCKS], second->y, second->second),
        .a_stride = EMBEDDING, .m = BLOCK_ROWS, .n = EMBEDDING, .k = 2 * COLUMNS,
        .c_zero = SUM_2_ZERO, SCALED(SUM_2), TO_INT8};
    *new_job(job_of(slot, JOB_STATISTICS_2), STATISTICS) = statistics_of(&transformer_sum_2[slot]);
    *new_job(job_of(slot, JOB_CENTRE_2), CENTRE) = centred(&transformer_sum_2[slot]);
}

gluechip_status_t prepare_jobs(void)
{
    for (int block = 0; block < BLOCKS; block++)
        make_block(block);
    for (int slot = 0; slot < SLOTS; slot++)
        make_slot(slot);
    for (int head = 0; head < HEADS; head++) {
        const int channel = head * HEAD;
        *new_job(JOB_KEY + head, QUERY_KEY_VALUE) = (gluechip_matmul_job_t){
            .a = transformer_first.x, .b = key_weights + channel * EMBEDDING,
            .c = transformer_key[0] + channel, .bias = key_bias + channel,
            .multiplier = key_multipliers + channel, .shift = key_shifts + channel,
            .m = SEQUENCE, .n = HEAD, .k = EMBEDDING, .c_stride = EMBEDDING,
            .a_zero = INPUT_ZERO, TO_INT8};
    }
    /* The factors exchanged: the result is turned. */
    *new_job(JOB_VALUE, QUERY_KEY_VALUE) = (gluechip_matmul_job_t){
        .a = value_weights, .b = transformer_first.x, .c = transformer_value, .m = EMBEDDING,
        .n = SEQUENCE, .k = EMBEDDING, .b_zero = INPUT_ZERO, SCALED(VALUE), TO_INT8};
    gluechip_status_t status = GLUECHIP_OK;
    for (unsigned job = 0; job < JOBS && status == GLUECHIP_OK; job++) {
        job_products[job] = jobs[job].m * jobs[job].n * jobs[job].k;
        status = gluechip_matmul_prepare(&jobs[job], &prepared[job]);
    }
    return status;
}
