/* The matrix product in plain C, as fast as we can write it.
 *
 * The inner loop works on a block of 1 or 2 rows by 4 columns, so that each byte it loads is used
 * 4 or 2 times, and its sums stay in registers. Zero points are taken out of it by
 *   sum (a - za)(b - zb) = sum ab - zb sum a - za sum b + k za zb.
 */
#include <stddef.h>

#include <gluechip/matmul.h>

#define COLUMNS 4
#define SIZE_LIMIT 65535u
/* Makes the compiler have these values now, lest it mix the steps of a loop that it has unrolled
 * and run out of registers. No instruction comes of it. */
#define KEEP(a, b, c, d) __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d) : : "memory")

#define INLINE static inline __attribute__((always_inline))

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
        (uint16_t)(job->b_zero + (job->b_unsigned ? 0 : 128)) > 255)
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

INLINE int32_t load(const uint8_t *p, bool is_unsigned)
{
    return is_unsigned ? (int32_t)*p : (int32_t)(int8_t)*p;
}

/* Adds to sums[row][column] the products of `rows` (1 or 2) rows of A by COLUMNS rows of B. */
INLINE void block(uint32_t sums[2][COLUMNS], const uint8_t *const a_rows[2],
                  const uint8_t *const b_rows[COLUMNS], uint32_t k, int rows, bool a_unsigned,
                  bool b_unsigned)
{
    const uint8_t *a0 = a_rows[0], *a1 = a_rows[1];
    const uint8_t *b0 = b_rows[0], *b1 = b_rows[1], *b2 = b_rows[2], *b3 = b_rows[3];
    uint32_t s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
    const uint8_t *const end = a0 + k;

    /* Every load and product is named before its use, which hides their latency of one cycle. */
#define STEP(i)                                                                                    \
    do {                                                                                           \
        const int32_t x0 = load(a0 + (i), a_unsigned);                                             \
        const int32_t x1 = rows > 1 ? load(a1 + (i), a_unsigned) : 0;                              \
        const int32_t y0 = load(b0 + (i), b_unsigned), y1 = load(b1 + (i), b_unsigned);            \
        const int32_t y2 = load(b2 + (i), b_unsigned), y3 = load(b3 + (i), b_unsigned);            \
        s00 += (uint32_t)(x0 * y0);                                                                \
        s01 += (uint32_t)(x0 * y1);                                                                \
        s02 += (uint32_t)(x0 * y2);                                                                \
        s03 += (uint32_t)(x0 * y3);                                                                \
        if (rows > 1) {                                                                            \
            s10 += (uint32_t)(x1 * y0);                                                            \
            s11 += (uint32_t)(x1 * y1);                                                            \
            s12 += (uint32_t)(x1 * y2);                                                            \
            s13 += (uint32_t)(x1 * y3);                                                            \
        }                                                                                          \
        KEEP(s00, s01, s02, s03);                                                                  \
        if (rows > 1)                                                                              \
            KEEP(s10, s11, s12, s13);                                                              \
    } while (0)
    const uint8_t *const end4 = a0 + (k & ~3u);
    while (a0 != end4) {
        STEP(0);
        STEP(1);
        STEP(2);
        STEP(3);
        a0 += 4, a1 += 4, b0 += 4, b1 += 4, b2 += 4, b3 += 4;
    }
    while (a0 != end) {
        STEP(0);
        a0++, a1++, b0++, b1++, b2++, b3++;
    }
#undef STEP
    sums[0][0] += s00, sums[0][1] += s01, sums[0][2] += s02, sums[0][3] += s03;
    sums[1][0] += s10, sums[1][1] += s11, sums[1][2] += s12, sums[1][3] += s13;
}

typedef void block_t(uint32_t sums[2][COLUMNS], const uint8_t *const a_rows[2],
                     const uint8_t *const b_rows[COLUMNS], uint32_t k);

#define BLOCK(name, rows, a_unsigned, b_unsigned)                                                  \
    static __attribute__((noinline)) void name(                                                    \
        uint32_t sums[2][COLUMNS], const uint8_t *const a_rows[2],                                 \
        const uint8_t *const b_rows[COLUMNS], uint32_t k)                                          \
    {                                                                                              \
        block(sums, a_rows, b_rows, k, rows, a_unsigned, b_unsigned);                              \
    }
BLOCK(block_1_ss, 1, false, false)
BLOCK(block_2_ss, 2, false, false)
BLOCK(block_2_su, 2, false, true)
BLOCK(block_2_us, 2, true, false)
BLOCK(block_2_uu, 2, true, true)
#undef BLOCK

/* By a_unsigned, b_unsigned. */
static block_t *const two_rows[2][2] = {{block_2_ss, block_2_su}, {block_2_us, block_2_uu}};

static uint32_t row_sum(const uint8_t *row, uint32_t k, bool is_unsigned)
{
    uint32_t sum = 0;
    for (const uint8_t *const end = row + k; row != end; row++)
        sum += (uint32_t)load(row, is_unsigned);
    return sum;
}

/* How the sums of one output channel become results. */
typedef struct {
    int32_t multiplier;
    int left, right; /* shifts; one of them is 0 */
    uint32_t start;  /* bias and all of the zero points that does not depend on the row */
} channel_t;

/* `sum` times 2^left, saturated. */
INLINE int32_t shift_left(int32_t sum, int left)
{
    const int32_t shifted = (int32_t)((uint32_t)sum << left);
    return shifted >> left == sum ? shifted : sum < 0 ? INT32_MIN : INT32_MAX;
}

/* Rounding halves away from zero after a first rounding to 31 bits (gemmlowp, TensorFlow Lite). */
INLINE int32_t scale_double(int32_t sum, const channel_t *channel)
{
    if (channel->left != 0)
        sum = shift_left(sum, channel->left);
    const int32_t high = (int32_t)(((int64_t)sum * channel->multiplier + (1 << 30)) >> 31);
    const uint32_t mask = (1u << channel->right) - 1;
    return (high >> channel->right) +
           (((uint32_t)high & mask) > (mask >> 1) + ((uint32_t)high >> 31));
}

/* One rounding, halves upwards (TFLITE_SINGLE_ROUNDING): half a unit is added after a shift that
 * leaves one bit behind the point, which for most scales needs the upper half of the product only.
 */
INLINE int32_t scale_single(int32_t sum, const channel_t *channel)
{
    if (channel->left != 0)
        sum = shift_left(sum, channel->left);
    const int64_t product = (int64_t)sum * channel->multiplier;
    if (channel->right >= 2)
        return (((int32_t)(product >> 32) >> (channel->right - 2)) + 1) >> 1;
    return (int32_t)(((product >> (30 + channel->right)) + 1) >> 1);
}

/* The zero point is added behind the clamp, to bounds that lie as much lower: no sum leaves 32
 * bits. */
INLINE uint8_t clamp(int32_t scaled, int32_t zero, int32_t low, int32_t high)
{
    return (uint8_t)((scaled < low ? low : scaled > high ? high : scaled) + zero);
}

/* Finishes `columns` sums of a row and stores them from `c` on. */
static __attribute__((noinline)) void store(const gluechip_matmul_job_t *job, void *c,
                                            const uint32_t *sums, const channel_t *channels,
                                            uint32_t columns)
{
    const int32_t zero = job->c_zero;
    const int32_t low = job->clamp_minimum - zero, high = job->clamp_maximum - zero;
    const uint32_t *const end = sums + columns;
    if (job->output == GLUECHIP_OUTPUT_INT32) {
        for (int32_t *to = c; sums != end; sums++)
            *to++ = (int32_t)*sums;
    } else if (job->rounding == GLUECHIP_ROUNDING_DOUBLE) {
        for (uint8_t *to = c; sums != end; sums++, channels++)
            *to++ = clamp(scale_double((int32_t)*sums, channels), zero, low, high);
    } else {
        for (uint8_t *to = c; sums != end; sums++, channels++)
            *to++ = clamp(scale_single((int32_t)*sums, channels), zero, low, high);
    }
}

static channel_t channel_of(const gluechip_matmul_job_t *job, uint32_t column,
                            const uint8_t *b_row)
{
    const bool per_channel = job->multiplier != NULL;
    /* As many bits as the coprocessor has. */
    const uint32_t multiplier =
        (uint32_t)(per_channel ? job->multiplier[column] : job->scale_multiplier) & 0x7fffffff;
    const uint32_t shift = (uint32_t)(per_channel ? job->shift[column] : job->scale_shift);
    const bool shifts_right = (shift & 32) != 0;
    channel_t channel = {
        .multiplier = (int32_t)multiplier,
        .left = shifts_right ? 0 : (int)(shift & 31),
        .right = shifts_right ? (int)(-shift & 31) : 0,
        .start = (job->bias ? (uint32_t)job->bias[column] : 0) +
                 job->k * (uint32_t)(job->a_zero * job->b_zero),
    };
    if (job->a_zero != 0)
        channel.start -= (uint32_t)job->a_zero * row_sum(b_row, job->k, job->b_unsigned);
    return channel;
}

gluechip_status_t gluechip_matmul_cpu(const gluechip_matmul_job_t *job)
{
    const gluechip_status_t status = gluechip_matmul_check(job);
    if (status != GLUECHIP_OK)
        return status;
    const uint32_t m = job->m, n = job->n, k = job->k;
    const uint32_t a_stride = job->a_stride ? job->a_stride : k;
    const uint32_t b_stride = job->b_stride ? job->b_stride : k;
    const uint32_t width = job->output == GLUECHIP_OUTPUT_INT32 ? sizeof(int32_t) : 1;
    const uint32_t c_stride = job->c_stride ? job->c_stride : width * n;

    for (uint32_t j = 0; j < n; j += COLUMNS) {
        const uint32_t columns = n - j < COLUMNS ? n - j : COLUMNS;
        const uint8_t *b_rows[COLUMNS];
        channel_t channels[COLUMNS];
        for (uint32_t x = 0; x < COLUMNS; x++) {
            /* A block at the edge computes its last column again, and drops the copies. */
            const uint32_t column = j + (x < columns ? x : columns - 1);
            b_rows[x] = (const uint8_t *)job->b + column * b_stride;
            channels[x] = channel_of(job, column, b_rows[x]);
        }
        const uint8_t *a = job->a;
        uint8_t *c = (uint8_t *)job->c + width * j;
        for (uint32_t i = 0; i < m; i += 2) {
            const uint32_t rows = m - i < 2 ? 1 : 2;
            const uint8_t *const a_rows[2] = {a, rows > 1 ? a + a_stride : a};
            uint32_t sums[2][COLUMNS];
            for (uint32_t y = 0; y < 2; y++) {
                uint32_t correction = 0;
                if (job->b_zero != 0)
                    correction = (uint32_t)job->b_zero * row_sum(a_rows[y], k, job->a_unsigned);
                for (uint32_t x = 0; x < COLUMNS; x++)
                    sums[y][x] = channels[x].start - correction;
            }
            /* One row of unsigned operands is computed twice: it is too rare for code of its own. */
            if (rows == 1 && !job->a_unsigned && !job->b_unsigned)
                block_1_ss(sums, a_rows, b_rows, k);
            else
                two_rows[job->a_unsigned][job->b_unsigned](sums, a_rows, b_rows, k);
            for (uint32_t y = 0; y < rows; y++, c += c_stride)
                store(job, c, sums[y], channels, columns);
            a += 2 * a_stride;
        }
    }
    return GLUECHIP_OK;
}
