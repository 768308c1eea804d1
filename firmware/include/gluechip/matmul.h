/* Matrix product of 8-bit integers, on the coprocessor or on the core.
 *
 * C[i][j] = requantize(bias[j] + sum over l of (A[i][l] - a_zero) * (B[j][l] - b_zero))
 *
 * A has m rows of k bytes, B has n rows of k bytes (one for each output channel, as TensorFlow Lite
 * stores weights), C has m rows of n results; a transposed A has k rows of m bytes, a transposed B
 * k rows of n bytes. Sums are exact modulo 2^32.
 */
#ifndef GLUECHIP_MATMUL_H
#define GLUECHIP_MATMUL_H

#include <stdbool.h>
#include <stdint.h>

#include <gluechip/coprocessor.h>
#include <gluechip/status.h>

typedef enum {
    GLUECHIP_OUTPUT_INT32 = 0, /* the sum with its bias; scale, c_zero and clamp are not used */
    GLUECHIP_OUTPUT_INT8 = 1,
    GLUECHIP_OUTPUT_UINT8 = 2,
} gluechip_output_t;

typedef enum {
    GLUECHIP_ROUNDING_DOUBLE = 0, /* gemmlowp: high multiply and shift round one after the other */
    GLUECHIP_ROUNDING_SINGLE = 1, /* one rounding, halves upwards */
} gluechip_rounding_t;

/* Rows of A that are gathered from an image: a convolution, or one in groups, as one job.
 *
 * The image lies at `a`: `lines` lines, which begin a_stride bytes apart. Beside it there are zero
 * points of A, as many as are asked for. Row i of A belongs to output i; these go line by line. It
 * is the k bytes under a kernel: `pieces` pieces on one line of the image, then as many on the line
 * below, and so on until there are k bytes, be it in the middle of a line or of a piece.
 *
 * With pixels of c bytes and a kernel of h x w pixels, a piece is a line of the kernel, w * c bytes,
 * `pieces` is 1, output_step is the stride times c, padding_left the padding times c, k is h * w * c.
 */
typedef struct {
    uint32_t piece_bytes;      /* consecutive bytes, 1 to 65535 */
    uint32_t pieces;           /* on one line, 1 to 255 */
    uint32_t piece_step;       /* bytes from a piece to the next on its line, 0 to 65535 */
    uint32_t line_bytes;       /* of the image, 1 to 65535 */
    uint32_t lines;            /* of the image, 1 to 65535 */
    uint32_t outputs_per_line; /* 1 to 65535 */
    uint32_t output_step;      /* bytes from an output to the next on its line, 0 to 65535 */
    uint32_t line_step;        /* lines from a line of outputs to the next, 1 to 255 */
    uint32_t padding_left;     /* bytes by which output 0 begins left of the image, 0 to 65535 */
    uint32_t padding_top;      /* lines by which it begins above the image, 0 to 255 */
    uint32_t column_step;      /* 0; or GLUECHIP_ARRAY_COLUMNS, so that the first that many columns
                                * of C see the image as above, the next ones all of it as many bytes
                                * further right, and so on; k is then at most
                                * GLUECHIP_MATMUL_SINGLE_PASS_BYTES */
} gluechip_patch_t;

/* One job. Zero all fields first: zero is the plain choice for each that a job does not need.
 *
 * A, B and C may lie at any address, and rows of A and of B may overlap. int32 values are aligned:
 * bias, multiplier, shift and, with GLUECHIP_OUTPUT_INT32, c and c_stride are multiples of 4.
 */
typedef struct {
    const void *a;
    const void *b;
    void *c;                   /* must not share a byte with what is read: only being the same as a
                                * or b is checked, else the result is undefined */
    const int32_t *bias;       /* n values, or NULL for none */
    const int32_t *addend;     /* m rows of n values that are added to the sums, such as those of a
                                * job before, whose k was the first part of a longer one; NULL for
                                * none. Not together with bias. It may be c itself, in the same rows */
    const int32_t *multiplier; /* n values each, or NULL to use scale_multiplier, scale_shift; */
    const int32_t *shift;      /* both or none. Not checked: of one that would be illegal as
                                * scale_*, the low 31 and the low 6 bits (signed) are used */
    const gluechip_patch_t *patch; /* how rows of A are gathered; NULL: they lie at a, one by one */
    uint32_t m, n, k;          /* 1 to 65535 each */
    uint32_t a_stride;         /* bytes from row to row, or from line to line of the image, upwards;
                                * 0: they lie close together */
    uint32_t b_stride;
    uint32_t c_stride;         /* at least a row of C, where m is above 1 */
    uint32_t addend_stride;    /* a multiple of 4 */
    int16_t a_zero;            /* zero points, each in the range of its type: */
    int16_t b_zero;            /*   -128 to 127 for int8, 0 to 255 for uint8 */
    int16_t c_zero;            /* added before the clamp */
    bool a_unsigned;
    bool b_unsigned;
    gluechip_output_t output;
    gluechip_rounding_t rounding;
    int16_t clamp_minimum;     /* within the range of the output type */
    int16_t clamp_maximum;     /* the same, and at least clamp_minimum */
    int32_t scale_multiplier;  /* 0 to 2^31 - 1; TensorFlow Lite's are 0 or 2^30 and more */
    int32_t scale_shift;       /* -31 to 30, positive to the left */
    bool a_transposed;         /* A lies as k rows of m bytes; not together with a patch */
    bool b_transposed;         /* B lies as k rows of n bytes */
    bool keep_a;               /* A is not read again: it is that of the job before, which was the
                                * last one and legal, with the same a, a_stride, a_transposed, m and
                                * k. It is not gathered and fits: m is at most 4 times the rows of the
                                * array, 2 times where k is above 256, and k at most
                                * GLUECHIP_MATMUL_SINGLE_PASS_BYTES. What was written to its memory
                                * since is not seen */
    bool keep_b;               /* the same for B: n is at most 8 times the columns of the array, 4
                                * times where k is above 256, 2 times where it is above 512 */
    bool overlaps;             /* the coprocessor may begin it while the job before it still runs: it
                                * reads nothing which that one writes */
} gluechip_matmul_job_t;

/* Runs `job` and waits for its end.
 *
 * Returns GLUECHIP_OK; _ARGUMENT, also for a job with a patch, an addend, or a transposed or kept
 * operand on a chip whose coprocessor takes none (GLUECHIP_NETWORK_JOBS is 0), and where a kept operand
 * is not that of the job submitted before; _ADDRESS, _QUEUE_FULL, _DESCRIPTOR or
 * _WINDOW with C untouched;
 * _ABORTED or _TIMEOUT with C undefined.
 * Wait: at most a bound computed from the size of the job, several times what the slowest array
 * needs, and for the jobs in front of it as gluechip_wait() with GLUECHIP_WAIT_DEFAULT_CYCLES. One
 * that exceeds that is aborted, with all jobs of the coprocessor.
 */
gluechip_status_t gluechip_matmul(gluechip_backend_t backend, const gluechip_matmul_job_t *job);

/* Starts `job` and returns; with the CPU backend the work is done before the return.
 *
 * after  : the job starts once this one has ended well; NULL to start at once. Jobs of the same
 *          coprocessor run in the order of their submission without it, but also after one that
 *          failed: name the job whose result this one uses.
 * ticket : names the job for gluechip_wait() and as `after` of others; NULL if nobody asks.
 * Returns GLUECHIP_OK; _ARGUMENT, _ADDRESS, _QUEUE_FULL or _DEPENDENCY (`after` was never submitted,
 * or its record has been reused), and then nothing was started. No wait, except for an `after` of
 * the other backend, which is bounded as in gluechip_wait(). The memory of the operands is the job's
 * until it has ended; `job` itself is not.
 */
gluechip_status_t gluechip_matmul_submit(gluechip_backend_t backend,
                                         const gluechip_matmul_job_t *job,
                                         const gluechip_ticket_t *after,
                                         gluechip_ticket_t *ticket);

#define GLUECHIP_MATMUL_DESCRIPTOR_WORDS 25

/* A job that has been checked, as the words of its descriptor. */
typedef struct {
    const gluechip_matmul_job_t *job;
    uint32_t words[GLUECHIP_MATMUL_DESCRIPTOR_WORDS];
} gluechip_matmul_prepared_t;

/* Makes `prepared` of `job`, which must stay as it is: for jobs that run more than once, or in a row
 * with no time between them. Returns GLUECHIP_OK, _ARGUMENT or _ADDRESS. */
gluechip_status_t gluechip_matmul_prepare(const gluechip_matmul_job_t *job,
                                          gluechip_matmul_prepared_t *prepared);

/* As gluechip_matmul_submit(), in a third of the time, without its checks. */
gluechip_status_t gluechip_matmul_submit_prepared(gluechip_backend_t backend,
                                                  const gluechip_matmul_prepared_t *prepared,
                                                  const gluechip_ticket_t *after,
                                                  gluechip_ticket_t *ticket);

/* The portable twin: the same job in plain C on the core, for checks and comparisons.
 *
 * Returns GLUECHIP_OK, or GLUECHIP_ERROR_ARGUMENT with C untouched.
 */
gluechip_status_t gluechip_matmul_cpu(const gluechip_matmul_job_t *job);

/* GLUECHIP_OK when every field of `job` is as gluechip_matmul_job_t says, else
 * GLUECHIP_ERROR_ARGUMENT. The values that it points to are not looked at. */
gluechip_status_t gluechip_matmul_check(const gluechip_matmul_job_t *job);

#endif
