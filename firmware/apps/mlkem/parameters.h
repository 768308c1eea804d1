/* The parameters of ML-KEM-768 (FIPS 203 table 2), for its own files. */
#ifndef MLKEM_PARAMETERS_H
#define MLKEM_PARAMETERS_H

#include "field.h"
#include "mlkem.h"

#define N 256
#define K 3
#define U_BITS 10
#define V_BITS 4

#define U_BYTES (N / 8 * U_BITS)
#define V_BYTES (N / 8 * V_BITS)
#define POLY_BYTES (N / 8 * 12)
#define VECTOR_BYTES (K * POLY_BYTES)

typedef mlkem_poly_t poly_t;

_Static_assert(sizeof(((mlkem_work_t *)0)->now.vector) == K * N * sizeof(uint16_t), "K");
_Static_assert(MLKEM_ENCAPSULATION_KEY_BYTES == VECTOR_BYTES + 32, "t, rho");
_Static_assert(MLKEM_DECAPSULATION_KEY_BYTES ==
                   VECTOR_BYTES + MLKEM_ENCAPSULATION_KEY_BYTES + 32 + 32, "s, ek, H(ek), z");
_Static_assert(MLKEM_CIPHERTEXT_BYTES == K * U_BYTES + V_BYTES, "u, v");

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
