/* Each operation of ML-KEM with several secrets and the same public values: to be no different for
 * an observer. Prints the cycles of each; around each call the scratch register is 1.
 *
 * DECAPSULATIONS: how many of them, 5 unless defined; OTHERS: of the others each, 2 unless defined.
 * BACKEND: 1, the coprocessor, unless defined.
 */
#include <stdio.h>
#include <string.h>

#include <gluechip/hardware.h>
#include <gluechip/keccak.h>

#include "kpke.h"

#ifndef DECAPSULATIONS
#define DECAPSULATIONS 5
#endif
#ifndef OTHERS
#define OTHERS 2
#endif
#ifndef BACKEND
#define BACKEND GLUECHIP_BACKEND_COPROCESSOR
#endif

static mlkem_work_t work;
static uint8_t ek[MLKEM_ENCAPSULATION_KEY_BYTES], dk[MLKEM_DECAPSULATION_KEY_BYTES],
    ciphertext[MLKEM_CIPHERTEXT_BYTES], secret[MLKEM_SHARED_SECRET_BYTES];
static uint8_t right_dk[sizeof dk], right_ciphertext[sizeof ciphertext];
static uint8_t random[MLKEM_SEED_BYTES];

/* Bytes that look random. */
static void scramble(uint8_t *bytes, unsigned length, uint32_t x)
{
    for (unsigned i = 0; i < length; i++) {
        x ^= x << 13, x ^= x >> 17, x ^= x << 5; /* Marsaglia's xorshift */
        bytes[i] = (uint8_t)(x >> 24);
    }
}

/* The same code runs for all secrets. */
#define ONCE static __attribute__((noinline))

static uint32_t start;

/* Where the record of a job lies depends on its number: public, and to be the same in all calls. */
static void begin(void)
{
    while (GLUECHIP_KECCAK->submitted % 4 != 0)
        gluechip_sha3_256(GLUECHIP_BACKEND_COPROCESSOR, NULL, 0, secret);
    GLUECHIP_SYSTEM->scratch = 1;
    start = gluechip_cycles();
}

static int end(const char *name, gluechip_status_t status)
{
    const uint32_t cycles = gluechip_cycles() - start;
    GLUECHIP_SYSTEM->scratch = 0;
    printf("%s %u\n", name, (unsigned)cycles);
    return status != GLUECHIP_OK;
}

ONCE int decapsulate(int number)
{
    memcpy(dk, right_dk, sizeof dk);
    memcpy(ciphertext, right_ciphertext, sizeof ciphertext);
    if (number == 1)
        ciphertext[sizeof ciphertext - 1] ^= 0x80;
    if (number == 2)
        scramble(ciphertext, sizeof ciphertext, 6);
    if (number == 3)
        scramble(dk, VECTOR_BYTES, 7);
    if (number == 4)
        scramble(dk + sizeof dk - 32, 32, 8);
    begin();
    return end("decapsulate", mlkem_decapsulate(BACKEND, &work, dk, sizeof dk, ciphertext,
                                                sizeof ciphertext, secret));
}

ONCE int encapsulate(uint32_t number)
{
    scramble(random, 32, number);
    begin();
    return end("encapsulate", mlkem_encapsulate(BACKEND, &work, ek, sizeof ek, random, ciphertext,
                                                secret));
}

/* The whole call makes the public seed from the secret one, so this begins behind that. */
ONCE int generate(uint32_t number)
{
    static const uint8_t rho[32] = "public";
    scramble(random, 32, number);
    work.now.backend = BACKEND;
    begin();
    const int failed = end("generate", kpke_generate(&work, rho, random, ek, dk));
    memset(&work.now, 0, sizeof work.now);
    return failed;
}

int main(void)
{
    int failed = 0;
    scramble(random, sizeof random, 1);
    mlkem_generate_keys(BACKEND, &work, random, ek, right_dk);
    scramble(random, 32, 2);
    mlkem_encapsulate(BACKEND, &work, ek, sizeof ek, random, right_ciphertext, secret);
    for (int i = 0; i < DECAPSULATIONS; i++)
        failed += decapsulate(i);
    for (uint32_t i = 3; i < 3 + OTHERS; i++)
        failed += encapsulate(i);
    for (uint32_t i = 5; i < 5 + OTHERS; i++)
        failed += generate(i);
    return failed;
}
