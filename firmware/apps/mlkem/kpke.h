/* K-PKE, the encryption inside ML-KEM (FIPS 203 5). Not to be used by itself. */
#ifndef MLKEM_KPKE_H
#define MLKEM_KPKE_H

#include "parameters.h"

/* Algorithm 13 from its line 3 on: t of the encapsulation key and the secret s, encoded. `rho` and
 * `sigma` are 32 bytes each. Returns GLUECHIP_OK or as expand_next(). */
gluechip_status_t kpke_generate(mlkem_work_t *work, const uint8_t *rho, const uint8_t *sigma,
                                uint8_t t[VECTOR_BYTES], uint8_t s[VECTOR_BYTES]);

/* Algorithm 14. `key` is t and rho. Returns GLUECHIP_OK or as expand_next(). */
gluechip_status_t kpke_encrypt(mlkem_work_t *work, const uint8_t key[VECTOR_BYTES + 32],
                               const uint8_t message[32], const uint8_t coins[32],
                               uint8_t ciphertext[MLKEM_CIPHERTEXT_BYTES]);

/* Algorithm 15. */
void kpke_decrypt(mlkem_work_t *work, const uint8_t s[VECTOR_BYTES],
                  const uint8_t ciphertext[MLKEM_CIPHERTEXT_BYTES], uint8_t message[32]);

#endif
