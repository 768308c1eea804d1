/* What it costs not to trust the array: products checked, blinded, and both, beside plain ones on the
 * array and on the core.
 *
 * All are cycles of the C call. `masks` is what comes before a blinded product, when A is not known
 * yet. `shake` is who makes the random bytes: the Keccak engine, or the core alone. With
 * UNTRUSTED_FULL the sizes are those of `make bench`.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <gluechip/hardware.h>
#include <gluechip/untrusted.h>

#define POOL_BYTES (GLUECHIP_RAM_SIZE - 12 * 1024)

typedef struct {
    uint16_t m, n, k;
} shape_t;

static const shape_t shapes[] = {
#ifdef UNTRUSTED_FULL
    {8, 8, 8}, {32, 32, 32}, {64, 64, 64}, {1, 256, 256},
#else
    {8, 8, 8}, {7, 6, 13}, {1, 16, 24},
#endif
};

static uint8_t pool[POOL_BYTES] __attribute__((aligned(8)));
static int failures;

/* The next of a fixed sequence of numbers (xorshift32 of Marsaglia). */
static uint32_t next_random(void)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Space for `bytes` bytes behind `*used`, a multiple of 8; NULL when the pool is used up. */
static void *take(uint32_t *used, uint32_t bytes)
{
    void *const space = pool + *used;
    *used += (bytes + 7) & ~7u;
    return *used <= POOL_BYTES ? space : NULL;
}

/* What all calls of a shape work on. */
typedef struct {
    gluechip_matmul_job_t job;
    gluechip_masks_t masks;
    gluechip_random_t random;
    void *workspace;
} product_t;

static gluechip_status_t on_core(product_t *p)
{
    return gluechip_matmul(GLUECHIP_BACKEND_CPU, &p->job);
}

static gluechip_status_t plain(product_t *p)
{
    return gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &p->job);
}

static gluechip_status_t checked(product_t *p)
{
    return gluechip_matmul_checked(GLUECHIP_BACKEND_COPROCESSOR, &p->job, &p->random,
                                   p->workspace);
}

static gluechip_status_t draw_masks(product_t *p)
{
    return gluechip_matmul_draw_masks(&p->job, &p->random, &p->masks);
}

static gluechip_status_t blinded(product_t *p)
{
    return gluechip_matmul_blinded(GLUECHIP_BACKEND_COPROCESSOR, &p->job, &p->masks,
                                   p->workspace);
}

static gluechip_status_t both(product_t *p)
{
    return gluechip_matmul_blinded_checked(GLUECHIP_BACKEND_COPROCESSOR, &p->job, &p->masks,
                                           &p->random, p->workspace);
}

static const struct {
    const char *name;
    gluechip_status_t (*call)(product_t *);
    bool has_result;
} calls[] = {
    {"core", on_core, true},       {"plain", plain, true},      {"checked", checked, true},
    {"masks", draw_masks, false},  {"blinded", blinded, true},  {"", draw_masks, false},
    {"both", both, true},
};

static void run(shape_t shape, const char *shake, gluechip_keyed_random_t *keyed)
{
    const uint32_t m = shape.m, n = shape.n, k = shape.k, c_bytes = 4 * m * n;
    const uint32_t blinded_bytes = GLUECHIP_MATMUL_BLINDED_BYTES(m, n, k);
    const uint32_t verify_bytes = GLUECHIP_MATMUL_VERIFY_BYTES(n, k);
    uint32_t used = 0;
    int8_t *const a = take(&used, m * k), *const b = take(&used, n * k);
    const uint32_t filled = used;
    int32_t *const c = take(&used, c_bytes), *const expected = take(&used, c_bytes);
    product_t p = {
        .job = {.a = a, .b = b, .c = c, .m = m, .n = n, .k = k, .a_zero = 3,
                .output = GLUECHIP_OUTPUT_INT32},
        .masks = {.words = take(&used, 4 * m * k), .corrections = take(&used, c_bytes)},
        .random = gluechip_keyed_random(keyed),
        .workspace = take(&used, blinded_bytes > verify_bytes ? blinded_bytes : verify_bytes),
    };
    if (p.workspace == NULL)
        return; /* this chip has too little memory for it */
    for (uint32_t i = 0; i < filled / 4; i++)
        ((uint32_t *)pool)[i] = next_random();
    /* The calls that do not trust the array leave it without windows. */
    gluechip_guard_set(GLUECHIP_COPROCESSOR_MATMUL, 0, GLUECHIP_RAM_BASE,
                       GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE, GLUECHIP_RIGHTS_READ_WRITE, false);
    printf("bench untrusted %u %u %u shake=%s", (unsigned)m, (unsigned)n, (unsigned)k, shake);
    bool right = true;
    for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        memset(c, 0, c_bytes);
        const uint32_t start = gluechip_cycles();
        const gluechip_status_t status = calls[i].call(&p);
        const uint32_t cycles = gluechip_cycles() - start;
        if (calls[i].name[0] != '\0')
            printf(" %s=%u", calls[i].name, (unsigned)cycles);
        if (i == 0)
            memcpy(expected, c, c_bytes);
        right &= status == GLUECHIP_OK &&
                 (!calls[i].has_result || memcmp(c, expected, c_bytes) == 0);
    }
    puts(right ? "" : " FAILED");
    failures += !right;
}

int main(void)
{
    static gluechip_keyed_random_t keyed = {.key = "a key that is known: no secret"};
    printf("Gluechip untrusted (%s): array %ux%u\n", GLUECHIP_CONFIGURATION,
           (unsigned)GLUECHIP_ARRAY_ROWS, (unsigned)GLUECHIP_ARRAY_COLUMNS);
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        keyed.backend = GLUECHIP_BACKEND_COPROCESSOR;
        run(shapes[i], "engine", &keyed);
        keyed.backend = GLUECHIP_BACKEND_CPU;
        run(shapes[i], "core", &keyed);
    }
    printf("%d failures\n", failures);
    return failures != 0;
}
