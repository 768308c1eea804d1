/* output:
60 products equal on both backends
the array reaches nothing afterwards: the guard forbade an access, 0
every draw came when the windows were closed
C over B: an argument is outside its legal range
C of ITCM: an operand does not lie in RAM
C at no multiple of 8: an argument is outside its legal range
result untouched
a source that fails: the wait took too long, result zeroed
locked window: the guard forbade an access, result zeroed
exit: 0
*/
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <gluechip/hardware.h>
#include <gluechip/untrusted.h>

#define MAXIMUM 12

static uint8_t a[MAXIMUM * MAXIMUM + 8], b[MAXIMUM * MAXIMUM + 8];
static int32_t core[MAXIMUM * MAXIMUM + 2] __attribute__((aligned(8)));
static int32_t unit[MAXIMUM * MAXIMUM + 2] __attribute__((aligned(8)));
static uint32_t words[MAXIMUM * MAXIMUM], corrections[MAXIMUM * MAXIMUM];
static uint8_t workspace[GLUECHIP_MATMUL_BLINDED_BYTES(MAXIMUM, MAXIMUM, MAXIMUM)]
    __attribute__((aligned(8)));

static uint32_t below(uint32_t limit)
{
    static uint32_t state = 7;
    state = state * 1664525 + 1013904223;
    return (state >> 8) % limit;
}

static gluechip_status_t draw(void *context, void *output, uint32_t bytes)
{
    (void)context;
    for (uint8_t *to = output; bytes != 0; bytes--)
        *to++ = (uint8_t)below(256);
    return GLUECHIP_OK;
}

static unsigned early_draws;
static gluechip_status_t draw_status;

/* Looks whether the array could still write. */
static gluechip_status_t draw_late(void *context, void *output, uint32_t bytes)
{
    const uint32_t open = GLUECHIP_MATMUL->window0_rights | GLUECHIP_MATMUL->window1_rights |
                          GLUECHIP_MATMUL->window2_rights | GLUECHIP_MATMUL->window3_rights |
                          GLUECHIP_GET(GLUECHIP_MATMUL->status, MATMUL_STATUS_BUSY);
    early_draws += open != 0;
    draw(context, output, bytes);
    return draw_status;
}

static const gluechip_random_t random = {draw, NULL}, random_late = {draw_late, NULL};

static gluechip_matmul_job_t random_job(void)
{
    const bool a_unsigned = below(2), b_unsigned = below(2);
    const uint32_t k = 1 + below(MAXIMUM);
    return (gluechip_matmul_job_t){
        .a = a + below(8),
        .b = b + below(8),
        .c = unit,
        .m = 1 + below(MAXIMUM),
        .n = 1 + below(MAXIMUM),
        .k = k,
        .a_zero = (int16_t)((a_unsigned ? 0 : -128) + (int)below(256)),
        .b_zero = (int16_t)((b_unsigned ? 0 : -128) + (int)below(256)),
        .a_unsigned = a_unsigned,
        .b_unsigned = b_unsigned,
        .output = GLUECHIP_OUTPUT_INT32,
    };
}

static gluechip_status_t run(unsigned way, const gluechip_matmul_job_t *job)
{
    gluechip_masks_t masks = {.words = words, .corrections = corrections};
    if (way == 0)
        return gluechip_matmul_checked(GLUECHIP_BACKEND_COPROCESSOR, job, &random_late, workspace);
    const gluechip_status_t status = gluechip_matmul_draw_masks(job, &random, &masks);
    if (status != GLUECHIP_OK)
        return status;
    return way == 1 ? gluechip_matmul_blinded(GLUECHIP_BACKEND_COPROCESSOR, job, &masks, workspace)
                    : gluechip_matmul_blinded_checked(GLUECHIP_BACKEND_COPROCESSOR, job, &masks,
                                                      &random_late, workspace);
}

static void show(const char *what, gluechip_status_t status, const char *rest)
{
    printf("%s: %s%s\n", what, gluechip_status_text(status), rest);
}

static const char *zeroed(const gluechip_matmul_job_t *job)
{
    for (uint32_t i = 0; i < job->m * job->n; i++)
        if (unit[i] != 0)
            return ", result there";
    return ", result zeroed";
}

int main(void)
{
    for (unsigned i = 0; i < sizeof a; i++)
        a[i] = (uint8_t)below(256), b[i] = (uint8_t)below(256);
    unsigned equal = 0;
    for (unsigned i = 0; i < 60; i++) {
        gluechip_matmul_job_t job = random_job();
        job.c = core;
        gluechip_matmul(GLUECHIP_BACKEND_CPU, &job);
        job.c = unit;
        memset(unit, 0xee, sizeof unit);
        const gluechip_status_t status = run(i % 3, &job);
        if (status != GLUECHIP_OK)
            show("FAILED", status, "");
        equal += memcmp(core, unit, 4 * job.m * job.n) == 0;
    }
    printf("%u products equal on both backends\n", equal);

    gluechip_matmul_job_t job = {.a = a, .b = b, .c = unit, .m = 4, .n = 4, .k = 4,
                                 .output = GLUECHIP_OUTPUT_INT32};
    memset(unit, 0, sizeof unit);
    const gluechip_status_t status = gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job);
    printf("the array reaches nothing afterwards: %s, %d\n", gluechip_status_text(status),
           (int)unit[0]);
    puts(early_draws == 0 ? "every draw came when the windows were closed"
                          : "a draw came while a window was open");

    memset(unit, 0xee, sizeof unit);
    gluechip_matmul_job_t wrong = job;
    wrong.b = (const uint8_t *)(unit + 16) - 1;
    show("C over B", run(0, &wrong), "");
    wrong = job;
    wrong.c = (void *)(GLUECHIP_ITCM_BASE + GLUECHIP_ITCM_SIZE - 64);
    show("C of ITCM", run(0, &wrong), "");
    wrong.c = unit + 1;
    show("C at no multiple of 8", run(0, &wrong), "");
    unsigned touched = 0;
    for (unsigned i = 0; i < sizeof unit / sizeof unit[0]; i++)
        touched += (uint32_t)unit[i] != 0xeeeeeeee;
    puts(touched == 0 ? "result untouched" : "result touched");

    draw_status = GLUECHIP_ERROR_TIMEOUT;
    gluechip_status_t failed = run(0, &job);
    show("a source that fails", failed, zeroed(&job));
    draw_status = GLUECHIP_OK;
    gluechip_guard_set(GLUECHIP_COPROCESSOR_MATMUL, 3, GLUECHIP_RAM_BASE, GLUECHIP_RAM_BASE + 8,
                       GLUECHIP_RIGHTS_READ, true);
    memset(unit, 0xee, sizeof unit);
    failed = run(0, &job);
    show("locked window", failed, zeroed(&job));
    return 0;
}
