/* needs the real chip: jobs take time
output:
interrupts 400, always awake
slept through 400 jobs: ok
with a handler and without
a failed job: the guard forbade an access
a bound: the wait took too long
bad arguments: 4 refused
exit: 0
*/
#include <stdio.h>

#include <gluechip/hardware.h>
#include <gluechip/interrupts.h>
#include <gluechip/keccak.h>
#include <gluechip/timer.h>

#define SWEEP 200
#define KECCAK GLUECHIP_COPROCESSOR_KECCAK

static volatile int interrupts, alarms;
static uint8_t message[1500], digest[32];

static void handle(void)
{
    interrupts += gluechip_job_events(KECCAK) == GLUECHIP_EVENT_DONE;
}

static void alarm(void)
{
    alarms++;
    gluechip_timer_set(UINT64_MAX);
}

static void submit(uint32_t length, gluechip_ticket_t *ticket)
{
    const gluechip_keccak_job_t job = gluechip_sha3_256_job(message, length, digest);
    gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &job, NULL, ticket);
}

/* Takes `cycles` cycles and a few, up to SWEEP. */
static __attribute__((noinline)) void pass(uint32_t cycles)
{
    __asm__ volatile("la t0, 1f\n\t"
                     "slli t1, %0, 2\n\t"
                     "sub t0, t0, t1\n\t"
                     "jr t0\n\t"
                     ".rept 200\n\t"
                     ".word 0x00000013\n\t" /* nop */
                     ".endr\n"
                     "1:"
                     :
                     : "r"(cycles)
                     : "t0", "t1");
}

/* Waits for interrupt number `wanted` as the manual says. An alarm ends a sleep without end. */
static void await(int wanted)
{
    gluechip_timer_set(gluechip_time() + 5000);
    gluechip_interrupts_enable(false);
    while (interrupts < wanted && alarms == 0) {
        gluechip_sleep();
        gluechip_interrupts_enable(true);
        gluechip_interrupts_enable(false);
    }
    gluechip_interrupts_enable(true);
    gluechip_timer_set(UINT64_MAX);
}

/* The job takes so long that it ends after the wfi at first, and before the call at last. */
static const char *slept(void)
{
    gluechip_ticket_t ticket;
    for (uint32_t i = 0; i < 2 * SWEEP; i++) {
        submit(sizeof message, &ticket);
        pass(i < SWEEP ? 0 : SWEEP);
        pass(i % SWEEP);
        const uint32_t start = gluechip_cycles();
        const bool before = gluechip_ended(&ticket);
        const gluechip_status_t status = gluechip_wait_sleeping(&ticket, 5000);
        if (status != GLUECHIP_OK)
            return gluechip_status_text(status);
        if (gluechip_cycles() - start > 2000)
            return "overslept";
        if ((i == 0 && before) || (i == 2 * SWEEP - 1 && !before))
            return "not swept";
    }
    return "ok";
}

int main(void)
{
    gluechip_ticket_t ticket;
    gluechip_interrupt_handle(GLUECHIP_INTERRUPT_TIMER, alarm);
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_TIMER, true);
    gluechip_interrupt_handle(GLUECHIP_INTERRUPT_KECCAK, handle);
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_KECCAK, true);
    gluechip_job_events_enable_interrupt(KECCAK, GLUECHIP_EVENT_DONE);
    gluechip_interrupts_enable(true);
    for (uint32_t i = 0; i < 2 * SWEEP; i++) { /* a short job and a longer one */
        submit(i < SWEEP ? 0 : 136, &ticket);
        pass(i % SWEEP);
        await((int)i + 1);
    }
    printf("interrupts %d, %s\n", interrupts, alarms ? "overslept" : "always awake");

    printf("slept through %d jobs: %s\n", 2 * SWEEP, slept());
    const int handled = interrupts - 2 * SWEEP;
    gluechip_job_events_enable_interrupt(KECCAK, 0);
    gluechip_interrupt_enable(GLUECHIP_INTERRUPT_KECCAK, false);
    gluechip_interrupts_enable(false);
    const char *const second = slept();
    gluechip_job_events(KECCAK);
    puts(second[0] == 'o' && second[1] == 'k' && handled == 2 * SWEEP &&
                 interrupts == 4 * SWEEP && alarms == 0
             ? "with a handler and without"
             : "wrong events");

    gluechip_guard_set(KECCAK, 0, 0, 0, GLUECHIP_RIGHTS_NONE, false);
    submit(136, NULL);
    submit(136, &ticket);
    printf("a failed job: %s\n", gluechip_status_text(gluechip_wait_sleeping(&ticket, 5000)));
    gluechip_guard_set(KECCAK, 0, GLUECHIP_RAM_BASE, GLUECHIP_RAM_BASE + GLUECHIP_RAM_SIZE,
                       GLUECHIP_RIGHTS_READ_WRITE, false);
    static uint8_t output[8192];
    const gluechip_keccak_job_t job =
        gluechip_shake128_job(message, 0, output, sizeof output);
    gluechip_keccak_submit(GLUECHIP_BACKEND_COPROCESSOR, &job, NULL, &ticket);
    printf("a bound: %s\n", gluechip_status_text(gluechip_wait_sleeping(&ticket, 400)));
    gluechip_abort(KECCAK);

    const gluechip_ticket_t bad = {2, 1};
    printf("bad arguments: %d refused\n",
           (gluechip_wait_sleeping(NULL, 1) == GLUECHIP_ERROR_ARGUMENT) +
               (gluechip_wait_sleeping(&bad, 1) == GLUECHIP_ERROR_ARGUMENT) +
               (gluechip_job_events_enable_interrupt(2, 0) == GLUECHIP_ERROR_ARGUMENT) +
               (gluechip_job_events_enable_interrupt(0, 4) == GLUECHIP_ERROR_ARGUMENT));
    return 0;
}
