/* Clears what a program leaves behind, and begins anew. See gluechip_zeroize_chip() in system.h.
 *
 * Only ITCM is used from here on: no stack, no data. The steps are marked, since a test leaves out
 * each of them in turn and expects to see what then stays.
 */
#include <gluechip/system.h>
#include <gluechip_registers.h>

#define COMMAND_CYCLES 100000 /* of a coprocessor, far more than it needs */
#define DRAIN_CYCLES 0x2000000 /* of the UART: what it holds, at its slowest */
#define ACTIVE (GLUECHIP_MATMUL_STATUS_BUSY_MASK | GLUECHIP_MATMUL_STATUS_ZEROIZING_MASK)
#define UNROLLED 32 /* bytes that a turn of the loop over RAM clears */
/* As words, since GCC is told of RV32IM only. */
#define REV8 0x69805313      /* rev8 t1, zero */
#define CZERO_EQZ 0x0E005333 /* czero.eqz t1, zero, zero */

    .section .text.gluechip_zeroize_chip, "ax", @progbits
    .globl gluechip_zeroize_chip
    .type gluechip_zeroize_chip, @function
gluechip_zeroize_chip:
    csrw mie, zero
    csrw mstatus, zero /* loads and stores with the rights of machine mode */
    la t0, failed
    csrw mtvec, t0
    mv s0, a0 /* the program that begins then */

    /* step: coprocessors */
    li a0, GLUECHIP_MATMUL_BASE
    jal s1, clear_coprocessor
    li a0, GLUECHIP_KECCAK_BASE
    jal s1, clear_coprocessor
    /* end of step */

    /* What is to be sent is sent; it leaves the chip in any case. */
    li a0, GLUECHIP_UART_BASE
    li t2, DRAIN_CYCLES
    csrr t0, mcycle
1:  lw t1, GLUECHIP_UART_STATUS_OFFSET(a0)
    andi t1, t1, GLUECHIP_UART_STATUS_TX_IDLE_MASK
    bnez t1, 2f
    csrr t1, mcycle
    sub t1, t1, t0
    bltu t1, t2, 1b
    j failed
2:  li t0, 1
    /* step: received */
3:  lw t1, GLUECHIP_UART_STATUS_OFFSET(a0)
    andi t1, t1, GLUECHIP_UART_STATUS_RX_VALID_MASK
    beqz t1, 4f
    sw t0, GLUECHIP_UART_RECEIVE_POP_OFFSET(a0)
    j 3b
    /* end of step */
4:
    /* step: device registers */
    li t0, GLUECHIP_SYSTEM_BASE
    sw zero, GLUECHIP_SYSTEM_SCRATCH_OFFSET(t0)
    li t0, GLUECHIP_GPIO_BASE
    sw zero, GLUECHIP_GPIO_LEDS_OFFSET(t0)
    li t0, GLUECHIP_CLINT_BASE
    sw zero, GLUECHIP_CLINT_MSIP_OFFSET(t0)
    li t1, GLUECHIP_CLINT_BASE + GLUECHIP_CLINT_MTIMECMP_LOW_OFFSET
    li t2, -1
    sw t2, 4(t1)
    sw t2, 0(t1)
    /* end of step */

    /* step: RAM */
    li a0, GLUECHIP_RAM_BASE
    li a1, GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE
5:  sw zero, 0(a0)
    sw zero, 4(a0)
    sw zero, 8(a0)
    sw zero, 12(a0)
    sw zero, 16(a0)
    sw zero, 20(a0)
    sw zero, 24(a0)
    sw zero, 28(a0)
    addi a0, a0, UNROLLED
    bne a0, a1, 5b
    /* end of step */

    /* step: CSRs */
    csrw mscratch, zero
    csrw mepc, zero
    csrw mcause, zero
    csrw mtval, zero
    /* end of step */

    /* What multiplier, divider, bit unit and loads keep inside is that of the last instruction. */
    /* step: units */
    mul t0, zero, zero
    li t1, 1
    divu t0, zero, t1
    li t0, GLUECHIP_RAM_BASE
    lw t1, 0(t0)
    /* end of step */
    /* step: bit unit */
#if GLUECHIP_EXTENSION_ZBB || GLUECHIP_EXTENSION_ZBKB
    .word REV8
#elif GLUECHIP_EXTENSION_ZICOND
    .word CZERO_EQZ
#endif
    /* end of step */

    /* step: registers */
    li x1, 0
    li x2, 0
    li x3, 0
    li x4, 0
    li x5, 0
    li x6, 0
    li x7, 0
    li x9, 0
    li x10, 0
    li x11, 0
    li x12, 0
    li x13, 0
    li x14, 0
    li x15, 0
    li x16, 0
    li x17, 0
    li x18, 0
    li x19, 0
    li x20, 0
    li x21, 0
    li x22, 0
    li x23, 0
    li x24, 0
    li x25, 0
    li x26, 0
    li x27, 0
    li x28, 0
    li x29, 0
    li x30, 0
    li x31, 0
    /* end of step */
    bnez s0, 6f
    la s0, main
6:  j gluechip_begin

/* Aborts, zeroizes and waits. In: a0, base of the registers; s1, where to go on. */
clear_coprocessor:
    li t0, GLUECHIP_MATMUL_CONTROL_ZEROIZE_MASK
    sw t0, GLUECHIP_MATMUL_CONTROL_OFFSET(a0)
    li t2, COMMAND_CYCLES
    csrr t0, mcycle
7:  lw t1, GLUECHIP_MATMUL_STATUS_OFFSET(a0)
    andi t1, t1, ACTIVE
    beqz t1, 8f
    csrr t1, mcycle
    sub t1, t1, t0
    bltu t1, t2, 7b
    j failed
8:  li t0, GLUECHIP_MATMUL_CONTROL_ACKNOWLEDGE_MASK
    sw t0, GLUECHIP_MATMUL_CONTROL_OFFSET(a0)
    jr s1

/* A wait was too long, or the protection of memory forbids a store: no program goes on. */
    .balign 4
failed:
    li t0, GLUECHIP_SYSTEM_BASE
    li t1, GLUECHIP_EXIT_ZEROIZE
    sw t1, GLUECHIP_SYSTEM_EXIT_OFFSET(t0)
    csrw mie, zero
9:  wfi
    j 9b
    .size gluechip_zeroize_chip, . - gluechip_zeroize_chip
