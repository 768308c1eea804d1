/* An app of your own: a matrix product and a hash, each on the coprocessors.
 *
 * Build and run it with `gluechip run FOLDER`. Every call has a twin on the core: change the
 * backend to GLUECHIP_BACKEND_CPU and the answer stays the same.
 */
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/keccak.h>
#include <gluechip/matmul.h>

/* Coprocessors reach the data memory: variables and constants, but not the code. */
static const int8_t a[2][3] = {{1, 2, 3}, {4, 5, 6}};
static const int8_t b[2][3] = {{1, 0, 1}, {0, -1, 0}}; /* one row for each column of the result */
static int32_t c[2][2];
static uint8_t digest[32];

int main(void)
{
    const gluechip_matmul_job_t product = {
        .a = a, .b = b, .c = c, .m = 2, .n = 2, .k = 3, .output = GLUECHIP_OUTPUT_INT32,
    };
    const uint32_t start = gluechip_cycles();
    gluechip_status_t status = gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &product);
    if (status == GLUECHIP_OK)
        status = gluechip_sha3_256(GLUECHIP_BACKEND_COPROCESSOR, c, sizeof c, digest);
    const uint32_t cycles = gluechip_cycles() - start;
    if (status != GLUECHIP_OK) {
        printf("failed: %s\n", gluechip_status_text(status));
        return 1;
    }
    printf("%d %d\n%d %d\nsha3-256 ", (int)c[0][0], (int)c[0][1], (int)c[1][0], (int)c[1][1]);
    for (unsigned i = 0; i < sizeof digest; i++)
        printf("%02x", digest[i]);
    printf("\n%u cycles\n", (unsigned)cycles);
    return 0;
}
