#include "encode.h"

#define NUMBER_BYTES 8

/* Writes the number, high byte first, in `least_bytes` or as many bytes as it needs; returns how
 * many. */
static unsigned put_number(uint8_t *to, uint64_t number, unsigned least_bytes)
{
    unsigned bytes = least_bytes;
    while (bytes < NUMBER_BYTES && number >> 8 * bytes != 0)
        bytes++;
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (uint8_t)(number >> 8 * (bytes - 1 - i));
    return bytes;
}

/* The number with its length behind. */
static length_text_t right_encoded(uint64_t number, unsigned least_bytes)
{
    length_text_t text;
    const unsigned bytes = put_number(text.bytes, number, least_bytes);
    text.bytes[bytes] = (uint8_t)bytes;
    text.length = (uint8_t)(bytes + 1);
    return text;
}

length_text_t length_encoded(uint64_t number)
{
    return right_encoded(number, 0);
}

gluechip_status_t update_right_encoded(gluechip_sponge_t *sponge, uint64_t number)
{
    const length_text_t text = right_encoded(number, 1);
    return gluechip_sponge_update(sponge, text.bytes, text.length);
}

gluechip_status_t update_left_encoded(gluechip_sponge_t *sponge, uint64_t number)
{
    uint8_t text[1 + NUMBER_BYTES];
    text[0] = (uint8_t)put_number(text + 1, number, 1);
    return gluechip_sponge_update(sponge, text, 1u + text[0]);
}

gluechip_status_t update_string(gluechip_sponge_t *sponge, gluechip_bytes_t string)
{
    update_left_encoded(sponge, bits(string.length));
    return gluechip_sponge_update(sponge, string.data, string.length);
}
