/* output:
no mischief: plain ok, right; checked ok, right; both ok, right
one element: plain ok, WRONG; checked the result is wrong, zeroed; both the result is wrong, zeroed
54 lies: 54 caught
who knows r: checked ok, WRONG
never done: plain the wait took too long; checked the wait took too long, zeroed
done early: checked the result is wrong, zeroed
writes late: plain ok, WRONG; checked ok, right; both ok, right
writes elsewhere: plain ok, victim hit; checked the guard forbade an access, zeroed, victim intact
writes into A: checked the guard forbade an access, zeroed, A intact
reads elsewhere: plain ok, right; checked the guard forbade an access, zeroed; both the guard forbade an access, zeroed
other jobs under way: checked the job queue is full
never done, nor cleared: checked the wait took too long, zeroed, then the job queue is full
C changed 0 times while it was checked
exit: 0
*/
/* What a malicious array achieves: with plain jobs, and with those of gluechip/untrusted.h. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <gluechip/timer.h>
#include <gluechip/untrusted.h>

#include "mischief.h"

#define M 4
#define N 6
#define K 8
#define LATE_CYCLES 60000 /* longer than a check takes */

static int8_t a[M * K] __attribute__((aligned(8))), b[N * K] __attribute__((aligned(8)));
static int8_t a_copy[M * K];
static int32_t c[M * N] __attribute__((aligned(8))), right[M * N];
static uint32_t victim[2] __attribute__((aligned(8)));
static uint32_t words[M * K], corrections[M * N];
static uint8_t workspace[GLUECHIP_MATMUL_BLINDED_BYTES(M, N, K)] __attribute__((aligned(8)));

static const gluechip_matmul_job_t job = {
    .a = a, .b = b, .c = c, .m = M, .n = N, .k = K, .output = GLUECHIP_OUTPUT_INT32};

static uint32_t next_random(void)
{
    static uint32_t state = 5;
    state = state * 1664525 + 1013904223;
    return state >> 16;
}

static unsigned changes; /* of C while it is checked */

static gluechip_status_t draw(void *context, void *output, uint32_t bytes)
{
    static int32_t before[M * N];
    memcpy(before, c, sizeof c);
    gluechip_delay(200);
    changes += memcmp(before, c, sizeof c) != 0;
    const bool ones = context != NULL;
    for (uint32_t i = 0; i < bytes; i++)
        ((uint8_t *)output)[i] = ones ? i % 8 == 0 : (uint8_t)next_random();
    return GLUECHIP_OK;
}

static const gluechip_random_t unknown = {draw, NULL}, known = {draw, c};

static void prepare(void)
{
    gluechip_zeroize(GLUECHIP_COPROCESSOR_MATMUL);
    gluechip_guard_set(GLUECHIP_COPROCESSOR_MATMUL, 0, GLUECHIP_RAM_BASE,
                       GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE, GLUECHIP_RIGHTS_READ_WRITE, false);
    memset(c, 0xee, sizeof c);
    memcpy(a, a_copy, sizeof a);
    victim[0] = victim[1] = 0;
}

static gluechip_status_t plain(void)
{
    return gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job);
}

static gluechip_status_t checked(void)
{
    return gluechip_matmul_checked(GLUECHIP_BACKEND_COPROCESSOR, &job, &unknown, workspace);
}

static gluechip_status_t both(void)
{
    gluechip_masks_t masks = {.words = words, .corrections = corrections};
    gluechip_matmul_draw_masks(&job, &unknown, &masks);
    return gluechip_matmul_blinded_checked(GLUECHIP_BACKEND_COPROCESSOR, &job, &masks, &unknown,
                                           workspace);
}

/* Of C; `status` is that of the call. */
static const char *state(gluechip_status_t status)
{
    uint32_t any = 0;
    for (unsigned i = 0; i < M * N; i++)
        any |= (uint32_t)c[i];
    if (status == GLUECHIP_OK)
        return memcmp(c, right, sizeof c) == 0 ? ", right" : ", WRONG";
    return any == 0 ? ", zeroed" : "";
}

static void show(const char *call, gluechip_status_t status, const char *rest)
{
    printf("%s %s%s", call, gluechip_status_text(status), rest);
}

enum { PLAIN = 1, CHECKED = 2, BOTH = 4, ALL = 7 };

/* Some of the calls, with what is in C after a wait. */
static void show_calls(const char *what, unsigned calls, uint32_t which, uint32_t target,
                       uint32_t first, uint32_t wait)
{
    static gluechip_status_t (*const all[])(void) = {plain, checked, both};
    static const char *const names[] = {"plain", "checked", "both"};
    printf("%s:", what);
    for (unsigned i = 0; i < 3; i++) {
        if (!(calls >> i & 1))
            continue;
        prepare();
        set_mischief(which, target, first, 0);
        const gluechip_status_t status = all[i]();
        gluechip_delay(wait);
        printf("%s ", i != 0 && calls & ((1u << i) - 1) ? ";" : "");
        show(names[i], status, state(status));
    }
    puts("");
}

static void lie(void)
{
    static const uint32_t differences[][2] = {
        {1, 0}, {0xffffffff, 0}, {1u << 31, 0}, {0x7fffffff, 0}, {1u << 16, 0}, {1, 0xffffffff},
        {1u << 31, 1u << 31}, {0x10001, 0xfffeffff}, {0, 0x01000000}};
    unsigned lies = 0, caught = 0;
    for (unsigned i = 0; i < 9; i++)
        for (unsigned beat = 0; beat < M * N / 2; beat += 2) {
            prepare();
            set_mischief(LIE, beat, differences[i][0], differences[i][1]);
            const gluechip_status_t status = i % 2 ? both() : checked();
            lies++;
            caught += status == GLUECHIP_ERROR_WRONG_RESULT &&
                      strcmp(state(status), ", zeroed") == 0;
        }
    printf("%u lies: %u caught\n", lies, caught);
}

static void stray(void)
{
    prepare();
    set_mischief(WRITE, (uint32_t)(uintptr_t)victim, 0, 0);
    printf("writes elsewhere: ");
    show("plain", plain(), victim[0] != 0 ? ", victim hit; " : ", victim intact; ");
    prepare();
    set_mischief(WRITE, (uint32_t)(uintptr_t)victim, 0, 0);
    gluechip_status_t status = checked();
    show("checked", status, state(status));
    puts(victim[0] != 0 ? ", victim hit" : ", victim intact");
    prepare();
    set_mischief(WRITE, (uint32_t)(uintptr_t)a, 0, 0);
    status = checked();
    show("writes into A: checked", status, state(status));
    puts(memcmp(a, a_copy, sizeof a) != 0 ? ", A hit" : ", A intact");
}

int main(void)
{
    for (unsigned i = 0; i < sizeof a; i++)
        a_copy[i] = a[i] = (int8_t)next_random();
    for (unsigned i = 0; i < sizeof b; i++)
        b[i] = (int8_t)next_random();
    gluechip_matmul_job_t on_core = job;
    on_core.c = right;
    gluechip_matmul(GLUECHIP_BACKEND_CPU, &on_core);

    show_calls("no mischief", ALL, NONE, 0, 0, 0);
    show_calls("one element", ALL, LIE, 3, 1, 0);
    lie();
    prepare();
    set_mischief(LIE, 6, 1, 0xffffffff);
    const gluechip_status_t status =
        gluechip_matmul_checked(GLUECHIP_BACKEND_COPROCESSOR, &job, &known, workspace);
    show("who knows r: checked", status, state(status));
    puts("");
    show_calls("never done", PLAIN | CHECKED, NEVER, 0, 0, 0);
    show_calls("done early", CHECKED, EARLY, 0, 0, 0);
    show_calls("writes late", ALL, LATE, (uint32_t)(uintptr_t)a, LATE_CYCLES, 2 * LATE_CYCLES);
    stray();
    show_calls("reads elsewhere", ALL, READ, (uint32_t)(uintptr_t)words, 0, 0);

    prepare();
    set_mischief(NEVER, 0, 0, 0);
    gluechip_matmul_submit(GLUECHIP_BACKEND_COPROCESSOR, &job, NULL, NULL);
    const gluechip_status_t busy = checked();
    show("other jobs under way: checked", busy, "\n");
    prepare();
    set_mischief(DEAF, 0, 0, 0);
    const gluechip_status_t first = checked();
    show("never done, nor cleared: checked", first, state(first));
    show(", then", checked(), "\n"); /* as it will be until reset */
    printf("C changed %u times while it was checked\n", changes);
    return 0;
}
