/* ML-KEM-768 with the hashes on the coprocessor, then all on the core: keys, a ciphertext, the
 * shared secret on both sides, and what comes of a ciphertext with one flipped bit. Tells where the
 * cycles go.
 *
 * SOFTWARE: 0 leaves out the run on the core alone, which takes most of the time.
 */
#include <stdio.h>
#include <string.h>

#include <gluechip/hardware.h>

#include "mlkem.h"

#ifndef SOFTWARE
#define SOFTWARE 1
#endif

/* None of this is worth much code. */
#define SMALL static __attribute__((cold, noinline))

/* For the host, which computes them too. */
uint8_t mlkem_encapsulation_key[MLKEM_ENCAPSULATION_KEY_BYTES];
uint8_t mlkem_decapsulation_key[MLKEM_DECAPSULATION_KEY_BYTES];
uint8_t mlkem_ciphertext[MLKEM_CIPHERTEXT_BYTES];
uint8_t mlkem_shared_secret[MLKEM_SHARED_SECRET_BYTES];
uint8_t mlkem_rejected_secret[MLKEM_SHARED_SECRET_BYTES];

enum { GENERATE, ENCAPSULATE, DECAPSULATE, REJECT, OPERATIONS };

static const char *const names[OPERATIONS] = {"key generation", "encapsulation", "decapsulation",
                                              "its rejection"};

typedef struct {
    uint32_t total, cycles[MLKEM_STEPS];
} times_t;

static mlkem_work_t work;

static uint32_t now(void)
{
    return gluechip_cycles();
}

/* Test values: real ones come from a source of randomness. */
SMALL void count_up(uint8_t *bytes, int length, int first)
{
    for (int i = 0; i < length; i++)
        bytes[i] = (uint8_t)(first + i);
}

SMALL gluechip_status_t run_operation(int operation, gluechip_backend_t backend)
{
    uint8_t seed[MLKEM_SEED_BYTES], message[MLKEM_MESSAGE_BYTES], again[MLKEM_SHARED_SECRET_BYTES];
    gluechip_status_t status;
    switch (operation) {
    case GENERATE:
        count_up(seed, sizeof seed, 0);
        return mlkem_generate_keys(backend, &work, seed, mlkem_encapsulation_key,
                                   mlkem_decapsulation_key);
    case ENCAPSULATE:
        count_up(message, sizeof message, 64);
        return mlkem_encapsulate(backend, &work, mlkem_encapsulation_key,
                                 sizeof mlkem_encapsulation_key, message, mlkem_ciphertext,
                                 mlkem_shared_secret);
    case DECAPSULATE:
        status = mlkem_decapsulate(backend, &work, mlkem_decapsulation_key,
                                   sizeof mlkem_decapsulation_key, mlkem_ciphertext,
                                   sizeof mlkem_ciphertext, again);
        if (status == GLUECHIP_OK && memcmp(again, mlkem_shared_secret, sizeof again) != 0) {
            puts("The two sides have different secrets.");
            return GLUECHIP_ERROR_UNKNOWN;
        }
        return status;
    default:
        mlkem_ciphertext[0] ^= 1;
        status = mlkem_decapsulate(backend, &work, mlkem_decapsulation_key,
                                   sizeof mlkem_decapsulation_key, mlkem_ciphertext,
                                   sizeof mlkem_ciphertext, mlkem_rejected_secret);
        mlkem_ciphertext[0] ^= 1;
        return status;
    }
}

SMALL void print_ratio(uint32_t more, uint32_t less)
{
    const unsigned tenths = (unsigned)((10ull * more + less / 2) / less);
    printf("%u.%u x\n", tenths / 10, tenths % 10);
}

SMALL void print_times(const char *name, const times_t *times)
{
    printf("%-15s %9u", name, (unsigned)times->total);
    for (int step = 0; step < MLKEM_STEPS; step++) {
        const unsigned share =
            (unsigned)((1000ull * times->cycles[step] + times->total / 2) / times->total);
        printf(" %6u.%u %%", share / 10, share % 10);
    }
    printf("\n");
}

SMALL gluechip_status_t run_all(const char *title, gluechip_backend_t backend,
                                times_t times[OPERATIONS])
{
    printf("\n%s\noperation          cycles  hashing sampling      NTT products     rest\n", title);
    for (int operation = 0; operation < OPERATIONS; operation++) {
        memset(work.cycles, 0, sizeof work.cycles);
        const gluechip_status_t status = run_operation(operation, backend);
        times[operation].total = 0;
        memcpy(times[operation].cycles, work.cycles, sizeof work.cycles);
        for (int step = 0; step < MLKEM_STEPS; step++)
            times[operation].total += work.cycles[step];
        if (status != GLUECHIP_OK)
            return status;
        print_times(names[operation], &times[operation]);
    }
    return GLUECHIP_OK;
}

/* What a unit could gain that does them in no time. */
SMALL void print_remedy(const char *name, const times_t *times)
{
    const uint32_t lattice = times->cycles[MLKEM_NTT] + times->cycles[MLKEM_PRODUCTS];
    printf("%s: NTT and products take %u of %u cycles; gain without them ", name,
           (unsigned)lattice, (unsigned)times->total);
    print_ratio(times->total, times->total - lattice);
}

SMALL void print_gains(const times_t *offloaded, const times_t *software)
{
    puts("\nFaster with the coprocessor:");
    for (int operation = 0; operation < REJECT; operation++) {
        printf("%s ", names[operation]);
        print_ratio(software[operation].total, offloaded[operation].total);
    }
}

int main(void)
{
    times_t offloaded[OPERATIONS], software[OPERATIONS];
    uint8_t secrets[2][MLKEM_SHARED_SECRET_BYTES];
    printf("Gluechip mlkem (%s): ML-KEM-768 of FIPS 203, test seeds\n", GLUECHIP_CONFIGURATION);
    work.clock = now;
    gluechip_status_t status =
        run_all("Hashes on the coprocessor", GLUECHIP_BACKEND_COPROCESSOR, offloaded);
    memcpy(secrets[0], mlkem_shared_secret, sizeof secrets[0]);
    memcpy(secrets[1], mlkem_rejected_secret, sizeof secrets[1]);
    if (status == GLUECHIP_OK && SOFTWARE)
        status = run_all("All on the core", GLUECHIP_BACKEND_CPU, software);
    if (status != GLUECHIP_OK) {
        printf("mlkem: %s\n", gluechip_status_text(status));
        return 1;
    }
    /* The two depend on all that was computed before. */
    if (memcmp(secrets[0], mlkem_shared_secret, sizeof secrets[0]) != 0 ||
        memcmp(secrets[1], mlkem_rejected_secret, sizeof secrets[1]) != 0) {
        puts("The core and the coprocessor differ.");
        return 1;
    }
    if (SOFTWARE)
        print_gains(offloaded, software);
    puts("");
    for (int operation = 0; operation < REJECT; operation++)
        print_remedy(names[operation], &offloaded[operation]);
    printf("shared secret ");
    for (int i = 0; i < MLKEM_SHARED_SECRET_BYTES; i++)
        printf("%02x", mlkem_shared_secret[i]);
    printf("\n");
    return 0;
}
