#include "patch.h"

#include <stddef.h>

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

place_t first_place(const gluechip_matmul_job_t *job, uint32_t column_offset)
{
    const gluechip_patch_t *const patch = job->patch;
    if (patch == NULL)
        return (place_t){0, 0, 0};
    return (place_t){
        .x = (int32_t)column_offset - (int32_t)patch->padding_left,
        .y = -(int32_t)patch->padding_top,
        .outputs_behind = patch->outputs_per_line - 1,
    };
}

__attribute__((cold)) void next_place(const gluechip_matmul_job_t *job, place_t *place,
                                      uint32_t column_offset)
{
    const gluechip_patch_t *const patch = job->patch;
    if (patch == NULL) {
        place->y++;
    } else if (place->outputs_behind == 0) {
        const int32_t y = place->y + (int32_t)patch->line_step;
        *place = first_place(job, column_offset);
        place->y = y;
    } else {
        place->outputs_behind--;
        if (place->x < (int32_t)patch->line_bytes) /* else nothing more is to be seen */
            place->x += (int32_t)patch->output_step;
    }
}

/* Four values a turn, so that none is used right after its load. */
static __attribute__((noinline)) int16_t *widen(int16_t *to, const uint8_t *from, uint32_t count,
                                                const gluechip_matmul_job_t *job)
{
    /* Moves int8 to where uint8 is. */
    const int32_t flip = job->a_unsigned ? 0 : 128, zero = job->a_zero + flip;
#define VALUE(i) ((int16_t)((from[i] ^ flip) - zero))
    for (const uint8_t *const end = from + (count & ~3u); from != end; from += 4, to += 4) {
        const int16_t v0 = VALUE(0), v1 = VALUE(1), v2 = VALUE(2), v3 = VALUE(3);
        to[0] = v0, to[1] = v1, to[2] = v2, to[3] = v3;
    }
    for (const uint8_t *const end = from + (count & 3); from != end; from++)
        *to++ = VALUE(0);
#undef VALUE
    return to;
}

/* A column of a transposed A. */
static __attribute__((cold)) void widen_column(int16_t *to, const uint8_t *from, uint32_t count,
                                               const gluechip_matmul_job_t *job)
{
    const uint32_t stride = job->a_stride ? job->a_stride : job->m;
    const int32_t flip = job->a_unsigned ? 0 : 128, zero = job->a_zero + flip;
    for (const int16_t *const end = to + count; to != end; from += stride)
        *to++ = (int16_t)((*from ^ flip) - zero);
}

static __attribute__((noinline)) int16_t *pad(int16_t *to, uint32_t count)
{
    for (const int16_t *const end = to + count; to != end;)
        *to++ = 0;
    return to;
}

/* Writes `count` values from byte `x` of line `y` on, wherever that is. */
static __attribute__((cold)) int16_t *gather_piece(int16_t *to, const gluechip_matmul_job_t *job,
                                                   int32_t x, int32_t y, uint32_t count)
{
    const gluechip_patch_t *const patch = job->patch;
    if ((uint32_t)y >= patch->lines || x >= (int32_t)patch->line_bytes)
        return pad(to, count);
    if (x < 0) {
        const uint32_t before = least((uint32_t)-x, count);
        to = pad(to, before);
        x += (int32_t)before;
        count -= before;
    }
    const uint32_t stride = job->a_stride ? job->a_stride : patch->line_bytes;
    const uint32_t inside = count == 0 ? 0 : least(count, patch->line_bytes - (uint32_t)x);
    to = widen(to, (const uint8_t *)job->a + (uint32_t)y * stride + x, inside, job);
    return pad(to, count - inside);
}

__attribute__((cold)) void gather(int16_t *to, const gluechip_matmul_job_t *job,
                                  const place_t *place, uint32_t start, uint32_t count)
{
    const gluechip_patch_t *const patch = job->patch;
    if (job->a_transposed) {
        const uint32_t stride = job->a_stride ? job->a_stride : job->m;
        widen_column(to, (const uint8_t *)job->a + start * stride + place->y, count, job);
        return;
    }
    if (patch == NULL) {
        const uint32_t stride = job->a_stride ? job->a_stride : job->k;
        widen(to, (const uint8_t *)job->a + (uint32_t)place->y * stride + start, count, job);
        return;
    }
    uint32_t in_piece = 0, piece = 0;
    int32_t y = place->y;
    if (start != 0) {
        const uint32_t number = start / patch->piece_bytes;
        in_piece = start % patch->piece_bytes;
        piece = number % patch->pieces;
        y += (int32_t)(number / patch->pieces);
    }
    while (count != 0) {
        const uint32_t bytes = least(count, patch->piece_bytes - in_piece);
        to = gather_piece(to, job, place->x + (int32_t)(piece * patch->piece_step + in_piece), y,
                          bytes);
        count -= bytes;
        in_piece = 0;
        if (++piece == patch->pieces) {
            piece = 0;
            y++;
        }
    }
}
