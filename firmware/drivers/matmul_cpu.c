/* The matrix product in plain C, as fast as we can write it.
 *
 * The inner loop works on a block of 1 or 2 rows by 4 columns, so that each byte it loads is used
 * 4 or 2 times, and its sums stay in registers. Zero points are taken out of it by
 *   sum (a - za)(b - zb) = sum ab - zb sum a - za sum b + k za zb,
 * or, where rows of A are gathered, unsigned, or too few to be worth the sums of B, za is taken out
 * of A, of which 16 bits then hold a value.
 */
#include <stddef.h>

#include <gluechip/matmul.h>

#include "patch.h"
#include "requantize.h"

#define COLUMNS 4
#define GROUP 16 /* columns for which rows are gathered together, at least those of any array */
#define CHUNK 256 /* values of a row that are gathered at a time */
#define MANY_ROWS 16
/* Makes the compiler have these values now, lest it mix the steps of a loop that it has unrolled
 * and run out of registers. No instruction comes of it. */
#define KEEP(a, b, c, d) __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d) : : "memory")

INLINE int32_t load(const uint8_t *p, bool is_unsigned)
{
    return is_unsigned ? (int32_t)*p : (int32_t)(int8_t)*p;
}

/* A value of A, which has 16 bits if it is `wide`, else 8, signed. */
INLINE int32_t load_a(const uint8_t *p, unsigned index, bool wide)
{
    return wide ? ((const int16_t *)(const void *)p)[index] : load(p + index, false);
}

/* Adds to sums[row][column] the products of `rows` (1 or 2) rows of A by COLUMNS rows of B. */
INLINE void block(uint32_t sums[2][COLUMNS], const uint8_t *const a_rows[2],
                  const uint8_t *const b_rows[COLUMNS], uint32_t k, int rows, bool wide,
                  bool b_unsigned)
{
    const unsigned width = wide ? sizeof(int16_t) : 1;
    const uint8_t *a0 = a_rows[0], *a1 = a_rows[1];
    const uint8_t *b0 = b_rows[0], *b1 = b_rows[1], *b2 = b_rows[2], *b3 = b_rows[3];
    uint32_t s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
    const uint8_t *const end = b0 + k;

    /* Every load and product is named before its use, which hides their latency of one cycle. */
#define STEP(i)                                                                                    \
    do {                                                                                           \
        const int32_t x0 = load_a(a0, i, wide);                                                    \
        const int32_t x1 = rows > 1 ? load_a(a1, i, wide) : 0;                                     \
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
    const uint8_t *const end4 = b0 + (k & ~3u);
    while (b0 != end4) {
        STEP(0);
        STEP(1);
        STEP(2);
        STEP(3);
        a0 += 4 * width, a1 += 4 * width, b0 += 4, b1 += 4, b2 += 4, b3 += 4;
    }
    while (b0 != end) {
        STEP(0);
        a0 += width, a1 += width, b0++, b1++, b2++, b3++;
    }
#undef STEP
    sums[0][0] += s00, sums[0][1] += s01, sums[0][2] += s02, sums[0][3] += s03;
    sums[1][0] += s10, sums[1][1] += s11, sums[1][2] += s12, sums[1][3] += s13;
}

typedef void block_t(uint32_t sums[2][COLUMNS], const uint8_t *const a_rows[2],
                     const uint8_t *const b_rows[COLUMNS], uint32_t k);

#define BLOCK(name, rows, wide, b_unsigned)                                                        \
    static __attribute__((noinline)) void name(                                                    \
        uint32_t sums[2][COLUMNS], const uint8_t *const a_rows[2],                                 \
        const uint8_t *const b_rows[COLUMNS], uint32_t k)                                          \
    {                                                                                              \
        block(sums, a_rows, b_rows, k, rows, wide, b_unsigned);                                    \
    }
BLOCK(block_1_ss, 1, false, false)
BLOCK(block_2_ss, 2, false, false)
BLOCK(block_2_su, 2, false, true)
BLOCK(block_1_ws, 1, true, false)
BLOCK(block_2_ws, 2, true, false)
BLOCK(block_2_wu, 2, true, true)
#undef BLOCK

/* The block for `rows` rows. One row by unsigned ones of B is computed twice: it is too rare for
 * code of its own. */
static block_t *block_of(uint32_t rows, bool wide, bool b_unsigned)
{
    if (b_unsigned)
        return wide ? block_2_wu : block_2_su;
    if (rows > 1)
        return wide ? block_2_ws : block_2_ss;
    return wide ? block_1_ws : block_1_ss;
}

static uint32_t row_sum(const uint8_t *row, uint32_t k, bool is_unsigned)
{
    uint32_t sum = 0;
    for (const uint8_t *const end = row + k; row != end; row++)
        sum += (uint32_t)load(row, is_unsigned);
    return sum;
}

/* How the sums of one output channel become results. */
typedef struct {
    scale_t scale;
    uint32_t start; /* bias and all of the zero points that does not depend on the row */
} channel_t;

/* Finishes `columns` sums of a row and stores them from `c` on. */
static __attribute__((noinline)) void store(const gluechip_matmul_job_t *job, void *c,
                                            const uint32_t *sums, const channel_t *channels,
                                            uint32_t columns)
{
    const limits_t limits = limits_of(job->c_zero, job->clamp_minimum, job->clamp_maximum);
    const uint32_t *const end = sums + columns;
    if (job->output == GLUECHIP_OUTPUT_INT32) {
        for (int32_t *to = c; sums != end; sums++)
            *to++ = (int32_t)*sums;
    } else if (job->rounding == GLUECHIP_ROUNDING_DOUBLE) {
        for (uint8_t *to = c; sums != end; sums++, channels++)
            *to++ = clamp(scale_double((int32_t)*sums, &channels->scale), &limits);
    } else {
        for (uint8_t *to = c; sums != end; sums++, channels++)
            *to++ = clamp(scale_single((int32_t)*sums, &channels->scale), &limits);
    }
}

/* The channel of a column, with its bias only. */
static channel_t channel_of(const gluechip_matmul_job_t *job, uint32_t column)
{
    const bool per_channel = job->multiplier != NULL;
    return (channel_t){
        .scale = per_channel ? scale_of(job->multiplier[column], job->shift[column])
                             : scale_of(job->scale_multiplier, job->scale_shift),
        .start = job->bias ? (uint32_t)job->bias[column] : 0,
    };
}

/* What the loops go by: where B and C lie, with their strides. */
typedef struct {
    const uint8_t *b;
    uint8_t *c;
    uint32_t b_stride, c_stride;
    uint32_t width; /* bytes of a result */
} layout_t;

static layout_t layout_of(const gluechip_matmul_job_t *job)
{
    const uint32_t width = job->output == GLUECHIP_OUTPUT_INT32 ? sizeof(int32_t) : 1;
    return (layout_t){
        .b = job->b,
        .c = job->c,
        .b_stride = job->b_stride ? job->b_stride : job->k,
        .c_stride = job->c_stride ? job->c_stride : width * job->n,
        .width = width,
    };
}

/* Columns up to and with the last of a block. Those behind `columns` are computed, and dropped. */
static uint32_t whole_blocks(uint32_t columns)
{
    return (columns + COLUMNS - 1) & ~(COLUMNS - 1u);
}

/* The rows of A as they lie in memory, signed. */
static void multiply(const gluechip_matmul_job_t *job)
{
    const uint32_t m = job->m, n = job->n, k = job->k;
    const uint32_t a_stride = job->a_stride ? job->a_stride : k;
    const layout_t at = layout_of(job);

    for (uint32_t j = 0; j < n; j += COLUMNS) {
        const uint32_t columns = n - j < COLUMNS ? n - j : COLUMNS;
        const uint8_t *b_rows[COLUMNS];
        channel_t channels[COLUMNS];
        for (uint32_t x = 0; x < COLUMNS; x++) {
            const uint32_t column = j + (x < columns ? x : columns - 1);
            b_rows[x] = at.b + column * at.b_stride;
            channels[x] = channel_of(job, column);
            channels[x].start += k * (uint32_t)(job->a_zero * job->b_zero);
            if (job->a_zero != 0)
                channels[x].start -=
                    (uint32_t)job->a_zero * row_sum(b_rows[x], k, job->b_unsigned);
        }
        const uint8_t *a = job->a;
        uint8_t *c = at.c + at.width * j;
        for (uint32_t i = 0; i < m; i += 2) {
            const uint32_t rows = m - i < 2 ? 1 : 2;
            const uint8_t *const a_rows[2] = {a, rows > 1 ? a + a_stride : a};
            uint32_t sums[2][COLUMNS];
            for (uint32_t y = 0; y < 2; y++) {
                uint32_t correction = 0;
                if (job->b_zero != 0)
                    correction = (uint32_t)job->b_zero * row_sum(a_rows[y], k, false);
                for (uint32_t x = 0; x < COLUMNS; x++)
                    sums[y][x] = channels[x].start - correction;
            }
            block_of(rows, false, job->b_unsigned)(sums, a_rows, b_rows, k);
            for (uint32_t y = 0; y < rows; y++, c += at.c_stride)
                store(job, c, sums[y], channels, columns);
            a += 2 * a_stride;
        }
    }
}

/* Columns that see the same A, and are multiplied by what has been gathered once. */
typedef struct {
    uint32_t columns;
    const uint8_t *b_rows[GROUP];
    channel_t channels[GROUP];
} group_t;

/* Sums of two rows, one of which may be unused. */
typedef uint32_t block_sums_t[GROUP / COLUMNS][2][COLUMNS];

static void fill_group(group_t *group, const gluechip_matmul_job_t *job, const layout_t *at,
                       uint32_t first)
{
    for (uint32_t x = 0; x < whole_blocks(group->columns); x++) {
        const uint32_t column = first + (x < group->columns ? x : group->columns - 1);
        group->b_rows[x] = at->b + column * at->b_stride;
        group->channels[x] = channel_of(job, column);
    }
}

static uint32_t wide_sum(const int16_t *values, uint32_t count)
{
    uint32_t sum = 0;
    for (const int16_t *const end = values + count; values != end; values++)
        sum += (uint32_t)(int32_t)*values;
    return sum;
}

/* Subtracts from the sums of row `y`. */
static void correct(block_sums_t sums, uint32_t y, uint32_t correction, uint32_t columns)
{
    for (uint32_t x = 0; x < whole_blocks(columns); x++)
        sums[x / COLUMNS][y][x % COLUMNS] -= correction;
}

/* Adds the products of `rows` rows of A, from `places` on, by the group's rows of B. */
static void add_rows(block_sums_t sums, const group_t *group, const gluechip_matmul_job_t *job,
                     const place_t *places, uint32_t rows)
{
    int16_t values[2][CHUNK];
    const uint8_t *const a_rows[2] = {(const uint8_t *)values[0],
                                      (const uint8_t *)values[rows - 1]};
    block_t *const multiply_block = block_of(rows, true, job->b_unsigned);
    for (uint32_t start = 0; start < job->k; start += CHUNK) {
        const uint32_t count = job->k - start < CHUNK ? job->k - start : CHUNK;
        for (uint32_t y = 0; y < rows; y++) {
            gather(values[y], job, &places[y], start, count);
            if (job->b_zero != 0)
                correct(sums, y, (uint32_t)job->b_zero * wide_sum(values[y], count),
                        group->columns);
        }
        for (uint32_t x = 0; x < group->columns; x += COLUMNS) {
            const uint8_t *const *const whole = group->b_rows + x;
            const uint8_t *const from_start[COLUMNS] = {whole[0] + start, whole[1] + start,
                                                        whole[2] + start, whole[3] + start};
            multiply_block(sums[x / COLUMNS], a_rows, start == 0 ? whole : from_start, count);
        }
    }
}

/* The rows of A gathered. */
static void multiply_gathered(const gluechip_matmul_job_t *job)
{
    const uint32_t step = job->patch != NULL ? job->patch->column_step : 0;
    const uint32_t width = step != 0 ? GLUECHIP_ARRAY_COLUMNS : GROUP;
    const layout_t at = layout_of(job);

    for (uint32_t j = 0; j < job->n; j += width) {
        group_t group = {.columns = job->n - j < width ? job->n - j : width};
        fill_group(&group, job, &at, j);
        const uint32_t column_offset = j / width * step;
        place_t places[2] = {first_place(job, column_offset)};
        uint8_t *c = at.c + at.width * j;
        for (uint32_t i = 0; i < job->m; i += 2) {
            const uint32_t rows = job->m - i < 2 ? 1 : 2;
            block_sums_t sums;
            for (uint32_t x = 0; x < whole_blocks(group.columns); x++)
                sums[x / COLUMNS][0][x % COLUMNS] = sums[x / COLUMNS][1][x % COLUMNS] =
                    group.channels[x].start;
            places[1] = places[0];
            next_place(job, &places[1], column_offset);
            add_rows(sums, &group, job, places, rows);
            for (uint32_t y = 0; y < rows; y++, c += at.c_stride)
                for (uint32_t x = 0; x < group.columns; x += COLUMNS)
                    store(job, c + at.width * x, sums[x / COLUMNS][y], group.channels + x,
                          group.columns - x < COLUMNS ? group.columns - x : COLUMNS);
            places[0] = places[1];
            next_place(job, &places[0], column_offset);
        }
    }
}

_Static_assert(GLUECHIP_ARRAY_COLUMNS <= GROUP, "a tile of columns is one group");

gluechip_status_t gluechip_matmul_cpu(const gluechip_matmul_job_t *job)
{
    const gluechip_status_t status = gluechip_matmul_check(job);
    if (status != GLUECHIP_OK)
        return status;
    if (job->patch != NULL || job->a_unsigned || (job->a_zero != 0 && job->m < MANY_ROWS))
        multiply_gathered(job);
    else
        multiply(job);
    return GLUECHIP_OK;
}
