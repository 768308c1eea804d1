/* The chip as a whole. */
#ifndef GLUECHIP_SYSTEM_H
#define GLUECHIP_SYSTEM_H

#include <gluechip/status.h>

/* Compares the ID and the sizes that the chip reports with those this program was built for.
 * Returns GLUECHIP_OK or GLUECHIP_ERROR_VERSION. No wait. */
gluechip_status_t gluechip_system_check(void);

/* Ends the program: sends what is left in the UART (bounded), then reports `code`, which ends a
 * simulation. On a board the core sleeps from then on. */
_Noreturn void gluechip_exit(int code);

/* Exit code of a program that crashed is this plus mcause; of a failed assertion, this plus 31. */
#define GLUECHIP_EXIT_CRASH 128

/* Exit code of a program that finds other coprocessors than it was built for. */
#define GLUECHIP_EXIT_WRONG_CHIP 3

#endif
