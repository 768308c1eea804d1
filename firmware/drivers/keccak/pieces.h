/* Between the functions that are made of sponges. */
#ifndef GLUECHIP_DRIVERS_KECCAK_PIECES_H
#define GLUECHIP_DRIVERS_KECCAK_PIECES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <gluechip/sponge.h>

static inline uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* `status`; unless it is GLUECHIP_OK, `output` becomes zero. */
static inline gluechip_status_t zero_unless_ok(gluechip_status_t status, void *output,
                                               uint32_t length)
{
    if (status != GLUECHIP_OK && output != NULL)
        memset(output, 0, length);
    return status;
}

/* Gives the sponge the error of an illegal call, unless it has one, and returns its error. */
gluechip_status_t refuse(gluechip_sponge_t *sponge);

/* Fills a begun block up with zeros and absorbs it. */
gluechip_status_t end_block(gluechip_sponge_t *sponge);

#endif
