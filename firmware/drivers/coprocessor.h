/* Between the drivers of the coprocessors. */
#ifndef GLUECHIP_DRIVERS_COPROCESSOR_H
#define GLUECHIP_DRIVERS_COPROCESSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gluechip/coprocessor.h>
#include <gluechip/hardware.h>

/* The shell's registers lie at the same offsets in all coprocessors; the type of one serves all. */
typedef gluechip_matmul_t shell_t;

_Static_assert(GLUECHIP_MATMUL_CONTROL_OFFSET == GLUECHIP_KECCAK_CONTROL_OFFSET, "control");
_Static_assert(GLUECHIP_MATMUL_WAIT_OFFSET == GLUECHIP_KECCAK_WAIT_OFFSET, "wait");
_Static_assert(GLUECHIP_MATMUL_COMPLETED_OFFSET == GLUECHIP_KECCAK_COMPLETED_OFFSET, "completed");
_Static_assert(GLUECHIP_MATMUL_RECORDS_OFFSET == GLUECHIP_KECCAK_RECORDS_OFFSET, "records");
_Static_assert(GLUECHIP_MATMUL_WINDOW0_BASE_OFFSET == GLUECHIP_KECCAK_WINDOW0_BASE_OFFSET,
               "window0_base");

/* The registers of each coprocessor. */
static shell_t *const shells[GLUECHIP_COPROCESSORS] = {
    [GLUECHIP_COPROCESSOR_MATMUL] = (shell_t *)GLUECHIP_MATMUL_BASE,
    [GLUECHIP_COPROCESSOR_KECCAK] = (shell_t *)GLUECHIP_KECCAK_BASE,
};

/* For the few lines that every call passes. */
#define IN_LINE static inline __attribute__((always_inline))

#define RECORDS 4
#define RECORD_WORDS 8

/* A handler that uses the same coprocessor must not come between the writes of a descriptor and the
 * number of its job: from hold to release no interrupt is taken. */
IN_LINE uint32_t hold_interrupts(void)
{
    uint32_t held;
    __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(held) : : "memory");
    return held & 8;
}

IN_LINE void release_interrupts(uint32_t held)
{
    GLUECHIP_CSR_SET(mstatus, held);
}

/* Whether it can name a job. */
bool is_ticket(const gluechip_ticket_t *ticket);

/* How the ended job ended. */
gluechip_status_t outcome(const gluechip_ticket_t *ticket);

/* Of a job that has ended, whose record is still there: how it ended, and its busy cycles. */
gluechip_status_t outcome_and_cycles(const gluechip_ticket_t *ticket, uint32_t *busy_cycles);

/* Whether `rows` rows of `row_bytes` bytes, `stride` apart, lie in RAM; or in external memory, if
 * there is one, of which the coprocessor itself knows that it may only be read. */
IN_LINE bool in_memory(const void *address, uint32_t row_bytes, uint32_t rows, uint32_t stride)
{
    const uint32_t offset = (uint32_t)(uintptr_t)address - GLUECHIP_RAM_BASE;
    const uint64_t size = (uint64_t)stride * (rows - 1) + row_bytes;
#ifdef GLUECHIP_EXTERNAL_BASE
    const uint32_t outside = (uint32_t)(uintptr_t)address - GLUECHIP_EXTERNAL_BASE;
    if (outside < GLUECHIP_EXTERNAL_SIZE && size <= GLUECHIP_EXTERNAL_SIZE - outside)
        return true;
#endif
    return offset < GLUECHIP_RAM_SIZE && size <= GLUECHIP_RAM_SIZE - offset;
}

/* Starts the job in the descriptor registers, after `after` unless that is NULL, and names it in
 * `ticket`. With `overlaps` it may begin before the job in front of it ends. Interrupts are held.
 * Returns GLUECHIP_OK, _QUEUE_FULL or _DEPENDENCY; on an error nothing was started. */
gluechip_status_t start_job(gluechip_coprocessor_t coprocessor, bool overlaps,
                            const gluechip_ticket_t *after, gluechip_ticket_t *ticket);

/* What a submit to the CPU backend does first: waits for the job `after`, if any, and makes
 * `ticket`, if any, that of a job that has ended. Returns GLUECHIP_OK or _DEPENDENCY. */
gluechip_status_t begin_on_core(const gluechip_ticket_t *after, gluechip_ticket_t *ticket);

/* Waits for a job and aborts it when it takes longer than `timeout_cycles`. */
gluechip_status_t finish_job(const gluechip_ticket_t *ticket, uint32_t timeout_cycles);

/* A call that waits for its job. While it waits, handlers of interrupts may run jobs too, as many as
 * use up the record of this one: then they have noted how it ended. */
typedef struct waiter {
    struct waiter *outer; /* whom the handler has interrupted */
    gluechip_ticket_t ticket;
    bool noted;
    int8_t status;
} waiter_t;

extern waiter_t *innermost_waiters[GLUECHIP_COPROCESSORS];

/* finish_job() for a waiter whose record may be gone. */
gluechip_status_t finish_waiting(const waiter_t *self, uint32_t timeout_cycles);

/* Notes how the jobs of `waiter` and of those it has interrupted ended: all were in front of one
 * that has ended. */
void note_outcomes(waiter_t *waiter);

/* Starts the job in the descriptor registers, for which interrupts have been held and are released to
 * `held`; waits for its end, and aborts it when it takes longer than `timeout_cycles` and the jobs in
 * front of it. Returns as start_job() and gluechip_wait(). What must be asked and noted is, where the
 * coprocessor is idle, asked and noted while the job runs. */
IN_LINE gluechip_status_t run_job(gluechip_coprocessor_t coprocessor, uint32_t held,
                                        uint32_t timeout_cycles)
{
    shell_t *const shell = shells[coprocessor];
    waiter_t self;
    if (shell->status == 0) {
        shell->wait = 0;
        GLUECHIP_BARRIER();
        shell->control = GLUECHIP_MATMUL_CONTROL_START_MASK;
        self.ticket = (gluechip_ticket_t){coprocessor, (uint16_t)shell->submitted};
    } else {
        const gluechip_status_t status = start_job(coprocessor, false, NULL, &self.ticket);
        if (status != GLUECHIP_OK) {
            release_interrupts(held);
            return status;
        }
    }
    self.noted = false;
    self.outer = innermost_waiters[coprocessor];
    innermost_waiters[coprocessor] = &self;
    release_interrupts(held);

    /* The first word of its record is its number alone when it has ended without an error. */
    const volatile uint32_t *const record =
        shell->records + self.ticket.job % RECORDS * RECORD_WORDS;
    bool ended = false;
#pragma GCC unroll 16
    for (int look = 0; look < 16 && !ended; look++)
        ended = *record == self.ticket.job;
    GLUECHIP_BARRIER();
    const gluechip_status_t status = ended ? GLUECHIP_OK : finish_waiting(&self, timeout_cycles);
    innermost_waiters[coprocessor] = self.outer;
    if (self.outer != NULL)
        note_outcomes(self.outer);
    return status;
}

#endif
