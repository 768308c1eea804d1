/* What offloading gains: matrix products and hashes of many sizes, on the coprocessors and on the
 * core, results compared.
 *
 * cycles : from the store to START until the core can use the result.
 * call   : the whole C call on the coprocessor, with its checks and its descriptor.
 * cpu    : the same C call on the core.
 *
 * With OFFLOAD_FULL the sizes are those of `make bench`, and take a while. With
 * OFFLOAD_HASHES_ONLY there are no matrices.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <gluechip/hardware.h>
#include <gluechip/keccak.h>
#include <gluechip/matmul.h>
#include <gluechip/pipeline.h>

#ifndef OFFLOAD_HASHES_ONLY
#define OFFLOAD_HASHES_ONLY 0
#endif
#define POOL_BYTES (GLUECHIP_RAM_SIZE - 12 * 1024)

typedef struct {
    uint32_t cycles, call, cpu;
} times_t;

typedef struct {
    uint16_t m, n, k;
} shape_t;

static const shape_t shapes[] = {
    {8, 8, 8}, {16, 16, 16}, {32, 32, 32}, {64, 64, 64},
#ifdef OFFLOAD_FULL
    {128, 128, 128}, {256, 256, 64}, {125, 125, 125}, {65, 65, 65}, {63, 63, 63}, {9, 9, 9},
    {7, 7, 7}, {1, 1, 1}, {1, 125, 65}, {125, 7, 63}, {9, 63, 125}, {63, 125, 9}, {65, 9, 125},
#else
    {1, 32, 64}, {7, 9, 13}, {33, 17, 65}, {100, 10, 32},
#endif
};

typedef struct {
    const char *name;
    uint8_t rate_bytes, domain;
} function_t;

static const function_t sha3_256 = {"sha3_256", 136, GLUECHIP_DOMAIN_SHA3};
static const function_t keccak_256 = {"keccak_256", 136, GLUECHIP_DOMAIN_KECCAK};
static const function_t shake128 = {"shake128", 168, GLUECHIP_DOMAIN_SHAKE};

static const struct {
    const function_t *function;
    uint16_t count, length, output_length;
} hashes[] = {
    {&sha3_256, 1, 0, 32}, {&sha3_256, 1, 64, 32}, {&sha3_256, 1, 136, 32},
    {&sha3_256, 1, 1000, 32}, {&keccak_256, 1, 64, 32}, {&shake128, 1, 1000, 32},
    {&shake128, 1, 32, 1000}, {&keccak_256, 16, 64, 32},
#ifdef OFFLOAD_FULL
    {&keccak_256, 1, 0, 32}, {&keccak_256, 1, 136, 32}, {&keccak_256, 1, 1000, 32},
    {&shake128, 1, 0, 32}, {&shake128, 1, 64, 32}, {&shake128, 1, 136, 32},
    {&sha3_256, 1, 16384, 32}, {&keccak_256, 1, 16384, 32}, {&shake128, 1, 16384, 32},
    {&(const function_t){"sha3_512", 72, GLUECHIP_DOMAIN_SHA3}, 1, 16384, 64},
    {&shake128, 1, 32, 16384},
    {&(const function_t){"shake256", 136, GLUECHIP_DOMAIN_SHAKE}, 1, 32, 16384},
    {&keccak_256, 256, 64, 32},
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

static void fill(void *where, uint32_t bytes)
{
    for (uint32_t *p = where; bytes >= 4; bytes -= 4)
        *p++ = next_random();
}

/* Space for `bytes` bytes behind `*used`, a multiple of 8; NULL when the pool is used up. */
static void *take(uint32_t *used, uint32_t bytes)
{
    void *const space = pool + *used;
    *used += (bytes + 7) & ~7u;
    return *used <= POOL_BYTES ? space : NULL;
}

/* Starts the job that is still in the descriptor registers `jobs` times more; the time until all are
 * done. */
static uint32_t time_of_jobs(unsigned jobs, volatile uint32_t *control,
                             const volatile uint32_t *completed)
{
    const uint32_t goal = (*completed + jobs) & 0xffff;
    __asm__ volatile("" : : "r"(goal)); /* known before the clock is read */
    const uint32_t start = gluechip_cycles();
    while (jobs-- != 0)
        *control = GLUECHIP_MATMUL_CONTROL_START_MASK;
    for (uint32_t turns = GLUECHIP_WAIT_DEFAULT_CYCLES / 128; turns != 0; turns--)
        /* Looks as often as it can: what is measured is the coprocessor. */
#pragma GCC unroll 16
        for (int look = 0; look < 16; look++)
            if (*completed == goal)
                return gluechip_cycles() - start;
    return gluechip_cycles() - start;
}

_Static_assert(GLUECHIP_MATMUL_CONTROL_START_MASK == GLUECHIP_KECCAK_CONTROL_START_MASK, "START");

static void report(const times_t *t, gluechip_status_t status, bool equal)
{
    printf(" cycles=%u call=%u cpu=%u", (unsigned)t->cycles, (unsigned)t->call, (unsigned)t->cpu);
    if (status != GLUECHIP_OK)
        printf(" FAILED: %s\n", gluechip_status_text(status));
    else
        puts(equal ? "" : " FAILED: results differ");
    failures += status != GLUECHIP_OK || !equal;
}

/* What `coprocessor` counted in its last job. */
static void report_record(gluechip_coprocessor_t coprocessor, uint32_t completed)
{
    const gluechip_ticket_t last = {coprocessor, (uint16_t)completed};
    gluechip_job_record_t record;
    gluechip_job_record(&last, &record);
    printf(" busy=%u input=%u output=%u", (unsigned)record.busy_cycles,
           (unsigned)record.stalled_on_input_cycles, (unsigned)record.stalled_on_output_cycles);
}

/* The time of as many jobs as the queue holds, of which each begins while the one before it ends. */
static void report_queue(void)
{
    GLUECHIP_MATMUL->wait = GLUECHIP_PUT(MATMUL_WAIT_OVERLAP, 1);
    const uint32_t queue = time_of_jobs(GLUECHIP_PIPELINE_DEPTH, &GLUECHIP_MATMUL->control,
                                        &GLUECHIP_MATMUL->completed);
    printf(" queue=%u", (unsigned)queue);
}

static void run_matmul(shape_t shape)
{
    const uint32_t m = shape.m, n = shape.n, k = shape.k;
    uint32_t used = 0;
    int8_t *const a = take(&used, m * k), *const b = take(&used, n * k);
    int32_t *const bias = take(&used, 4 * n), *const multipliers = take(&used, 4 * n);
    int32_t *const shifts = take(&used, 4 * n);
    int8_t *const c = take(&used, m * n), *const c_cpu = take(&used, m * n);
    if (c_cpu == NULL)
        return; /* this chip has too little memory for it */
    fill(pool, (uint32_t)((uint8_t *)bias - pool));
    for (uint32_t i = 0; i < n; i++) {
        bias[i] = (int32_t)(next_random() >> 18) - 8192;
        multipliers[i] = (int32_t)(0x40000000 | next_random() >> 2);
        shifts[i] = -8 - (int32_t)(next_random() >> 31);
    }
    gluechip_matmul_job_t job = {
        .a = a, .b = b, .c = c, .bias = bias, .multiplier = multipliers, .shift = shifts,
        .m = m, .n = n, .k = k, .c_zero = 3, .output = GLUECHIP_OUTPUT_INT8,
        .clamp_minimum = -128, .clamp_maximum = 127,
    };
    times_t t;
    printf("bench matmul %u %u %u", (unsigned)m, (unsigned)n, (unsigned)k);
    uint32_t start = gluechip_cycles();
    gluechip_status_t status = gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job);
    t.call = gluechip_cycles() - start;
    t.cycles = time_of_jobs(1, &GLUECHIP_MATMUL->control, &GLUECHIP_MATMUL->completed);
    report_record(GLUECHIP_COPROCESSOR_MATMUL, GLUECHIP_MATMUL->completed);
    report_queue();
    job.c = c_cpu;
    start = gluechip_cycles();
    const gluechip_status_t cpu_status = gluechip_matmul(GLUECHIP_BACKEND_CPU, &job);
    t.cpu = gluechip_cycles() - start;
    report(&t, status != GLUECHIP_OK ? status : cpu_status, memcmp(c, c_cpu, m * n) == 0);
}

static void run_keccak(const function_t *function, uint32_t count, uint32_t length,
                       uint32_t output_length)
{
    uint32_t used = 0;
    uint8_t *const source = take(&used, count * length);
    uint8_t *const output = take(&used, count * output_length);
    uint8_t *const output_cpu = take(&used, count * output_length);
    if (output_cpu == NULL)
        return;
    fill(source, count * length);
    gluechip_keccak_job_t job = {
        .source = source, .length = length, .destination = output,
        .output_length = output_length, .rate_bytes = function->rate_bytes,
        .domain = function->domain, .rounds = 24, .count = (uint16_t)count,
        .source_stride = length, .destination_stride = output_length,
    };
    times_t t;
    printf("bench keccak %s %ux%u:%u", function->name, (unsigned)count, (unsigned)length,
           (unsigned)output_length);
    uint32_t start = gluechip_cycles();
    gluechip_status_t status = gluechip_keccak(GLUECHIP_BACKEND_COPROCESSOR, &job);
    t.call = gluechip_cycles() - start;
    t.cycles = time_of_jobs(1, &GLUECHIP_KECCAK->control, &GLUECHIP_KECCAK->completed);
    report_record(GLUECHIP_COPROCESSOR_KECCAK, GLUECHIP_KECCAK->completed);
    job.destination = output_cpu;
    start = gluechip_cycles();
    const gluechip_status_t cpu_status = gluechip_keccak(GLUECHIP_BACKEND_CPU, &job);
    t.cpu = gluechip_cycles() - start;
    report(&t, status != GLUECHIP_OK ? status : cpu_status,
           memcmp(output, output_cpu, count * output_length) == 0);
}

int main(void)
{
    printf("Gluechip offload (%s): array %ux%u\n", GLUECHIP_CONFIGURATION,
           (unsigned)GLUECHIP_ARRAY_ROWS, (unsigned)GLUECHIP_ARRAY_COLUMNS);
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0] && !OFFLOAD_HASHES_ONLY; i++)
        run_matmul(shapes[i]);
    for (unsigned i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
        run_keccak(hashes[i].function, hashes[i].count, hashes[i].length, hashes[i].output_length);
    printf("%d failures\n", failures);
    return failures != 0;
}
