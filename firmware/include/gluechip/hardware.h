/* The thin layer: registers, CSRs, fields, and nothing that decides anything.
 *
 * `gluechip_registers.h` is generated from the memory map. It gives GLUECHIP_UART and so on, which
 * point to the registers of a block, and shift and mask of each field.
 */
#ifndef GLUECHIP_HARDWARE_H
#define GLUECHIP_HARDWARE_H

#include <stdint.h>

#include <gluechip_registers.h>

/* Value of a field, as it stands in `word`. `field` is BLOCK_REGISTER_FIELD. */
#define GLUECHIP_GET(word, field)                                                                  \
    (((word) & GLUECHIP_##field##_MASK) >> GLUECHIP_##field##_SHIFT)

/* `value`, moved to the place of a field. Bits beyond its width are dropped. */
#define GLUECHIP_PUT(field, value)                                                                 \
    (((uint32_t)(value) << GLUECHIP_##field##_SHIFT) & GLUECHIP_##field##_MASK)

#define GLUECHIP_CSR_READ(csr)                                                                     \
    ({                                                                                             \
        uint32_t csr_value;                                                                        \
        __asm__ volatile("csrr %0, " #csr : "=r"(csr_value));                                      \
        csr_value;                                                                                 \
    })
#define GLUECHIP_CSR_WRITE(csr, value)                                                             \
    __asm__ volatile("csrw " #csr ", %0" : : "rK"((uint32_t)(value)) : "memory")
#define GLUECHIP_CSR_SET(csr, bits)                                                                \
    __asm__ volatile("csrs " #csr ", %0" : : "rK"((uint32_t)(bits)) : "memory")
#define GLUECHIP_CSR_CLEAR(csr, bits)                                                              \
    __asm__ volatile("csrc " #csr ", %0" : : "rK"((uint32_t)(bits)) : "memory")

/* Keeps the compiler from moving memory accesses across: needed before a job is started and after
 * it has ended, since the coprocessor reads and writes memory that the compiler thinks its own. */
#define GLUECHIP_BARRIER() __asm__ volatile("" : : : "memory")

/* Clock cycles since reset, modulo 2^32; for differences. */
static inline uint32_t gluechip_cycles(void)
{
    return GLUECHIP_CSR_READ(mcycle);
}

/* Sleeps until an interrupt that mie enables is pending, be it taken or, with interrupts disabled by
 * gluechip_interrupts_enable(), not. Test what you wait for with interrupts disabled, lest the one
 * that brings it comes between the test and the sleep, which then has no end. */
static inline void gluechip_sleep(void)
{
    __asm__ volatile("wfi" : : : "memory");
}

#endif
