/* The machine timer, which counts clock cycles in 64 bits. */
#ifndef GLUECHIP_TIMER_H
#define GLUECHIP_TIMER_H

#include <stdint.h>

/* Clock cycles since reset. Read again until both halves belong together: at most twice. */
uint64_t gluechip_time(void);

/* Makes the timer interrupt (GLUECHIP_INTERRUPT_TIMER) pending from `time` on; UINT64_MAX: never.
 * A new time also clears a pending interrupt. */
void gluechip_timer_set(uint64_t time);

/* Waits about `cycles`. The bound is the argument. */
void gluechip_delay(uint32_t cycles);

#endif
