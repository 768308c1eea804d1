/* output:
3 ticks, in order
exit: 0
*/
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/interrupts.h>
#include <gluechip/timer.h>

#define PERIOD 2000

static volatile int ticks;
static volatile int early;
static uint64_t next;

static void tick(void)
{
    early += gluechip_time() < next;
    ticks++;
    next += PERIOD;
    gluechip_timer_set(next);
}

int main(void)
{
    gluechip_interrupt_handle(GLUECHIP_INTERRUPT_TIMER, tick);
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_TIMER, true);
    next = gluechip_time() + PERIOD;
    gluechip_timer_set(next);
    while (ticks < 3) {
        gluechip_sleep();
        gluechip_interrupts_enable(true);
        gluechip_interrupts_enable(false);
    }
    gluechip_timer_set(UINT64_MAX);
    printf("%d ticks, %s\n", ticks, early ? "too early" : "in order");
    return 0;
}
