/* output:
every product equal on both backends
exit: 0
*/
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <gluechip/matmul.h>

#define MAXIMUM 20

static uint8_t a[MAXIMUM * 24 + 8], b[MAXIMUM * 24 + 8];
static int32_t bias[MAXIMUM], multipliers[MAXIMUM], shifts[MAXIMUM];
static uint8_t core[MAXIMUM * 100 + 16], unit[MAXIMUM * 100 + 16];

static uint32_t next_random(void)
{
    static uint32_t state = 1;
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static uint32_t below(uint32_t limit)
{
    return next_random() % limit;
}

static gluechip_matmul_job_t random_job(void)
{
    const bool a_unsigned = below(2), b_unsigned = below(2);
    const gluechip_output_t output = below(3);
    const int least = output == GLUECHIP_OUTPUT_UINT8 ? 0 : -128;
    const int minimum = least + (int)below(100), per_channel = (int)below(2);
    const uint32_t n = 1 + below(MAXIMUM), k = 1 + below(MAXIMUM);
    return (gluechip_matmul_job_t){
        .a = a + below(8),
        .b = b + below(8),
        .bias = below(2) ? bias : NULL,
        .multiplier = per_channel ? multipliers : NULL,
        .shift = per_channel ? shifts : NULL,
        .m = 1 + below(MAXIMUM),
        .n = n,
        .k = k,
        .a_stride = below(2) ? k + below(4) : 0,
        .b_stride = below(2) ? k + below(4) : 0,
        .c_stride = below(2) ? 4 * n + 4 * below(4) : 0,
        .a_zero = (int16_t)((a_unsigned ? 0 : -128) + (int)below(256)),
        .b_zero = (int16_t)((b_unsigned ? 0 : -128) + (int)below(256)),
        .c_zero = (int16_t)(least + (int)below(256)),
        .a_unsigned = a_unsigned,
        .b_unsigned = b_unsigned,
        .output = output,
        .rounding = below(2),
        .clamp_minimum = (int16_t)minimum,
        .clamp_maximum = (int16_t)(minimum + (int)below((uint32_t)(least + 256 - minimum))),
        .scale_multiplier = (int32_t)(0x40000000 + below(0x40000000)),
        .scale_shift = -(int32_t)below(16),
    };
}

/* Gathers A from the MAXIMUM * 24 bytes that it has. */
static gluechip_patch_t random_patch(void)
{
    return (gluechip_patch_t){
        .piece_bytes = 1 + below(9),
        .pieces = 1 + below(3),
        .piece_step = below(9),
        .line_bytes = 1 + below(24),
        .lines = 1 + below(MAXIMUM),
        .outputs_per_line = 1 + below(9),
        .output_step = below(5),
        .line_step = 1 + below(3),
        .padding_left = below(9),
        .padding_top = below(4),
        .column_step = below(2) ? GLUECHIP_ARRAY_COLUMNS : 0,
    };
}

/* Whether `job`, which has just run, gives the same again from what it left in the buffers, and is
 * refused where it is not the same. */
static bool keeps(gluechip_matmul_job_t job)
{
    job.keep_a = job.patch == NULL && job.m <= 4 * GLUECHIP_ARRAY_ROWS;
    job.keep_b = job.n <= 8 * GLUECHIP_ARRAY_COLUMNS;
    if (!GLUECHIP_NETWORK_JOBS)
        return !(job.keep_a || job.keep_b) ||
               gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job) == GLUECHIP_ERROR_ARGUMENT;
    memset(unit, 0xee, sizeof unit);
    if (gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job) != GLUECHIP_OK ||
        memcmp(core, unit, sizeof core) != 0)
        return false;
    gluechip_matmul_job_t other = job;
    other.b = (const uint8_t *)job.b + 1;
    if (job.keep_b &&
        gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &other) != GLUECHIP_ERROR_ARGUMENT)
        return false;
    if (gluechip_zeroize(GLUECHIP_COPROCESSOR_MATMUL) != GLUECHIP_OK)
        return false;
    return !(job.keep_a || job.keep_b) ||
           gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job) == GLUECHIP_ERROR_ARGUMENT;
}

int main(void)
{
    for (unsigned i = 0; i < sizeof a; i++)
        a[i] = (uint8_t)next_random(), b[i] = (uint8_t)next_random();
    for (int i = 0; i < MAXIMUM; i++) {
        bias[i] = (int32_t)next_random() - (1 << 23);
        multipliers[i] = (int32_t)(i % 4 ? 0x40000000 + below(0x40000000) : below(8));
        shifts[i] = 2 - (int32_t)below(18);
        if (i % 5 == 0) /* bits that are not used */
            multipliers[i] |= INT32_MIN, shifts[i] += 64 * (int32_t)below(9) - 256;
    }
    for (int i = 0; i < 60; i++) {
        gluechip_matmul_job_t job = random_job();
        const gluechip_patch_t patch = random_patch();
        if (i % 3 == 0) {
            job.patch = &patch;
            job.a_stride = below(2) ? 24 : 0;
        }
        job.a_transposed = GLUECHIP_NETWORK_JOBS && job.patch == NULL && below(4) == 0;
        job.b_transposed = GLUECHIP_NETWORK_JOBS && below(3) == 0;
        if (job.a_transposed && job.a_stride != 0)
            job.a_stride = job.m + below(4);
        if (job.b_transposed && job.b_stride != 0)
            job.b_stride = job.n + below(4);
        const unsigned offset = job.output == GLUECHIP_OUTPUT_INT32 ? 4 * below(2) : below(8);
        memset(core, 0xee, sizeof core);
        memset(unit, 0xee, sizeof unit);
        job.c = core + offset;
        const gluechip_status_t first = gluechip_matmul(GLUECHIP_BACKEND_CPU, &job);
        job.c = unit + offset;
        const gluechip_status_t second = gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, &job);
        if (first != GLUECHIP_OK || second != GLUECHIP_OK ||
            memcmp(core, unit, sizeof core) != 0 || (i % 2 == 0 && !keeps(job))) {
            printf("product %d (%ux%ux%u, output %d) differs: %d %d\n", i, (unsigned)job.m,
                   (unsigned)job.n, (unsigned)job.k, (int)job.output, first, second);
            return 1;
        }
    }
    puts("every product equal on both backends");
    return 0;
}
