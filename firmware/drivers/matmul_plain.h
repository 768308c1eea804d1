/* What the calls of gluechip/untrusted.h share about their jobs. */
#ifndef GLUECHIP_DRIVERS_MATMUL_PLAIN_H
#define GLUECHIP_DRIVERS_MATMUL_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gluechip/matmul.h>

/* Whether `job` is legal, and a product and nothing else, with a dense C at a multiple of 8. */
bool is_plain(const gluechip_matmul_job_t *job);

static inline bool is_workspace(const void *workspace)
{
    return workspace != NULL && ((uintptr_t)workspace & 7) == 0;
}

/* Zeroes C. */
void forget_result(const gluechip_matmul_job_t *job);

/* Overwrites what functions that compute with secrets have left below the stack pointer. To be called
 * from where they were. */
void wipe_frames(void);

#endif
