/* Loads and stores where nothing is, and next to it. Prints address, kind, mcause and mtval. */
#include <stdint.h>
#include <stdio.h>

#include <gluechip/hardware.h>

static volatile uint32_t cause, value;

__attribute__((interrupt("machine"), aligned(64))) static void on_trap(void)
{
    cause = GLUECHIP_CSR_READ(mcause);
    value = GLUECHIP_CSR_READ(mtval);
    GLUECHIP_CSR_WRITE(mepc, GLUECHIP_CSR_READ(mepc) + 4);
}

static void probe(uint32_t address)
{
    uint32_t word = 0x12345678;
    cause = value = 0;
    __asm__ volatile("lw %0, 0(%1)" : "+r"(word) : "r"(address) : "memory");
    printf("%08x load %u %08x %08x\n", (unsigned)address, (unsigned)cause, (unsigned)value,
           (unsigned)word);
    cause = value = 0;
    __asm__ volatile("sw zero, 0(%0)" : : "r"(address) : "memory");
    printf("%08x store %u %08x\n", (unsigned)address, (unsigned)cause, (unsigned)value);
}

int main(void)
{
    static const uint32_t addresses[] = {
        0, 0x100, GLUECHIP_ITCM_BASE - 4, GLUECHIP_ITCM_BASE + GLUECHIP_ITCM_SIZE,
        GLUECHIP_RAM_BASE - 4, GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE, GLUECHIP_CLINT_BASE - 4,
        GLUECHIP_CLINT_BASE + GLUECHIP_CLINT_SIZE, GLUECHIP_GPIO_BASE + GLUECHIP_GPIO_SIZE,
        GLUECHIP_KECCAK_BASE + GLUECHIP_KECCAK_SIZE, 0x40000000, 0xfffffffc,
        /* Inside blocks, where no register is: reads 0. */
        GLUECHIP_UART_BASE + 0x800, GLUECHIP_CLINT_BASE + 0x8000, GLUECHIP_MATMUL_BASE + 0x1ffc,
        GLUECHIP_KECCAK_BASE + 0xffc,
    };
    GLUECHIP_CSR_WRITE(mtvec, (uintptr_t)on_trap);
    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
        probe(addresses[i]);
    return 0;
}
