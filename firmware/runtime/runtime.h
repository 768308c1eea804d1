/* Between the parts of the runtime. */
#ifndef GLUECHIP_RUNTIME_H
#define GLUECHIP_RUNTIME_H

/* Makes the chip ready for main(): opens RAM to the coprocessors. Called once by start.S. */
void gluechip_runtime_start(void);

#endif
