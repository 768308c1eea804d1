/* Between the parts of the runtime. */
#ifndef GLUECHIP_RUNTIME_H
#define GLUECHIP_RUNTIME_H

/* Makes the chip ready for main(): checks the versions of the coprocessors and opens RAM to them.
 * Ends the program when a version is wrong. Called once by start.S. */
void gluechip_runtime_start(void);

#endif
