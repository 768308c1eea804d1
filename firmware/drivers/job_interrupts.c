/* Waiting for jobs with interrupts. */
#include <stddef.h>

#include <gluechip/interrupts.h>
#include <gluechip/timer.h>

#include "coprocessor.h"

#define EVENTS (GLUECHIP_EVENT_DONE | GLUECHIP_EVENT_ERROR)

_Static_assert(GLUECHIP_EVENT_DONE == GLUECHIP_MATMUL_INTERRUPT_ENABLE_DONE_MASK &&
                   GLUECHIP_EVENT_ERROR == GLUECHIP_MATMUL_INTERRUPT_ENABLE_ERROR_MASK &&
                   GLUECHIP_MATMUL_INTERRUPT_ENABLE_OFFSET ==
                       GLUECHIP_KECCAK_INTERRUPT_ENABLE_OFFSET,
               "events");

gluechip_status_t gluechip_job_events_enable_interrupt(gluechip_coprocessor_t coprocessor,
                                                       unsigned events)
{
    if (coprocessor >= GLUECHIP_COPROCESSORS || (events & ~EVENTS) != 0)
        return GLUECHIP_ERROR_ARGUMENT;
    shells[coprocessor]->interrupt_enable = events;
    return GLUECHIP_OK;
}

unsigned gluechip_job_events(gluechip_coprocessor_t coprocessor)
{
    if (coprocessor >= GLUECHIP_COPROCESSORS)
        return 0;
    const unsigned events = shells[coprocessor]->interrupt_pending;
    shells[coprocessor]->interrupt_pending = events;
    return events;
}

/* Sleeps until `deadline`, a job ends or an interrupt of the program is pending, unless the job of
 * `ticket` has ended already. Called with interrupts disabled, so that what comes between the test
 * and the wfi is still pending then. */
static void sleep_unless_ended(const gluechip_ticket_t *ticket, uint64_t deadline)
{
    const uint32_t timer = 1u << GLUECHIP_INTERRUPT_TIMER;
    const uint32_t mie = GLUECHIP_CSR_READ(mie);
    const uint64_t alarm =
        (uint64_t)GLUECHIP_CLINT->mtimecmp_high << 32 | GLUECHIP_CLINT->mtimecmp_low;
    uint32_t enabled[GLUECHIP_COPROCESSORS];
    for (unsigned i = 0; i < GLUECHIP_COPROCESSORS; i++) {
        enabled[i] = shells[i]->interrupt_enable;
        shells[i]->interrupt_pending = EVENTS & ~enabled[i];
        shells[i]->interrupt_enable = EVENTS;
    }
    gluechip_timer_set((mie & timer) != 0 && alarm < deadline ? alarm : deadline);
    GLUECHIP_CSR_SET(mie, timer | 1u << GLUECHIP_INTERRUPT_MATMUL | 1u << GLUECHIP_INTERRUPT_KECCAK);
    if (!gluechip_ended(ticket))
        gluechip_sleep();
    GLUECHIP_CSR_WRITE(mie, mie);
    gluechip_timer_set(alarm);
    for (unsigned i = 0; i < GLUECHIP_COPROCESSORS; i++)
        shells[i]->interrupt_enable = enabled[i];
}

gluechip_status_t gluechip_wait_sleeping(const gluechip_ticket_t *ticket, uint32_t timeout_cycles)
{
    if (!is_ticket(ticket))
        return GLUECHIP_ERROR_ARGUMENT;
    const uint64_t deadline = gluechip_time() + timeout_cycles;
    while (!gluechip_ended(ticket)) {
        if (gluechip_time() >= deadline)
            return GLUECHIP_ERROR_TIMEOUT;
        const bool before = gluechip_interrupts_enable(false);
        sleep_unless_ended(ticket, deadline);
        gluechip_interrupts_enable(before); /* here the handlers run */
    }
    return outcome(ticket);
}
