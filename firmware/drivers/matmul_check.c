#include <stddef.h>

#include <gluechip/matmul.h>

#define SIZE_LIMIT 65535u
#define COUNT_LIMIT 255u

/* A number with the highest bit of `size`; all ones for 0. */
static uint32_t at_least_1(uint32_t size)
{
    return size | (size - 1);
}

static __attribute__((cold)) bool patch_is_legal(const gluechip_patch_t *patch, uint32_t k)
{
    const uint32_t sizes = at_least_1(patch->piece_bytes) | patch->piece_step |
                           at_least_1(patch->line_bytes) | at_least_1(patch->lines) |
                           at_least_1(patch->outputs_per_line) | patch->output_step |
                           patch->padding_left;
    const uint32_t counts =
        at_least_1(patch->pieces) | at_least_1(patch->line_step) | patch->padding_top;
    return sizes <= SIZE_LIMIT && counts <= COUNT_LIMIT &&
           (patch->column_step == 0 || (patch->column_step == GLUECHIP_ARRAY_COLUMNS &&
                                        k <= GLUECHIP_MATMUL_SINGLE_PASS_BYTES));
}

/* Whether what the job keeps can have stayed in the buffer. */
static __attribute__((cold)) bool can_keep(const gluechip_matmul_job_t *job)
{
    const uint32_t k = job->k, longest = GLUECHIP_MATMUL_SINGLE_PASS_BYTES;
    const uint32_t a_strips = k <= longest / 4 ? 4 : 2;
    const uint32_t b_strips = k <= longest / 4 ? 8 : k <= longest / 2 ? 4 : 2;
    return k <= longest && (!job->keep_a || (job->patch == NULL &&
                                             job->m <= a_strips * GLUECHIP_ARRAY_ROWS)) &&
           (!job->keep_b || job->n <= b_strips * GLUECHIP_ARRAY_COLUMNS);
}

gluechip_status_t gluechip_matmul_check(const gluechip_matmul_job_t *job)
{
    const bool wide = job->output == GLUECHIP_OUTPUT_INT32;
    const uint32_t words = (uint32_t)(uintptr_t)job->bias | (uint32_t)(uintptr_t)job->multiplier |
                           (uint32_t)(uintptr_t)job->shift |
                           (uint32_t)(uintptr_t)job->addend | job->addend_stride |
                           (wide ? (uint32_t)(uintptr_t)job->c | job->c_stride : 0);
    if (job->a == NULL || job->b == NULL || job->c == NULL || job->c == job->a ||
        job->c == job->b || (words & 3) != 0 || (job->bias != NULL && job->addend != NULL) ||
        (at_least_1(job->m) | at_least_1(job->n) | at_least_1(job->k)) > SIZE_LIMIT ||
        (unsigned)job->output > GLUECHIP_OUTPUT_UINT8 ||
        (unsigned)job->rounding > GLUECHIP_ROUNDING_SINGLE ||
        (uint16_t)(job->a_zero + (job->a_unsigned ? 0 : 128)) > 255 ||
        (uint16_t)(job->b_zero + (job->b_unsigned ? 0 : 128)) > 255 ||
        (job->patch != NULL && (job->a_transposed || !patch_is_legal(job->patch, job->k))))
        return GLUECHIP_ERROR_ARGUMENT;
    if ((job->keep_a || job->keep_b) && !can_keep(job))
        return GLUECHIP_ERROR_ARGUMENT;
    if (job->m > 1 && job->c_stride - 1 < (wide ? 4 * job->n : job->n) - 1)
        return GLUECHIP_ERROR_ARGUMENT; /* rows of C that overlap; 0 is a dense C */
    if (wide)
        return GLUECHIP_OK;
    const int least = job->output == GLUECHIP_OUTPUT_INT8 ? -128 : 0;
    if ((job->multiplier == NULL) != (job->shift == NULL) || job->c_zero < least ||
        job->c_zero > least + 255 || job->clamp_minimum > job->clamp_maximum ||
        job->clamp_minimum < least || job->clamp_maximum > least + 255)
        return GLUECHIP_ERROR_ARGUMENT;
    if (job->multiplier == NULL &&
        (job->scale_multiplier < 0 || job->scale_shift < -31 || job->scale_shift > 30))
        return GLUECHIP_ERROR_ARGUMENT;
    return GLUECHIP_OK;
}
