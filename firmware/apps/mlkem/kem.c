#include <string.h>

#include "encode.h"
#include "hash.h"
#include "kpke.h"

/* Keeps the compiler from knowing a value, and so from making a choice of it: a branch, or an
 * address. */
INLINE uint32_t hidden(uint32_t value)
{
    __asm__("" : "+r"(value));
    return value;
}

/* Zeroes memory that nobody reads again, which memset() alone might leave out. */
static void wipe(void *memory, size_t size)
{
    memset(memory, 0, size);
    __asm__ volatile("" : : "r"(memory) : "memory");
}

/* Zeroes the output of a call that failed, unless it is that which was left out. */
static void forget(uint8_t *output, size_t size)
{
    if (output != NULL)
        wipe(output, size);
}

static void begin(mlkem_work_t *work, gluechip_backend_t backend)
{
    work->now.backend = backend;
    work->now.started = work->now.ended = 0;
    if (work->clock != NULL)
        work->since = work->clock();
}

/* Ends a call: no job is under way any more, no secret is left. */
static gluechip_status_t end(mlkem_work_t *work, gluechip_status_t status)
{
    hash_wait(work, work->now.started);
    wipe(&work->now, sizeof work->now);
    book(work, MLKEM_REST);
    return status;
}

static gluechip_status_t generate(mlkem_work_t *work, const uint8_t *seed, uint8_t *ek, uint8_t *dk)
{
    uint8_t *const d = work->now.message, *const coins = work->now.coins;
    memcpy(d, seed, 32);
    d[32] = K;
    gluechip_status_t status = hash_now(work, hash_g(d, 33, coins));
    if (status == GLUECHIP_OK)
        status = kpke_generate(work, coins, coins + 32, ek, dk);
    if (status != GLUECHIP_OK)
        return status;
    memcpy(ek + VECTOR_BYTES, coins, 32);
    uint8_t *const copy = dk + VECTOR_BYTES, *const hash = copy + MLKEM_ENCAPSULATION_KEY_BYTES;
    book(work, MLKEM_REST);
    status = hash_start(work, hash_h(ek, MLKEM_ENCAPSULATION_KEY_BYTES, hash));
    if (status != GLUECHIP_OK)
        return status;
    memcpy(copy, ek, MLKEM_ENCAPSULATION_KEY_BYTES);
    memcpy(hash + 32, seed + 32, 32);
    book(work, MLKEM_REST);
    return hash_wait(work, work->now.started);
}

gluechip_status_t mlkem_generate_keys(gluechip_backend_t backend, mlkem_work_t *work,
                                      const uint8_t seed[MLKEM_SEED_BYTES],
                                      uint8_t encapsulation_key[MLKEM_ENCAPSULATION_KEY_BYTES],
                                      uint8_t decapsulation_key[MLKEM_DECAPSULATION_KEY_BYTES])
{
    gluechip_status_t status = GLUECHIP_ERROR_ARGUMENT;
    if (work != NULL && seed != NULL && encapsulation_key != NULL && decapsulation_key != NULL) {
        begin(work, backend);
        status = end(work, generate(work, seed, encapsulation_key, decapsulation_key));
    }
    if (status != GLUECHIP_OK) {
        forget(encapsulation_key, MLKEM_ENCAPSULATION_KEY_BYTES);
        forget(decapsulation_key, MLKEM_DECAPSULATION_KEY_BYTES);
    }
    return status;
}

/* Whether all numbers of t are below q (FIPS 203 7.2). */
static bool passes_modulus_check(mlkem_work_t *work, const uint8_t *ek)
{
    bool passes = true;
    for (int i = 0; i < K; i++) {
        decode_12(&work->now.row[i], ek + POLY_BYTES * i);
        passes = is_canonical(&work->now.row[i]) && passes;
    }
    book(work, MLKEM_REST);
    return passes;
}

static gluechip_status_t encapsulate(mlkem_work_t *work, const uint8_t *ek, const uint8_t *message,
                                     uint8_t *ciphertext, uint8_t *shared_secret)
{
    uint8_t *const m = work->now.message, *const coins = work->now.coins;
    memcpy(m, message, 32);
    gluechip_status_t status = hash_start(work, hash_h(ek, MLKEM_ENCAPSULATION_KEY_BYTES, m + 32));
    if (status == GLUECHIP_OK && !passes_modulus_check(work, ek))
        status = GLUECHIP_ERROR_ARGUMENT;
    if (status == GLUECHIP_OK)
        status = hash_wait(work, work->now.started);
    if (status == GLUECHIP_OK)
        status = hash_now(work, hash_g(m, 64, coins));
    if (status == GLUECHIP_OK)
        status = kpke_encrypt(work, ek, m, coins + 32, ciphertext);
    if (status == GLUECHIP_OK)
        memcpy(shared_secret, coins, 32);
    return status;
}

gluechip_status_t mlkem_encapsulate(gluechip_backend_t backend, mlkem_work_t *work,
                                    const uint8_t *encapsulation_key, size_t key_bytes,
                                    const uint8_t message[MLKEM_MESSAGE_BYTES],
                                    uint8_t ciphertext[MLKEM_CIPHERTEXT_BYTES],
                                    uint8_t shared_secret[MLKEM_SHARED_SECRET_BYTES])
{
    gluechip_status_t status = GLUECHIP_ERROR_ARGUMENT;
    if (work != NULL && encapsulation_key != NULL && message != NULL && ciphertext != NULL &&
        shared_secret != NULL && key_bytes == MLKEM_ENCAPSULATION_KEY_BYTES) {
        begin(work, backend);
        status = end(work, encapsulate(work, encapsulation_key, message, ciphertext,
                                       shared_secret));
    }
    if (status != GLUECHIP_OK) {
        forget(ciphertext, MLKEM_CIPHERTEXT_BYTES);
        forget(shared_secret, MLKEM_SHARED_SECRET_BYTES);
    }
    return status;
}

/* `right` where the ciphertexts are equal, else `rejected`, in the same time. */
static void select_secret(uint8_t secret[32], const uint8_t right[32], const uint8_t rejected[32],
                          const uint32_t *ciphertext, const uint32_t *again)
{
    uint32_t difference = 0;
    UNROLLED
    for (int i = 0; i < MLKEM_CIPHERTEXT_BYTES / 4; i++)
        difference |= ciphertext[i] ^ again[i];
    /* All ones if they differ. */
    const uint32_t mask = hidden(0 - ((difference | (0 - difference)) >> 31));
    for (int i = 0; i < 32; i++)
        secret[i] = (uint8_t)(right[i] ^ (mask & (right[i] ^ rejected[i])));
}

static gluechip_status_t decapsulate(mlkem_work_t *work, const uint8_t *dk,
                                     const uint8_t *ciphertext, uint8_t *shared_secret)
{
    const uint8_t *const ek = dk + VECTOR_BYTES, *const hash = ek + MLKEM_ENCAPSULATION_KEY_BYTES,
                  *const z = hash + 32;
    uint8_t *const m = work->now.message, *const coins = work->now.coins,
            *const rejection = (uint8_t *)work->now.rejection;
    gluechip_status_t status =
        hash_start(work, hash_h(ek, MLKEM_ENCAPSULATION_KEY_BYTES, work->now.hash));
    if (status != GLUECHIP_OK)
        return status;
    memcpy(rejection, z, 32);
    memcpy(rejection + 32, ciphertext, MLKEM_CIPHERTEXT_BYTES);
    book(work, MLKEM_REST);
    status = hash_start(work, hash_shake256(rejection, 32 + MLKEM_CIPHERTEXT_BYTES,
                                            work->now.rejected, 32));
    if (status != GLUECHIP_OK)
        return status;
    kpke_decrypt(work, dk, ciphertext, m);
    memcpy(m + 32, hash, 32);
    status = hash_wait(work, work->now.started);
    if (status == GLUECHIP_OK && memcmp(work->now.hash, hash, 32) != 0) /* both are public */
        status = GLUECHIP_ERROR_ARGUMENT;
    if (status == GLUECHIP_OK)
        status = hash_now(work, hash_g(m, 64, coins));
    if (status == GLUECHIP_OK)
        status = kpke_encrypt(work, ek, m, coins + 32, (uint8_t *)work->now.ciphertext);
    if (status == GLUECHIP_OK)
        select_secret(shared_secret, coins, work->now.rejected,
                      work->now.rejection + 32 / 4, work->now.ciphertext);
    return status;
}

gluechip_status_t mlkem_decapsulate(gluechip_backend_t backend, mlkem_work_t *work,
                                    const uint8_t *decapsulation_key, size_t key_bytes,
                                    const uint8_t *ciphertext, size_t ciphertext_bytes,
                                    uint8_t shared_secret[MLKEM_SHARED_SECRET_BYTES])
{
    gluechip_status_t status = GLUECHIP_ERROR_ARGUMENT;
    if (work != NULL && decapsulation_key != NULL && ciphertext != NULL && shared_secret != NULL &&
        key_bytes == MLKEM_DECAPSULATION_KEY_BYTES && ciphertext_bytes == MLKEM_CIPHERTEXT_BYTES) {
        begin(work, backend);
        status = end(work, decapsulate(work, decapsulation_key, ciphertext, shared_secret));
    }
    if (status != GLUECHIP_OK)
        forget(shared_secret, MLKEM_SHARED_SECRET_BYTES);
    return status;
}
