/* Where the activations lie. Each block of rows has a slot of its own where RAM has room for that,
 * else the next one takes its place; the host reads what is left at the end. */
#ifndef ACTIVATIONS_H
#define ACTIVATIONS_H

#include <stdint.h>

#include "model.h"

#define HEAD (EMBEDDING / HEADS)
#define BLOCKS (SEQUENCE / BLOCK_ROWS)
#define SCORE_SLOTS (SLOTS == BLOCKS ? SLOTS : 2) /* one for the core, one for the array */

#define ALIGNED __attribute__((aligned(8)))

typedef int8_t rows_t[BLOCK_ROWS][EMBEDDING];

/* The rows of a block behind which there is one of ones: the products of all of them by all are the
 * sums of squares, on the diagonal, and the sums, in the last column. */
typedef int8_t summed_t[BLOCK_ROWS + 1][EMBEDDING];

/* What is added lies in one line of memory, for the job that adds. */
typedef struct {
    rows_t x[BLOCKS]; /* the input */
    rows_t projected[SLOTS];
} first_operands_t;
typedef struct {
    rows_t y, second;
} second_operands_t;

extern first_operands_t transformer_first;
extern rows_t transformer_query[SLOTS];
extern int8_t transformer_key[SEQUENCE][EMBEDDING];
extern int8_t transformer_value[EMBEDDING][SEQUENCE]; /* a row for each channel */
extern int8_t transformer_probabilities[SCORE_SLOTS][HEADS][BLOCK_ROWS][SEQUENCE];
extern rows_t transformer_attended[SLOTS];
extern summed_t transformer_sum_1[SLOTS];
extern second_operands_t transformer_second[SLOTS];
extern int8_t transformer_hidden[SLOTS][BLOCK_ROWS][HIDDEN];
extern summed_t transformer_sum_2[SLOTS];
extern rows_t transformer_out[BLOCKS];

#endif
