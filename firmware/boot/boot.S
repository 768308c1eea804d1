/* Boot code: what the core runs first. Jumps to the program that a loader has placed behind it, or
 * says that there is none. Uses no data memory.
 */
#include <gluechip_registers.h>

#define EXIT_NO_PROGRAM 2

    .section .text.start, "ax", @progbits
    .globl _start
_start:
    csrw mie, zero
    la t0, no_program /* a program that is no program traps at its first instruction */
    csrw mtvec, t0
    li t0, GLUECHIP_BOOT_RECORD_ADDRESS
    lw t1, 0(t0)
    li t2, GLUECHIP_BOOT_RECORD_MAGIC
    bne t1, t2, no_program
    lw t1, 4(t0)
    fence.i
    jr t1

    .balign 64 /* as mtvec wants it */
no_program:
    la a0, message
    li a1, GLUECHIP_UART_BASE
1:  lw t0, GLUECHIP_UART_STATUS_OFFSET(a1)
    andi t0, t0, GLUECHIP_UART_STATUS_TX_FULL_MASK
    bnez t0, 1b
    lbu t0, 0(a0)
    addi a0, a0, 1
    beqz t0, 2f
    sw t0, GLUECHIP_UART_TRANSMIT_OFFSET(a1)
    j 1b
2:  lw t0, GLUECHIP_UART_STATUS_OFFSET(a1)
    andi t0, t0, GLUECHIP_UART_STATUS_TX_IDLE_MASK
    beqz t0, 2b
    li a1, GLUECHIP_SYSTEM_BASE
    li t0, EXIT_NO_PROGRAM
    sw t0, GLUECHIP_SYSTEM_EXIT_OFFSET(a1)
3:  wfi
    j 3b

message:
    .asciz "Gluechip: no program\n"
