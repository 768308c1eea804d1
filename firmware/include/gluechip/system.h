/* The chip as a whole. */
#ifndef GLUECHIP_SYSTEM_H
#define GLUECHIP_SYSTEM_H

#include <gluechip/status.h>

/* Compares the chip with the one this program was built for: the same ID and major version, at
 * least the same minor version and sizes. Returns GLUECHIP_OK or GLUECHIP_ERROR_VERSION. No wait. */
gluechip_status_t gluechip_system_check(void);

/* Ends the program: sends what is left in the UART (bounded), then reports `code`, which ends a
 * simulation. On a board the core sleeps from then on. */
_Noreturn void gluechip_exit(int code);

/* Exit codes of the runtime, all but one above those that shells and `gluechip run` use. */
#define GLUECHIP_EXIT_WRONG_CHIP 3    /* other coprocessors than the program was built for */
#define GLUECHIP_EXIT_EXCEPTION 160   /* plus mcause, which is below 32 */
#define GLUECHIP_EXIT_INTERRUPT 192   /* plus the number, below 32, of one without a handler */
#define GLUECHIP_EXIT_ASSERTION 224
#define GLUECHIP_EXIT_ABORT 225

#endif
