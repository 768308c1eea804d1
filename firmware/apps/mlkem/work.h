/* Where ML-KEM computes: memory of the caller's, so that the stack stays small and two calls may be
 * under way at a time. */
#ifndef MLKEM_WORK_H
#define MLKEM_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include <gluechip/coprocessor.h>
#include <gluechip/status.h>

#include "field.h"

/* FIPS 203 table 2, ML-KEM-768; eta is 2 for all. */
#define K 3
#define U_BITS 10
#define V_BITS 4

#define U_BYTES (32 * U_BITS)
#define V_BYTES (32 * V_BITS)
#define CIPHERTEXT_BYTES (K * U_BYTES + V_BYTES)
#define VECTOR_BYTES (K * 384)

/* FIPS 203 appendix B: who limits the loop of SampleNTT allows at least 280 turns of 3 bytes. */
#define XOF_LIMIT_BYTES (3 * 280)

/* What the cycles are spent on. */
typedef enum {
    MLKEM_HASHING,  /* starting jobs and waiting for them; with the CPU backend, their work */
    MLKEM_SAMPLING, /* polynomials from what was hashed */
    MLKEM_NTT,      /* the transform and its inverse */
    MLKEM_PRODUCTS, /* of transformed polynomials */
    MLKEM_REST,     /* encoding, comparison, copies, wiping */
    MLKEM_STEPS,
} mlkem_step_t;

/* The bytes of one polynomial to be sampled. */
typedef struct {
    uint8_t rho[36], sigma[36]; /* the seeds, then two or one bytes */
    uint32_t output[XOF_LIMIT_BYTES / 4];
    uint32_t job;
} expansion_t;

/* `clock` and `cycles` are the caller's; the rest is wiped at the end of a call. */
typedef struct {
    uint32_t (*clock)(void);      /* tells the time in cycles, or NULL */
    uint32_t cycles[MLKEM_STEPS]; /* added up over calls, when there is a clock */
    uint32_t since;
    struct {
        gluechip_backend_t backend;
        gluechip_ticket_t tickets[2]; /* see hash.h */
        uint32_t started, ended;
        expansion_t expansions[2]; /* see expand.h */
        uint32_t taken, count;
        bool transposed;
        poly_t vector[K]; /* s or y */
        poly_t row[K];    /* of the matrix, or what is multiplied like one */
        poly_t sum, noise;
        uint32_t rejection[(32 + CIPHERTEXT_BYTES) / 4]; /* z, c */
        uint32_t ciphertext[CIPHERTEXT_BYTES / 4];       /* c, encrypted again */
        uint8_t message[64];                             /* m, H(ek) */
        uint8_t coins[64];                               /* what G gave: two halves */
        uint8_t rejected[32];                            /* the secret of a wrong ciphertext */
        uint8_t hash[32];
    } now;
} mlkem_work_t;

/* Books the time since the last booking to `step`. */
static inline void book(mlkem_work_t *work, mlkem_step_t step)
{
    if (work->clock == NULL)
        return;
    const uint32_t now = work->clock();
    work->cycles[step] += now - work->since;
    work->since = now;
}

#endif
