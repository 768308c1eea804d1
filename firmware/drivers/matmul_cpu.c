/* The matrix product in plain C, as fast as we can write it.
 *
 * The inner loop works on a block of 1 or 2 rows by 4 columns, so that each byte it loads is used
 * 4 or 2 times, and its sums stay in registers. The zero point of A is taken out of it by
 *   sum (a - za) b = sum ab - za sum b;
 * or, where rows of A are gathered, unsigned, or too few to be worth the sums of B, it is taken out
 * of A, of which 16 bits then hold a value. So it is with everything that is rare, such as a zero
 * point of B: sum a' (b - zb) = sum a'b - zb sum a'. It is not worth loops of its own. Of a
 * transposed B the same loops take the values from row to row.
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

/* A value of 16 bits if it is `wide`, else of 8, signed. */
INLINE int32_t load(const uint8_t *p, unsigned index, bool wide)
{
    return wide ? ((const int16_t *)(const void *)p)[index] : (int8_t)p[index];
}

/* Adds to sums[row][column] the products of `rows` (1 or 2) rows of A by COLUMNS rows of B, whose
 * values are `b_step` bytes apart. */
INLINE void block(uint32_t sums[2][COLUMNS], const uint8_t *const a_rows[2],
                  const uint8_t *const b_rows[COLUMNS], uint32_t k, uint32_t b_step, int rows,
                  bool wide)
{
    const unsigned width = wide ? sizeof(int16_t) : 1;
    const uint8_t *a0 = a_rows[0], *a1 = a_rows[1];
    const uint8_t *b0 = b_rows[0], *b1 = b_rows[1], *b2 = b_rows[2], *b3 = b_rows[3];
    uint32_t s00 = sums[0][0], s01 = sums[0][1], s02 = sums[0][2], s03 = sums[0][3];
    uint32_t s10 = sums[1][0], s11 = sums[1][1], s12 = sums[1][2], s13 = sums[1][3];
    const uint8_t *const end = b0 + k * b_step;

    /* Every load and product is named before its use, which hides their latency of one cycle. */
#define STEP(i)                                                                                    \
    do {                                                                                           \
        const int32_t x0 = load(a0, i, wide), x1 = rows > 1 ? load(a1, i, wide) : 0;               \
        const int32_t y0 = load(b0, i, false), y1 = load(b1, i, false);                            \
        const int32_t y2 = load(b2, i, false), y3 = load(b3, i, false);                            \
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
    /* Small chips have little room for what they seldom need. */
    const bool unrolls =
        __builtin_constant_p(b_step) && (GLUECHIP_NETWORK_JOBS || !wide || rows == 1);
    const uint8_t *const end4 = b0 + (unrolls ? k & ~3u : 0);
    while (b0 != end4) {
        STEP(0);
        STEP(1);
        STEP(2);
        STEP(3);
        a0 += 4 * width, a1 += 4 * width, b0 += 4, b1 += 4, b2 += 4, b3 += 4;
    }
    while (b0 != end) {
        STEP(0);
        a0 += width, a1 += width, b0 += b_step, b1 += b_step, b2 += b_step, b3 += b_step;
    }
#undef STEP
    sums[0][0] = s00, sums[0][1] = s01, sums[0][2] = s02, sums[0][3] = s03;
    if (rows > 1)
        sums[1][0] = s10, sums[1][1] = s11, sums[1][2] = s12, sums[1][3] = s13;
}

typedef void block_t(uint32_t sums[2][COLUMNS], const uint8_t *const a_rows[2],
                     const uint8_t *const b_rows[COLUMNS], uint32_t k, uint32_t b_step);

#define BLOCK(name, step, rows, wide)                                                              \
    static __attribute__((noinline)) void name(                                                    \
        uint32_t sums[2][COLUMNS], const uint8_t *const a_rows[2],                                 \
        const uint8_t *const b_rows[COLUMNS], uint32_t k, uint32_t b_step)                         \
    {                                                                                              \
        (void)b_step;                                                                              \
        block(sums, a_rows, b_rows, k, step, rows, wide);                                          \
    }
BLOCK(two_rows, 1, 2, false)
BLOCK(one_wide_row, 1, 1, true)
BLOCK(two_wide_rows, 1, 2, true)
BLOCK(two_wide_by_transposed, b_step, 2, true)
#undef BLOCK

/* By unsigned rows of B, which are too rare for more. */
static __attribute__((cold)) void wide_by_unsigned(uint32_t sums[2][COLUMNS],
                                                   const uint8_t *const a_rows[2],
                                                   const uint8_t *const b_rows[COLUMNS],
                                                   uint32_t k, uint32_t b_step)
{
    for (uint32_t column = 0; column < COLUMNS; column++) {
        const int16_t *a0 = (const int16_t *)(const void *)a_rows[0];
        const int16_t *a1 = (const int16_t *)(const void *)a_rows[1];
        for (const uint8_t *b = b_rows[column], *const end = b + k * b_step; b != end;
             b += b_step) {
            sums[0][column] += (uint32_t)(*a0++ * *b);
            sums[1][column] += (uint32_t)(*a1++ * *b);
        }
    }
}

static uint32_t row_sum(const int8_t *row, uint32_t k)
{
    uint32_t sum = 0;
    for (const int8_t *const end = row + k; row != end; row++)
        sum += (uint32_t)(int32_t)*row;
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

/* Columns up to and with the last of a block. Those behind `columns` are computed, and dropped. */
static uint32_t whole_blocks(uint32_t columns)
{
    return (columns + COLUMNS - 1) & ~(COLUMNS - 1u);
}

/* Columns that see the same A. */
typedef struct {
    uint32_t columns;
    const uint8_t *b_rows[GROUP];
    uint32_t b_step; /* bytes from a value of such a row to the next */
    channel_t channels[GROUP];
} group_t;

/* Sums of two rows, one of which may be unused. */
typedef uint32_t block_sums_t[GROUP / COLUMNS][2][COLUMNS];

/* Makes a group of the columns from `first` on. Unless A is `wide`, its zero point is still in it. */
static void fill_group(group_t *group, const gluechip_matmul_job_t *job, uint32_t first, bool wide)
{
    const uint32_t b_stride = job->b_stride ? job->b_stride : job->b_transposed ? job->n : job->k;
    const uint32_t column_bytes = job->b_transposed ? 1 : b_stride;
    group->b_step = job->b_transposed ? b_stride : 1;
    for (uint32_t x = 0; x < whole_blocks(group->columns); x++) {
        const uint32_t column = first + (x < group->columns ? x : group->columns - 1);
        const uint8_t *const b_row = (const uint8_t *)job->b + column * column_bytes;
        group->b_rows[x] = b_row;
        group->channels[x] = channel_of(job, column);
        if (!wide && job->a_zero != 0)
            group->channels[x].start -=
                (uint32_t)job->a_zero * row_sum((const int8_t *)b_row, job->k);
    }
}

/* Takes the zero point of B out of the sums of row `y`, whose `values` of A are all or some. */
static __attribute__((cold)) void correct(block_sums_t sums, uint32_t y, const int16_t *values,
                                          uint32_t count, int32_t b_zero, uint32_t columns)
{
    uint32_t correction = 0;
    for (const int16_t *const end = values + count; values != end; values++)
        correction += (uint32_t)(b_zero * *values);
    for (uint32_t x = 0; x < whole_blocks(columns); x++)
        sums[x / COLUMNS][y][x % COLUMNS] -= correction;
}

/* Adds the products of `rows` rows of A, from `places` on, gathered, by the group's rows of B. */
static __attribute__((cold)) void add_gathered(block_sums_t sums, const group_t *group,
                                               const gluechip_matmul_job_t *job,
                                               const place_t *places, uint32_t rows)
{
    int16_t values[2][CHUNK];
    const uint8_t *const a_rows[2] = {(const uint8_t *)values[0],
                                      (const uint8_t *)values[rows - 1]};
    block_t *const multiply_block = job->b_unsigned     ? wide_by_unsigned
                                    : job->b_transposed ? two_wide_by_transposed
                                    : rows > 1          ? two_wide_rows
                                                        : one_wide_row;
    for (uint32_t start = 0; start < job->k; start += CHUNK) {
        const uint32_t count = job->k - start < CHUNK ? job->k - start : CHUNK;
        for (uint32_t y = 0; y < rows; y++) {
            gather(values[y], job, &places[y], start, count);
            if (job->b_zero != 0)
                correct(sums, y, values[y], count, job->b_zero, group->columns);
        }
        for (uint32_t x = 0; x < group->columns; x += COLUMNS) {
            const uint8_t *b_rows[COLUMNS];
            for (uint32_t column = 0; column < COLUMNS; column++)
                b_rows[column] = group->b_rows[x + column] + start * group->b_step;
            multiply_block(sums[x / COLUMNS], a_rows, b_rows, count, group->b_step);
        }
    }
}

/* Adds the products of two rows of A that lie in memory, signed, by the group's rows of B. */
static void add_plain(block_sums_t sums, const group_t *group, const uint8_t *const a_rows[2],
                      uint32_t k)
{
    for (uint32_t x = 0; x < group->columns; x += COLUMNS)
        two_rows(sums[x / COLUMNS], a_rows, group->b_rows + x, k, 1);
}

/* Adds values of the addend, from `values` on, to the sums of row `y`. */
static __attribute__((cold)) void add_values(block_sums_t sums, uint32_t y, const int32_t *values,
                                             uint32_t columns)
{
    for (uint32_t x = 0; x < columns; x++)
        sums[x / COLUMNS][y][x % COLUMNS] += (uint32_t)values[x];
}

/* The product; with `wide` A is gathered, else it and B are signed, and B has no zero point. */
static void multiply(const gluechip_matmul_job_t *job, bool wide)
{
    const uint32_t step = job->patch != NULL ? job->patch->column_step : 0;
    const uint32_t group_columns = step != 0 ? GLUECHIP_ARRAY_COLUMNS : GROUP;
    const uint32_t c_width = job->output == GLUECHIP_OUTPUT_INT32 ? sizeof(int32_t) : 1;
    const uint32_t c_stride = job->c_stride ? job->c_stride : c_width * job->n;
    const uint32_t a_stride = job->a_stride ? job->a_stride : job->k;
    const uint32_t addend_stride = job->addend_stride ? job->addend_stride : 4 * job->n;

    uint32_t column_offset = 0;
    for (uint32_t j = 0; j < job->n; j += group_columns, column_offset += step) {
        group_t group = {.columns = job->n - j < group_columns ? job->n - j : group_columns};
        fill_group(&group, job, j, wide);
        place_t places[2] = {first_place(job, column_offset)};
        const uint8_t *a = job->a;
        uint8_t *c = (uint8_t *)job->c + c_width * j;
        for (uint32_t i = 0; i < job->m; i += 2) {
            const uint32_t rows = job->m - i < 2 ? 1 : 2;
            block_sums_t sums;
            for (uint32_t x = 0; x < group.columns; x += COLUMNS)
                for (uint32_t column = 0; column < COLUMNS; column++)
                    sums[x / COLUMNS][0][column] = sums[x / COLUMNS][1][column] =
                        group.channels[x + column].start;
            if (wide) {
                places[1] = places[0];
                next_place(job, &places[1], column_offset);
                add_gathered(sums, &group, job, places, rows);
                places[0] = places[1];
                next_place(job, &places[0], column_offset);
            } else {
                const uint8_t *const a_rows[2] = {a, rows > 1 ? a + a_stride : a};
                add_plain(sums, &group, a_rows, job->k);
                a += 2 * a_stride;
            }
            for (uint32_t y = 0; job->addend != NULL && y < rows; y++)
                add_values(sums, y,
                           (const int32_t *)((uintptr_t)job->addend + (i + y) * addend_stride) + j,
                           group.columns);
            for (uint32_t x = 0; x < group.columns; x += COLUMNS) {
                uint8_t *const to = c + c_width * x;
                const uint32_t columns =
                    group.columns - x < COLUMNS ? group.columns - x : COLUMNS;
                store(job, to, sums[x / COLUMNS][0], group.channels + x, columns);
                if (rows > 1)
                    store(job, to + c_stride, sums[x / COLUMNS][1], group.channels + x, columns);
            }
            c += 2 * c_stride;
        }
    }
}

_Static_assert(GLUECHIP_ARRAY_COLUMNS <= GROUP, "a tile of columns is one group");

gluechip_status_t gluechip_matmul_cpu(const gluechip_matmul_job_t *job)
{
    const gluechip_status_t status = gluechip_matmul_check(job);
    if (status != GLUECHIP_OK)
        return status;
    const bool few_rows = job->m < MANY_ROWS && (job->a_zero != 0 || job->m % 2 != 0);
    multiply(job, job->patch != NULL || job->a_unsigned || job->b_unsigned || job->b_zero != 0 ||
                      job->a_transposed || job->b_transposed || few_rows);
    return GLUECHIP_OK;
}
