/* Benchmarks of the core alone: kinds of work that small processors do, each with a result that is
 * checked.
 *
 * cycles, instructions : of the work, without the making of its input.
 * result               : depends on all that was found. The right ones are computed by `model.py`
 *                        in another way, and the tests compare.
 */
#include <stdio.h>

#include <gluechip/hardware.h>

#include "bench.h"

typedef struct {
    const char *name;
    void (*prepare)(void);
    uint32_t (*run)(void);
    uint32_t expected;
} kernel_t;

static const kernel_t kernels[] = {
    {"list", list_prepare, list_run, 0x053301d2},
    {"matrix", matrix_prepare, matrix_run, 0x09b303f6},
    {"state", state_prepare, state_run, 0x7281e9de},
    {"crc", crc_prepare, crc_run, 0xe6e8f26e},
    {"sort", sort_prepare, sort_run, 0x2d822a01},
    {"hash", hash_prepare, hash_run, 0xd88d0ad1},
    {"string", string_prepare, string_run, 0x49455ab5},
    {"interpreter", interpreter_prepare, interpreter_run, 0xbdb66546},
};

int main(void)
{
    int failures = 0;
    for (unsigned i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        const kernel_t *const k = &kernels[i];
        k->prepare();
        const uint32_t retired = GLUECHIP_CSR_READ(minstret), start = gluechip_cycles();
        const uint32_t result = k->run();
        const uint32_t cycles = gluechip_cycles() - start;
        const uint32_t instructions = GLUECHIP_CSR_READ(minstret) - retired;
        printf("bench core %s cycles=%u instructions=%u result=0x%08x", k->name, (unsigned)cycles,
               (unsigned)instructions, (unsigned)result);
        if (result == k->expected)
            puts("");
        else
            printf(" FAILED: must be 0x%08x\n", (unsigned)k->expected);
        failures += result != k->expected;
    }
    return failures != 0;
}
