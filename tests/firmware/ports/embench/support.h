/* Stand-in for the header of Embench, with the interface to boards alone. */
#ifndef SUPPORT_H
#define SUPPORT_H

#ifdef HAVE_BOARDSUPPORT_H
#include "boardsupport.h"
#endif

void initialise_board(void);
void start_trigger(void);
void stop_trigger(void);

void initialise_benchmark(void);
void warm_caches(int temperature);
int benchmark(void) __attribute__((noinline));
int verify_benchmark(int result);

#endif
