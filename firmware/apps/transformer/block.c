#include "block.h"

#include <string.h>

#include "steps.h"

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

gluechip_pipeline_t pipeline;
times_t *now;

void begin(gluechip_backend_t backend, times_t *times)
{
    memset(times, 0, sizeof *times);
    pipeline = (gluechip_pipeline_t){.backend = backend};
    now = times;
}

gluechip_status_t submit(unsigned job)
{
    const unsigned kind = job_kinds[job];
    now->products[kind] += job_products[job];
    return gluechip_pipeline_submit(&pipeline, &prepared[job], &now->cycles[kind]);
}

gluechip_status_t wait_for(unsigned submitted)
{
    const uint32_t start = gluechip_cycles();
    TRY(gluechip_pipeline_wait(&pipeline, submitted));
    now->waiting += gluechip_cycles() - start;
    return GLUECHIP_OK;
}

gluechip_status_t softmax_rows(int block, int head, int row, int rows)
{
    int8_t *const scores = transformer_probabilities[block % SCORE_SLOTS][head][row];
    ON_CORE(SOFTMAX, gluechip_softmax_table_s8(exponentials, scores, rows, SEQUENCE, scores));
    return GLUECHIP_OK;
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
