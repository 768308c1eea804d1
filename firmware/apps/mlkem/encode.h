/* Numbers as bits in bytes (FIPS 203 4.2.1); bytes at any address. */
#ifndef MLKEM_ENCODE_H
#define MLKEM_ENCODE_H

#include <stdbool.h>

#include "parameters.h"

/* ByteEncode_12 of numbers modulo q. */
void encode_12(uint8_t bytes[POLY_BYTES], const poly_t *f);

/* The 12-bit numbers that are there, not reduced modulo q. */
void decode_12(poly_t *f, const uint8_t bytes[POLY_BYTES]);

/* Whether all numbers are below q. */
bool is_canonical(const poly_t *f);

/* Compresses numbers below 4q and encodes them: one polynomial of u, v, a message. */
void encode_u(uint8_t bytes[U_BYTES], const poly_t *f);
void encode_v(uint8_t bytes[V_BYTES], const poly_t *f);
void encode_message(uint8_t bytes[32], const poly_t *f);

/* Decodes and decompresses; numbers below q. */
void decode_u(poly_t *f, const uint8_t bytes[U_BYTES]);
void decode_v(poly_t *f, const uint8_t bytes[V_BYTES]);

/* Decodes and decompresses a message, and adds it. */
void add_message(poly_t *f, const uint8_t bytes[32]);

#endif
