/* Port of CoreMark 1.0 to Gluechip: seeds and time. The runtime has set up all else. */
#include <gluechip/hardware.h>

#include "coremark.h"

/* Seeds 1 to 3 as CoreMark's rules give them for each kind of run. */
#if PERFORMANCE_RUN
volatile ee_s32 seed1_volatile = 0, seed2_volatile = 0, seed3_volatile = 0x66;
#elif PROFILE_RUN
volatile ee_s32 seed1_volatile = 8, seed2_volatile = 8, seed3_volatile = 8;
#else
volatile ee_s32 seed1_volatile = 0x3415, seed2_volatile = 0x3415, seed3_volatile = 0x66;
#endif
volatile ee_s32 seed4_volatile = ITERATIONS;
volatile ee_s32 seed5_volatile = 0; /* all algorithms */

ee_u32 default_num_contexts = 1;

static CORETIMETYPE started, stopped;

void start_time(void)
{
    started = gluechip_cycles();
}

void stop_time(void)
{
    stopped = gluechip_cycles();
}

CORE_TICKS get_time(void)
{
    return stopped - started;
}

secs_ret time_in_secs(CORE_TICKS ticks)
{
    return ticks / GLUECHIP_CLOCK_HZ;
}

void portable_init(core_portable *p, int *argc, char *argv[])
{
    (void)argc, (void)argv;
    _Static_assert(sizeof(ee_ptr_int) == sizeof(ee_u8 *), "ee_ptr_int must hold a pointer");
    p->portable_id = 1;
}

/* The score for each MHz, which needs no ten seconds; not when CoreMark chose the iterations. */
void portable_fini(core_portable *p)
{
    p->portable_id = 0;
    const CORE_TICKS ticks = get_time();
    const uint32_t iterations = (uint32_t)seed4_volatile;
    if (iterations == 0 || ticks == 0)
        return;
    const uint32_t thousandths = (uint32_t)(iterations * 1000000000ull / ticks);
    printf("CoreMark/MHz     : %u.%03u\n", (unsigned)(thousandths / 1000),
           (unsigned)(thousandths % 1000));
}
