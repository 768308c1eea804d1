/* CRC-32 of IEEE 802.3, bit by bit and with a table that is made first. */
#include "bench.h"

#define LENGTH 1024
#define POLYNOMIAL 0xedb88320u /* 0x04c11db7, bits reversed */

static uint8_t message[LENGTH];
static uint32_t table[256];

void crc_prepare(void)
{
    uint32_t state = 4;
    for (int i = 0; i < LENGTH; i++)
        message[i] = (uint8_t)(bench_random(&state) >> 24);
}

static uint32_t shift_byte(uint32_t crc)
{
    for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (POLYNOMIAL & (0u - (crc & 1)));
    return crc;
}

static uint32_t crc_by_bits(void)
{
    uint32_t crc = UINT32_MAX;
    for (int i = 0; i < LENGTH; i++)
        crc = shift_byte(crc ^ message[i]);
    return ~crc;
}

static uint32_t crc_by_table(void)
{
    for (uint32_t i = 0; i < 256; i++)
        table[i] = shift_byte(i);
    uint32_t crc = UINT32_MAX;
    for (int i = 0; i < LENGTH; i++)
        crc = crc >> 8 ^ table[(crc ^ message[i]) & 0xff];
    return ~crc;
}

/* The CRC; 0 if the two differ. */
uint32_t crc_run(void)
{
    const uint32_t crc = crc_by_bits();
    return crc_by_table() == crc ? crc : 0;
}
