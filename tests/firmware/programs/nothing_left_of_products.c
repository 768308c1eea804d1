/* output:
draw_masks: nothing is left
blinded: nothing is left
blinded_checked: nothing is left
verify: nothing is left
exit: 0
*/
#include <stdio.h>

#include <gluechip/untrusted.h>

#include "what_is_left.h"

#define M 5
#define N 6
#define K 7

static int8_t a[M * K] __attribute__((aligned(8))), b[N * K] __attribute__((aligned(8)));
static int32_t c[M * N] __attribute__((aligned(8)));
static uint32_t words[M * K], corrections[M * N], state;
static uint8_t workspace[GLUECHIP_MATMUL_BLINDED_BYTES(M, N, K)] __attribute__((aligned(8)));
static gluechip_masks_t masks = {.words = words, .corrections = corrections};

static const gluechip_matmul_job_t job = {
    .a = a, .b = b, .c = c, .m = M, .n = N, .k = K, .output = GLUECHIP_OUTPUT_INT32};

static gluechip_status_t draw(void *context, void *output, uint32_t bytes)
{
    (void)context;
    for (uint8_t *to = output; bytes != 0; bytes--) {
        state = state * 1664525 + 1013904223;
        *to++ = (uint8_t)(state >> 24);
    }
    return GLUECHIP_OK;
}

static const gluechip_random_t random = {draw, NULL};

static void call(unsigned number)
{
    switch (number) {
    case 0:
        gluechip_matmul_draw_masks(&job, &random, &masks);
        break;
    case 1:
        gluechip_matmul_blinded(GLUECHIP_BACKEND_COPROCESSOR, &job, &masks, workspace);
        break;
    case 2:
        gluechip_matmul_blinded_checked(GLUECHIP_BACKEND_COPROCESSOR, &job, &masks, &random,
                                        workspace);
        break;
    case 3:
        gluechip_matmul_verify(&job, &random, workspace);
        break;
    }
}

/* A and the masks, and with them C. */
static void choose(unsigned which)
{
    state = which;
    draw(NULL, a, sizeof a);
    gluechip_matmul_draw_masks(&job, &random, &masks);
    gluechip_matmul_cpu(&job);
}

int main(void)
{
    static const char *const names[] = {"draw_masks", "blinded", "blinded_checked", "verify"};
    draw(NULL, b, sizeof b);
    for (unsigned number = 0; number < 4; number++) {
        const char *const verdict = verdict_on(call, number, choose);
        printf("%s: %s\n", names[number], verdict == NULL ? "nothing is left" : verdict);
    }
    return 0;
}
