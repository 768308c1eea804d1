/* Random bytes: a source as an argument, and one that is made of a key. */
#ifndef GLUECHIP_RANDOM_H
#define GLUECHIP_RANDOM_H

#include <stdint.h>

#include <gluechip/status.h>

/* A source of bytes that nobody outside of the core can foresee.
 *
 * draw    : writes `bytes` bytes to `output`, never the same ones for the same reason again.
 *           Returns GLUECHIP_OK, or an error, on which `output` is of no use.
 * context : the first argument of `draw`.
 */
typedef struct {
    gluechip_status_t (*draw)(void *context, void *output, uint32_t bytes);
    void *context;
} gluechip_random_t;

#define GLUECHIP_KEY_BYTES 32

/* SHAKE128 of a key and the number of the call (FIPS 202).
 *
 * The chip has no source of noise: the key comes from outside, and is new after each reset, or
 * `counter` goes on from where it was. Twice the same pair gives the same bytes.
 */
typedef struct {
    uint8_t key[GLUECHIP_KEY_BYTES];
    uint64_t counter;           /* of the next call */
    gluechip_backend_t backend; /* that of the coprocessor trusts the Keccak engine with the key */
} gluechip_keyed_random_t;

/* `draw` of such a source. `context` points to a gluechip_keyed_random_t.
 *
 * Returns GLUECHIP_OK or an error of gluechip_keccak(), with `output` untouched or zero. The
 * counter goes on in any case. Wait: as gluechip_keccak().
 */
gluechip_status_t gluechip_keyed_random_draw(void *context, void *output, uint32_t bytes);

static inline gluechip_random_t gluechip_keyed_random(gluechip_keyed_random_t *keyed)
{
    return (gluechip_random_t){gluechip_keyed_random_draw, keyed};
}

#endif
