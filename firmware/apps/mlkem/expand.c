#include "expand.h"

#include <string.h>

#include "hash.h"
#include "sample.h"

#define XOF_BYTES (3 * 168) /* blocks of SHAKE128 that are enough for 99 polynomials in 100 */
#define PRF_BYTES 128

/* Whether polynomial `number` is an entry of the matrix. */
static bool is_of_matrix(uint32_t number)
{
    return number >= K && number < EXPANSIONS_OF_KEY && (number - K) % (K + 1) != K;
}

static gluechip_status_t start(mlkem_work_t *work, uint32_t number, uint32_t xof_bytes)
{
    mlkem_expansion_t *const expansion = &work->now.expansions[number % 2];
    gluechip_status_t status;
    const uint32_t row = (number - K) / (K + 1), column = (number - K) % (K + 1);
    if (is_of_matrix(number)) {
        uint8_t *const input = expansion->rho;
        input[32] = (uint8_t)(work->now.transposed ? row : column);
        input[33] = (uint8_t)(work->now.transposed ? column : row);
        status = hash_start(work, gluechip_shake128_job(input, 34, expansion->output, xof_bytes));
    } else {
        uint8_t *const input = expansion->sigma;
        input[32] = (uint8_t)(number < K ? number : K + row);
        status = hash_start(work, hash_shake256(input, 33, expansion->output, PRF_BYTES));
    }
    expansion->job = work->now.started;
    return status;
}

gluechip_status_t expand_begin(mlkem_work_t *work, const uint8_t *rho, const uint8_t *sigma,
                               bool transposed, uint32_t count)
{
    for (int i = 0; i < 2; i++) {
        memcpy(work->now.expansions[i].rho, rho, 32);
        memcpy(work->now.expansions[i].sigma, sigma, 32);
    }
    work->now.transposed = transposed;
    work->now.taken = 0;
    work->now.count = count;
    return start(work, 0, XOF_BYTES);
}

gluechip_status_t expand_next(mlkem_work_t *work, poly_t *f)
{
    const uint32_t number = work->now.taken++;
    const mlkem_expansion_t *const expansion = &work->now.expansions[number % 2];
    gluechip_status_t status = GLUECHIP_OK;
    if (number + 1 < work->now.count) /* while this one is sampled the next one is hashed */
        status = start(work, number + 1, XOF_BYTES);
    if (status == GLUECHIP_OK)
        status = hash_wait(work, expansion->job);
    if (status != GLUECHIP_OK)
        return status;
    if (!is_of_matrix(number)) {
        sample_cbd(f, expansion->output);
    } else if (sample_ntt(f, expansion->output, XOF_BYTES) != N) {
        book(work, MLKEM_SAMPLING);
        status = start(work, number, MLKEM_EXPANSION_BYTES);
        if (status == GLUECHIP_OK)
            status = hash_wait(work, expansion->job);
        if (status == GLUECHIP_OK && sample_ntt(f, expansion->output, MLKEM_EXPANSION_BYTES) != N)
            status = GLUECHIP_ERROR_ARGUMENT;
    }
    book(work, MLKEM_SAMPLING);
    return status;
}
