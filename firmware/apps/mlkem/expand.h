/* The polynomials that K-PKE draws from its seeds, one after the other.
 *
 * First the vector; then for each row the K entries of the matrix and one polynomial of noise;
 * then, to encrypt, one more.
 */
#ifndef MLKEM_EXPAND_H
#define MLKEM_EXPAND_H

#include "parameters.h"

#define EXPANSIONS_OF_KEY (K + K * (K + 1))
#define EXPANSIONS_OF_CIPHERTEXT (EXPANSIONS_OF_KEY + 1)

/* Begins with `count` polynomials of the public seed `rho` and the secret one `sigma`, both of 32
 * bytes. `transposed` is the matrix. Returns the status of the first job. */
gluechip_status_t expand_begin(mlkem_work_t *work, const uint8_t *rho, const uint8_t *sigma,
                               bool transposed, uint32_t count);

/* The next polynomial: numbers up to q + 2. Returns GLUECHIP_OK; the error of a job; _ARGUMENT for
 * a `rho` of which 280 turns give no polynomial: one in 2^261, says the
 * standard's appendix B. */
gluechip_status_t expand_next(mlkem_work_t *work, poly_t *f);

#endif
