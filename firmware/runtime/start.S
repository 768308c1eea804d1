/* Start of every program: stack, traps, data, then main(). Nothing is assumed about the contents of
 * the data memory. */
#include <gluechip_registers.h>

    .section .text.start, "ax", @progbits
    .globl _start
    .type _start, @function
_start:
    la s0, main

/* Where a program begins anew: s0 is what to call in place of main(). */
    .globl gluechip_begin
gluechip_begin:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, __stack_top
    csrw mie, zero
    la t0, gluechip_trap_entry
    csrw mtvec, t0
    la t0, gluechip_trap_stack_top
    csrw mscratch, t0

    la a0, __data_start
    la a1, __data_load
    la a2, __data_end
1:  beq a0, a2, 2f
    lw t0, 0(a1) /* sections are multiples of 8 bytes */
    lw t1, 4(a1)
    addi a1, a1, 8
    sw t0, 0(a0)
    sw t1, 4(a0)
    addi a0, a0, 8
    j 1b
2:  la a0, __bss_start
    la a1, __bss_end
3:  beq a0, a1, 4f
    sw zero, 0(a0)
    sw zero, 4(a0)
    addi a0, a0, 8
    j 3b
4:  fence.i
    call gluechip_runtime_start
    li a0, 0
    li a1, 0
    jalr s0
    call gluechip_exit
    .size _start, . - _start
