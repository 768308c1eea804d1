/* What the synthesized chip runs: a greeting, and a product and a hash on both backends. */
#include <stdio.h>
#include <string.h>

#include <gluechip/keccak.h>
#include <gluechip/matmul.h>

static int8_t a[5][9], b[6][9], c[2][5][6];
static uint8_t digest[2][32];

static gluechip_status_t offload(gluechip_backend_t backend, int8_t (*product)[6], uint8_t *hash)
{
    const gluechip_matmul_job_t job = {
        .a = a, .b = b, .c = product, .m = 5, .n = 6, .k = 9,
        .a_zero = 3, .c_zero = -7, .output = GLUECHIP_OUTPUT_INT8,
        .clamp_minimum = -100, .clamp_maximum = 127,
        .scale_multiplier = 1518500250, .scale_shift = -6,
    };
    const gluechip_status_t status = gluechip_matmul(backend, &job);
    return status != GLUECHIP_OK ? status : gluechip_sha3_256(backend, product, sizeof c[0], hash);
}

int main(void)
{
    printf("Hello from Gluechip\n");
    for (int i = 0; i < 9; i++) {
        for (int row = 0; row < 5; row++)
            a[row][i] = (int8_t)(row * 29 + i * 53 - 90);
        for (int row = 0; row < 6; row++)
            b[row][i] = (int8_t)(i * 71 - row * 37);
    }
    const gluechip_status_t core = offload(GLUECHIP_BACKEND_CPU, c[0], digest[0]);
    const gluechip_status_t coprocessor = offload(GLUECHIP_BACKEND_COPROCESSOR, c[1], digest[1]);
    if (core != GLUECHIP_OK || coprocessor != GLUECHIP_OK) {
        printf("failed: %s, %s\n", gluechip_status_text(core), gluechip_status_text(coprocessor));
        return 1;
    }
    const int same = !memcmp(c[0], c[1], sizeof c[0]) && !memcmp(digest[0], digest[1], 32);
    printf("sha3-256 %02x%02x%02x%02x: core and coprocessors %s\n", digest[1][0], digest[1][1],
           digest[1][2], digest[1][3], same ? "agree" : "differ");
    return same ? 0 : 2;
}
