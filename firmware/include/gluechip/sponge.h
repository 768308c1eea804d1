/* Sponges that take a message in pieces and give their output in pieces.
 *
 *     gluechip_sponge_t sponge;
 *     gluechip_sponge_init(&sponge, backend, GLUECHIP_SHA3_256);
 *     gluechip_sponge_update(&sponge, first, first_length);
 *     gluechip_sponge_update(&sponge, second, second_length);
 *     status = gluechip_sponge_final(&sponge, digest, 32);
 *     gluechip_sponge_wipe(&sponge);
 *
 * A sponge keeps its first error, so that only the last call's status need be looked at. All that
 * it knows lies in the structure: as many as memory holds go on side by side, in handlers of
 * interrupts as well, and a copy of one goes its own way.
 */
#ifndef GLUECHIP_SPONGE_H
#define GLUECHIP_SPONGE_H

#include <stdint.h>

#include <gluechip/keccak.h>
#include <gluechip/status.h>

/* Bytes somewhere, of any alignment; NULL when there are none. */
typedef struct {
    const void *data;
    uint32_t length;
} gluechip_bytes_t;

#define GLUECHIP_NO_BYTES ((gluechip_bytes_t){0})

/* The members are the library's. */
typedef struct {
    uint8_t state[GLUECHIP_KECCAK_STATE_BYTES] __attribute__((aligned(8)));
    uint8_t buffer[GLUECHIP_KECCAK_MAXIMUM_RATE_BYTES]; /* the start of a block of the message */
    gluechip_function_t function;
    uint8_t phase;
    uint8_t position; /* bytes in the buffer; of a block of output, bytes that have been given */
    int8_t backend;
    int8_t status;
} gluechip_sponge_t;

/* Begins a message. `function` is GLUECHIP_SHA3_256 and so on, or a sponge of one's own.
 *
 * This and the next three return GLUECHIP_OK; _ARGUMENT for no sponge, an illegal function, NULL
 * with a length, or a call out of order (update after final, squeeze before it, anything on a
 * wiped sponge); or an error of gluechip_keccak(). After an error every call on the sponge returns
 * that error, until the next init. On an error the output is zeroed. Waits: as gluechip_keccak().
 */
gluechip_status_t gluechip_sponge_init(gluechip_sponge_t *sponge, gluechip_backend_t backend,
                                       gluechip_function_t function);

/* Takes the next `length` bytes of the message, 0 included. Whole blocks are read where they lie,
 * in one job; what is left of a block is copied. */
gluechip_status_t gluechip_sponge_update(gluechip_sponge_t *sponge, const void *data,
                                         uint32_t length);

/* Ends the message and gives the first `length` bytes of output, 0 included. */
gluechip_status_t gluechip_sponge_final(gluechip_sponge_t *sponge, void *output, uint32_t length);

/* Gives the next `length` bytes of output, 0 included. */
gluechip_status_t gluechip_sponge_squeeze(gluechip_sponge_t *sponge, void *output,
                                          uint32_t length);

/* Overwrites the sponge with zeros. Whoever knows its state knows the output to come and the last
 * piece of the message, and can make codes with the key of a MAC. */
void gluechip_sponge_wipe(gluechip_sponge_t *sponge);

#endif
