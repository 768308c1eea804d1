#include <stddef.h>

#include <gluechip/matmul.h>

#include "coprocessor.h"

static uint32_t result_bytes(const gluechip_matmul_job_t *job)
{
    return job->output == GLUECHIP_OUTPUT_INT32 ? 4 * job->n : job->n;
}

static uint32_t stride_or(uint32_t stride, uint32_t dense)
{
    return stride != 0 ? stride : dense;
}

/* Whether this chip's coprocessor can do it. */
static bool is_offered(const gluechip_matmul_job_t *job)
{
    return GLUECHIP_NETWORK_JOBS || (job->patch == NULL && job->addend == NULL &&
                                     !job->a_transposed && !job->b_transposed && !job->keep_a &&
                                     !job->keep_b);
}

/* What an offered job has of them: no code is left of it where none has any. */
static const gluechip_patch_t *offered_patch(const gluechip_matmul_job_t *job)
{
    return GLUECHIP_NETWORK_JOBS ? job->patch : NULL;
}

static const int32_t *offered_addend(const gluechip_matmul_job_t *job)
{
    return GLUECHIP_NETWORK_JOBS ? job->addend : NULL;
}

static bool array_in_memory(const int32_t *values, uint32_t count)
{
    return values == NULL || in_memory(values, 4 * count, 1, 0);
}

/* What lies at an operand's address. */
typedef struct {
    uint32_t row_bytes, rows, stride;
} extent_t;

static extent_t extent_of(uint32_t length, uint32_t k, bool transposed, uint32_t stride)
{
    const bool turned = GLUECHIP_NETWORK_JOBS && transposed;
    const uint32_t row_bytes = turned ? length : k;
    return (extent_t){row_bytes, turned ? k : length, stride_or(stride, row_bytes)};
}

static extent_t a_extent(const gluechip_matmul_job_t *job)
{
    const gluechip_patch_t *const patch = offered_patch(job);
    if (patch != NULL)
        return (extent_t){patch->line_bytes, patch->lines,
                          stride_or(job->a_stride, patch->line_bytes)};
    return extent_of(job->m, job->k, job->a_transposed, job->a_stride);
}

static extent_t b_extent(const gluechip_matmul_job_t *job)
{
    return extent_of(job->n, job->k, job->b_transposed, job->b_stride);
}

static bool operands_in_memory(const gluechip_matmul_job_t *job)
{
    const uint32_t c_bytes = result_bytes(job);
    const extent_t a = a_extent(job), b = b_extent(job);
    return in_memory(job->a, a.row_bytes, a.rows, a.stride) &&
           in_memory(job->b, b.row_bytes, b.rows, b.stride) &&
           in_memory(job->c, c_bytes, job->m, stride_or(job->c_stride, c_bytes)) &&
           (offered_addend(job) == NULL ||
            in_memory(offered_addend(job), 4 * job->n, job->m,
                      stride_or(job->addend_stride, 4 * job->n))) &&
           array_in_memory(job->bias, job->n) && array_in_memory(job->multiplier, job->n) &&
           array_in_memory(job->shift, job->n);
}

/* The registers keep what the last job wrote. */
static void write_patch(gluechip_matmul_t *registers, const gluechip_patch_t *patch)
{
    if (patch == NULL) {
        registers->patch = 0; /* nothing below is used */
        return;
    }
    registers->patch = GLUECHIP_PUT(MATMUL_PATCH_PIECE_BYTES, patch->piece_bytes) |
                       GLUECHIP_PUT(MATMUL_PATCH_PIECES, patch->pieces) |
                       GLUECHIP_PUT(MATMUL_PATCH_LINE_STEP, patch->line_step);
    registers->piece_step = patch->piece_step;
    registers->image = GLUECHIP_PUT(MATMUL_IMAGE_LINE_BYTES, patch->line_bytes) |
                       GLUECHIP_PUT(MATMUL_IMAGE_LINES, patch->lines);
    registers->outputs = GLUECHIP_PUT(MATMUL_OUTPUTS_PER_LINE, patch->outputs_per_line) |
                         GLUECHIP_PUT(MATMUL_OUTPUTS_STEP, patch->output_step);
    registers->padding = GLUECHIP_PUT(MATMUL_PADDING_LEFT, patch->padding_left) |
                         GLUECHIP_PUT(MATMUL_PADDING_TOP, patch->padding_top);
    registers->column_step = patch->column_step;
}

/* Whether the registers, which keep what the last job wrote, tell the same of what this one keeps.
 * That the last one was legal and has not been cleared away since, the coprocessor checks. */
static __attribute__((cold, noinline)) bool
keeps_what_is_there(const gluechip_matmul_t *registers, const gluechip_matmul_job_t *job)
{
    const uint32_t format = registers->format;
    return registers->k == job->k &&
           (!job->keep_a ||
            (registers->a_address == (uint32_t)(uintptr_t)job->a && registers->m == job->m &&
             registers->a_stride == a_extent(job).stride &&
             GLUECHIP_GET(format, MATMUL_FORMAT_A_TRANSPOSED) == job->a_transposed)) &&
           (!job->keep_b ||
            (registers->b_address == (uint32_t)(uintptr_t)job->b && registers->n == job->n &&
             registers->b_stride == b_extent(job).stride &&
             GLUECHIP_GET(format, MATMUL_FORMAT_B_TRANSPOSED) == job->b_transposed));
}

static void write_descriptor(gluechip_matmul_t *registers, const gluechip_matmul_job_t *job)
{
    registers->a_address = (uint32_t)(uintptr_t)job->a;
    registers->b_address = (uint32_t)(uintptr_t)job->b;
    registers->c_address = (uint32_t)(uintptr_t)job->c;
    registers->bias_address = (uint32_t)(uintptr_t)job->bias;
    registers->m = job->m;
    registers->n = job->n;
    registers->k = job->k;
    registers->a_stride = a_extent(job).stride;
    registers->b_stride = b_extent(job).stride;
    registers->c_stride = stride_or(job->c_stride, result_bytes(job));
    registers->zero_points = GLUECHIP_PUT(MATMUL_ZERO_POINTS_A, job->a_zero) |
                             GLUECHIP_PUT(MATMUL_ZERO_POINTS_B, job->b_zero) |
                             GLUECHIP_PUT(MATMUL_ZERO_POINTS_C, job->c_zero);
    registers->format = GLUECHIP_PUT(MATMUL_FORMAT_A_UNSIGNED, job->a_unsigned) |
                        GLUECHIP_PUT(MATMUL_FORMAT_B_UNSIGNED, job->b_unsigned) |
                        GLUECHIP_PUT(MATMUL_FORMAT_OUTPUT, job->output) |
                        GLUECHIP_PUT(MATMUL_FORMAT_ROUNDING, job->rounding) |
                        GLUECHIP_PUT(MATMUL_FORMAT_PER_CHANNEL, job->multiplier != NULL) |
                        GLUECHIP_PUT(MATMUL_FORMAT_A_TRANSPOSED, job->a_transposed) |
                        GLUECHIP_PUT(MATMUL_FORMAT_B_TRANSPOSED, job->b_transposed) |
                        GLUECHIP_PUT(MATMUL_FORMAT_KEEP_A, job->keep_a) |
                        GLUECHIP_PUT(MATMUL_FORMAT_KEEP_B, job->keep_b);
    if (GLUECHIP_NETWORK_JOBS) {
        write_patch(registers, job->patch);
        registers->addend_address = (uint32_t)(uintptr_t)job->addend;
        registers->addend_stride = stride_or(job->addend_stride, 4 * job->n);
    }
    if (job->output == GLUECHIP_OUTPUT_INT32)
        return; /* nothing below is used */
    registers->multiplier_address = (uint32_t)(uintptr_t)job->multiplier;
    registers->shift_address = (uint32_t)(uintptr_t)job->shift;
    registers->clamp = GLUECHIP_PUT(MATMUL_CLAMP_MINIMUM, job->clamp_minimum) |
                       GLUECHIP_PUT(MATMUL_CLAMP_MAXIMUM, job->clamp_maximum);
    registers->multiplier = (uint32_t)job->scale_multiplier;
    registers->shift = GLUECHIP_PUT(MATMUL_SHIFT_VALUE, job->scale_shift);
}

/* Writes the descriptor of a job that gluechip_matmul_check() likes. On success interrupts are held,
 * to be released to `held`. */
static gluechip_status_t describe(const gluechip_matmul_job_t *job, uint32_t *held)
{
    if (!is_offered(job))
        return GLUECHIP_ERROR_ARGUMENT;
    if (!operands_in_memory(job))
        return GLUECHIP_ERROR_ADDRESS;
    *held = hold_interrupts();
    if ((job->keep_a || job->keep_b) && !keeps_what_is_there(GLUECHIP_MATMUL, job)) {
        release_interrupts(*held);
        return GLUECHIP_ERROR_ARGUMENT;
    }
    write_descriptor(GLUECHIP_MATMUL, job);
    return GLUECHIP_OK;
}

gluechip_status_t gluechip_matmul_submit(gluechip_backend_t backend,
                                         const gluechip_matmul_job_t *job,
                                         const gluechip_ticket_t *after,
                                         gluechip_ticket_t *ticket)
{
    gluechip_status_t status = gluechip_matmul_check(job);
    if (status != GLUECHIP_OK)
        return status;
    if (backend == GLUECHIP_BACKEND_CPU) {
        status = begin_on_core(after, ticket);
        return status == GLUECHIP_OK ? gluechip_matmul_cpu(job) : status;
    }
    uint32_t held;
    status = describe(job, &held);
    if (status != GLUECHIP_OK)
        return status;
    status = start_job(GLUECHIP_COPROCESSOR_MATMUL, job->overlaps, after, ticket);
    release_interrupts(held);
    return status;
}

gluechip_status_t gluechip_matmul_prepare(const gluechip_matmul_job_t *job,
                                          gluechip_matmul_prepared_t *prepared)
{
    _Static_assert(GLUECHIP_MATMUL_DESCRIPTOR_WORDS * 4 ==
                       GLUECHIP_MATMUL_ADDEND_STRIDE_OFFSET - GLUECHIP_MATMUL_A_ADDRESS_OFFSET + 4,
                   "a word for each register of the descriptor");
    const gluechip_status_t status = gluechip_matmul_check(job);
    if (status != GLUECHIP_OK)
        return status;
    if (!operands_in_memory(job))
        return GLUECHIP_ERROR_ADDRESS;
    *prepared = (gluechip_matmul_prepared_t){.job = job};
    /* As if the registers lay where the words are. */
    write_descriptor((gluechip_matmul_t *)((uintptr_t)prepared->words -
                                           GLUECHIP_MATMUL_A_ADDRESS_OFFSET), job);
    GLUECHIP_BARRIER();
    return GLUECHIP_OK;
}

gluechip_status_t gluechip_matmul_submit_prepared(gluechip_backend_t backend,
                                                  const gluechip_matmul_prepared_t *prepared,
                                                  const gluechip_ticket_t *after,
                                                  gluechip_ticket_t *ticket)
{
    if (backend == GLUECHIP_BACKEND_CPU)
        return gluechip_matmul_submit(backend, prepared->job, after, ticket);
    if (!is_offered(prepared->job))
        return GLUECHIP_ERROR_ARGUMENT;
    volatile uint32_t *const registers = &GLUECHIP_MATMUL->a_address;
    const uint32_t held = hold_interrupts();
#pragma GCC unroll 32
    for (unsigned i = 0; i < GLUECHIP_MATMUL_DESCRIPTOR_WORDS; i++)
        registers[i] = prepared->words[i];
    const gluechip_status_t status =
        start_job(GLUECHIP_COPROCESSOR_MATMUL, prepared->job->overlaps, after, ticket);
    release_interrupts(held);
    return status;
}

/* Several times what an array of 2x2 elements with one requantizer needs. */
static uint32_t bound_cycles(const gluechip_matmul_job_t *job)
{
    const uint64_t cycles =
        10000 + 8 * ((uint64_t)job->m + 16) * (job->n + 16) * ((uint64_t)job->k + 16);
    return cycles < GLUECHIP_WAIT_DEFAULT_CYCLES ? (uint32_t)cycles : GLUECHIP_WAIT_DEFAULT_CYCLES;
}

gluechip_status_t gluechip_matmul(gluechip_backend_t backend, const gluechip_matmul_job_t *job)
{
    gluechip_status_t status = gluechip_matmul_check(job);
    if (status != GLUECHIP_OK)
        return status;
    if (backend == GLUECHIP_BACKEND_CPU)
        return gluechip_matmul_cpu(job);
    uint32_t held;
    status = describe(job, &held);
    return status == GLUECHIP_OK
               ? run_job(GLUECHIP_COPROCESSOR_MATMUL, held, bound_cycles(job))
               : status;
}
