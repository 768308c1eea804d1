#include "encode.h"

/* 2^42 / q, rounded up: the quotient of a number below 2^30 by q is 2^-42 of its product. */
#define INVERSE ((uint32_t)(((1ull << 42) + Q - 1) / Q))

/* Compress_d, of x below 4q. */
INLINE uint32_t compress(uint32_t x, unsigned bits)
{
    return high((x << bits) + Q / 2, INVERSE) >> 10 & ((1u << bits) - 1);
}

/* Decompress_d */
INLINE uint16_t decompress(uint32_t y, unsigned bits)
{
    return (uint16_t)((y * Q + (1u << (bits - 1))) >> bits);
}

void encode_12(uint8_t bytes[POLY_BYTES], const poly_t *f)
{
    UNROLLED
    for (int i = 0; i < N; i += 2, bytes += 3) {
        const uint32_t x = canonical(f->at[i]) | canonical(f->at[i + 1]) << 12;
        bytes[0] = (uint8_t)x;
        bytes[1] = (uint8_t)(x >> 8);
        bytes[2] = (uint8_t)(x >> 16);
    }
}

void decode_12(poly_t *f, const uint8_t bytes[POLY_BYTES])
{
    UNROLLED
    for (int i = 0; i < N; i += 2, bytes += 3) {
        f->at[i] = (uint16_t)(bytes[0] | (bytes[1] & 15) << 8);
        f->at[i + 1] = (uint16_t)(bytes[1] >> 4 | bytes[2] << 4);
    }
}

bool is_canonical(const poly_t *f)
{
    uint32_t above = 0;
    UNROLLED
    for (int i = 0; i < N; i++)
        above |= Q - 1 - f->at[i];
    return above >> 31 == 0;
}

void encode_u(uint8_t bytes[U_BYTES], const poly_t *f)
{
    for (int i = 0; i < N; i += 4, bytes += 5) {
        const uint32_t x = compress(f->at[i], U_BITS) | compress(f->at[i + 1], U_BITS) << 10 |
                           compress(f->at[i + 2], U_BITS) << 20;
        const uint32_t y = compress(f->at[i + 3], U_BITS);
        bytes[0] = (uint8_t)x;
        bytes[1] = (uint8_t)(x >> 8);
        bytes[2] = (uint8_t)(x >> 16);
        bytes[3] = (uint8_t)(x >> 24 | y << 6);
        bytes[4] = (uint8_t)(y >> 2);
    }
}

void decode_u(poly_t *f, const uint8_t bytes[U_BYTES])
{
    for (int i = 0; i < N; i += 4, bytes += 5) {
        f->at[i] = decompress(bytes[0] | (bytes[1] & 3u) << 8, U_BITS);
        f->at[i + 1] = decompress(bytes[1] >> 2 | (bytes[2] & 15u) << 6, U_BITS);
        f->at[i + 2] = decompress(bytes[2] >> 4 | (bytes[3] & 63u) << 4, U_BITS);
        f->at[i + 3] = decompress(bytes[3] >> 6 | (uint32_t)bytes[4] << 2, U_BITS);
    }
}

void encode_v(uint8_t bytes[V_BYTES], const poly_t *f)
{
    UNROLLED
    for (int i = 0; i < V_BYTES; i++)
        bytes[i] = (uint8_t)(compress(f->at[2 * i], V_BITS) |
                             compress(f->at[2 * i + 1], V_BITS) << 4);
}

void decode_v(poly_t *f, const uint8_t bytes[V_BYTES])
{
    UNROLLED
    for (int i = 0; i < V_BYTES; i++) {
        f->at[2 * i] = decompress(bytes[i] & 15, V_BITS);
        f->at[2 * i + 1] = decompress(bytes[i] >> 4, V_BITS);
    }
}

void encode_message(uint8_t bytes[32], const poly_t *f)
{
    for (int i = 0; i < 32; i++) {
        uint32_t x = 0;
        UNROLLED
        for (int bit = 0; bit < 8; bit++)
            x |= compress(f->at[8 * i + bit], 1) << bit;
        bytes[i] = (uint8_t)x;
    }
}

void add_message(poly_t *f, const uint8_t bytes[32])
{
    for (int i = 0; i < 32; i++) {
        const uint32_t x = bytes[i];
        UNROLLED
        for (int bit = 0; bit < 8; bit++)
            f->at[8 * i + bit] = (uint16_t)(f->at[8 * i + bit] + decompress(x >> bit & 1, 1));
    }
}
