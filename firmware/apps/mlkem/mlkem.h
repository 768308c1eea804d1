/* ML-KEM-768, the key encapsulation of FIPS 203 (August 2024).
 *
 * Hashes run on the backend of the caller's choice. For equal public inputs the time is equal,
 * whatever the secrets are; public are the encapsulation key, the ciphertext, all lengths, and
 * whether a call fails. Whether a ciphertext is rejected stays secret.
 *
 * Randomness is the caller's: there is no generator on the chip. What the standard draws at random
 * must be fresh, uniform and secret.
 *
 * All calls return GLUECHIP_OK; _ARGUMENT for a null pointer, a wrong length or a key that fails
 * the checks of FIPS 203 7.2 and 7.3; _ADDRESS when a key or the work space does not lie in RAM,
 * where the coprocessor reaches; the error of a job that failed. On an error the outputs are zero.
 * Outputs overlap neither each other nor the inputs.
 */
#ifndef MLKEM_H
#define MLKEM_H

#include <stddef.h>
#include <stdint.h>

#include <gluechip/status.h>

#include "work.h"

#define MLKEM_SEED_BYTES 64                /* d, then z */
#define MLKEM_ENCAPSULATION_KEY_BYTES 1184 /* public */
#define MLKEM_DECAPSULATION_KEY_BYTES 2400 /* secret */
#define MLKEM_MESSAGE_BYTES 32
#define MLKEM_CIPHERTEXT_BYTES 1088
#define MLKEM_SHARED_SECRET_BYTES 32

/* A pair of keys from the random bytes `seed` (ML-KEM.KeyGen_internal). */
gluechip_status_t mlkem_generate_keys(gluechip_backend_t backend, mlkem_work_t *work,
                                      const uint8_t seed[MLKEM_SEED_BYTES],
                                      uint8_t encapsulation_key[MLKEM_ENCAPSULATION_KEY_BYTES],
                                      uint8_t decapsulation_key[MLKEM_DECAPSULATION_KEY_BYTES]);

/* A shared secret and its ciphertext from the random bytes `message` (ML-KEM.Encaps_internal), once
 * the key has passed the checks of 7.2: its length, and all its numbers below q. */
gluechip_status_t mlkem_encapsulate(gluechip_backend_t backend, mlkem_work_t *work,
                                    const uint8_t *encapsulation_key, size_t key_bytes,
                                    const uint8_t message[MLKEM_MESSAGE_BYTES],
                                    uint8_t ciphertext[MLKEM_CIPHERTEXT_BYTES],
                                    uint8_t shared_secret[MLKEM_SHARED_SECRET_BYTES]);

/* The shared secret of a ciphertext (ML-KEM.Decaps_internal), once key and ciphertext have passed
 * the checks of 7.3: their lengths, and the hash in the key. From a ciphertext that was not made
 * for this key comes another secret, as the standard asks, and GLUECHIP_OK. */
gluechip_status_t mlkem_decapsulate(gluechip_backend_t backend, mlkem_work_t *work,
                                    const uint8_t *decapsulation_key, size_t key_bytes,
                                    const uint8_t *ciphertext, size_t ciphertext_bytes,
                                    uint8_t shared_secret[MLKEM_SHARED_SECRET_BYTES]);

#endif
