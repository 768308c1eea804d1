/* The encodings of SP 800-185 2.3 and RFC 9861 3.3. Strings are not copied. */
#ifndef GLUECHIP_DRIVERS_KECCAK_ENCODE_H
#define GLUECHIP_DRIVERS_KECCAK_ENCODE_H

#include <stdint.h>

#include <gluechip/sponge.h>

/* A number with its length. */
typedef struct {
    uint8_t bytes[9];
    uint8_t length;
} length_text_t;

/* length_encode of RFC 9861: the number, which has no byte when it is 0, and how many it has. */
length_text_t length_encoded(uint64_t number);

/* left_encode of SP 800-185: how many bytes the number has, 1 or more, and the number. */
gluechip_status_t update_left_encoded(gluechip_sponge_t *sponge, uint64_t number);

/* right_encode: the other way round. */
gluechip_status_t update_right_encoded(gluechip_sponge_t *sponge, uint64_t number);

/* encode_string: the number of bits, and the bytes. */
gluechip_status_t update_string(gluechip_sponge_t *sponge, gluechip_bytes_t string);

/* The start of a bytepad to whole blocks, which end_block() ends. */
static inline gluechip_status_t begin_bytepad(gluechip_sponge_t *sponge)
{
    return update_left_encoded(sponge, sponge->function.rate_bytes);
}

static inline uint64_t bits(uint32_t bytes)
{
    return 8 * (uint64_t)bytes;
}

#endif
