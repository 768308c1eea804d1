/* One product with a secret A, all bytes SECRET, on an array that logs what it sees: plain, or with
 * BLINDED so. */
#include <stddef.h>
#include <string.h>

#include <gluechip/untrusted.h>

#define M 16
#define N 2
#define K 96

static int8_t a[M * K] __attribute__((aligned(8))), b[N * K] __attribute__((aligned(8)));
static int32_t c[M * N] __attribute__((aligned(8)));
static uint32_t words[M * K], corrections[M * N];
static uint8_t workspace[GLUECHIP_MATMUL_BLINDED_BYTES(M, N, K)] __attribute__((aligned(8)));

static volatile const int8_t secret = SECRET; /* no constant: the code is the same for all */

int main(void)
{
    const gluechip_matmul_job_t job = {
        .a = a, .b = b, .c = c, .m = M, .n = N, .k = K, .output = GLUECHIP_OUTPUT_INT32};
    gluechip_keyed_random_t keyed = {.key = {(uint8_t)secret}, .backend = GLUECHIP_BACKEND_COPROCESSOR};
    const gluechip_random_t random = gluechip_keyed_random(&keyed);
    gluechip_masks_t masks = {.words = words, .corrections = corrections};
    memset(a, secret, sizeof a);
    for (unsigned i = 0; i < sizeof b; i++)
        b[i] = (int8_t)(i * 37);
    gluechip_status_t status;
    if (!BLINDED) {
        status = gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job);
    } else {
        status = gluechip_matmul_draw_masks(&job, &random, &masks);
        if (status == GLUECHIP_OK)
            status = gluechip_matmul_blinded_checked(GLUECHIP_BACKEND_COPROCESSOR, &job, &masks,
                                                     &random, workspace);
    }
    int32_t expected = 0;
    for (unsigned l = 0; l < K; l++)
        expected += secret * b[K + l];
    return status != GLUECHIP_OK ? 1 : c[M * N - 1] != expected ? 2 : 0;
}
