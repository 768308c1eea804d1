#include <stddef.h>

#include <gluechip/matmul.h>

#define SIZE_LIMIT 65535u
#define COUNT_LIMIT 255u

static bool patch_is_legal(const gluechip_patch_t *patch, uint32_t k)
{
    return patch->piece_bytes - 1 < SIZE_LIMIT && patch->pieces - 1 < COUNT_LIMIT &&
           patch->piece_step <= SIZE_LIMIT && patch->line_bytes - 1 < SIZE_LIMIT &&
           patch->lines - 1 < SIZE_LIMIT && patch->outputs_per_line - 1 < SIZE_LIMIT &&
           patch->output_step <= SIZE_LIMIT && patch->line_step - 1 < COUNT_LIMIT &&
           patch->padding_left <= SIZE_LIMIT && patch->padding_top <= COUNT_LIMIT &&
           (patch->column_step == 0 || (patch->column_step == GLUECHIP_ARRAY_COLUMNS &&
                                        k <= GLUECHIP_MATMUL_SINGLE_PASS_BYTES));
}

gluechip_status_t gluechip_matmul_check(const gluechip_matmul_job_t *job)
{
    const bool wide = job->output == GLUECHIP_OUTPUT_INT32;
    const uint32_t words = (uint32_t)(uintptr_t)job->bias | (uint32_t)(uintptr_t)job->multiplier |
                           (uint32_t)(uintptr_t)job->shift |
                           (wide ? (uint32_t)(uintptr_t)job->c | job->c_stride : 0);
    if (job->a == NULL || job->b == NULL || job->c == NULL || job->c == job->a ||
        job->c == job->b || job->m - 1 >= SIZE_LIMIT ||
        job->n - 1 >= SIZE_LIMIT || job->k - 1 >= SIZE_LIMIT || (words & 3) != 0 ||
        (unsigned)job->output > GLUECHIP_OUTPUT_UINT8 ||
        (unsigned)job->rounding > GLUECHIP_ROUNDING_SINGLE ||
        (uint16_t)(job->a_zero + (job->a_unsigned ? 0 : 128)) > 255 ||
        (uint16_t)(job->b_zero + (job->b_unsigned ? 0 : 128)) > 255 ||
        (job->patch != NULL && !patch_is_legal(job->patch, job->k)))
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
