/* External memory on the whole chip: loads, stores, rows of jobs, guard. Output:
ends 00 ff, stores 7 7, behind 5
rows 0 of 180 differ
refused: address, window, window, ok; unchanged
core 0 wrong, alone and beside a job: same
exit: 0 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <gluechip/coprocessor.h>
#include <gluechip/hardware.h>
#include <gluechip/keccak.h>
#include <gluechip/matmul.h>

#define ROW(i) (int8_t)((i) * 37), (int8_t)((i) * 91 + 5), (int8_t)((i) * 13 - 100), (int8_t)(i)
#define ROWS(i) ROW(i), ROW((i) + 1), ROW((i) + 2), ROW((i) + 3)
#define BLOCK(i) ROWS(i), ROWS((i) + 4), ROWS((i) + 8), ROWS((i) + 12)
#define EXTERNAL __attribute__((section(".external"), aligned(8)))

static const int8_t weights[1024] EXTERNAL = {
    BLOCK(0), BLOCK(16), BLOCK(32), BLOCK(48), BLOCK(64), BLOCK(80), BLOCK(96), BLOCK(112),
    BLOCK(128), BLOCK(144), BLOCK(160), BLOCK(176), BLOCK(192), BLOCK(208), BLOCK(224), BLOCK(240),
};

static int8_t a[64], b[1024] __attribute__((aligned(8)));
static int8_t c[2][64] __attribute__((aligned(8)));
static volatile uint32_t cause;
static uint8_t digest[2][32] __attribute__((aligned(8)));

__attribute__((interrupt("machine"), aligned(64))) static void on_trap(void)
{
    cause = GLUECHIP_CSR_READ(mcause);
    GLUECHIP_CSR_WRITE(mepc, GLUECHIP_CSR_READ(mepc) + 4);
}

static uint32_t load(uint32_t address)
{
    uint32_t word = 0xff;
    __asm__ volatile("lw %0, 0(%1)" : "+r"(word) : "r"(address) : "memory");
    return word;
}

static unsigned store(uint32_t address)
{
    cause = 0;
    __asm__ volatile("sw zero, 0(%0)" : : "r"(address) : "memory");
    return cause;
}

static void access(void)
{
    const uint32_t end = GLUECHIP_EXTERNAL_BASE + GLUECHIP_EXTERNAL_SIZE;
    const unsigned last = load(end - 4);
    cause = 0;
    const unsigned behind = load(end);
    const unsigned behind_cause = cause;
    const unsigned first_store = store(GLUECHIP_EXTERNAL_BASE), last_store = store(end - 4);
    printf("ends %02x %02x, stores %u %u, behind %u\n", last, behind, first_store, last_store,
           behind_cause);
}

static gluechip_matmul_job_t job_of(const int8_t *rows, unsigned n, unsigned k, int8_t *result)
{
    return (gluechip_matmul_job_t){
        .a = a, .b = rows, .c = result, .m = 2, .n = n, .k = k, .b_stride = k + n,
        .output = GLUECHIP_OUTPUT_INT8, .rounding = GLUECHIP_ROUNDING_SINGLE,
        .scale_multiplier = 1 << 30, .scale_shift = -5,
        .clamp_minimum = -128, .clamp_maximum = 127,
    };
}

/* The same product with rows of B in either memory, at every alignment. */
static void rows(void)
{
    static const uint8_t lengths[] = {1, 7, 8, 9, 31};
    unsigned wrong = 0, count = 0;
    memcpy(b, weights, sizeof b);
    for (unsigned i = 0; i < sizeof a; i++)
        a[i] = (int8_t)(i * 29 - 64);
    for (unsigned offset = 0; offset < 9; offset++)
        for (unsigned i = 0; i < sizeof lengths; i++)
            for (unsigned n = 1; n < 9; n += 2) {
                const gluechip_matmul_job_t jobs[2] = {
                    job_of(weights + offset, n, lengths[i], c[0]),
                    job_of(b + offset, n, lengths[i], c[1])};
                memset(c, 0, sizeof c);
                for (unsigned j = 0; j < 2; j++)
                    if (gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &jobs[j]) != GLUECHIP_OK)
                        wrong++;
                wrong += memcmp(c[0], c[1], sizeof c[0]) != 0;
                count++;
            }
    printf("rows %u of %u differ\n", wrong, count);
}

static const char *name_of(gluechip_status_t status)
{
    return status == GLUECHIP_OK               ? "ok"
           : status == GLUECHIP_ERROR_ADDRESS ? "address"
           : status == GLUECHIP_ERROR_WINDOW  ? "window"
                                               : "another";
}

static gluechip_status_t product(const int8_t *rows_of_b, int8_t *result)
{
    const gluechip_matmul_job_t job = job_of(rows_of_b, 4, 8, result);
    return gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job);
}

static void open_window(gluechip_rights_t rights)
{
    gluechip_guard_set(GLUECHIP_COPROCESSOR_MATMUL, 1, GLUECHIP_EXTERNAL_BASE,
                       GLUECHIP_EXTERNAL_BASE + GLUECHIP_EXTERNAL_SIZE, rights, false);
}

static void refused(void)
{
    const int8_t *const end = (int8_t *)(GLUECHIP_EXTERNAL_BASE + GLUECHIP_EXTERNAL_SIZE);
    printf("refused: %s, ", name_of(product(end - 8, c[0])));
    open_window(GLUECHIP_RIGHTS_READ_WRITE); /* which the memory does not have */
    printf("%s, ", name_of(product(weights, (int8_t *)weights + 512)));
    open_window(GLUECHIP_RIGHTS_NONE);
    printf("%s, ", name_of(product(weights, c[0])));
    open_window(GLUECHIP_RIGHTS_READ);
    printf("%s; %s\n", name_of(product(weights, c[0])),
           memcmp(weights, b, sizeof b) == 0 ? "unchanged" : "changed");
}

static __attribute__((noinline, aligned(64))) uint32_t work(unsigned *wrong)
{
    const volatile int8_t *const outside = weights;
    const uint32_t start = gluechip_cycles();
    for (unsigned i = 0; i < 24; i++)
        *wrong += outside[i] != b[i];
    return gluechip_cycles() - start;
}

static void undisturbed(void)
{
    const gluechip_keccak_job_t jobs[2] = {
        gluechip_sha3_256_job(weights + 3, 1000, digest[0]),
        gluechip_sha3_256_job(b + 3, 1000, digest[1])};
    gluechip_ticket_t ticket;
    unsigned wrong = 0, ignored = 0;
    const uint32_t alone = work(&wrong);
    if (gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &jobs[0], 0, &ticket) != GLUECHIP_OK)
        return;
    const uint32_t beside = work(&ignored);
    if (gluechip_wait(&ticket, 100000) != GLUECHIP_OK ||
        gluechip_keccak(GLUECHIP_BACKEND_COPROCESSOR, &jobs[1]) != GLUECHIP_OK ||
        memcmp(digest[0], digest[1], sizeof digest[0]) != 0)
        printf("digests differ; ");
    printf("core %u wrong, alone and beside a job: %s\n", wrong,
           alone == beside ? "same" : "different");
}

int main(void)
{
    GLUECHIP_CSR_WRITE(mtvec, (uintptr_t)on_trap);
    access();
    rows();
    refused();
    undisturbed();
    return 0;
}
