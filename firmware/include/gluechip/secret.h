/* What secrets need: to be cleared, and to be compared without telling where they differ. */
#ifndef GLUECHIP_SECRET_H
#define GLUECHIP_SECRET_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Overwrites `bytes` bytes with zeros. */
static inline void gluechip_wipe(void *where, uint32_t bytes)
{
    memset(where, 0, bytes);
    /* For all that the compiler knows, this reads what `where` points to: it must be there. */
    __asm__ volatile("" : : "r"(where) : "memory");
}

/* Whether `bytes` bytes are equal. The time depends on `bytes` only. */
bool gluechip_equal(const void *a, const void *b, uint32_t bytes);

#endif
