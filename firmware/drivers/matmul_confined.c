#include <gluechip/hardware.h>

#include "coprocessor.h"
#include "matmul_confined.h"

/* The bytes of a matrix: from `start` up to `end`. */
typedef struct {
    uint64_t start, end;
} span_t;

static span_t span_of(const void *address, uint32_t rows, uint32_t row_bytes, uint32_t stride)
{
    const uint64_t start = (uintptr_t)address;
    return (span_t){start,
                    start + (uint64_t)(stride ? stride : row_bytes) * (rows - 1) + row_bytes};
}

static span_t a_span(const gluechip_matmul_job_t *job)
{
    return span_of(job->a, job->m, job->k, job->a_stride);
}

static span_t b_span(const gluechip_matmul_job_t *job)
{
    return span_of(job->b, job->n, job->k, job->b_stride);
}

/* With the bytes behind it that its window has. */
static span_t c_span(const gluechip_matmul_job_t *job)
{
    const span_t exact = span_of(job->c, job->m, 4 * job->n, 0);
    return (span_t){exact.start, (exact.end + 7) & ~UINT64_C(7)};
}

static bool are_apart(span_t x, span_t y)
{
    return x.end <= y.start || y.end <= x.start;
}

static bool is_in_memory(span_t span)
{
    return span.end - span.start <= UINT32_MAX &&
           in_memory((const void *)(uintptr_t)span.start, (uint32_t)(span.end - span.start), 1, 0);
}

gluechip_status_t check_confined(const gluechip_matmul_job_t *job)
{
    const span_t a = a_span(job), b = b_span(job), c = c_span(job);
    if (!are_apart(a, c) || !are_apart(b, c))
        return GLUECHIP_ERROR_ARGUMENT;
    if (!is_in_memory(a) || !is_in_memory(b) || !is_in_memory(c) ||
        c.end > GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE)
        return GLUECHIP_ERROR_ADDRESS;
    return GLUECHIP_GET(GLUECHIP_MATMUL->status, MATMUL_STATUS_BUSY) ? GLUECHIP_ERROR_QUEUE_FULL
                                                                     : GLUECHIP_OK;
}

static gluechip_status_t open_window(unsigned window, span_t span, gluechip_rights_t rights)
{
    return gluechip_guard_set(GLUECHIP_COPROCESSOR_MATMUL, window, (uint32_t)span.start & ~7u,
                              ((uint32_t)span.end + 7) & ~7u, rights, false);
}

gluechip_status_t run_confined(const gluechip_matmul_job_t *job)
{
    gluechip_status_t status = gluechip_guard_close(GLUECHIP_COPROCESSOR_MATMUL);
    if (status == GLUECHIP_OK)
        status = open_window(0, a_span(job), GLUECHIP_RIGHTS_READ);
    if (status == GLUECHIP_OK)
        status = open_window(1, b_span(job), GLUECHIP_RIGHTS_READ);
    if (status == GLUECHIP_OK)
        status = open_window(2, c_span(job), GLUECHIP_RIGHTS_WRITE);
    if (status == GLUECHIP_OK)
        status = gluechip_matmul(GLUECHIP_BACKEND_COPROCESSOR, job);
    const gluechip_status_t closed = gluechip_guard_close(GLUECHIP_COPROCESSOR_MATMUL);
    GLUECHIP_BARRIER(); /* what the core reads from here on is what the array has left */
    return status != GLUECHIP_OK ? status : closed;
}
