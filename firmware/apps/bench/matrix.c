/* Matrices: a product of 16 bits into 32, sums along rows and columns, a product of 32 bits. */
#include "bench.h"

#define SIZE 20

static int16_t a[SIZE][SIZE], b[SIZE][SIZE];
static uint32_t product[SIZE][SIZE], square[SIZE][SIZE];

void matrix_prepare(void)
{
    uint32_t state = 2;
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            const uint32_t bits = bench_random(&state);
            a[i][j] = (int16_t)(bits % 4096 - 2048);
            b[i][j] = (int16_t)((bits >> 16) % 4096 - 2048);
        }
}

static void multiply_16(void)
{
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            int32_t sum = 0; /* SIZE * 2^22 is below 2^31 */
            for (int k = 0; k < SIZE; k++)
                sum += a[i][k] * b[k][j];
            product[i][j] = (uint32_t)sum;
        }
}

/* Modulo 2^32. */
static void square_32(void)
{
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            uint32_t sum = 0;
            for (int k = 0; k < SIZE; k++)
                sum += product[i][k] * product[k][j];
            square[i][j] = sum;
        }
}

/* A digest of the sums of the rows, each less the sum of the column with its number. */
static uint32_t digest_of_sums(uint32_t digest, uint32_t matrix[SIZE][SIZE])
{
    for (int i = 0; i < SIZE; i++) {
        uint32_t sum = 0;
        for (int j = 0; j < SIZE; j++)
            sum += matrix[i][j] - matrix[j][i];
        digest = bench_fold(digest, sum);
    }
    return digest;
}

uint32_t matrix_run(void)
{
    multiply_16();
    uint32_t digest = digest_of_sums(BENCH_FOLD_START, product);
    square_32();
    digest = digest_of_sums(digest, square);
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++)
            digest = bench_fold(digest, square[i][j]);
    return digest;
}
