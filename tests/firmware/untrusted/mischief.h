/* Registers of the malicious array of the tests, behind those of the real one. */
#ifndef MISCHIEF_H
#define MISCHIEF_H

#include <stdint.h>

#include <gluechip/hardware.h>

enum { NONE, LIE, NEVER, EARLY, LATE, WRITE, READ, DEAF };

static inline void set_mischief(uint32_t which, uint32_t target, uint32_t first, uint32_t second)
{
    volatile uint32_t *const registers = (volatile uint32_t *)(GLUECHIP_MATMUL_BASE + 0x1f0);
    registers[0] = which, registers[1] = target, registers[2] = first, registers[3] = second;
}

#endif
