#include <gluechip/hardware.h>
#include <gluechip/timer.h>

uint64_t gluechip_time(void)
{
    for (;;) {
        const uint32_t high = GLUECHIP_CLINT->mtime_high;
        const uint32_t low = GLUECHIP_CLINT->mtime_low;
        if (high == GLUECHIP_CLINT->mtime_high)
            return (uint64_t)high << 32 | low;
    }
}

void gluechip_timer_set(uint64_t time)
{
    GLUECHIP_CLINT->mtimecmp_high = UINT32_MAX; /* no interrupt between the two halves */
    GLUECHIP_CLINT->mtimecmp_low = (uint32_t)time;
    GLUECHIP_CLINT->mtimecmp_high = (uint32_t)(time >> 32);
}

void gluechip_delay(uint32_t cycles)
{
    const uint32_t start = gluechip_cycles();
    while (gluechip_cycles() - start < cycles)
        ;
}
