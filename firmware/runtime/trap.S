/* Entry of all traps. Interrupts use the stack of the program, below which an access faults. mscratch
 * holds the top of a stack for the report of exceptions, which needs one even when that of the
 * program has overflowed.
 *
 * The frame is gluechip_trap_frame_t of trap.c: x1 to x31 in their order, mepc at 0, then mcause,
 * mtval and mstatus.
 */
    .equ FRAME_BYTES, 144

    .section .text.gluechip_trap_entry, "ax", @progbits
    .globl gluechip_trap_entry
    .type gluechip_trap_entry, @function
    .balign 64
gluechip_trap_entry:
    csrrw sp, mscratch, sp
    addi sp, sp, -FRAME_BYTES
    sw t0, 20(sp)
    csrr t0, mcause
    bltz t0, 1f
    csrr t0, mscratch /* the program's sp */
    sw t0, 8(sp)
    addi t0, sp, FRAME_BYTES
    csrw mscratch, t0
    j 2f
1:  lw t0, 20(sp)
    addi sp, sp, FRAME_BYTES
    csrrw sp, mscratch, sp
    addi sp, sp, -FRAME_BYTES
    sw t0, 20(sp)
    addi t0, sp, FRAME_BYTES
    sw t0, 8(sp)
2:  sw x1, 4(sp)
    sw x3, 12(sp)
    sw x4, 16(sp)
    sw x6, 24(sp)
    sw x7, 28(sp)
    sw x8, 32(sp)
    sw x9, 36(sp)
    sw x10, 40(sp)
    sw x11, 44(sp)
    sw x12, 48(sp)
    sw x13, 52(sp)
    sw x14, 56(sp)
    sw x15, 60(sp)
    sw x16, 64(sp)
    sw x17, 68(sp)
    sw x18, 72(sp)
    sw x19, 76(sp)
    sw x20, 80(sp)
    sw x21, 84(sp)
    sw x22, 88(sp)
    sw x23, 92(sp)
    sw x24, 96(sp)
    sw x25, 100(sp)
    sw x26, 104(sp)
    sw x27, 108(sp)
    sw x28, 112(sp)
    sw x29, 116(sp)
    sw x30, 120(sp)
    sw x31, 124(sp)
    csrr t0, mepc
    sw t0, 0(sp)
    csrr t0, mcause
    sw t0, 128(sp)
    csrr t0, mtval
    sw t0, 132(sp)
    csrr t0, mstatus
    sw t0, 136(sp)
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    mv a0, sp
    call gluechip_trap

    lw t0, 0(sp)
    csrw mepc, t0
    lw x1, 4(sp)
    lw x3, 12(sp)
    lw x4, 16(sp)
    lw x5, 20(sp)
    lw x6, 24(sp)
    lw x7, 28(sp)
    lw x8, 32(sp)
    lw x9, 36(sp)
    lw x10, 40(sp)
    lw x11, 44(sp)
    lw x12, 48(sp)
    lw x13, 52(sp)
    lw x14, 56(sp)
    lw x15, 60(sp)
    lw x16, 64(sp)
    lw x17, 68(sp)
    lw x18, 72(sp)
    lw x19, 76(sp)
    lw x20, 80(sp)
    lw x21, 84(sp)
    lw x22, 88(sp)
    lw x23, 92(sp)
    lw x24, 96(sp)
    lw x25, 100(sp)
    lw x26, 104(sp)
    lw x27, 108(sp)
    lw x28, 112(sp)
    lw x29, 116(sp)
    lw x30, 120(sp)
    lw x31, 124(sp)
    lw sp, 8(sp)
    mret
    .size gluechip_trap_entry, . - gluechip_trap_entry

    .section .bss.gluechip_trap_stack, "aw", @nobits
    .balign 16
    .space 1024
    .globl gluechip_trap_stack_top
gluechip_trap_stack_top:
