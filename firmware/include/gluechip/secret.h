/* What secrets need: to be cleared, and to be compared without telling where they differ. */
#ifndef GLUECHIP_SECRET_H
#define GLUECHIP_SECRET_H

#include <stdbool.h>
#include <stdint.h>

/* Overwrites `bytes` bytes with zeros. The compiler cannot leave it out. */
void gluechip_wipe(void *where, uint32_t bytes);

/* Whether `bytes` bytes are equal. The time depends on `bytes` only. */
bool gluechip_equal(const void *a, const void *b, uint32_t bytes);

#endif
