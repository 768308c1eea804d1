/* Rows of A on the core: gathered, widened to 16 bits, and without their zero point. */
#ifndef GLUECHIP_DRIVERS_PATCH_H
#define GLUECHIP_DRIVERS_PATCH_H

#include <stdint.h>

#include <gluechip/matmul.h>

/* Where a row of A begins in the image, or, of a job without a patch, in bytes from a. */
typedef struct {
    int32_t x;               /* bytes; below 0 in the padding on the left */
    int32_t y;               /* lines; below 0 in the padding above */
    uint32_t outputs_behind; /* on its line */
} place_t;

/* Where row 0 begins, `column_offset` bytes further right. */
place_t first_place(const gluechip_matmul_job_t *job, uint32_t column_offset);

/* Moves to the next row. */
void next_place(const gluechip_matmul_job_t *job, place_t *place, uint32_t column_offset);

/* Writes `count` values of a row, from number `start` on. */
void gather(int16_t *to, const gluechip_matmul_job_t *job, const place_t *place, uint32_t start,
            uint32_t count);

#endif
