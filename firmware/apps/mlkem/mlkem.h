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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gluechip/coprocessor.h>
#include <gluechip/status.h>

#define MLKEM_SEED_BYTES 64                /* d, then z */
#define MLKEM_ENCAPSULATION_KEY_BYTES 1184 /* public */
#define MLKEM_DECAPSULATION_KEY_BYTES 2400 /* secret */
#define MLKEM_MESSAGE_BYTES 32
#define MLKEM_CIPHERTEXT_BYTES 1088
#define MLKEM_SHARED_SECRET_BYTES 32

/* FIPS 203 appendix B: who limits the loop of SampleNTT allows at least 280 turns of 3 bytes. */
#define MLKEM_EXPANSION_BYTES (3 * 280)

/* What the cycles are spent on. */
typedef enum {
    MLKEM_HASHING,  /* starting jobs and waiting for them; with the CPU backend, their work */
    MLKEM_SAMPLING, /* polynomials from what was hashed */
    MLKEM_NTT,      /* the transform and its inverse */
    MLKEM_PRODUCTS, /* of transformed polynomials */
    MLKEM_REST,     /* encoding, comparison, copies, wiping */
    MLKEM_STEPS,
} mlkem_step_t;

/* 256 coefficients, or the 128 pairs that the transform makes of them. */
typedef struct {
    uint16_t at[256];
} mlkem_poly_t;

/* The bytes of one polynomial to be sampled. */
typedef struct {
    uint8_t rho[36], sigma[36]; /* the seeds, then two or one bytes */
    uint32_t output[MLKEM_EXPANSION_BYTES / 4];
    uint32_t job;
} mlkem_expansion_t;

/* Where a call computes: memory of the caller's, so that the stack stays small and two calls may be
 * under way at a time. All zero at first; `clock` and `cycles` are the caller's, the rest is wiped
 * at the end of a call. */
typedef struct {
    uint32_t (*clock)(void);      /* tells the time in cycles, or NULL */
    uint32_t cycles[MLKEM_STEPS]; /* added up over calls, when there is a clock */
    uint32_t since;
    struct {
        gluechip_backend_t backend;
        gluechip_ticket_t tickets[2]; /* see hash.h */
        uint32_t started, ended;
        mlkem_expansion_t expansions[2]; /* see expand.h */
        uint32_t taken, count;
        bool transposed;
        mlkem_poly_t vector[3]; /* s or y */
        mlkem_poly_t row[3];    /* of the matrix, or what is multiplied like one */
        mlkem_poly_t sum, noise;
        uint32_t rejection[(32 + MLKEM_CIPHERTEXT_BYTES) / 4]; /* z, c */
        uint32_t ciphertext[MLKEM_CIPHERTEXT_BYTES / 4];       /* c, encrypted again */
        uint8_t message[64];                             /* m, H(ek) */
        uint8_t coins[64];                               /* what G gave: two halves */
        uint8_t rejected[32];                            /* the secret of a wrong ciphertext */
        uint8_t hash[32];
    } now;
} mlkem_work_t;

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
