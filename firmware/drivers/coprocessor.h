/* Between the drivers of the coprocessors. */
#ifndef GLUECHIP_DRIVERS_COPROCESSOR_H
#define GLUECHIP_DRIVERS_COPROCESSOR_H

#include <stdbool.h>
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

#define RECORDS 4
#define RECORD_WORDS 8

/* A handler that uses the same coprocessor must not come between the writes of a descriptor and the
 * number of its job: from hold to release no interrupt is taken. */
static inline uint32_t hold_interrupts(void)
{
    uint32_t held;
    __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(held) : : "memory");
    return held & 8;
}

static inline void release_interrupts(uint32_t held)
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
static inline bool in_memory(const void *address, uint32_t row_bytes, uint32_t rows, uint32_t stride)
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

/* Keeps handlers of interrupts from running until release_interrupts() of what it returns: they may
 * write the descriptor registers too. */
static inline uint32_t hold_interrupts(void)
{
    uint32_t before;
    __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(before) : : "memory"); /* MIE */
    return before;
}

static inline void release_interrupts(uint32_t before)
{
    __asm__ volatile("csrs mstatus, %0" : : "r"(before & 8) : "memory");
}

/* Starts the job in the descriptor registers, after `after` unless that is NULL, and names it in
 * `ticket`. With `overlaps` it may begin before the job in front of it ends. Interrupts are held.
 * Returns GLUECHIP_OK, _QUEUE_FULL or _DEPENDENCY; on an error nothing was started. */
gluechip_status_t start_job(gluechip_coprocessor_t coprocessor, bool overlaps,
                            const gluechip_ticket_t *after, gluechip_ticket_t *ticket);

/* What a submit to the CPU backend does first: waits for the job `after`, if any, and makes
 * `ticket`, if any, that of a job that has ended. Returns GLUECHIP_OK or _DEPENDENCY. */
gluechip_status_t begin_on_core(const gluechip_ticket_t *after, gluechip_ticket_t *ticket);

/* Starts the job in the descriptor registers, which interrupts have been held for and are then
 * released to `held`; waits for its end, and aborts it when it takes longer than `timeout_cycles` and
 * the jobs in front of it. Returns as start_job() and gluechip_wait(). */
gluechip_status_t run_job_behind_others(gluechip_coprocessor_t coprocessor, uint32_t held,
                                        uint32_t timeout_cycles);
gluechip_status_t finish_job(const gluechip_ticket_t *ticket, uint32_t timeout_cycles);

/* As run_job_behind_others(), with less ado where the coprocessor is idle. */
static inline gluechip_status_t run_job(gluechip_coprocessor_t coprocessor, uint32_t held,
                                        uint32_t timeout_cycles)
{
    shell_t *const shell = shells[coprocessor];
    if (shell->status != 0)
        return run_job_behind_others(coprocessor, held, timeout_cycles);
    shell->wait = 0;
    GLUECHIP_BARRIER();
    shell->control = GLUECHIP_MATMUL_CONTROL_START_MASK;
    const gluechip_ticket_t ticket = {coprocessor, (uint16_t)shell->submitted};
    release_interrupts(held);
    /* Equal when it has ended without an error. */
    const volatile uint32_t *const record = shell->records + ticket.job % RECORDS * RECORD_WORDS;
#pragma GCC unroll 16
    for (int look = 0; look < 16; look++)
        if (*record == ticket.job) {
            GLUECHIP_BARRIER();
            return GLUECHIP_OK;
        }
    return finish_job(&ticket, timeout_cycles);
}

#endif
