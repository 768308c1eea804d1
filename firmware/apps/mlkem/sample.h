/* Polynomials from random bytes (FIPS 203 4.2.2). */
#ifndef MLKEM_SAMPLE_H
#define MLKEM_SAMPLE_H

#include "parameters.h"

/* SampleNTT of public bytes: takes 12 of them at a time, and from these the numbers below q.
 * Returns how many it has found, N when there were enough. `bytes` is a multiple of 12. */
unsigned sample_ntt(poly_t *f, const uint32_t *random, unsigned bytes);

/* SamplePolyCBD_2 of 128 secret bytes; numbers from q - 2 to q + 2. */
void sample_cbd(poly_t *f, const uint32_t random[32]);

#endif
