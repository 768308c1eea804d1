/* Handwritten digits: a network of three layers classifies images that its training never saw.
 *
 * The three products and the SHA3-256 of all their results are queued at once. Each job starts when
 * the one before has ended; the core only waits. Then the core does the same alone, for comparison.
 */
#include <stdio.h>
#include <string.h>

#include <gluechip/hardware.h>
#include <gluechip/keccak.h>
#include <gluechip/matmul.h>
#include <gluechip/system.h>

/* Images that fit the data memory with all that comes out of them. */
#if GLUECHIP_RAM_SIZE >= 96 * 1024 && GLUECHIP_ITCM_SIZE >= 64 * 1024
#define IMAGES HELD_OUT
#else
#define IMAGES FEW
#endif

#include "model.h"

#define DIGEST_BYTES 32
#define DRAWN 4
#define NEEDED_PERCENT 95

/* None of this is worth much code: the work is done elsewhere. */
#define SMALL static __attribute__((cold))

/* Where the results are: the host reads them here and compares them with its own. */
int8_t digits_logits[IMAGES * CLASSES];
uint8_t digits_digest[DIGEST_BYTES];

static int8_t images[IMAGES * PIXELS]; /* later the activations of the second layer */
static int8_t hidden[IMAGES * OUTPUTS_1];
static int8_t core_logits[IMAGES * CLASSES];

_Static_assert(OUTPUTS_2 <= PIXELS, "the activations of the second layer fit the images' place");

SMALL void unpack_images(void)
{
    for (int i = 0; i < IMAGES * PIXELS / 2; i++) {
        images[2 * i] = packed_images[i] & 15;
        images[2 * i + 1] = (int8_t)(packed_images[i] >> 4);
    }
}

#define LAYER(number, from, to)                                                                    \
    ((gluechip_matmul_job_t){                                                                      \
        .a = (from), .b = weights_##number, .c = (to), .bias = bias_##number,                      \
        .multiplier = multipliers_##number, .shift = shifts_##number, .m = IMAGES,                 \
        .n = OUTPUTS_##number, .k = INPUTS_##number, .a_zero = INPUT_ZERO_##number,                \
        .c_zero = OUTPUT_ZERO_##number, .output = GLUECHIP_OUTPUT_INT8,                            \
        .clamp_minimum = -128, .clamp_maximum = 127,                                               \
    })

/* Cycles: `total` from the first call to the digest, and how long each kind of work took. */
typedef struct {
    uint32_t total, matmul, keccak;
} times_t;

/* What the coprocessors counted: their busy cycles. */
SMALL gluechip_status_t busy_cycles(const gluechip_ticket_t *layers, const gluechip_ticket_t *hash,
                                     times_t *times)
{
    gluechip_job_record_t record;
    times->matmul = 0;
    for (int i = 0; i < LAYERS; i++) {
        const gluechip_status_t status = gluechip_job_record(&layers[i], &record);
        if (status != GLUECHIP_OK)
            return status;
        times->matmul += record.busy_cycles;
    }
    const gluechip_status_t status = gluechip_job_record(hash, &record);
    times->keccak = record.busy_cycles;
    return status;
}

/* Queues everything and waits for the hash. The core does its jobs while they are submitted. */
SMALL gluechip_status_t classify(gluechip_backend_t backend, int8_t *logits, uint8_t *digest,
                                  times_t *times)
{
    const gluechip_matmul_job_t layers[LAYERS] = {
        LAYER(1, images, hidden),
        LAYER(2, hidden, images),
        LAYER(3, images, logits),
    };
    const gluechip_keccak_job_t hash = gluechip_sha3_256_job(logits, IMAGES * CLASSES, digest);
    gluechip_ticket_t done[LAYERS], hashed;
    const uint32_t start = gluechip_cycles();
    for (int i = 0; i < LAYERS; i++) {
        const gluechip_status_t status =
            gluechip_matmul_submit(backend, &layers[i], i == 0 ? NULL : &done[i - 1], &done[i]);
        if (status != GLUECHIP_OK)
            return status;
    }
    const uint32_t middle = gluechip_cycles();
    gluechip_status_t status = gluechip_keccak_submit(backend, &hash, &done[LAYERS - 1], &hashed);
    if (status == GLUECHIP_OK)
        status = gluechip_wait(&hashed, GLUECHIP_WAIT_DEFAULT_CYCLES);
    const uint32_t end = gluechip_cycles();
    *times = (times_t){.total = end - start, .matmul = middle - start, .keccak = end - middle};
    if (status == GLUECHIP_OK && backend == GLUECHIP_BACKEND_COPROCESSOR)
        status = busy_cycles(done, &hashed, times);
    return status;
}

SMALL void compare(const char *what, uint32_t coprocessors, uint32_t core)
{
    printf("%-9s %9u %12u %9u x\n", what, (unsigned)coprocessors, (unsigned)core,
           (unsigned)(core / coprocessors));
}

static int prediction(const int8_t *logits)
{
    int best = 0;
    for (int i = 1; i < CLASSES; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

/* Draws the first DRAWN images side by side, two characters a pixel. */
SMALL void draw(void)
{
    static const char shades[] = "  ..::--==++**##";
    for (int y = 0; y < 8; y++) {
        for (int image = 0; image < DRAWN; image++) {
            const uint8_t *const row = packed_images + image * PIXELS / 2 + y * 4;
            for (int x = 0; x < 8; x++) {
                const char shade = shades[x % 2 ? row[x / 2] >> 4 : row[x / 2] & 15];
                printf("%c%c", shade, shade);
            }
            printf("  ");
        }
        printf("\n");
    }
    for (int image = 0; image < DRAWN; image++)
        printf("%7d%-11s", prediction(digits_logits + image * CLASSES), "");
    printf("\n");
}

static int failed(const char *what, gluechip_status_t status)
{
    printf("%s: %s\n", what, gluechip_status_text(status));
    return 1;
}

__attribute__((cold)) int main(void)
{
    uint8_t core_digest[DIGEST_BYTES];
    times_t with, without;

    printf("Gluechip digits (%s): %d handwritten digits, layers %dx%dx%dx%d, int8\n",
           GLUECHIP_CONFIGURATION, (int)IMAGES, INPUTS_1, OUTPUTS_1, OUTPUTS_2, OUTPUTS_3);
    unpack_images();
    gluechip_status_t status = classify(GLUECHIP_BACKEND_COPROCESSOR, digits_logits, digits_digest,
                                        &with);
    if (status != GLUECHIP_OK)
        return failed("coprocessors", status);
    draw();

    int right = 0;
    for (int i = 0; i < IMAGES; i++)
        right += prediction(digits_logits + i * CLASSES) == labels[i];
    const unsigned permille = (unsigned)(1000 * right / IMAGES);
    printf("accuracy  %d of %d right: %u.%u %%\n", right, (int)IMAGES, permille / 10,
           permille % 10);
    printf("sha3-256  ");
    for (int i = 0; i < DIGEST_BYTES; i++)
        printf("%02x", digits_digest[i]);
    printf("\nThe core does the same alone ...\n");

    unpack_images();
    status = classify(GLUECHIP_BACKEND_CPU, core_logits, core_digest, &without);
    if (status != GLUECHIP_OK)
        return failed("core", status);
    if (memcmp(core_logits, digits_logits, sizeof core_logits) != 0 ||
        memcmp(core_digest, digits_digest, DIGEST_BYTES) != 0) {
        puts("The core and the coprocessors differ.");
        return 1;
    }
    puts("cycles    offloaded   core alone   speed-up (same bits)");
    compare("matmul", with.matmul, without.matmul);
    compare("keccak", with.keccak, without.keccak);
    compare("all", with.total, without.total);
    if (right * 100 < NEEDED_PERCENT * (int)IMAGES) {
        printf("Accuracy is below %d %%.\n", NEEDED_PERCENT);
        return 1;
    }
    return 0;
}
