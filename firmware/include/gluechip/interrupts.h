/* Interrupts: one C function for each cause.
 *
 * Handlers run with interrupts disabled, on the stack of the program, of which an interrupt itself
 * takes 144 bytes, and may use any register.
 * An interrupt that is taken without a handler ends the program with a report.
 */
#ifndef GLUECHIP_INTERRUPTS_H
#define GLUECHIP_INTERRUPTS_H

#include <stdbool.h>

#include <gluechip/status.h>
#include <gluechip_registers.h>

/* Causes of RISC-V; those of the blocks, GLUECHIP_INTERRUPT_UART and so on, are generated. */
#define GLUECHIP_INTERRUPT_SOFTWARE 3u
#define GLUECHIP_INTERRUPT_TIMER 7u
#define GLUECHIP_INTERRUPT_EXTERNAL 11u

typedef void gluechip_interrupt_handler_t(void);

/* Sets the handler of `cause`, NULL to remove it. Returns GLUECHIP_OK, or _ARGUMENT when `cause` is
 * above 31. */
gluechip_status_t gluechip_interrupt_handle(unsigned cause, gluechip_interrupt_handler_t *handler);

/* Lets `cause` interrupt, or not. Returns GLUECHIP_OK, or _ARGUMENT when `cause` is above 31. */
gluechip_status_t gluechip_interrupt_enable(unsigned cause, bool enable);

/* Lets interrupts be taken at all; returns whether they were before. They are not after reset. */
bool gluechip_interrupts_enable(bool enable);

#endif
