#include "kpke.h"

#include "encode.h"
#include "expand.h"
#include "ntt.h"

INLINE void add(poly_t *f, const poly_t *g)
{
    UNROLLED
    for (int i = 0; i < N; i++)
        f->at[i] = (uint16_t)(f->at[i] + g->at[i]);
}

/* The vector of small numbers, transformed. */
static gluechip_status_t expand_vector(mlkem_work_t *work)
{
    for (int i = 0; i < K; i++) {
        const gluechip_status_t status = expand_next(work, &work->now.vector[i]);
        if (status != GLUECHIP_OK)
            return status;
        ntt(&work->now.vector[i]);
        book(work, MLKEM_NTT);
    }
    return GLUECHIP_OK;
}

/* The product of the next row of the matrix and the vector, in `sum`; then the next noise. */
static gluechip_status_t expand_row(mlkem_work_t *work)
{
    gluechip_status_t status = GLUECHIP_OK;
    for (int j = 0; j < K && status == GLUECHIP_OK; j++)
        status = expand_next(work, &work->now.row[j]);
    if (status != GLUECHIP_OK)
        return status;
    dot(&work->now.sum, work->now.row, work->now.vector);
    book(work, MLKEM_PRODUCTS);
    return expand_next(work, &work->now.noise);
}

gluechip_status_t kpke_generate(mlkem_work_t *work, const uint8_t *rho, const uint8_t *sigma,
                                uint8_t t[VECTOR_BYTES], uint8_t s[VECTOR_BYTES])
{
    poly_t *const sum = &work->now.sum, *const noise = &work->now.noise;
    gluechip_status_t status = expand_begin(work, rho, sigma, false, EXPANSIONS_OF_KEY);
    if (status == GLUECHIP_OK)
        status = expand_vector(work);
    for (int i = 0; i < K && status == GLUECHIP_OK; i++, t += POLY_BYTES) {
        status = expand_row(work);
        if (status != GLUECHIP_OK)
            break;
        ntt(noise);
        book(work, MLKEM_NTT);
        add(sum, noise); /* below 18q */
        encode_12(t, sum);
        book(work, MLKEM_REST);
    }
    if (status != GLUECHIP_OK)
        return status;
    for (int i = 0; i < K; i++)
        encode_12(s + POLY_BYTES * i, &work->now.vector[i]);
    book(work, MLKEM_REST);
    return GLUECHIP_OK;
}

/* Back from the transform, plus noise: numbers up to 2q + 1. */
static void add_noise(mlkem_work_t *work)
{
    poly_t *const sum = &work->now.sum;
    ntt_inverse(sum);
    book(work, MLKEM_NTT);
    add(sum, &work->now.noise);
}

gluechip_status_t kpke_encrypt(mlkem_work_t *work, const uint8_t key[VECTOR_BYTES + 32],
                               const uint8_t message[32], const uint8_t coins[32],
                               uint8_t ciphertext[MLKEM_CIPHERTEXT_BYTES])
{
    poly_t *const sum = &work->now.sum;
    gluechip_status_t status =
        expand_begin(work, key + VECTOR_BYTES, coins, true, EXPANSIONS_OF_CIPHERTEXT);
    if (status == GLUECHIP_OK)
        status = expand_vector(work);
    for (int i = 0; i < K && status == GLUECHIP_OK; i++, ciphertext += U_BYTES) {
        status = expand_row(work);
        if (status != GLUECHIP_OK)
            break;
        add_noise(work);
        encode_u(ciphertext, sum);
        book(work, MLKEM_REST);
    }
    if (status == GLUECHIP_OK)
        status = expand_next(work, &work->now.noise);
    if (status != GLUECHIP_OK)
        return status;
    for (int j = 0; j < K; j++)
        decode_12(&work->now.row[j], key + POLY_BYTES * j);
    book(work, MLKEM_REST);
    dot(sum, work->now.row, work->now.vector);
    book(work, MLKEM_PRODUCTS);
    add_noise(work);
    add_message(sum, message);
    encode_v(ciphertext, sum);
    book(work, MLKEM_REST);
    return GLUECHIP_OK;
}

void kpke_decrypt(mlkem_work_t *work, const uint8_t s[VECTOR_BYTES],
                  const uint8_t ciphertext[MLKEM_CIPHERTEXT_BYTES], uint8_t message[32])
{
    poly_t *const sum = &work->now.sum, *const v = &work->now.noise;
    for (int j = 0; j < K; j++, ciphertext += U_BYTES) {
        decode_12(&work->now.row[j], s + POLY_BYTES * j);
        decode_u(&work->now.vector[j], ciphertext);
        book(work, MLKEM_REST);
        ntt(&work->now.vector[j]);
        book(work, MLKEM_NTT);
    }
    dot(sum, work->now.row, work->now.vector);
    book(work, MLKEM_PRODUCTS);
    ntt_inverse(sum);
    book(work, MLKEM_NTT);
    decode_v(v, ciphertext);
    UNROLLED
    for (int j = 0; j < N; j++)
        v->at[j] = (uint16_t)(v->at[j] + Q - sum->at[j]);
    encode_message(message, v);
    book(work, MLKEM_REST);
}
