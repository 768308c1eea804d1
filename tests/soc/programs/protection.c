/* The example of the manual: user mode has code in ITCM and 4 KiB of RAM. Prints mcause and mtval of
 * each trap that it ends in. */
#include <stdint.h>
#include <stdio.h>

#include <gluechip/hardware.h>

#define USER_ECALL 8
#define MPP (3u << 11)

static volatile struct {
    uint32_t cause, value;
} traps[8];
static volatile unsigned count;

__attribute__((interrupt("machine"), aligned(64))) static void on_trap(void)
{
    const uint32_t cause = GLUECHIP_CSR_READ(mcause);
    traps[count].cause = cause;
    traps[count].value = GLUECHIP_CSR_READ(mtval);
    count++;
    GLUECHIP_CSR_WRITE(mepc, GLUECHIP_CSR_READ(mepc) + 4);
    if (cause == USER_ECALL)
        GLUECHIP_CSR_SET(mstatus, MPP); /* back to machine mode, behind the call */
}

int main(void)
{
    GLUECHIP_CSR_WRITE(mtvec, (uintptr_t)on_trap);
    GLUECHIP_CSR_WRITE(pmpaddr0, 0x80000000 >> 2 | 0x1fff); /* NAPOT: 64 KiB from 0x80000000 */
    GLUECHIP_CSR_WRITE(pmpaddr1, 0x90001000 >> 2 | 0x1ff);  /* NAPOT: 4 KiB from 0x90001000 */
    GLUECHIP_CSR_WRITE(pmpcfg0, 0x1b << 8 | 0x1d);          /* read and write; read and execute */
    volatile uint32_t *const word = (uint32_t *)0x90001ffc;
    *word = 7;
    uint32_t loaded = 0;
    __asm__ volatile("csrc mstatus, %3\n"
                     "la t0, 1f\n"
                     "csrw mepc, t0\n"
                     "mret\n"
                     "1: lw %0, 0(%1)\n" /* its own */
                     "addi %0, %0, 1\n"
                     "sw %0, 0(%1)\n"
                     "lw t0, 4(%1)\n" /* what is behind it */
                     "sw zero, 0(%2)\n" /* its code */
                     "csrr t0, mstatus\n"
                     "ecall\n"
                     : "+&r"(loaded)
                     : "r"(word), "r"(0x80000400), "r"(MPP)
                     : "t0", "memory");
    printf("%u %u\n", (unsigned)loaded, (unsigned)*word);
    for (unsigned i = 0; i < count; i++)
        printf("%u %08x\n", (unsigned)traps[i].cause, (unsigned)traps[i].value);
    return 0;
}
