/* The number-theoretic transform of FIPS 203 4.3, and products of what it gives. */
#ifndef MLKEM_NTT_H
#define MLKEM_NTT_H

#include "parameters.h"

/* Transforms numbers below 2q in place (algorithm 9); they come out below 16q. */
void ntt(poly_t *f);

/* Transforms numbers below 2q back in place (algorithm 10); they come out below q. */
void ntt_inverse(poly_t *f);

/* Sum of the products of K pairs of transformed polynomials (algorithms 11 and 12), below 2q, of
 * numbers `a` below 4096 and `b` below 16q. */
void dot(poly_t *sum, const poly_t a[K], const poly_t b[K]);

#endif
