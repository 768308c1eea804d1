/* The chip as a whole. */
#ifndef GLUECHIP_SYSTEM_H
#define GLUECHIP_SYSTEM_H

#ifndef __ASSEMBLER__
#include <gluechip/status.h>

/* Compares the chip with the one this program was built for: the same ID and major version, at
 * least the same minor version and sizes. Returns GLUECHIP_OK or GLUECHIP_ERROR_VERSION. No wait. */
gluechip_status_t gluechip_system_check(void);

/* Ends the program: sends what is left in the UART (bounded), then reports `code`, which ends a
 * simulation. On a board the core sleeps from then on. */
_Noreturn void gluechip_exit(int code);

/* Clears all that the program has computed or been given, then begins anew: with `next` in place of
 * main(), or with main() when that is NULL. As at the start, the runtime first sets up the stack and
 * the variables; what `next` returns is the exit code.
 *
 * Cleared are the registers, the whole of RAM with the stack, mscratch, mepc, mcause, mtval and
 * mstatus, both coprocessors with the jobs that are under way or queued, the bytes that the UART has
 * received, the scratch register, the LEDs and the timer's compare value. ITCM with the program and
 * the first values of its variables stays, and so do the guard windows, the PMP and triggers. What
 * the UART has yet to send is sent.
 *
 * Interrupts are off meanwhile. It takes 11 cycles for each 32 bytes of RAM, and some thousand. To be
 * called in machine mode. When a coprocessor does not answer, or the PMP forbids a store to RAM, the
 * program ends with GLUECHIP_EXIT_ZEROIZE and nothing runs any more. */
_Noreturn void gluechip_zeroize_chip(int (*next)(void));
#endif

/* Exit codes of the runtime, all but one above those that shells and `gluechip run` use. */
#define GLUECHIP_EXIT_WRONG_CHIP 3    /* other coprocessors than the program was built for */
#define GLUECHIP_EXIT_EXCEPTION 160   /* plus mcause, which is below 32 */
#define GLUECHIP_EXIT_INTERRUPT 192   /* plus the number, below 32, of one without a handler */
#define GLUECHIP_EXIT_ASSERTION 224
#define GLUECHIP_EXIT_ABORT 225
#define GLUECHIP_EXIT_ZEROIZE 226     /* gluechip_zeroize_chip() could not clear everything */

#endif
