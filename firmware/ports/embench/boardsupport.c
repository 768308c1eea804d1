/* Port of Embench to Gluechip: what is timed. The runtime has set up all else. */
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/timer.h>

#include "support.h"

static uint64_t started;
static uint32_t retired;

void initialise_board(void)
{
}

void start_trigger(void)
{
    retired = GLUECHIP_CSR_READ(minstret);
    started = gluechip_time();
}

/* The main() of Embench returns 0 when the result is right, so that the exit code tells. */
void stop_trigger(void)
{
    const uint64_t cycles = gluechip_time() - started;
    const uint32_t instructions = GLUECHIP_CSR_READ(minstret) - retired;
    printf("embench cycles=%llu instructions=%u\n", (unsigned long long)cycles,
           (unsigned)instructions);
}
